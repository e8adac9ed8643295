package housecheck

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// maxFile and maxFunction are in lines, for what is not a test. A reader holds that much in mind.
	maxFile, maxFunction = 500, 80
	// maxLine is in characters, a tab counting as one.
	maxLine = 120
	// longBecause begins the line of a function's comment that says why it is longer than maxFunction.
	longBecause = "Long because "
)

// rooms are what the top folder holds beside files whose names begin with a dot.
var rooms = []string{
	"cmd", "coda", "config", "deploy", "gateway", "mcptools", "go.mod", "go.sum", "Taskfile.yml", "README.md",
}

func topLevel(s *Source) []Finding {
	var out []Finding
	for _, name := range s.Top {
		if !slices.Contains(rooms, name) && !strings.HasPrefix(name, ".") {
			out = append(out, Finding{name, 0, "does not belong into the top folder: put it into the room that it is about"})
		}
	}
	return out
}

// packageNames finds packages that are named after nothing.
func packageNames(s *Source) []Finding {
	return oncePerPackage(s, func(f GoFile) string {
		switch name := path.Base(f.dir()); name {
		case "util", "utils", "common", "helper", "helpers", "misc", "shared", "lib":
			return fmt.Sprintf("%q says nothing: name the package after what it holds", name)
		}
		return ""
	})
}

// packageComments finds packages of which no file says what they are for.
func packageComments(s *Source) []Finding {
	commented := make(map[string]bool)
	for _, f := range s.Go {
		if !f.Test && f.parse.Doc != nil {
			commented[f.dir()] = true
		}
	}
	return oncePerPackage(s, func(f GoFile) string {
		if commented[f.dir()] {
			return ""
		}
		return "the package has no comment: say above one of its package clauses what it is for"
	})
}

// oncePerPackage asks about the first file of each package that is more than tests.
func oncePerPackage(s *Source, ask func(GoFile) string) []Finding {
	var out []Finding
	seen := make(map[string]bool)
	for _, f := range s.Go {
		if f.Test || seen[f.dir()] {
			continue
		}
		seen[f.dir()] = true
		if text := ask(f); text != "" {
			out = append(out, Finding{f.Name, 0, text})
		}
	}
	return out
}

func fileLengths(s *Source) []Finding {
	var out []Finding
	for _, f := range s.Go {
		if n := len(f.Lines); n > maxFile && !f.Test {
			out = append(out, Finding{f.Name, 0, fmt.Sprintf("%d lines, at most %d: split it by what its parts are about", n,
				maxFile)})
		}
	}
	return out
}

func functionLengths(s *Source) []Finding {
	var out []Finding
	for _, f := range s.Go {
		for _, decl := range f.parse.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || f.Test || hasReason(fn) {
				continue
			}
			begin := f.fset.Position(fn.Pos()).Line
			if n := f.fset.Position(fn.End()).Line - begin + 1; n > maxFunction {
				out = append(out, Finding{f.Name, begin, fmt.Sprintf(
					"%s has %d lines, at most %d: split it, or say why not in its comment, in a line that begins with %q",
					fn.Name.Name, n, maxFunction, longBecause)})
			}
		}
	}
	return out
}

func hasReason(fn *ast.FuncDecl) bool {
	return fn.Doc != nil && slices.ContainsFunc(strings.Split(fn.Doc.Text(), "\n"), func(line string) bool {
		return strings.HasPrefix(line, longBecause)
	})
}

// lineWidths leaves raw strings and the output of examples alone: a break would change what they say.
func lineWidths(s *Source) []Finding {
	var out []Finding
	for _, f := range s.Go {
		raw := rawLines(f)
		for i, line := range f.Lines {
			if n := utf8.RuneCountInString(line); n > maxLine && !raw[i+1] {
				out = append(out, Finding{f.Name, i + 1, fmt.Sprintf("%d characters, at most %d: break the line", n, maxLine)})
			}
		}
	}
	return out
}

// rawLines are the lines on which a raw string begins, goes on or ends, and those that an example prints.
func rawLines(f GoFile) map[int]bool {
	raw := make(map[int]bool)
	ast.Inspect(f.parse, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && strings.HasPrefix(lit.Value, "`") {
			for line := f.fset.Position(lit.Pos()).Line; line <= f.fset.Position(lit.End()).Line; line++ {
				raw[line] = true
			}
		}
		return true
	})
	for _, group := range f.parse.Comments {
		output := false
		for _, c := range group.List {
			output = output || strings.HasPrefix(c.Text, "// Output:")
			raw[f.fset.Position(c.Pos()).Line] = output || raw[f.fset.Position(c.Pos()).Line]
		}
	}
	return raw
}
