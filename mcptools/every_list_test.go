package mcptools

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// listKinds are values for list columns of each type that people give several values: what a part of the text could be
// taken for is a value too, in another row.
var listKinds = map[string][2][]any{
	coda.ColText:     {{"Oak, red", "Ash"}, {"Oak"}},
	coda.ColNumber:   {{1234.5, 7}, {7, 8}},
	coda.ColDate:     {{"2026-03-04", "2026-11-01"}, {"2026-03-04"}},
	coda.ColSelect:   {{"Ant", "Zebra, striped"}, {"Zebra", "striped"}},
	coda.ColRelation: {{"Wren", "Owl, the"}, {"Owl", "Wren"}},
	coda.ColPerson:   {{"ada@example.com", "grace@example.com"}, {"grace@example.com"}},
	coda.ColEmail:    {{"a@example.com", "b@example.com"}, {"b@example.com"}},
	coda.ColLink:     {{"https://example.com/a", "https://example.com/b,c"}, {"https://example.com/a"}},
}

func listsLab(t testing.TB) *codatest.Workspace {
	t.Helper()
	ws := codatest.Demo()
	doc := ws.AddDoc(codatest.Doc{ID: "dKinds0001", Name: "Kinds", Owner: "ada@example.com",
		Pages: []codatest.Page{{Name: "Home"}}})
	doc.AddTable(codatest.Table{ID: "grid-Targets", Name: "Targets",
		Columns: []codatest.Column{{Name: "Target", Display: true}}, Rows: []codatest.Row{
			{ID: "i-Wren", Values: map[string]any{"Target": "Wren"}},
			{ID: "i-Owl", Values: map[string]any{"Target": "Owl"}},
			{ID: "i-OwlThe", Values: map[string]any{"Target": "Owl, the"}},
			{ID: "i-Emu", Values: map[string]any{"Target": "Emu"}}}})
	columns := []codatest.Column{{Name: "Name", Display: true}}
	first, second := map[string]any{"Name": "first"}, map[string]any{"Name": "second"}
	for kind, values := range listKinds {
		column := codatest.Column{Name: kind, Type: kind, Array: true}
		switch kind {
		case coda.ColRelation:
			column.Table = "Targets"
		case coda.ColSelect:
			column.Options = []string{"Zebra, striped", "Zebra", "striped", "Ant", "Done"}
		}
		columns = append(columns, column)
		first[kind], second[kind] = values[0], values[1]
	}
	doc.AddTable(codatest.Table{ID: "grid-Kinds", Name: "Kinds", Columns: columns, Rows: []codatest.Row{
		{ID: "i-First", Values: first}, {ID: "i-Second", Values: second},
		{ID: "i-Blank", Values: map[string]any{"Name": "blank"}}}})
	return ws
}

// TestEveryListGoesRound: what one answer shows of a cell with several values, the next call takes: as the value of a
// filter, in an update, in an addition and as the value of a key, whatever commas its values hold.
func TestEveryListGoesRound(t *testing.T) {
	t.Parallel()
	for kind := range listKinds {
		for _, tool := range []string{"coda_query_rows", "coda_get_row"} {
			t.Run(kind+" "+tool, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, worldOptions{workspace: listsLab(t), behavior: swift()})
					shown := shownCell(w, tool, "i-First", kind)
					listGoesRound(t, w, kind, shown)
				})
			})
		}
	}
}

func listGoesRound(t *testing.T, w *world, column string, shown any) {
	table := w.coda.Doc("dKinds0001").Table("Kinds")
	if got := found(w, inKinds(map[string]any{"columns": []string{column},
		"filter": map[string]any{column: shown}})); got != "i-First" {
		t.Errorf("the filter %v finds %s", shown, got)
	}
	same := func(what, id string, notes []string) {
		w.coda.Settle()
		if column == coda.ColText { // any text may be one value
			if !strings.Contains(strings.Join(notes, " "), "one value") {
				t.Errorf("%s: %v is not told to be one value: %q", what, shown, notes)
			}
			return
		}
		from, _ := table.Row("i-First")
		to, _ := table.Row(id)
		want, _ := json.Marshal([]any{from.Values[column], from.Links[column]})
		got, _ := json.Marshal([]any{to.Values[column], to.Links[column]})
		if string(got) != string(want) {
			t.Errorf("%s: %v became %s, want %s", what, shown, got, want)
		}
	}
	updated := must[rowsAnswer](w, "coda_update_rows", inKinds(map[string]any{"rows": []any{map[string]any{
		"row": "i-Blank", "values": map[string]any{column: shown}}}}))
	same("updated", "i-Blank", updated.Notes)
	added := must[upsertAnswer](w, "coda_upsert_rows", inKinds(map[string]any{"mode": "add",
		"rows": []any{map[string]any{"Name": "added", column: shown}}}))
	same("added", added.RowIDs[0], added.Notes)
	upserted := must[rowsAnswer](w, "coda_upsert_rows", inKinds(map[string]any{"key_columns": []string{"Name"},
		"rows": []any{map[string]any{"Name": "second", column: shown}}}))
	same("upserted", "i-Second", upserted.Notes)
}

// TestShownRowsAreTaken: a row as answers show it, {"row", "name"} or its name with the id behind it, is taken wherever
// its id is.
func TestShownRowsAreTaken(t *testing.T) {
	t.Parallel()
	for _, row := range []any{
		"i-OwlThe", "Owl, the", "Owl, the (i-OwlThe)", map[string]any{"row": "i-OwlThe", "name": "Owl, the"},
		map[string]any{"row": "i-OwlThe"}, map[string]any{"name": "Owl, the"},
	} {
		t.Run(fmt.Sprint(row), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { shownRow(t, row) })
		})
	}
}

func shownRow(t *testing.T, row any) {
	w := newWorld(t, worldOptions{workspace: listsLab(t), behavior: swift()})
	targets := func(args map[string]any) map[string]any {
		args["doc"], args["table"] = "dKinds0001", "Targets"
		return args
	}
	filter := func(value any) string {
		return found(w, inKinds(map[string]any{"columns": []string{"Name"},
			"filter": map[string]any{coda.ColRelation: value}}))
	}
	for what, value := range map[string]any{"alone": row, "in a list": []any{row}, "of two": []any{row, "Emu"},
		"all": map[string]any{"all": []any{row}}} {
		if got := filter(value); got != "i-First" {
			t.Errorf("a filter, %s: %s", what, got)
		}
	}
	if got := filter(map[string]any{"not": row}); got != "i-Second i-Blank" {
		t.Errorf("a filter, not: %s", got)
	}
	got := textOf(w.call("coda_get_row", targets(map[string]any{"row": row})))
	if !strings.Contains(got, "(i-OwlThe) of") {
		t.Errorf("read: %s", got)
	}
	for _, rows := range []any{row, []any{row}} {
		got := textOf(w.call("coda_delete_rows", targets(map[string]any{"rows": rows})))
		if !strings.Contains(got, "i-OwlThe") || !strings.Contains(got, "confirm") {
			t.Errorf("to be deleted: %s", got)
		}
	}
	table := w.coda.Doc("dKinds0001").Table("Kinds")
	for i, value := range []any{row, []any{row}} {
		name := fmt.Sprintf("added %d", i)
		must[rowsAnswer](w, "coda_update_rows", inKinds(map[string]any{"rows": []any{map[string]any{
			"row": "i-Blank", "values": map[string]any{coda.ColRelation: value}}}}))
		added := must[upsertAnswer](w, "coda_upsert_rows", inKinds(map[string]any{"mode": "add",
			"rows": []any{map[string]any{"Name": name, coda.ColRelation: value}}}))
		w.coda.Settle()
		for _, id := range []string{"i-Blank", added.RowIDs[0]} {
			if r, _ := table.Row(id); len(r.Links[coda.ColRelation]) != 1 || r.Links[coda.ColRelation][0] != "i-OwlThe" {
				t.Errorf("%v written to %s became %v", value, id, r.Links[coda.ColRelation])
			}
		}
		must[rowsAnswer](w, "coda_update_rows", inKinds(map[string]any{"rows": []any{map[string]any{
			"row": "i-Blank", "values": map[string]any{coda.ColRelation: nil}}}}))
		w.coda.Settle()
	}
	must[rowsAnswer](w, "coda_update_rows", targets(map[string]any{"rows": []any{map[string]any{
		"row": row, "values": map[string]any{"Target": "Owl, a"}}}}))
}

// TestShownLinksAreFound: a link is found by its address with and without what browsers leave out.
func TestShownLinksAreFound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: kindLab(t), behavior: swift()})
		must[rowsAnswer](w, "coda_update_rows", inKinds(map[string]any{"rows": []any{map[string]any{
			"row": "i-Blank", "values": map[string]any{coda.ColLink: "Example.com/docs/"}}}}))
		w.coda.Settle()
		for _, text := range []string{"example.com/docs", "https://example.com/docs/", "http://EXAMPLE.com/docs"} {
			for _, value := range []any{text, []any{text, "nowhere.example"}, map[string]any{"url": text}} {
				if got := found(w, inKinds(map[string]any{"columns": []string{"Name"},
					"filter": map[string]any{coda.ColLink: value}})); got != "i-Blank" {
					t.Errorf("%v finds %s", value, got)
				}
			}
		}
	})
}
