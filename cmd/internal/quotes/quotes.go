// Package quotes holds what the code says about specifications to what they say. Where a requirement is met, a comment
// quotes it word for word, once:
//
//	// RFC 6750 §3.1: "The resource SHOULD respond with the HTTP 401 (Unauthorized) status code."
//
// and a test looks each quote up in the excerpts of testdata, which name the page that they are from. A quote ends with
// a quotation mark at the end of its line.
package quotes

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// A Quote is a requirement that a comment quotes.
type Quote struct {
	// Source is the document, such as RFC 6750 or "MCP 2026-07-28, basic/versioning"; Section is empty for MCP.
	Source, Section string
	Text            string
	// Place is the file and line of the comment.
	Place string
}

var begins = regexp.MustCompile(`^(RFC \d+|MCP \d{4}-\d\d-\d\d, [a-z/-]+)(?: §([\d.]+))?: "(.*)$`)

// InGo collects the quotes in the comments of all Go files below the root.
func InGo(root fs.FS) (found []Quote, err error) {
	files := token.NewFileSet()
	return found, fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".go" {
			return err
		}
		source, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(files, name, source, parser.ParseComments)
		if err != nil {
			return err
		}
		for _, group := range parsed.Comments {
			var lines []string
			for _, comment := range group.List {
				lines = append(lines, strings.TrimPrefix(comment.Text, "//"))
			}
			quoted, err := inLines(lines)
			if err != nil {
				return fmt.Errorf("%s: %w", files.Position(group.Pos()), err)
			}
			for _, q := range quoted {
				q.Place = fmt.Sprintf("%s:%d", name, files.Position(group.Pos()).Line)
				found = append(found, q)
			}
		}
		return nil
	})
}

// InText collects the quotes in a document, such as a list of divergences.
func InText(text string) ([]Quote, error) {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(strings.TrimPrefix(line, "- "), "  ")
	}
	return inLines(lines)
}

func inLines(lines []string) (found []Quote, err error) {
	var open *Quote
	for _, line := range lines {
		line = strings.TrimSpace(line)
		if open == nil {
			m := begins.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			open, line = &Quote{Source: m[1], Section: m[2]}, m[3]
		}
		text, ends := strings.CutSuffix(line, `"`)
		open.Text = strings.TrimSpace(open.Text + " " + text)
		if ends {
			found, open = append(found, *open), nil
		}
	}
	if open != nil {
		return nil, fmt.Errorf("the quote of %s that begins with %.40q has no end", open.Source, open.Text)
	}
	return found, nil
}

// An Excerpt is a part of a specification, word for word.
type Excerpt struct {
	// URL is the page that it is from.
	URL string
	// Sections are its paragraphs by section; those of pages without numbers are under the empty one.
	Sections map[string]string
}

var heading = regexp.MustCompile(`(?m)^§([\d.]+)$`)

// ReadExcerpt reads a file whose first line is the URL. A line such as §3.1 begins a section.
func ReadExcerpt(text string) Excerpt {
	url, rest, _ := strings.Cut(text, "\n")
	e := Excerpt{URL: url, Sections: map[string]string{}}
	section := ""
	for len(rest) > 0 {
		at := heading.FindStringSubmatchIndex(rest)
		if at == nil {
			e.Sections[section] += rest
			break
		}
		e.Sections[section] += rest[:at[0]]
		section, rest = rest[at[2]:at[3]], rest[at[1]:]
	}
	return e
}

// FileOf is the name of the excerpt that a source is looked up in.
func FileOf(source string) string {
	if number, ok := strings.CutPrefix(source, "RFC "); ok {
		return "rfc" + number + ".txt"
	}
	date, page, _ := strings.Cut(strings.TrimPrefix(source, "MCP "), ", ")
	return "mcp-" + date + "-" + strings.ReplaceAll(page, "/", "-") + ".txt"
}

// Says tells that the section says these words, whatever its lines and spaces are like.
func (e Excerpt) Says(section, words string) bool {
	return strings.Contains(spaced(e.Sections[section]), spaced(words))
}

func spaced(s string) string { return strings.Join(strings.Fields(s), " ") }
