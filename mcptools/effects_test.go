package mcptools

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// What a write's answer says is what happened: cases in which it did not.

// stock is a table of n rows "Item 1" … with a number each, in a doc of its own.
func stock(n int, more ...codatest.Column) *codatest.Workspace {
	w := codatest.Demo()
	table := codatest.Table{ID: "grid-Stock0001", Name: "Stock", Columns: append([]codatest.Column{
		{ID: "c-Name", Name: "Name", Type: "text", Display: true}, {ID: "c-Qty", Name: "Qty", Type: "number"},
	}, more...)}
	for i := range n {
		table.Rows = append(table.Rows, codatest.Row{
			ID: fmt.Sprintf("i-Stock%06d", i+1), Values: map[string]any{"Name": fmt.Sprint("Item ", i+1), "Qty": 10 * (i + 1)},
		})
	}
	w.AddDoc(codatest.Doc{ID: "dStock0001", Name: "Warehouse", Owner: "ada@example.com",
		Pages: []codatest.Page{{Name: "Stock page"}}, Tables: []codatest.Table{table}})
	return w
}

// behind is a Coda whose reads lag by a time.
func behind(lag time.Duration) *codatest.Behavior {
	return &codatest.Behavior{SnapshotEvery: lag, WriteDelay: codatest.Exactly(2 * time.Second)}
}

// rowsAnswer is the structured half of writes of rows.
type rowsAnswer struct {
	Status  string           `json:"status"`
	Done    string           `json:"done"`
	Effect  map[string]int   `json:"effect"`
	RowIDs  []string         `json:"row_ids"`
	Updated []string         `json:"updated"`
	Deleted []string         `json:"deleted"`
	Undo    []map[string]any `json:"undo"`
	Next    map[string]any   `json:"next"`
	Notes   []string         `json:"notes"`
	Confirm string           `json:"confirm"`
}

func stockCall(args map[string]any) map[string]any {
	args["doc"], args["table"] = "dStock0001", "Stock"
	return args
}

func updates(from, to int, values map[string]any) (rows []map[string]any) {
	for i := from; i <= to; i++ {
		rows = append(rows, map[string]any{"row": fmt.Sprintf("i-Stock%06d", i), "values": values})
	}
	return rows
}

// Rows given by id are those rows, although they were renamed a moment ago and reads do not show it.
func TestUpdateByIDAfterRenaming(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stock(8), behavior: behind(30 * time.Second)})
		w.call("coda_query_rows", stockCall(map[string]any{}))
		for i := 1; i <= 2; i++ {
			must[rowsAnswer](w, "coda_update_rows",
				stockCall(map[string]any{"rows": updates(i, i, map[string]any{"Name": fmt.Sprint("Renamed ", i)})}))
		}
		a := must[rowsAnswer](w, "coda_update_rows",
			stockCall(map[string]any{"rows": updates(1, 6, map[string]any{"Qty": 0})}))
		w.coda.Settle()
		rows := w.coda.Doc("dStock0001").Table("Stock").Rows()
		if len(rows) != 8 || len(a.Updated) != 6 {
			t.Fatalf("%d rows, %+v", len(rows), a)
		}
		for i, r := range rows {
			if (r.Values["Qty"] == 0.0) != (i < 6) {
				t.Errorf("%s has %v", r.ID, r.Values["Qty"])
			}
		}
	})
}

// A former value is told where it is proven, and not at all where it is not.
func TestNoStaleUndo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stock(8), behavior: behind(time.Minute)})
		first := must[rowsAnswer](w, "coda_update_rows",
			stockCall(map[string]any{"rows": updates(5, 5, map[string]any{"Qty": 555})}))
		if raw, _ := json.Marshal(first.Undo); string(raw) != `[{"row":"i-Stock000005","values":{"c-Qty":50}}]` {
			t.Errorf("undo %s", raw)
		}
		if text := textOf(w.call("coda_get_row", stockCall(map[string]any{"row": "i-Stock000005"}))); !strings.Contains(text,
			"may not show") {
			t.Errorf("a row that was just written is shown without a word: %s", text)
		}
		second := w.call("coda_update_rows", stockCall(map[string]any{"rows": updates(5, 5, map[string]any{"Qty": 556})}))
		a := structured[rowsAnswer](t, second)
		raw, _ := json.Marshal(a.Undo)
		if second.IsError || strings.Contains(string(raw), "50}") || len(a.Undo) == 0 &&
			!strings.Contains(textOf(second), "no undo") {
			t.Errorf("undo %s: %s", raw, textOf(second))
		}
		w.coda.Settle()
		if r, _ := w.coda.Doc("dStock0001").Table("Stock").Row("i-Stock000005"); r.Values["Qty"] != 556.0 {
			t.Errorf("%v", r.Values)
		}
	})
}

// A name that was unique a minute ago decides nothing.
func TestNamesDoNotKeepOldTargets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: behind(30 * time.Second)})
		w.call("coda_get_doc", `{"doc":"Team wiki"}`)
		must[rowsAnswer](w, "coda_create_doc", `{"title":"Team wiki"}`)
		if text := w.refused("coda_create_page", `{"doc":"Team wiki","name":"Plans"}`); !strings.Contains(text, "2 docs match") {
			t.Errorf("two docs of one name: %s", text)
		}
		w.call("coda_read_page", `{"doc":"dRoadmap01","page":"Meeting notes"}`)
		must[rowsAnswer](w, "coda_create_page", `{"doc":"dRoadmap01","name":"Meeting notes"}`)
		if text := w.refused("coda_update_page", `{"doc":"dRoadmap01","page":"Meeting notes","subtitle":"x"}`); !strings.Contains(text, "2 pages match") {
			t.Errorf("two pages of one name: %s", text)
		}
		w.call("coda_get_row", `{"doc":"dRoadmap01","table":"Features","row":"Gripper"}`)
		must[rowsAnswer](w, "coda_upsert_rows", `{"doc":"dRoadmap01","table":"Features","rows":[{"Name":"Gripper"}]}`)
		if text := w.refused("coda_push_button", `{"doc":"dRoadmap01","table":"Features","row":"Gripper","button":"Start"}`); !strings.Contains(text, "2 rows match") {
			t.Errorf("two rows of one name: %s", text)
		}
	})
}

// Columns may be called as the tool's own words: one form means one thing, and others are refused.
func TestColumnsOfAnyName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ws := codatest.Demo()
		parts := codatest.Table{ID: "grid-Parts0001", Name: "Parts", Columns: []codatest.Column{
			{Name: "ID", Type: "text", Display: true}, {Name: "State", Type: "text"}, {Name: "Row", Type: "text"},
			{Name: "Values", Type: "text"}, {Name: "Cells", Type: "text"},
		}}
		for i := range 3 {
			parts.Rows = append(parts.Rows, codatest.Row{ID: fmt.Sprintf("i-Part%06d", i+1),
				Values: map[string]any{"ID": fmt.Sprint(i + 1)}})
		}
		ws.AddDoc(codatest.Doc{ID: "dParts0001", Name: "Parts", Owner: "ada@example.com",
			Pages: []codatest.Page{{Name: "Home"}}, Tables: []codatest.Table{parts}})
		w := newWorld(t, worldOptions{workspace: ws, behavior: behind(0)})
		for range 10 {
			text := w.refused("coda_update_rows", `{"doc":"dParts0001","table":"Parts","rows":[{"row":"i-Part000001","ID":"2","State":"x"}]}`)
			if !strings.Contains(text, `{"row": "i-… or name", "values": {"Column": value}}`) {
				t.Errorf("%s", text)
			}
		}
		must[rowsAnswer](w, "coda_update_rows", `{"doc":"dParts0001","table":"Parts","rows":[{"row":"i-Part000001","values":{"ID":"9","State":"x","Row":"r","Values":"v","Cells":"c"}}]}`)
		w.coda.Settle()
		r, _ := w.coda.Doc("dParts0001").Table("Parts").Row("i-Part000001")
		if fmt.Sprintln(r.Values["ID"], r.Values["State"], r.Values["Row"], r.Values["Values"],
			r.Values["Cells"]) != "9 x r v c\n" {
			t.Errorf("%v", r.Values)
		}
		if two, _ := w.coda.Doc("dParts0001").Table("Parts").Row("i-Part000002"); two.Values["State"] != "" {
			t.Errorf("the row called 2 was written: %v", two.Values)
		}
		// A row as an answer shows it.
		must[rowsAnswer](w, "coda_update_rows", `{"doc":"dParts0001","table":"Parts","rows":[{"row":{"name":"3","row":"i-Part000003"},"values":{"State":"shown"}},{"row":"2 (i-Part000002)","values":{"State":"shown"}}]}`)
		w.coda.Settle()
		for _, id := range []string{"i-Part000002", "i-Part000003"} {
			if r, _ := w.coda.Doc("dParts0001").Table("Parts").Row(id); r.Values["State"] != "shown" {
				t.Errorf("%s: %v", id, r.Values)
			}
		}
	})
}

// An upsert counts what became of its rows, and refuses keys that mean something else.
func TestUpsertCountsItsEffect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stock(6), behavior: behind(20 * time.Second)})
		table := w.coda.Doc("dStock0001").Table("Stock")
		table.SetCells("i-Stock000005", map[string]any{"Name": "Twin"})
		table.SetCells("i-Stock000006", map[string]any{"Name": "Twin"})
		table.SetCells("i-Stock000004", map[string]any{"Name": "Gripper"})
		upsert := func(more map[string]any, rows ...map[string]any) *mcp.CallToolResult {
			args := stockCall(map[string]any{"key_columns": []string{"Name"}, "rows": rows})
			for k, v := range more {
				args[k] = v
			}
			return w.call("coda_upsert_rows", args)
		}
		row := func(name string, qty int) map[string]any { return map[string]any{"Name": name, "Qty": qty} }

		if r := upsert(nil, row("Twin", 1)); !r.IsError || !strings.Contains(textOf(r), "i-Stock000005") ||
			!strings.Contains(textOf(r), "on_multiple") {
			t.Errorf("a key of two rows: %s", textOf(r))
		}
		if r := upsert(nil, row("item 1 ", 1)); !r.IsError || !strings.Contains(textOf(r), "i-Stock000001") {
			t.Errorf("a key in other letters: %s", textOf(r))
		}
		if r := upsert(map[string]any{"mode": "update"}, row("Grippr", 1)); !r.IsError || !strings.Contains(textOf(r), `did you mean "Gripper"`) {
			t.Errorf("a typo in mode update: %s", textOf(r))
		}
		if n := len(table.Rows()); n != 6 || w.coda.Requests().Count("upsertRows", "updateRow") != 0 {
			t.Fatalf("refusals have written, %d rows", n)
		}
		r := upsert(nil, row("Item 1", 11), row("Item 2", 20), row("Item 9", 90))
		a := structured[rowsAnswer](t, r)
		if r.IsError || a.Effect["added"] != 1 || a.Effect["changed"] != 1 || a.Effect["unchanged"] != 1 ||
			len(a.RowIDs) != 1 || len(a.Undo) != 2 {
			t.Fatalf("%+v: %s", a, textOf(r))
		}
		w.coda.Settle()
		for _, u := range a.Undo {
			if r := w.agreed(u["tool"].(string), u["arguments"]); r.IsError {
				t.Errorf("undo: %s", textOf(r))
			}
		}
		w.coda.Settle()
		if one, _ := table.Row("i-Stock000001"); one.Values["Qty"] != 10.0 || len(table.Rows()) != 6 {
			t.Errorf("after the undo: %v, %d rows", one.Values, len(table.Rows()))
		}
		if r := upsert(map[string]any{"on_multiple": "all"}, row("Twin", 7)); r.IsError ||
			structured[rowsAnswer](t, r).Effect["changed"] != 2 {
			t.Errorf("all of a key: %s", textOf(r))
		}
		w.coda.Settle()
		if r := upsert(nil, row("Grippr", 1)); r.IsError || !strings.Contains(textOf(r), "slip") ||
			!strings.Contains(textOf(r), "i-Stock000004") {
			t.Errorf("a typo in mode upsert: %s", textOf(r))
		}
	})
}

// The same rows are not added twice unasked, whether they are sent again by a client or a model.
func TestIdenticalAdditionIsRemarked(t *testing.T) {
	longAndAlone(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stock(1), behavior: &codatest.Behavior{Budgets: codatest.PublishedBudgets(),
			WriteDelay: codatest.Exactly(10 * time.Second)}})
		table := w.coda.Doc("dStock0001").Table("Stock")
		var rows []map[string]any
		for i := range 3000 {
			rows = append(rows, map[string]any{"Name": fmt.Sprint("New ", i), "Qty": i})
		}
		args := stockCall(map[string]any{"rows": rows})
		begin := time.Now()
		first := must[rowsAnswer](w, "coda_upsert_rows", args)
		if took := time.Since(begin); took > 45*time.Second || first.Next == nil || first.Effect["added"] == 0 {
			t.Fatalf("took %s, %v, next %v", took, first.Effect, first.Next)
		}
		text := w.refused("coda_upsert_rows", args)
		if !strings.Contains(text, fmt.Sprintf("resume_from=%v", first.Next["resume_from"])) ||
			!strings.Contains(text, "again=true") {
			t.Errorf("a repeat: %s", text)
		}
		for calls := 0; ; calls++ {
			args["resume_from"] = first.Next["resume_from"]
			begin := time.Now()
			first = must[rowsAnswer](w, "coda_upsert_rows", args)
			if took := time.Since(begin); took > 45*time.Second {
				t.Errorf("going on took %s", took)
			}
			if first.Next == nil || calls > 10 {
				break
			}
		}
		w.coda.Settle()
		seen := make(map[string]int)
		for _, r := range table.Rows() {
			seen[r.Name]++
		}
		if n := len(table.Rows()); n != 3001 || len(seen) != 3001 {
			t.Errorf("%d rows of %d names", n, len(seen))
		}
		delete(args, "resume_from")
		if text := w.refused("coda_upsert_rows", args); !strings.Contains(text, "All of them were accepted") {
			t.Errorf("a repeat of the whole: %s", text)
		}
		one := stockCall(map[string]any{"rows": []map[string]any{{"Name": "Twice"}}})
		must[rowsAnswer](w, "coda_upsert_rows", one)
		w.refused("coda_upsert_rows", one)
		one["again"] = true
		must[rowsAnswer](w, "coda_upsert_rows", one)
		delete(one, "again")
		time.Sleep(11 * time.Minute) // in the bubble
		must[rowsAnswer](w, "coda_upsert_rows", one)
		w.coda.Settle()
		if n := len(table.Rows()); n != 3004 {
			t.Errorf("%d rows", n)
		}
	})
}

// What cannot be brought back is said.
func TestUndoOfFormattedTextIsNotOffered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ws := stock(1, codatest.Column{ID: "c-Note", Name: "Note", Type: "canvas"})
		ws.Docs[len(ws.Docs)-1].Tables[0].Rows[0].Values["Note"] = "**bold**"
		w := newWorld(t, worldOptions{workspace: ws, behavior: behind(0)})
		r := w.call("coda_update_rows", stockCall(map[string]any{"rows": updates(1, 1,
			map[string]any{"Note": "plain", "Qty": 3})}))
		a := structured[rowsAnswer](t, r)
		raw, _ := json.Marshal(a.Undo)
		if strings.Contains(string(raw), "bold") || !strings.Contains(string(raw), `"c-Qty":10`) || !strings.Contains(textOf(r), "Note cannot be brought back") {
			t.Errorf("%s: %s", raw, textOf(r))
		}
	})
}

// A deletion by filter shows what it would delete, and deletes just that, once.
func TestDeletionByFilter(t *testing.T) {
	longAndAlone(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stock(600), behavior: behind(0), legacy: true})
		table := w.coda.Doc("dStock0001").Table("Stock")
		args := stockCall(map[string]any{"filter": map[string]any{"Qty": map[string]any{">": 900}}, "confirm": "true"})
		first := must[rowsAnswer](w, "coda_delete_rows", args)
		if first.Confirm == "" || len(table.Rows()) != 600 || !strings.Contains(first.Done, "510 rows") {
			t.Fatalf("%+v", first)
		}
		args["confirm"] = first.Confirm
		table.AddRow(map[string]any{"Name": "One more", "Qty": 5000})
		changed := must[rowsAnswer](w, "coda_delete_rows", args)
		if changed.Confirm == "" || !strings.Contains(changed.Done, "511 rows") {
			t.Fatalf("a consent to 510 rows counts for 511: %+v", changed.Done)
		}
		args["confirm"] = changed.Confirm
		a := must[rowsAnswer](w, "coda_delete_rows", args)
		w.coda.Settle()
		if len(a.Deleted) != 511 || len(table.Rows()) != 90 {
			t.Errorf("deleted %d, %d rows left", len(a.Deleted), len(table.Rows()))
		}
		// The rows can be added again.
		again := structured[rowsAnswer](t, w.agreed("coda_delete_rows",
			stockCall(map[string]any{"rows": []string{"Item 7"}})))
		w.coda.Settle()
		if len(again.Undo) != 1 {
			t.Fatalf("%+v", again)
		}
		must[rowsAnswer](w, again.Undo[0]["tool"].(string), again.Undo[0]["arguments"])
		w.coda.Settle()
		if r, ok := table.Row("Item 7"); !ok || r.Values["Qty"] != 70.0 {
			t.Errorf("%v", r)
		}
	})
}

// What a button does is shown whole before it does it, for several rows at once, once for each consent.
func TestEffectsNeedTheirConsent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		long := "thisRow.ModifyRows(Qty, 1) + " + strings.Repeat("x", 700) + " + RunActions(DeleteEverything())"
		w := newWorld(t, worldOptions{workspace: stock(3,
			codatest.Column{ID: "c-Go", Name: "Go", Type: "button", Action: long}), behavior: behind(0), legacy: true})
		args := stockCall(map[string]any{"row": []string{"Item 1", "Item 2"}, "button": "Go", "confirm": "true"})
		first := w.call("coda_push_button", args)
		a := structured[rowsAnswer](t, first)
		if first.IsError || a.Confirm == "" || w.coda.Requests().Count("pushButton") != 0 ||
			!strings.Contains(textOf(first), "DeleteEverything") {
			t.Fatalf("%s", textOf(first))
		}
		for _, bad := range []string{a.Confirm + "\n", a.Confirm[:len(a.Confirm)-1], strings.ToLower(a.Confirm)} {
			args["confirm"] = bad
			w.call("coda_push_button", args)
		}
		pushed := w.coda.Requests().Count("pushButton") // a line break around it is no other consent
		args["confirm"] = a.Confirm
		w.call("coda_push_button", args)
		again := w.call("coda_push_button", args)
		if n := w.coda.Requests().Count("pushButton"); n != 2 || structured[rowsAnswer](t, again).Confirm == "" {
			t.Errorf("pushed %d times (%d early): %s", n, pushed, textOf(again))
		}
		run := map[string]any{"doc": "dRoadmap01", "rule": "grid-auto-Idea01", "payload": map[string]any{"title": "x"}}
		shown := must[rowsAnswer](w, "coda_trigger_automation", run)
		if w.coda.Requests().Count("triggerWebhookAutomation") != 0 || shown.Confirm == "" {
			t.Fatalf("%+v", shown)
		}
		run["confirm"] = shown.Confirm
		run["payload"] = map[string]any{"title": "another"}
		must[rowsAnswer](w, "coda_trigger_automation", run)
		if w.coda.Requests().Count("triggerWebhookAutomation") != 0 {
			t.Error("a consent counted for another payload")
		}
		run["payload"] = map[string]any{"title": "x"}
		must[rowsAnswer](w, "coda_trigger_automation", run)
		if n := w.coda.Requests().Count("triggerWebhookAutomation"); n != 1 {
			t.Errorf("triggered %d times", n)
		}
	})
}

// A row that is gone does not keep the others from going on.
func TestResumePastARowThatIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stock(5), behavior: behind(0)})
		table := w.coda.Doc("dStock0001").Table("Stock")
		table.DeleteRows("i-Stock000003")
		a := must[rowsAnswer](w, "coda_update_rows",
			stockCall(map[string]any{"rows": updates(1, 5, map[string]any{"Qty": 1}), "resume_from": 2}))
		w.coda.Settle()
		if !slices.Equal(a.Updated, []string{"i-Stock000004", "i-Stock000005"}) ||
			!strings.Contains(a.Done, "i-Stock000003") || a.Next != nil {
			t.Errorf("%+v", a)
		}
		if text := w.refused("coda_update_rows",
			stockCall(map[string]any{"rows": updates(3, 3, map[string]any{"Qty": 1})})); !strings.Contains(text,
			"Nothing was written") {
			t.Errorf("%s", text)
		}
	})
}

// Many rows by id go by key only with proof, and what a race did is told.
func TestManyUpdatesTellARace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stock(40), behavior: &codatest.Behavior{Budgets: codatest.PublishedBudgets(),
			WriteDelay: codatest.Exactly(8 * time.Second), SnapshotEvery: 10 * time.Second}})
		table := w.coda.Doc("dStock0001").Table("Stock")
		go func() {
			time.Sleep(3 * time.Second)
			table.SetCells("i-Stock000007", map[string]any{"Name": "Somebody's name"})
		}()
		result := w.call("coda_update_rows", stockCall(map[string]any{"rows": updates(1, 30, map[string]any{"Qty": 0})}))
		text := textOf(result)
		w.coda.Settle()
		if rows := table.Rows(); len(rows) == 41 {
			added := rows[40].ID
			if !strings.Contains(text, added) {
				check := textOf(w.call("coda_check_write", map[string]any{"request_ids": structured[struct {
					IDs []string `json:"request_ids"`
				}](t, result).IDs}))
				if !strings.Contains(text+check, added) && !strings.Contains(text, "not proven yet") {
					t.Errorf("the added row %s is not told: %s\n%s", added, text, check)
				}
			}
		}
	})
}

// A column called like one of the tool's own words is one however it is spelt, and also where another has nearly its
// name.
func TestColumnsNearlyOfTheToolsWords(t *testing.T) {
	t.Parallel()
	for _, columns := range [][]string{{"Row ID"}, {"row-id"}, {"I D"}, {"ID", "id"}} {
		synctest.Test(t, func(t *testing.T) {
			var more []codatest.Column
			for _, name := range columns {
				more = append(more, codatest.Column{Name: name, Type: "text"})
			}
			w := newWorld(t, worldOptions{workspace: stock(3, more...), behavior: behind(0)})
			entry := map[string]any{columns[0]: "Item 2", "Qty": 5}
			text := w.refused("coda_update_rows", stockCall(map[string]any{"rows": []any{entry}}))
			if !strings.Contains(text, "could mean two things") {
				t.Errorf("%v: %s", columns, text)
			}
			w.coda.Settle()
			if r, _ := w.coda.Doc("dStock0001").Table("Stock").Row("i-Stock000002"); r.Values["Qty"] != 20.0 {
				t.Errorf("%v: the row called Item 2 was written: %v", columns, r.Values)
			}
		})
	}
}
