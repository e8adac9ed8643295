package mcptools

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

var undoID = regexp.MustCompile(`coda_undo id=(ch-[a-z0-9.]+[a-z0-9])`)

// undoOf is the id by which an answer says that it can be taken back.
func undoOf(t *testing.T, text string) string {
	t.Helper()
	m := undoID.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("the answer names no id for coda_undo:\n%s", text)
	}
	return m[1]
}

// stockList is a doc with a small table.
func stockList() *codatest.Workspace {
	w := codatest.Demo()
	table := codatest.Table{ID: "grid-Stock", Name: "Stock", Columns: []codatest.Column{
		{Name: "Name", Display: true}, {Name: "Qty", Type: "number"}, {Name: "Note"}}}
	for i := range 8 {
		table.Rows = append(table.Rows, codatest.Row{ID: fmt.Sprintf("i-Stock00000%d", i+1),
			Values: map[string]any{"Name": fmt.Sprintf("Item %d", i+1), "Qty": i}})
	}
	w.AddDoc(codatest.Doc{ID: "dStock0001", Name: "Stock list", Owner: "ada@example.com",
		Pages: []codatest.Page{{Name: "Home"}}, Tables: []codatest.Table{table}})
	return w
}

// said calls a tool that has to succeed, agreeing where it asks, and gives its text.
func (w *world) said(tool string, arguments any) string {
	w.t.Helper()
	result := w.agreed(tool, arguments)
	if result.IsError {
		w.t.Fatalf("%s: %s", tool, textOf(result))
	}
	w.coda.Settle()
	return textOf(result)
}

func stockRows(w *world) string {
	var lines []string
	for _, r := range w.coda.Doc("dStock0001").Table("Stock").Rows() {
		raw, err := json.Marshal(r.Values)
		if err != nil {
			w.t.Fatal(err)
		}
		lines = append(lines, string(raw))
	}
	return strings.Join(lines, "\n")
}

func inStock(rest string) string { return `{"doc":"dStock0001","table":"Stock",` + rest + `}` }

// What cannot be taken back is told in one sentence, with what it did.
func TestUndoOfADeletedPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stockList(), behavior: swift()})
		w.said("coda_delete_page", `{"doc":"dStock0001","page":"Home","force":true}`)
		if text := w.refused("coda_undo", `{}`); !strings.Contains(text, "(coda_delete_page: Deleted the page Home (") ||
			!strings.Contains(text, " with the table Stock (grid-Stock)) cannot be taken back: bring a deleted page back") {
			t.Error(text)
		}
	})
}

// A change is taken back, back again, and back once more.
func TestUndoAndRedoCells(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stockList(), behavior: swift()})
		before := stockRows(w)
		text := w.said("coda_update_rows", inStock(`"rows":[{"row":"i-Stock000001","values":{"Qty":99,"Note":"new"}},
			{"row":"i-Stock000002","values":{"Name":"Renamed"}}]`))
		after := stockRows(w)
		id := undoOf(t, text)
		undone := w.said("coda_undo", map[string]any{"id": id})
		if stockRows(w) != before {
			t.Fatalf("after the undo:\n%s\n%s", stockRows(w), undone)
		}
		if text := w.refused("coda_undo", map[string]any{"id": id}); !strings.Contains(text, "already taken back") {
			t.Error(text)
		}
		redone := w.said("coda_undo", map[string]any{"id": undoOf(t, undone)})
		if stockRows(w) != after {
			t.Fatalf("after the redo:\n%s\n%s", stockRows(w), redone)
		}
		w.said("coda_undo", map[string]any{"id": "last"})
		if stockRows(w) != before {
			t.Fatalf("after the second undo:\n%s", stockRows(w))
		}
		t.Log(w.said("coda_history", `{}`))
	})
}

// What others changed since stays, and is told; the rest is taken back.
func TestUndoLeavesForeignChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stockList(), behavior: swift()})
		w.said("coda_update_rows", inStock(`"rows":[{"row":"i-Stock000001","values":{"Qty":99,"Note":"new"}},
			{"row":"i-Stock000002","values":{"Qty":98}},{"row":"i-Stock000003","values":{"Qty":97}}]`))
		w.coda.Doc("dStock0001").Table("Stock").SetCells("i-Stock000001", map[string]any{"Qty": 7})
		w.coda.Doc("dStock0001").Table("Stock").DeleteRows("i-Stock000002")
		text := w.said("coda_undo", `{}`)
		for _, want := range []string{"Partial", "column Qty, has changed since: it holds \"7\" now", "i-Stock000002",
			"deleted since", "2 rows changed back"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not told in:\n%s", want, text)
			}
		}
		rows := stockRows(w)
		if !strings.Contains(rows, `"Qty":7`) || strings.Contains(rows, "new") || strings.Contains(rows, "97") {
			t.Errorf("the table holds\n%s", rows)
		}
	})
}

// Rows that were added are deleted after an agreement, and those that were deleted are added again.
func TestUndoAddedAndDeletedRows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stockList(), behavior: swift()})
		before := stockRows(w)
		w.said("coda_upsert_rows", inStock(`"key_columns":["Name"],"rows":[{"Name":"Item 3","Qty":50},{"Name":"Item 9"},
			{"Name":"Item 10","Qty":4}]`))
		if ask := textOf(w.call("coda_undo", `{}`)); !strings.Contains(ask, "Nothing was done yet") ||
			!strings.Contains(ask, "Item 10") {
			t.Errorf("taking back an addition does not ask: %s", ask)
		}
		text := w.said("coda_undo", `{}`)
		if stockRows(w) != before {
			t.Fatalf("after the undo:\n%s\n%s", stockRows(w), text)
		}
		text = w.said("coda_delete_rows", inStock(`"rows":["Item 1","Item 2"]`))
		undone := w.said("coda_undo", map[string]any{"id": undoOf(t, text)})
		if !strings.Contains(undone, "new ids") || len(w.coda.Doc("dStock0001").Table("Stock").Rows()) != 8 {
			t.Fatalf("after the undo:\n%s\n%s", stockRows(w), undone)
		}
		if text := w.refused("coda_undo", map[string]any{"id": undoOf(t, text)}); !strings.Contains(text, "already") {
			t.Error(text)
		}
		w.said("coda_undo", map[string]any{"id": undoOf(t, undone)})
		if n := len(w.coda.Doc("dStock0001").Table("Stock").Rows()); n != 6 {
			t.Errorf("after the redo there are %d rows", n)
		}
	})
}

// A row that was added and worked on since stays.
func TestUndoKeepsAddedRowsThatWereWorkedOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stockList(), behavior: swift()})
		w.said("coda_upsert_rows", inStock(`"rows":[{"Name":"Worked on"},{"Name":"Left alone"}]`))
		for _, r := range w.coda.Doc("dStock0001").Table("Stock").Rows() {
			if r.Values["Name"] == "Worked on" {
				w.coda.Doc("dStock0001").Table("Stock").SetCells(r.ID, map[string]any{"Note": "precious"})
			}
		}
		text := w.said("coda_undo", `{}`)
		if rows := stockRows(w); !strings.Contains(rows, "precious") || strings.Contains(rows, "Left alone") {
			t.Errorf("%s\n%s", text, rows)
		}
		if !strings.Contains(text, "added and has changed since") {
			t.Error(text)
		}
	})
}

// A time on the doc's own clock is known again by what that clock shows, so that an undo at once does not take it for
// somebody's change; a copy of a file, whose address is Coda's own, may be anybody's.
func TestUndoOfWhatCodaStoresOtherwise(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		behavior := codatest.Realistic()
		w := newWorld(t, worldOptions{workspace: kindLab(t), behavior: &behavior, legacy: true})
		must[rowsAnswer](w, "coda_update_rows", inKinds(map[string]any{"rows": []any{map[string]any{"row": "i-Low",
			"values": map[string]any{"dateTime": "2026-05-06 14:30", "image": "https://example.com/new.png"}}}}))
		must[rowsAnswer](w, "coda_upsert_rows", inKinds(map[string]any{"rows": []any{map[string]any{"Name": "new",
			"dateTime": "6 May 2026 2:30 pm"}}}))
		if text := textOf(w.agreed("coda_undo", map[string]any{})); strings.Contains(text, "changed since") {
			t.Errorf("the added row: %s", text)
		}
		text := textOf(w.agreed("coda_undo", map[string]any{}))
		w.coda.Settle()
		row, _ := w.coda.Doc("dKinds0001").Table("Kinds").Row("i-Low")
		n := len(w.coda.Doc("dKinds0001").Table("Kinds").Rows())
		if n != 3 || row.Values["dateTime"] != "2026-03-08T01:30:00.000-05:00" {
			t.Errorf("%d rows, %v: %s", n, row.Values["dateTime"], text)
		}
		if strings.Contains(text, "has changed since:") || !strings.Contains(text, "may have changed since: it holds") {
			t.Errorf("%s", text)
		}
	})
}
