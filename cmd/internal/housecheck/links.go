package housecheck

import (
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// target finds what a Markdown link or image leads to.
var target = regexp.MustCompile(`\]\(([^()\s]+)\)`)

// codeSpan finds what is set as code within a line, where nothing is a link.
var codeSpan = regexp.MustCompile("`[^`]*`")

// links finds links of the documentation that lead to no file or to no heading.
func links(s *Source) []Finding {
	headings := make(map[string]map[string]bool)
	for _, f := range s.Markdown {
		headings[f.Name] = anchors(f)
	}
	var out []Finding
	for _, f := range s.Markdown {
		prose(f, func(line int, text string) {
			for _, match := range target.FindAllStringSubmatch(codeSpan.ReplaceAllString(text, ""), -1) {
				if wrong := s.follow(f, match[1], headings); wrong != "" {
					out = append(out, Finding{f.Name, line, wrong})
				}
			}
		})
	}
	return out
}

// follow says what is wrong with a link, or nothing.
func (s *Source) follow(from TextFile, link string, headings map[string]map[string]bool) string {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "" || u.Host != "" || strings.HasPrefix(u.Path, "/") {
		return ""
	}
	file := from.Name
	if u.Path != "" {
		file = path.Join(from.dir(), u.Path)
	}
	if _, err := fs.Stat(s.tree, file); err != nil {
		return fmt.Sprintf("links to %s, which does not exist", link)
	}
	if known, ok := headings[file]; ok && u.Fragment != "" && !known[u.Fragment] {
		return fmt.Sprintf("links to %s, but %s has no such heading", link, file)
	}
	return ""
}

// prose calls f for each line of a document that is not code.
func prose(doc TextFile, f func(line int, text string)) {
	code := false
	for i, line := range doc.Lines {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			code = !code
			continue
		}
		if !code {
			f(i+1, line)
		}
	}
}

// anchors are the names of a document's headings, as GitHub makes them.
func anchors(doc TextFile) map[string]bool {
	known := make(map[string]bool)
	prose(doc, func(_ int, line string) {
		hashes := len(line) - len(strings.TrimLeft(line, "#"))
		if title, ok := strings.CutPrefix(line[hashes:], " "); ok && hashes > 0 {
			known[anchor(title)] = true
		}
		for _, match := range named.FindAllStringSubmatch(line, -1) {
			known[match[1]] = true
		}
	})
	return known
}

// named finds anchors that are given by hand.
var named = regexp.MustCompile(`<a (?:id|name)="([^"]+)"`)

// dropped are the characters that a heading loses as an anchor.
var dropped = regexp.MustCompile(`[^\p{L}\p{N}\s_-]`)

func anchor(title string) string {
	return strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), ""), " ", "-")
}

// mentioned finds a path of this repository that is set as code; NAME and such stand for any name.
var mentioned = regexp.MustCompile("`((?:cmd|gateway|mcptools|coda|config|deploy|\\.ci|\\.github)/[A-Za-z0-9_./*-]+)`")

// anyName finds what stands for a name.
var anyName = regexp.MustCompile(`[A-Z]{2,}[0-9]*\b`)

// guide is the document that sends people to files by their paths.
const guide = ".github/CONTRIBUTING.md"

// mentions finds paths in the guide that lead to no file.
func mentions(s *Source) []Finding {
	var out []Finding
	for _, f := range s.Markdown {
		if f.Name != guide {
			continue
		}
		prose(f, func(line int, text string) {
			for _, match := range mentioned.FindAllStringSubmatch(text, -1) {
				pattern := match[1]
				if !strings.HasSuffix(pattern, "README.md") {
					pattern = anyName.ReplaceAllString(pattern, "*")
				} else {
					pattern = anyName.ReplaceAllString(strings.TrimSuffix(pattern, "README.md"), "*") + "README.md"
				}
				if found, err := fs.Glob(s.tree, pattern); err != nil || len(found) == 0 {
					out = append(out, Finding{f.Name, line, match[1] + " is no file; name the one that it became"})
				}
			}
		})
	}
	return out
}
