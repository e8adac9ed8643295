package mcptools

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// lagging is a Coda whose readers do not see what others did, either.
func lagging(lag time.Duration) *codatest.Behavior {
	b := behind(lag)
	b.Manners = codatest.RealManners()
	return b
}

// A name that somebody gave to another column is that column's, although listings do not show it yet.
func TestColumnsThatChangedNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ws := stock(2, codatest.Column{ID: "c-Note", Name: "Note", Type: "text"})
		w := newWorld(t, worldOptions{workspace: ws, behavior: lagging(8 * time.Second)})
		table := w.coda.Doc("dStock0001").Table("Stock")
		w.call("coda_query_rows", stockCall(map[string]any{}))
		for _, change := range [][2]string{{"c-Name", "Aside"}, {"c-Note", "Name"}, {"c-Name", "Note"}} {
			table.RenameColumn(change[0], change[1])
		}
		change := stockCall(map[string]any{"rows": updates(1, 1, map[string]any{"Note": "n"})})
		a := must[rowsAnswer](w, "coda_update_rows", change)
		w.coda.Settle()
		if cells := table.Stored()["i-Stock000001"]; cells["c-Name"] != "```n```" || cells["c-Note"] != nil {
			t.Errorf("%v", cells)
		}
		must[rowsAnswer](w, "coda_update_rows", stockCall(map[string]any{"rows": a.Undo}))
		w.coda.Settle()
		if cells := table.Stored()["i-Stock000001"]; cells["c-Name"] != "```Item 1```" {
			t.Errorf("undone: %v", cells)
		}
		table.RenameColumn("c-Name", "Aside")
		table.RenameColumn("c-Note", "Note")
		table.RenameColumn("c-Name", "Name")
		must[rowsAnswer](w, "coda_upsert_rows", stockCall(map[string]any{"key_columns": []string{"Name"},
			"rows": []map[string]any{{"Name": "Item 2", "Note": "second"}}}))
		w.coda.Settle()
		if cells := table.Stored()["i-Stock000002"]; cells["c-Note"] != "```second```" || len(table.Rows()) != 2 {
			t.Errorf("%v, %d rows", cells, len(table.Rows()))
		}
	})
}

// Where listings may be behind, an answer says so and names by id what was written to.
func TestNamesInListingsThatLag(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stock(1), behavior: lagging(time.Minute)})
		doc := w.coda.Doc("dStock0001")
		page, _ := doc.Page("Stock page")
		doc.RenamePage("Stock page", "Archive")
		edit := map[string]any{"doc": "dStock0001", "page": "Stock page", "action": "append", "content": "x"}
		r := w.call("coda_edit_page", edit)
		text := textOf(r)
		if r.IsError || !strings.Contains(text, page.ID) || !strings.Contains(text, "Names were looked up") {
			t.Errorf("%s", text)
		}
		w.coda.Settle()
		edit["page"] = "Archive"
		if text := textOf(w.call("coda_edit_page", edit)); strings.Contains(text, "Names were looked up") {
			t.Errorf("of a listing that is current: %s", text)
		}
	})
}

// What was made a moment ago and is named by its name is waited for as by its id.
func TestMadeAndNamedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stock(1), behavior: lagging(20 * time.Second), reply: replies["yes"]})
		must[rowsAnswer](w, "coda_create_page", `{"doc":"dStock0001","name":"Passing"}`)
		must[rowsAnswer](w, "coda_delete_page", `{"doc":"dStock0001","page":"Passing"}`)
		w.coda.Settle()
		if _, still := w.coda.Doc("dStock0001").Page("Passing"); still {
			t.Error("the page is still there")
		}
		if text := w.refused("coda_update_page", `{"doc":"dStock0001","page":"Passing","hidden":true}`); strings.Contains(text,
			`mean "Passing"`) {
			t.Errorf("%s", text)
		}
	})
}

// The same rows are the same in any form and order.
func TestIdenticalAdditionInAnotherForm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stock(1), behavior: behind(0)})
		must[rowsAnswer](w, "coda_upsert_rows", stockCall(map[string]any{
			"rows": []map[string]any{{"Name": "A", "Qty": 1}, {"Name": "B", "Qty": 2}}}))
		for name, more := range map[string]map[string]any{
			"CSV":             {"csv": "Name,Qty\nA,1\nB,2"},
			"text":            {"rows": []map[string]any{{"Name": "A", "Qty": "1"}, {"Name": "B", "Qty": "2"}}},
			"another order":   {"rows": []map[string]any{{"Qty": 2, "Name": "B"}, {"Name": "A", "Qty": 1}}},
			"ids of columns":  {"rows": []map[string]any{{"c-Name": "A", "c-Qty": 1}, {"c-Name": "B", "c-Qty": 2}}},
			"an empty column": {"rows": []map[string]any{{"Name": "A", "Qty": 1}, {"Name": "B", "Qty": 2}}, "mode": "add"},
		} {
			if text := w.refused("coda_upsert_rows", stockCall(more)); !strings.Contains(text, "again=true") {
				t.Errorf("%s: %s", name, text)
			}
		}
		must[rowsAnswer](w, "coda_upsert_rows", stockCall(map[string]any{"csv": "Name,Qty\nA,1\nB,3"}))
		w.coda.Settle()
		if n := len(w.coda.Doc("dStock0001").Table("Stock").Rows()); n != 5 {
			t.Errorf("%d rows", n)
		}
	})
}

// Every read that may be behind says so.
func TestReadsSayThatTheyMayBeBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stock(3), behavior: lagging(time.Minute)})
		must[rowsAnswer](w, "coda_update_rows", stockCall(map[string]any{"rows": updates(1, 1, map[string]any{"Qty": 7})}))
		must[rowsAnswer](w, "coda_create_page", `{"doc":"dStock0001","name":"Fresh"}`)
		for tool, arguments := range map[string]map[string]any{
			"coda_query_rows":     {"table": "Stock"},
			"coda_get_row":        {"table": "Stock", "row": "i-Stock000001"},
			"coda_describe_table": {"table": "Stock", "sample_rows": 2},
			"coda_get_doc":        {},
			"coda_search":         {"query": "Item", "docs": []string{"dStock0001"}},
		} {
			if tool != "coda_search" {
				arguments["doc"] = "dStock0001"
			}
			if text := textOf(w.call(tool, arguments)); !strings.Contains(text, "may not show it") {
				t.Errorf("%s: %s", tool, text)
			}
		}
	})
}
