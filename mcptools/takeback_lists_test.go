package mcptools

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// listLab is a row whose cells hold several values each, which have commas and ids in their names, and an empty row.
func listLab() *codatest.Workspace {
	ws := codatest.Demo()
	doc := ws.AddDoc(codatest.Doc{ID: "dLists0001", Name: "Lists", Owner: "ada@example.com",
		Pages: []codatest.Page{{Name: "Home"}}})
	doc.AddTable(codatest.Table{ID: "grid-Goals", Name: "Goals", Columns: []codatest.Column{{Name: "Goal", Display: true}},
		Rows: []codatest.Row{{ID: "i-Comma", Values: map[string]any{"Goal": "Second, third"}},
			{ID: "i-First", Values: map[string]any{"Goal": "First"}}, {ID: "i-Third", Values: map[string]any{"Goal": "third"}},
			{ID: "i-Marks", Values: map[string]any{"Goal": "Odd (i-First)"}}, {ID: "i-Empty"}}})
	values := map[string]any{
		"People":    []any{"grace@example.com", "ada@example.com"},
		"Goals":     []any{"i-First", "i-Comma", "i-Marks", "i-Empty"},
		"Links":     []any{"https://example.com/a,b", "https://example.com/c"},
		"Money":     []any{1.5, 1200},
		"Numbers":   []any{1, 2.5},
		"Days":      []any{"2026-03-04", "2026-03-05"},
		"Durations": []any{"1 hr 30 mins", "2 days"},
		"Mails":     []any{"a@b.example", "c@d.example"},
		"Checks":    []any{true, false},
		"Options":   []any{"a, b", "c; d", "e (i-x)"},
		"Votes":     []any{"👍", "🚀"},
	}
	types := map[string]string{"People": "person", "Goals": "lookup", "Links": "link", "Money": "currency",
		"Numbers": "number", "Days": "date", "Durations": "duration", "Mails": "email", "Checks": "checkbox",
		"Options": "select", "Votes": "reaction"}
	columns := []codatest.Column{{Name: "Name", Display: true}}
	for name, kind := range types {
		column := codatest.Column{Name: name, Type: kind, Array: true}
		if kind == "lookup" {
			column.Table = "Goals"
		}
		if kind == "select" {
			column.Options = []string{"a, b", "a", "b", "c; d", "e (i-x)"}
		}
		columns = append(columns, column)
	}
	values["Name"] = "Full"
	doc.AddTable(codatest.Table{ID: "grid-Lists", Name: "Lists", Columns: columns, Rows: []codatest.Row{
		{ID: "i-Full", Values: values}, {ID: "i-Blank", Values: map[string]any{"Name": "Blank"}}}})
	return ws
}

// The text in which a row's lists are shown is taken for these lists.
func TestListsGoRoundAsText(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: listLab(), behavior: swift()})
		table := w.coda.Doc("dLists0001").Table("Lists")
		shown := textOf(w.call("coda_get_row", `{"doc":"dLists0001","table":"Lists","row":"Full"}`))
		values := map[string]any{}
		for line := range strings.Lines(shown) {
			if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
				if name != "Name" && !strings.HasPrefix(name, "Row ") {
					values[name] = value
				}
			}
		}
		if len(values) != 11 {
			t.Fatalf("%d lists are shown: %s", len(values), shown)
		}
		must[rowsAnswer](w, "coda_update_rows", map[string]any{"doc": "dLists0001", "table": "Lists",
			"rows": []any{map[string]any{"row": "i-Blank", "values": values}}})
		w.coda.Settle()
		full, _ := table.Row("i-Full")
		blank, _ := table.Row("i-Blank")
		for name := range values {
			want, _ := json.Marshal([]any{full.Values[name], full.Links[name]})
			if got, _ := json.Marshal([]any{blank.Values[name], blank.Links[name]}); string(got) != string(want) {
				t.Errorf("%s, %q: %s, want %s", name, values[name], got, want)
			}
		}
	})
}

// A text for a list is never taken for a part of it.
func TestListsInTextAreWhole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: listLab(), behavior: swift()})
		for _, tt := range []struct{ column, text, want string }{
			{"Goals", "First, third (i-Third)", `row i-Third is called "third"`},
			{"Goals", "First (i-First); third", `["First","third"]`},
			{"Goals", "First (i-First), nothing (i-none)", "no row has this id"},
			{"People", "Grace Hopper <grace@example.com>, Ada Lovelace <ada@example.com>", `["Grace Hopper","Ada Lovelace"]`},
			{"People", "Grace Hopper, Ada Lovelace <ada@example.com>", `["Grace Hopper","Ada Lovelace"]`},
			{"Links", "[A](https://a.example), [B, b](https://b.example)", `["https://a.example","https://b.example"]`},
			{"Durations", "1:30; PT2H", `["1 hr 30 mins","2 hrs"]`},
			{"Checks", "yes, no", `[true,false]`},
		} {
			r := w.call("coda_update_rows", map[string]any{"doc": "dLists0001", "table": "Lists",
				"rows": []any{map[string]any{"row": "i-Blank", "values": map[string]any{tt.column: tt.text}}}})
			w.coda.Settle()
			row, _ := w.coda.Doc("dLists0001").Table("Lists").Row("i-Blank")
			got := textOf(r)
			if !r.IsError {
				raw, _ := json.Marshal(row.Values[tt.column])
				got = string(raw)
			}
			if !strings.Contains(got, tt.want) {
				t.Errorf("%s, %q: %s, want %s", tt.column, tt.text, got, tt.want)
			}
		}
	})
}
