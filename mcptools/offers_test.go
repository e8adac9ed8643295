package mcptools

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// An undo is offered only to somebody who can make it: whoever may not delete cannot take back what came.
func TestUndoIsOfferedToWhoMayMakeIt(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		tool, arguments, remover string
		undo                     bool
	}{
		{"coda_create_doc", `{"title":"Fresh"}`, "coda_delete_doc", false},
		{"coda_upsert_rows", `{"doc":"dStock0001","table":"Stock","rows":[{"Name":"New"}]}`, "coda_delete_rows", false},
		{"coda_upsert_rows", `{"doc":"dStock0001","table":"Stock","key_columns":["Name"],"rows":[{"Name":"Item 1","Qty":7}]}`,
			"coda_delete_rows", true},
	} {
		for _, may := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				refuse := func(tool, _ string) error {
					if tool == tc.remover && !may {
						return errors.New("your account may not use " + tool)
					}
					return nil
				}
				w := newWorld(t, worldOptions{workspace: stock(1), behavior: swift(),
					caller: func(c *Caller) { c.May = refuse }})
				result := w.call(tc.tool, tc.arguments)
				text := textOf(result)
				offered := strings.Contains(text, "To take this back: coda_undo")
				if want := may || tc.undo; offered != want || len(structured[rowsAnswer](t, result).Undo) > 0 && !want {
					t.Errorf("%s, %s allowed: %v, offered: %v\n%s", tc.tool, tc.remover, may, offered, text)
				}
				if !offered && !strings.Contains(text, "coda_undo cannot take this back: Your account may not use "+tc.remover) {
					t.Errorf("why is not told:\n%s", text)
				}
			})
		}
	}
}

// What coda_undo has need not be told when it is long, and comes back all the same.
func TestLongFormerValuesAreLeftToUndo(t *testing.T) {
	t.Parallel()
	for _, write := range []string{"coda_update_rows", "coda_upsert_rows", "coda_delete_rows"} {
		synctest.Test(t, func(t *testing.T) {
			ws := stock(120, codatest.Column{ID: "c-Note", Name: "Note"})
			stored := ws.Doc("dStock0001").Table("Stock")
			for i := range stored.Rows {
				stored.Rows[i].Values["Note"] = strings.Repeat("long ago ", 10)
			}
			w := newWorld(t, worldOptions{workspace: ws, behavior: swift()})
			arguments := map[string]any{"rows": updates(1, 120, map[string]any{"Note": "short"})}
			switch write {
			case "coda_upsert_rows":
				var rows []any
				for i := range 120 {
					rows = append(rows, map[string]any{"Name": fmt.Sprint("Item ", i+1), "Note": "short"})
				}
				arguments = map[string]any{"key_columns": []string{"Name"}, "rows": rows}
			case "coda_delete_rows":
				arguments = map[string]any{"filter": map[string]any{"Qty": map[string]any{">": 0}}}
			}
			result := w.agreed(write, stockCall(arguments))
			text := textOf(result)
			if len(text) > 6_500 || !strings.Contains(text, "too long to show here; coda_undo has") ||
				strings.Contains(text, "long ago") || strings.Contains(text, "cannot be brought back") {
				t.Fatalf("%s: %d characters: %.2000s", write, len(text), text)
			}
			w.coda.Settle()
			if back := w.agreed("coda_undo", map[string]any{}); back.IsError {
				t.Fatal(textOf(back))
			}
			w.coda.Settle()
			rows := w.coda.Doc("dStock0001").Table("Stock").Rows()
			for _, r := range rows {
				if r.Values["Note"] != strings.Repeat("long ago ", 10) {
					t.Fatalf("%s: %s holds %q", write, r.ID, r.Values["Note"])
				}
			}
			if len(rows) != 120 {
				t.Errorf("%s: %d rows", write, len(rows))
			}
		})
	}
}

// Of hundreds of added rows not each id is told, and the answer says so.
func TestIDsOfManyAddedRows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: stock(1), behavior: swift()})
		var csv strings.Builder
		csv.WriteString("Name,Qty\n")
		for i := range 480 {
			fmt.Fprintf(&csv, "New %d,%d\n", i, i)
		}
		result := w.call("coda_upsert_rows", stockCall(map[string]any{"csv": csv.String()}))
		a, text := structured[rowsAnswer](t, result), textOf(result)
		if a.Effect["added"] != 480 || len(a.RowIDs) != 200 || !strings.Contains(text, "first 200 of 480 added rows") {
			t.Errorf("%v, %d ids: %.600s", a.Effect, len(a.RowIDs), text)
		}
		if n := tokens(t, text); n > 3_000 {
			t.Errorf("the answer takes %d tokens", n)
		}
	})
}

// A name is no group's id: sharing with one opens nothing, and says who may be meant.
func TestSharingWithAName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift(), sets: Sets()})
		for who, want := range map[string]string{
			"grace": "Grace Hopper <grace@example.com>", "Grace Hopper": "Grace Hopper <grace@example.com>",
			"product": "group Product team (grp-product)", "nobody at all": "coda_search_people finds them",
		} {
			text := w.refused("coda_share_doc", map[string]any{"doc": "dHiring001", "who": who, "access": "write"})
			if !strings.Contains(text, "Nothing was shared") || !strings.Contains(text, want) {
				t.Errorf("%s: %s", who, text)
			}
		}
		if w.agreed("coda_share_doc", `{"doc":"dHiring001","who":"grp-product","access":"write"}`).IsError {
			t.Error("a group's id is refused")
		}
		if n := w.coda.Requests().Count("addPermission"); n != 1 {
			t.Errorf("Coda was asked to share %d times", n)
		}
	})
}

// The calls of an undo are such as the tools take: as many rows as one call may have, and what was added is among them
// even where no former value can be brought back. Where former content is kept, one call of coda_undo is enough.
func TestUndoOfManyRowsCanBeCalled(t *testing.T) {
	longAndAlone(t)
	testUndoOfManyRows(t, nil, 1)
	testUndoOfManyRows(t, unkept{kit.NewMemoryChanges()}, 3)
}

// unkept is a server that keeps no former content.
type unkept struct{ kit.Changes }

func (unkept) Life() time.Duration { return 0 }

func testUndoOfManyRows(t *testing.T, changes kit.Changes, calls int) {
	synctest.Test(t, func(t *testing.T) {
		const n = 510
		ws := stock(n)
		short := ws.Doc("dStock0001").Table("Stock")
		for i := range short.Rows {
			short.Rows[i].Values = map[string]any{"Name": fmt.Sprint(i), "Qty": 1}
		}
		w := newWorld(t, worldOptions{workspace: ws, behavior: behind(0),
			config: func(c *Config) { c.Changes = changes }})
		rows := []map[string]any{{"Name": "New", "Qty": 0}}
		for i := range n {
			rows = append(rows, map[string]any{"Name": fmt.Sprint(i), "Qty": 0})
		}
		a := must[rowsAnswer](w, "coda_upsert_rows", stockCall(map[string]any{"key_columns": []string{"Name"}, "rows": rows}))
		w.coda.Settle()
		if a.Effect["changed"] != n || a.Effect["added"] != 1 || len(a.Undo) != calls {
			t.Fatalf("%v, %d calls, %v", a.Effect, len(a.Undo), a.Notes)
		}
		for _, u := range a.Undo {
			args := u["arguments"].(map[string]any)
			for more := true; more; {
				answer := structured[rowsAnswer](t, w.agreed(u["tool"].(string), args))
				w.coda.Settle()
				more = answer.Next != nil
				args["resume_from"] = answer.Next["resume_from"]
				if !more {
					delete(args, "resume_from")
				}
			}
		}
		left := w.coda.Doc("dStock0001").Table("Stock").Rows()
		for _, r := range left {
			if r.Values["Qty"] != 1.0 {
				t.Fatalf("%s has %v", r.ID, r.Values)
			}
		}
		if len(left) != n {
			t.Errorf("%d rows", len(left))
		}
	})
}
