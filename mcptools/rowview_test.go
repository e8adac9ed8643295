package mcptools

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// Columns of the same name do not hide each other, in reading or in undoing.
func TestColumnsOfTheSameName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ws := codatest.Demo()
		ws.AddDoc(codatest.Doc{ID: "dTwins0001", Name: "Twins", Owner: "ada@example.com",
			Pages: []codatest.Page{{Name: "Home"}}, Tables: []codatest.Table{{
				ID: "grid-Twins00001", Name: "T", Columns: []codatest.Column{{Name: "Name"}, {ID: "c-NoteA00001", Name: "Note"},
					{ID: "c-NoteB00001", Name: "Note"}},
				Rows: []codatest.Row{{ID: "i-Twin1", Values: map[string]any{"Name": "x", "c-NoteA00001": "first",
					"c-NoteB00001": "second"}}},
			}}})
		w := newWorld(t, worldOptions{workspace: ws, behavior: swift()})
		for tool, arguments := range map[string]string{
			"coda_query_rows": `{"table":"grid-Twins00001","doc":"dTwins0001"}`,
			"coda_get_row":    `{"row":"i-Twin1","table":"grid-Twins00001","doc":"dTwins0001"}`,
		} {
			text := textOf(w.call(tool, arguments))
			for _, want := range []string{"first", "second", "c-NoteA00001", "c-NoteB00001"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s does not show %q:\n%s", tool, want, text)
				}
			}
		}
		if text := w.refused("coda_query_rows", `{"table":"grid-Twins00001","doc":"dTwins0001","columns":["NOTE"]}`); !strings.Contains(text, "c-NoteA00001") || !strings.Contains(text, "c-NoteB00001") {
			t.Errorf("%s", text)
		}
		type answer struct {
			Undo []map[string]any `json:"undo"`
		}
		a := must[answer](w, "coda_update_rows", `{"table":"grid-Twins00001","doc":"dTwins0001","rows":{"row":"x","values":{"c-NoteB00001":"third"}}}`)
		w.call("coda_update_rows", map[string]any{"table": "grid-Twins00001", "doc": "dTwins0001", "rows": a.Undo})
		if text := textOf(w.call("coda_get_row", `{"row":"i-Twin1","table":"grid-Twins00001","doc":"dTwins0001"}`)); !strings.Contains(text, "Note (c-NoteB00001): second") {
			t.Errorf("undone to %s", text)
		}
	})
}
