package mcptools

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
)

// mostEditRequests is what changing a line may take of Coda's budget, once it is known that Coda heeds the demand for
// its newest state.
const mostEditRequests = 4

func TestRequestsOfEditedLine(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"Meeting notes", "canvas-RoadmapNote",
		"https://coda.io/d/_ddRoadmap01/Meeting-notes_supNote"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, worldOptions{behavior: swift()})
			edit := func(at, content string) {
				text := textOf(w.call("coda_edit_page", map[string]any{
					"page": page, "doc": "dRoadmap01", "action": "replace", "at": []string{at}, "content": content,
				}))
				if !strings.Contains(text, "Applied.") {
					t.Errorf("%s: %s", page, text)
				}
			}
			edit("We moved the camera to the spring release.", "The camera ships in spring.")
			w.coda.ResetRequests()
			edit("The camera ships in spring.", "The camera ships in summer.")
			if n := w.coda.Requests().Count(); n > mostEditRequests {
				t.Errorf("%s: %d requests: %v", page, n, w.coda.Requests().Counts())
			}
		})
	}
}

// TestLongPageByItsHeadings: a page that took eleven calls to look through takes two to find what is wanted.
func TestLongPageByItsHeadings(t *testing.T) {
	longAndAlone(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift()})
		var content strings.Builder
		for i := range 60 {
			fmt.Fprintf(&content, "## Chapter %d\n\n%s\n\n", i, strings.Repeat(fmt.Sprintf("Sentence of chapter %d. ", i), 140))
		}
		w.call("coda_create_page", map[string]any{"doc": "dRoadmap01", "name": "Handbook", "content": content.String()})
		headings := textOf(w.call("coda_read_page", `{"page":"Handbook","doc":"dRoadmap01","format":"headings"}`))
		if !strings.Contains(headings, "## Chapter 42 (1 line, ") || len(headings) > 6_000 {
			t.Errorf("%d characters of headings: %.500s", len(headings), headings)
		}
		section := textOf(w.call("coda_read_page", `{"page":"Handbook","doc":"dRoadmap01","section":"Chapter 42"}`))
		if !strings.Contains(section, "Sentence of chapter 42.") || strings.Contains(section, "chapter 43") ||
			len(section) > 5_000 {
			t.Errorf("%d characters of a section: %.500s", len(section), section)
		}
	})
}
