// Package housecheck holds the rules of this house that no compiler knows: which package may import which, how long
// files, functions and lines may be, that each package says what it is for, and that links in the documentation lead
// somewhere.
//
// Each rule is a function from the source to findings, and its tests show it finding something. The test of the real
// source is TestHouse, so that go test ./... is all it takes. A rule has no list of exceptions; where a function has
// a reason to be long, the reason stands in its comment, beside it.
package housecheck

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Finding is one place where the house is not as it should be.
type Finding struct {
	// File is relative to the top of the module, Line 0 where the whole file is meant.
	File string
	Line int
	// Text says what is wrong and what to do.
	Text string
}

func (f Finding) String() string {
	if f.Line == 0 {
		return f.File + ": " + f.Text
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text)
}

// Source is everything that the rules look at.
type Source struct {
	// Go are the Go files, Markdown the documentation, Top the names in the top folder.
	Go       []GoFile
	Markdown []TextFile
	Top      []string
	tree     fs.FS
}

// GoFile is a parsed Go file.
type GoFile struct {
	TextFile
	Test  bool
	fset  *token.FileSet
	parse *ast.File
}

// TextFile is a file by lines.
type TextFile struct {
	// Name is relative to the top of the module.
	Name  string
	Lines []string
}

// dir is the folder of the file.
func (f TextFile) dir() string { return path.Dir(f.Name) }

// Read reads the source below the top folder of the module. Build output, downloads and test data are nobody's source.
func Read(tree fs.FS) (*Source, error) {
	s := &Source{tree: tree}
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != "." && notSource(entry.Name()) {
				return fs.SkipDir
			}
			if name != "." && !strings.Contains(name, "/") {
				s.Top = append(s.Top, name)
			}
			return nil
		}
		if !strings.Contains(name, "/") {
			s.Top = append(s.Top, name)
		}
		return s.readFile(name)
	})
	return s, err
}

func notSource(dir string) bool {
	return dir == "testdata" || dir == "node_modules" || dir == "bin" || dir == "dist" || dir == ".git" ||
		dir == ".cache" || dir == ".task"
}

func (s *Source) readFile(name string) error {
	isGo := strings.HasSuffix(name, ".go")
	if !isGo && !strings.HasSuffix(name, ".md") {
		return nil
	}
	data, err := fs.ReadFile(s.tree, name)
	if err != nil {
		return err
	}
	text := TextFile{Name: name, Lines: strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")}
	if !isGo {
		s.Markdown = append(s.Markdown, text)
		return nil
	}
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, name, data, parser.ParseComments)
	if err != nil {
		return err
	}
	s.Go = append(s.Go, GoFile{TextFile: text, Test: strings.HasSuffix(name, "_test.go"), fset: fset, parse: parsed})
	return nil
}

// Check applies all rules, and sorts what they find by place.
func (s *Source) Check() []Finding {
	var all []Finding
	for _, rule := range []func(*Source) []Finding{
		floors, topLevel, packageNames, packageComments, fileLengths, functionLengths, lineWidths, links, mentions, oneDoor,
	} {
		all = append(all, rule(s)...)
	}
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Text, b.Text))
	})
	return all
}
