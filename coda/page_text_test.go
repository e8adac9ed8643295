package coda_test

import (
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/coda"
)

// TestPageTextInventsNothing: the listing of lines knows neither the state of a checkbox nor the number of an entry.
func TestPageTextInventsNothing(t *testing.T) {
	t.Parallel()
	srv := simulatedIn(t)
	c := clientOf(t, srv, demoToken)
	m, err := c.CreatePage(t.Context(), roadmap, coda.PageCreate{Name: "Chores",
		PageContent: coda.CanvasPage(coda.Markdown, "- [x] sweep\n- [ ] mop\n\n1. first\n2. second\n\nplain\n")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.WaitMutation(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	text, err := c.PageText(t.Context(), roadmap, m.ID)
	if err != nil {
		t.Fatal(err)
	}
	if want := "- [?] sweep\n- [?] mop\n#. first\n#. second\nplain\n"; text.Content != want {
		t.Errorf("got %q, want %q", text.Content, want)
	}
	for _, want := range []string{"[?] is a checkbox whose state", "#. is an entry of a numbered list"} {
		if !strings.Contains(text.Note, want) {
			t.Errorf("the note %q lacks %q", text.Note, want)
		}
	}
	plain, err := c.PageText(t.Context(), roadmap, "canvas-RoadmapNote")
	if err != nil || strings.Contains(plain.Note, "[?]") {
		t.Errorf("a page without checkboxes: %v, note %q", err, plain.Note)
	}
}
