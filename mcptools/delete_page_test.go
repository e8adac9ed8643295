package mcptools

import (
	"strings"
	"testing"
	"testing/synctest"
)

// What goes with a page is told down to the last page below it.
func TestPagesBelowAreTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift()})
		must[pageWritten](w, "coda_create_page", `{"doc":"dRoadmap01","name":"Drafts","parent":"Ideas"}`)
		must[pageWritten](w, "coda_create_page", `{"doc":"dRoadmap01","name":"Old drafts","parent":"Drafts"}`)
		text := textOf(w.agreed("coda_delete_page", `{"page":"Ideas","doc":"dRoadmap01"}`))
		if want := "with 2 pages below it (Drafts, Old drafts)"; !strings.Contains(text, want) {
			t.Errorf("%q does not say %q", text, want)
		}
	})
}
