package pages

import (
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func isElementID(s string) bool { return strings.HasPrefix(strings.TrimSpace(s), "cl-") }

// findLine finds the one line that a text names: by id, or by the whole text regardless of case, spacing and Markdown's
// mark of a heading. A heading goes before a line of the same text.
func findLine(lines []*coda.Element, name string) (int, error) {
	want := kit.FoldLine(name)
	var found, headings []int
	var texts []string
	for i, line := range lines {
		if line.ID == strings.TrimSpace(name) {
			return i, nil
		}
		if line.Content == nil {
			continue
		}
		texts = append(texts, line.Content.Content)
		if kit.FoldLine(line.Content.Content) == want {
			found = append(found, i)
			if headingLevel(line) > 0 {
				headings = append(headings, i)
			}
		}
	}
	if len(headings) > 0 {
		found = headings
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return 0, kit.Complain("The page has no line %q.%s coda_read_page with format outline lists the lines with their "+
			"ids; the text of tables and callouts is not among them.",
			kit.Clip(kit.OneLine(name), 80), kit.DidYouMean(name, texts))
	}
	var list strings.Builder
	for n, i := range found {
		if n == mostTwins {
			fmt.Fprintf(&list, "and %d more\n", len(found)-n)
			break
		}
		fmt.Fprintf(&list, "- %s: %s\n", lines[i].ID, lineWhere(lines, i))
	}
	return 0, kit.Complain("%d lines of the page read %q. Use the id of the one you mean:\n%s"+
		"coda_read_page with format headings shows all headings, outline all lines.", len(found),
		kit.Clip(kit.OneLine(name), 80), list.String())
}

// mostTwins bounds how many lines of the same text are told.
const mostTwins = 20

// lineWhere tells a line from others of the same text: by its place, the heading that it stands under, and what comes
// behind it.
func lineWhere(lines []*coda.Element, i int) string {
	where := fmt.Sprintf("line %d of %d", i+1, len(lines))
	if up := parentHeading(lines, i); up >= 0 {
		where += ", under " + near.Quote(kit.Short(lines[up].Content.Content, 60))
	}
	if i+1 < len(lines) && lines[i+1].Content != nil {
		if text := strings.TrimSpace(lines[i+1].Content.Content); text != "" {
			where += ", before " + near.Quote(kit.Short(text, 60))
		}
	}
	return where
}

// parentHeading is the index of the heading that a line stands under, which for a heading is one of a higher rank; -1 =
// none.
func parentHeading(lines []*coda.Element, i int) int {
	own := headingLevel(lines[i])
	for up := i - 1; up >= 0; up-- {
		if level := headingLevel(lines[up]); level > 0 && (own == 0 || level < own) {
			return up
		}
	}
	return -1
}

// headingLevel is 1 to 3, and 0 for what is no heading.
func headingLevel(e *coda.Element) int {
	if e.Content == nil {
		return 0
	}
	switch e.Content.Style {
	case "h1":
		return 1
	case "h2":
		return 2
	case "h3":
		return 3
	}
	return 0
}

// sectionEnd is the last line before the next heading of the same or a higher rank. What is no heading is its own
// section.
func sectionEnd(lines []*coda.Element, heading int) int {
	level := headingLevel(lines[heading])
	if level == 0 {
		return heading
	}
	end := heading
	for i := heading + 1; i < len(lines); i++ {
		if l := headingLevel(lines[i]); l > 0 && l <= level {
			break
		}
		end = i
	}
	return end
}
