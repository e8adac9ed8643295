package mcptools

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// kinds are two values for a column of each type, the smaller one first.
var kinds = map[string][2]any{
	coda.ColText:           {"1e3 | a, b", "007"},
	coda.ColCanvas:         {"Some *words*, and more", "Words"},
	coda.ColNumber:         {-0.1, 1234567.5},
	coda.ColPercent:        {0.125, 4.5},
	coda.ColCurrency:       {-1234.5, 12400},
	coda.ColSlider:         {3, 7},
	coda.ColScale:          {2, 4},
	coda.ColCheckbox:       {false, true},
	coda.ColDate:           {"2026-03-04", "2026-11-01"},
	coda.ColDateTime:       {"2026-03-08T01:30:00", "2026-11-01T14:30:00"},
	coda.ColTime:           {"09:05", "14:30:15"},
	coda.ColDuration:       {"7 hrs 30 mins", "2 days 1 hr"},
	coda.ColSelect:         {"Zebra, striped", "Ant"},
	coda.ColRelation:       {"Alpha, Beta", "Gamma (old)"},
	coda.ColPerson:         {"ada@example.com", "grace@example.com"},
	coda.ColEmail:          {"a@example.com", "b+c@example.com"},
	coda.ColLink:           {"https://example.com/a?b=c,d", "https://example.com/b|c"},
	coda.ColImage:          {"https://example.com/a.png", "https://example.com/b.png"},
	coda.ColImageReference: {"https://example.com/a.png", "https://example.com/b.png"},
	coda.ColAttachments:    {"https://example.com/a.pdf", "https://example.com/b.pdf"},
	coda.ColReaction:       {"👍", "🚀"},
	coda.ColButton:         {nil, nil},
}

// kindLab is a table with a column of each type that Coda has, in New York, where summer time begins and ends.
func kindLab(t testing.TB) *codatest.Workspace {
	t.Helper()
	ws := codatest.Demo()
	doc := ws.AddDoc(codatest.Doc{ID: "dKinds0001", Name: "Kinds", Owner: "ada@example.com",
		Timezone: "America/New_York", Pages: []codatest.Page{{Name: "Home"}}})
	doc.AddTable(codatest.Table{ID: "grid-Targets", Name: "Targets",
		Columns: []codatest.Column{{Name: "Target", Display: true}}, Rows: []codatest.Row{
			{ID: "i-Alpha", Values: map[string]any{"Target": "Alpha, Beta"}},
			{ID: "i-Gamma", Values: map[string]any{"Target": "Gamma (old)"}},
			{ID: "i-Apollo", Values: map[string]any{"Target": "Apollo"}}}})
	columns := []codatest.Column{{Name: "Name", Display: true}}
	low, high := map[string]any{"Name": "low"}, map[string]any{"Name": "high"}
	for _, kind := range coda.ColumnTypes() {
		values, ok := kinds[kind.Type]
		if !ok {
			t.Fatalf("there are no values for columns of type %s", kind.Type)
		}
		column := codatest.Column{Name: kind.Type, Type: kind.Type}
		switch kind.Type {
		case coda.ColRelation:
			column.Table = "Targets"
		case coda.ColSelect:
			column.Options = []string{"Zebra, striped", "Zebra", "striped", "Ant", "Done"}
		case coda.ColCurrency:
			column.Currency = "EUR"
		case coda.ColButton:
			column.Label, column.Action = "Go", "nothing"
		}
		columns = append(columns, column)
		if values[0] != nil {
			low[kind.Type], high[kind.Type] = values[0], values[1]
		}
	}
	doc.AddTable(codatest.Table{ID: "grid-Kinds", Name: "Kinds", Columns: columns, Rows: []codatest.Row{
		{ID: "i-Blank", Values: map[string]any{"Name": "blank"}}, {ID: "i-High", Values: high}, {ID: "i-Low", Values: low}}})
	return ws
}

func inKinds(args map[string]any) map[string]any {
	args["doc"], args["table"] = "dKinds0001", "Kinds"
	return args
}

// shownCell is a cell as a tool shows it.
func shownCell(w *world, tool, row, column string) string {
	w.t.Helper()
	if tool == "coda_get_row" {
		for line := range strings.Lines(content(textOf(w.call(tool, inKinds(map[string]any{"row": row}))))) {
			if text, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), column+": "); ok {
				return text
			}
		}
		return ""
	}
	text := textOf(w.call(tool, inKinds(map[string]any{"columns": []string{column}, "ids": true})))
	for _, r := range rowsOf(w.t, text) {
		if r.id == row {
			return r.values[column]
		}
	}
	w.t.Fatalf("row %s is not shown: %s", row, text)
	return ""
}

// found are the ids of the rows that a filter finds.
func found(w *world, args map[string]any) string {
	w.t.Helper()
	args["ids"] = true
	r := w.call("coda_query_rows", args)
	if r.IsError {
		return textOf(r)
	}
	var ids []string
	for _, row := range rowsOf(w.t, textOf(r)) {
		ids = append(ids, row.id)
	}
	return strings.Join(ids, " ")
}

// TestEveryTypeGoesRound: what one answer shows of a column of any type, the next call takes: as the value of a filter,
// and written to where it came from or to another row.
func TestEveryTypeGoesRound(t *testing.T) {
	t.Parallel()
	for _, kind := range coda.ColumnTypes() {
		for _, tool := range []string{"coda_query_rows", "coda_get_row"} {
			t.Run(kind.Type+" "+tool, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { goesRound(t, kind.Type, tool) })
			})
		}
	}
}

func goesRound(t *testing.T, column, tool string) {
	w := newWorld(t, worldOptions{workspace: kindLab(t), behavior: swift()})
	table := w.coda.Doc("dKinds0001").Table("Kinds")
	write := func(row string, value any) map[string]any {
		return inKinds(map[string]any{"rows": []any{map[string]any{"row": row, "values": map[string]any{column: value}}}})
	}
	if column == coda.ColButton {
		if got := w.refused("coda_update_rows", write("i-Low", "Go")); !strings.Contains(got, "button") {
			t.Errorf("written: %s", got)
		}
		return
	}
	for _, row := range []string{"i-Low", "i-High"} {
		shown := shownCell(w, tool, row, column)
		if shown == "" {
			t.Fatalf("%s: nothing is shown", row)
		}
		find := func(value any) string {
			return found(w, inKinds(map[string]any{"columns": []string{column}, "filter": map[string]any{column: value}}))
		}
		with, without := row, strings.Trim(strings.Replace("i-Blank i-High i-Low", " "+row, "", 1), " ")
		unchecked := column == coda.ColCheckbox && shown == "false" // as an empty one is
		if unchecked {
			with, without = "i-Blank i-Low", "i-High"
		}
		if got := find(shown); got != with {
			t.Errorf("the filter %q finds %s, want %s", shown, got, with)
		}
		if got := find(map[string]any{"not": shown}); got != without {
			t.Errorf("not %q finds %s, want %s", shown, got, without)
		}
		before := valuesOf(table)
		got := must[rowsAnswer](w, "coda_update_rows", write(row, shown))
		w.coda.Settle()
		if after := valuesOf(table); !reflect.DeepEqual(before, after) || !strings.Contains(got.Done, "1 row unchanged") {
			t.Errorf("%q written back, %s: %s became %s", shown, got.Done, before[row], after[row])
		}
		got = must[rowsAnswer](w, "coda_update_rows", write("i-Blank", shown))
		w.coda.Settle()
		if !strings.HasPrefix(got.Done, "1 row changed") && !unchecked {
			t.Errorf("%q written elsewhere: %s", shown, got.Done)
		}
		from, _ := table.Row(row)
		to, _ := table.Row("i-Blank")
		want, _ := json.Marshal([]any{from.Values[column], from.Links[column]})
		became, _ := json.Marshal([]any{to.Values[column], to.Links[column]})
		literal := column == coda.ColCanvas && slices.ContainsFunc(got.Notes, func(n string) bool {
			return strings.Contains(n, "as it is")
		})
		if string(became) != string(want) && !literal {
			t.Errorf("%q written elsewhere became %s, want %s", shown, became, want)
		}
		must[rowsAnswer](w, "coda_update_rows", write("i-Blank", nil))
		w.coda.Settle()
	}
}

// TestEveryTypeSorts by what it means; rows without a value come last in both directions.
func TestEveryTypeSorts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: kindLab(t), behavior: swift()})
		for _, kind := range coda.ColumnTypes() {
			want := []string{"i-Low i-High i-Blank", "i-High i-Low i-Blank"}
			switch kind.Type {
			case coda.ColText:
				slices.Reverse(want) // "007" comes before "1e3" as text
			case coda.ColCheckbox:
				want = []string{"i-Blank i-Low i-High", "i-High i-Blank i-Low"}
			case coda.ColButton:
				continue
			}
			for i, sort := range []string{kind.Type, "-" + kind.Type} {
				got := found(w, inKinds(map[string]any{"sort": []string{sort}, "columns": []string{kind.Type}}))
				if got != want[i] {
					t.Errorf("sorted by %s: %s, want %s", sort, got, want[i])
				}
			}
		}
	})
}

// TestFormattedTextStays where somebody writes back what they have read, alone or beside a change; it would become
// letters. What an answer has cut is no text to write back.
func TestFormattedTextStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		long := strings.Repeat("A long text. ", 300)
		ws := kindLab(t)
		table := ws.Doc("dKinds0001").Table("Kinds")
		for i := range table.Rows {
			table.Rows[i].Values[coda.ColCanvas] = "**Bold** " + table.Rows[i].ID
			table.Rows[i].Values[coda.ColText] = long
		}
		w := newWorld(t, worldOptions{workspace: ws, behavior: swift()})
		view := w.coda.Doc("dKinds0001").Table("Kinds")
		before := valuesOf(view)
		write := func(values map[string]any) map[string]any {
			return inKinds(map[string]any{"rows": []any{map[string]any{"row": "i-Low", "values": values}}})
		}
		got := must[rowsAnswer](w, "coda_update_rows", write(map[string]any{coda.ColCanvas: "**Bold** i-Low"}))
		if w.coda.Settle(); !reflect.DeepEqual(before, valuesOf(view)) || !strings.Contains(got.Done, "1 row unchanged") {
			t.Errorf("written back: %s", got.Done)
		}
		got = must[rowsAnswer](w, "coda_update_rows",
			write(map[string]any{coda.ColCanvas: "**Bold** i-Low", coda.ColNumber: 5}))
		w.coda.Settle()
		if len(got.Undo) != 1 || strings.Contains(strings.Join(got.Notes, " "), "brought back") {
			t.Errorf("beside a change: undo %v, notes %q", got.Undo, got.Notes)
		}
		must[rowsAnswer](w, "coda_update_rows", inKinds(map[string]any{"rows": got.Undo}))
		if w.coda.Settle(); !reflect.DeepEqual(before, valuesOf(view)) {
			t.Errorf("beside a change and undone: %s became %s", before["i-Low"], valuesOf(view)["i-Low"])
		}
		// By a key, which may be formatted itself.
		got = must[rowsAnswer](w, "coda_upsert_rows", inKinds(map[string]any{"key_columns": []string{coda.ColCanvas},
			"rows": []any{map[string]any{coda.ColCanvas: "**Bold** i-Low", coda.ColNumber: 6}}}))
		if len(got.Undo) != 1 {
			t.Fatalf("by key: undo %v", got.Undo)
		}
		must[rowsAnswer](w, fmt.Sprint(got.Undo[0]["tool"]), got.Undo[0]["arguments"])
		if w.coda.Settle(); !reflect.DeepEqual(before, valuesOf(view)) {
			t.Errorf("by key and undone: %s became %s", before["i-Low"], valuesOf(view)["i-Low"])
		}
		shown := shownCell(w, "coda_query_rows", "i-Low", coda.ColText)
		if got := w.refused("coda_update_rows", write(map[string]any{coda.ColText: shown})); !strings.HasSuffix(shown, "…") ||
			!strings.Contains(got, "only the beginning") {
			t.Errorf("%.20s… written back: %s", shown, got)
		}
	})
}
