package mcptools

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

func pageText(w *world) string {
	p, ok := w.coda.Doc("dPages0001").Page("Plan")
	if !ok {
		w.t.Fatal("there is no page")
	}
	return p.Name + "\n" + p.Subtitle + "\n" + p.Markdown()
}

func pagesDoc() *codatest.Workspace {
	w := codatest.Demo()
	w.AddDoc(codatest.Doc{ID: "dPages0001", Name: "Pages", Owner: "ada@example.com", Pages: []codatest.Page{{
		ID: "canvas-plan", Name: "Plan", Subtitle: "Of the year",
		Content: "# Plan\n\nFirst.\n\n## Risks\n\n* one\n* two\n\n## End\n\nThe end.\n"}}})
	return w
}

// Each kind of edit of a page is taken back, and that again.
func TestUndoPageEdits(t *testing.T) {
	t.Parallel()
	for name, call := range map[string][2]string{
		"append":          {"coda_edit_page", `"action":"append","content":"More.\n\n* a\n* b"`},
		"prepend":         {"coda_edit_page", `"action":"prepend","content":"## Before all"`},
		"insert_after":    {"coda_edit_page", `"action":"insert_after","at":["First."],"content":"Second."`},
		"replace":         {"coda_edit_page", `"action":"replace","at":["First."],"content":"Zeroth. And more."`},
		"delete":          {"coda_edit_page", `"action":"delete","at":["First.","one"]`},
		"replace_section": {"coda_edit_page", `"action":"replace_section","at":["Risks"],"content":"None any more."`},
		"with heading":    {"coda_edit_page", `"action":"replace_section","at":["Risks"],"content":"## Dangers\n\nNone."`},
		"delete_section":  {"coda_edit_page", `"action":"delete_section","at":["Risks"]`},
		"replace_all":     {"coda_edit_page", `"action":"replace_all","content":"All new."`},
		"clear":           {"coda_edit_page", `"action":"replace_all"`},
		"properties":      {"coda_update_page", `"name":"Renamed","subtitle":"Another","hidden":true`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, worldOptions{workspace: pagesDoc(), behavior: swift()})
				text := func() string {
					p := w.coda.Doc("dPages0001").Pages()[0]
					var lines []string
					for _, e := range p.Elements {
						lines = append(lines, e.Style+" "+e.Text)
					}
					return fmt.Sprintln(p.Name, p.Subtitle, p.Hidden, strings.Join(lines, "\n"))
				}
				before := text()
				said := w.said(call[0], `{"doc":"dPages0001","page":"canvas-plan",`+call[1]+`}`)
				after := text()
				if before == after {
					t.Fatalf("nothing changed: %s", said)
				}
				undone := w.said("coda_undo", map[string]any{"id": undoOf(t, said)})
				if got := text(); got != before {
					t.Fatalf("after the undo:\n%s\nbefore:\n%s\n%s", got, before, undone)
				}
				redone := w.said("coda_undo", map[string]any{"id": undoOf(t, undone)})
				if got := text(); got != after {
					t.Errorf("after the redo:\n%s\nwanted:\n%s\n%s", got, after, redone)
				}
			})
		})
	}
}

// A text that somebody worked on since is left alone.
func TestUndoLeavesForeignPageEdits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: pagesDoc(), behavior: swift()})
		id := undoOf(t, w.said("coda_edit_page",
			`{"doc":"dPages0001","page":"canvas-plan","action":"replace","at":["First."],"content":"Second."}`))
		w.said("coda_edit_page",
			`{"doc":"dPages0001","page":"canvas-plan","action":"replace","at":["Second."],"content":"Third."}`)
		before := pageText(w)
		text := w.said("coda_undo", map[string]any{"id": id})
		if pageText(w) != before || !strings.Contains(text, "Nothing changed") || !strings.Contains(text, "changed since") {
			t.Errorf("%s\n%s", text, pageText(w))
		}
		id = undoOf(t, w.said("coda_update_page", `{"doc":"dPages0001","page":"canvas-plan","name":"A","subtitle":"B"}`))
		w.coda.Doc("dPages0001").RenamePage("canvas-plan", "Plan")
		text = w.said("coda_undo", map[string]any{"id": id})
		if got := pageText(w); !strings.HasPrefix(got, "Plan\nOf the year\n") {
			t.Errorf("%s\n%s", text, got)
		}
	})
}

// What a page did not have does not come back through Coda's API, and is not claimed to.
func TestUndoOfPropertiesThatWereEmpty(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ws := pagesDoc()
		ws.AddDoc(codatest.Doc{ID: "dBare00001", Name: "Bare", Owner: "ada@example.com",
			Pages: []codatest.Page{{ID: "canvas-bare", Name: "Bare page"}}})
		w := newWorld(t, worldOptions{workspace: ws, behavior: swift()})
		for _, c := range []struct{ properties, status, told string }{
			{`"name":"Renamed","subtitle":"New"`, "partial", "an empty subtitle"},
			{`"name":"Again"`, "applied", "Took back"},
		} {
			id := undoOf(t, w.said("coda_update_page", `{"doc":"dBare00001","page":"canvas-bare",`+c.properties+`}`))
			result := w.call("coda_undo", map[string]any{"id": id})
			if got := structured[rowsAnswer](t, result).Status; got != c.status {
				t.Errorf("%s: %s, want %s", c.properties, got, c.status)
			}
			if text := textOf(result); !strings.Contains(text, c.told) {
				t.Errorf("%s: %s", c.properties, text)
			}
			if page := w.coda.Doc("dBare00001").Pages()[0]; page.Name != "Bare page" {
				t.Errorf("%s: the page is called %q", c.properties, page.Name)
			}
		}
	})
}
