package mcptools

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// What was added can be taken back, however much it was: many ids are not told twice.
func TestUndoOfManyAddedRows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stock(3), behavior: behind(0), legacy: true})
		table := w.coda.Doc("dStock0001").Table("Stock")
		for _, n := range []int{1, 150} {
			var rows []map[string]any
			for i := range n {
				rows = append(rows, map[string]any{"Name": fmt.Sprint("New ", i)})
			}
			result := w.call("coda_upsert_rows", stockCall(map[string]any{"rows": rows}))
			a := structured[rowsAnswer](t, result)
			w.coda.Settle()
			if raw, _ := json.Marshal(a.Undo); len(table.Rows()) != 3+n || len(a.Undo) == 0 || len(raw) > 3_000 {
				t.Fatalf("%d rows, undo %.300s: %.900s", len(table.Rows()), raw, textOf(result))
			}
			for _, u := range a.Undo {
				arguments := u["arguments"].(map[string]any)
				if id, ok := arguments["batch"]; ok != (n > 1) {
					t.Errorf("%d rows, batch %v", n, id)
				}
				if r := w.agreed("coda_delete_rows", arguments); r.IsError {
					t.Fatalf("%s", textOf(r))
				}
				w.coda.Settle()
			}
			if left := table.Rows(); len(left) != 3 {
				t.Fatalf("%d rows are left", len(left))
			}
		}
	})
}

// A row that other rows share a key with and that holds the values already is not counted as changed.
func TestOnMultipleCountsWhatItChanges(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 20} { // one by one, and by key
		synctest.Test(t, func(t *testing.T) {
			ws := stock(n)
			rows := ws.Doc("dStock0001").Table("Stock").Rows
			for i := range rows {
				rows[i].Values["Name"], rows[i].Values["Qty"] = "Twin", i%3
			}
			w := newWorld(t, worldOptions{workspace: ws, behavior: behind(0)})
			a := must[rowsAnswer](w, "coda_upsert_rows", stockCall(map[string]any{"key_columns": []string{"Name"},
				"on_multiple": "all", "rows": []map[string]any{{"Name": "Twin", "Qty": 2}}}))
			if same := n / 3; a.Effect["unchanged"] != same || a.Effect["changed"] != n-same {
				t.Errorf("%+v", a)
			}
		})
	}
}

// Words that the tool reads and that are also columns, or stand beside others, are refused with the form that is meant.
func TestWrappedRowsAreUnambiguous(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stock(1, codatest.Column{ID: "c-Vals", Name: "Values", Type: "text"}),
			behavior: behind(0)})
		add := func(row string) *mcp.CallToolResult {
			return w.call("coda_upsert_rows", `{"doc":"dStock0001","table":"Stock","again":true,"rows":[`+row+`]}`)
		}
		for range 10 {
			for _, row := range []string{`{"values":{"Name":"x"}}`, `{"Values":{"Name":"x"},"Name":"y"}`,
				`{"cells":{"Name":"x"},"Qty":1}`, `{"values":"a","Values":"b"}`} {
				if r := add(row); !r.IsError || strings.Contains(row, "{\"Name") && !strings.Contains(textOf(r), `{"Column": value}`) {
					t.Fatalf("%s: %s", row, textOf(r))
				}
			}
		}
		for _, row := range []string{`{"cells":{"Name":"x","Values":"v"}}`, `{"Name":"x","values":"v"}`} {
			if r := add(row); r.IsError {
				t.Errorf("%s: %s", row, textOf(r))
			}
		}
		w.coda.Settle()
		for _, r := range w.coda.Doc("dStock0001").Table("Stock").Rows()[1:] {
			if r.Values["Values"] != "v" || r.Name != "x" {
				t.Errorf("%v", r.Values)
			}
		}
	})
}
