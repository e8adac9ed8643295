package pages

import (
	"strings"

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
	ids := make([]string, 0, len(found))
	for _, i := range found {
		ids = append(ids, lines[i].ID)
	}
	return 0, kit.Complain("%d lines of the page read %q. Use the id of the one you mean: %s.", len(found),
		kit.Clip(kit.OneLine(name), 80), kit.Clip(strings.Join(ids, ", "), 300))
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
