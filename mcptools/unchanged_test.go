package mcptools

import (
	"strings"
	"testing"
	"testing/synctest"
)

// unchangingCalls ask for what is so already: each is preceded by a call that makes it so, where that is needed.
var unchangingCalls = []struct{ name, before, tool, arguments string }{
	{"equal cells", "", "coda_update_rows", `{"doc":"dRoadmap01","table":"Features","rows":[{"row":"Camera","values":{"Name":"Camera"}}]}`},
	{"equal cells by key", "", "coda_upsert_rows", `{"doc":"dRoadmap01","table":"Features","key_columns":["Name"],"rows":[{"Name":"Camera"}]}`},
	{"a page's own name", "", "coda_update_page", `{"doc":"dRoadmap01","page":"Meeting notes","name":"Meeting notes","hidden":false}`},
	{"a line's own text", "", "coda_edit_page", `{"doc":"dRoadmap01","page":"Meeting notes","action":"replace","at":["We moved the camera to the spring release."],"content":"We moved the camera to the spring release."}`},
	{"a page's own text", `{"doc":"dRoadmap01","page":"Ideas","action":"replace_all","content":"# Plan\n\nWords.\n\n- one\n- two"}`,
		"coda_edit_page", `{"doc":"dRoadmap01","page":"Ideas","action":"replace_all","content":"# Plan\n\nWords.\n\n* one\n* two\n"}`},
	{"a section's own text", `{"doc":"dRoadmap01","page":"Ideas","action":"replace_all","content":"# Plan\n\nWords.\n\n1. one\n\n# End"}`,
		"coda_edit_page", `{"doc":"dRoadmap01","page":"Ideas","action":"replace_section","at":["Plan"],"content":"Words.\n\n1. one"}`},
	{"an empty page", `{"doc":"dRoadmap01","page":"Ideas","action":"replace_all"}`,
		"coda_edit_page", `{"doc":"dRoadmap01","page":"Ideas","action":"replace_all","content":" "}`},
	{"a doc's own title", "", "coda_update_doc", `{"doc":"dRoadmap01","title":"Product roadmap","icon":"rocket"}`},
	{"a folder's own name", "", "coda_update_folder", `{"folder":"Product","name":"Product"}`},
	{"access that is there", "", "coda_share_doc", `{"doc":"dHiring001","who":"ADA@example.com","access":"write"}`},
	{"settings that are so", "", "coda_update_sharing", `{"doc":"dRoadmap01","copying":%copying%}`},
	{"a doc published so", "", "coda_publish_doc", `{"doc":"dRoadmap01","mode":"view","categories":["engineering","Product"]}`},
	{"a doc not published", "", "coda_unpublish_doc", `{"doc":"dHiring001"}`},
	{"a domain not connected", "", "coda_disconnect_domain", `{"doc":"dRoadmap01","domain":"other.example.com"}`},
	{"a member's own role", "", "coda_change_role", `{"email":"lin@example.com","role":"Editor"}`},
}

// A write that changed nothing says so, in both halves, and Coda is not asked to write.
func TestWhatChangesNothingSaysSo(t *testing.T) {
	t.Parallel()
	for _, c := range unchangingCalls {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, worldOptions{behavior: swift(), sets: Sets(), legacy: true})
				if c.before != "" {
					must[rowsAnswer](w, c.tool, c.before)
				}
				if text := textOf(w.call("coda_get_sharing", `{"doc":"dRoadmap01"}`)); strings.Contains(text, "may copy: yes") {
					c.arguments = strings.ReplaceAll(c.arguments, "%copying%", "true")
				} else {
					c.arguments = strings.ReplaceAll(c.arguments, "%copying%", "false")
				}
				w.coda.ResetRequests()
				result := w.call(c.tool, c.arguments)
				a, text := structured[rowsAnswer](t, result), textOf(result)
				if result.IsError || a.Status != "unchanged" || a.Effect["unchanged"] != 1 || len(a.Effect) != 1 ||
					!strings.HasPrefix(a.Done, "Nothing changed: ") || !strings.HasPrefix(text, a.Done) ||
					strings.Contains(text, "Applied") {
					t.Errorf("%+v\n%s", a, text)
				}
				checkHalves(t, c.tool, result)
				for _, q := range w.coda.Requests() {
					if q.Method != "GET" {
						t.Errorf("Coda was asked to write: %s", q.Operation)
					}
				}
			})
		})
	}
}
