package mcptools

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// What a query shows can be written back as it is, and changes nothing.
func TestRowsGoRoundUnchanged(t *testing.T) {
	t.Parallel()
	for table, columns := range map[string][]string{
		"dRoadmap01 Features": {"Status", "Tags", "Owner", "Crew", "Release", "Depends on", "Effort", "Cost", "Due",
			"Review at", "Urgent", "Value", "Ticket", "Screenshot", "Votes"},
		"dTeamWiki1 People": {"Account", "E-mail", "Since", "Starts at", "Working day", "Knows about", "Mood"},
		"dHiring001 Candidates": {"Position", "Stage", "E-mail", "Application", "Interview", "Interviewers", "Score",
			"Expects"},
		"dRoadmap01 Releases": {"Ships on", "Budget", "Progress"},
	} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var doc, name string
				if _, err := fmt.Sscan(table, &doc, &name); err != nil {
					t.Fatal(err)
				}
				w := newWorld(t, worldOptions{behavior: swift()})
				before := valuesOf(w.coda.Doc(doc).Table(name))
				rows := shownRows(w, doc, name, columns)
				must[pageWritten](w, "coda_update_rows", map[string]any{"table": name, "doc": doc, "rows": rows})
				if after := valuesOf(w.coda.Doc(doc).Table(name)); !reflect.DeepEqual(before, after) {
					for id := range before {
						if before[id] != after[id] {
							t.Errorf("%s was\n%s and became\n%s", id, before[id], after[id])
						}
					}
				}
				// Cleared, and undone.
				for _, row := range rows {
					empty := make(map[string]any)
					for column := range row["values"].(map[string]any) {
						empty[column] = nil
					}
					row["values"] = empty
				}
				type undoable struct {
					Undo []map[string]any `json:"undo"`
				}
				u := must[undoable](w, "coda_update_rows", map[string]any{"table": name, "doc": doc, "rows": rows})
				if reflect.DeepEqual(before, valuesOf(w.coda.Doc(doc).Table(name))) {
					t.Error("nothing was cleared")
				}
				must[undoable](w, "coda_update_rows", map[string]any{"table": name, "doc": doc, "rows": u.Undo})
				if after := valuesOf(w.coda.Doc(doc).Table(name)); !reflect.DeepEqual(before, after) {
					for id := range before {
						if before[id] != after[id] {
							t.Errorf("%s was\n%s and was undone to\n%s", id, before[id], after[id])
						}
					}
				}
			})
		})
	}
}

func valuesOf(table codatest.TableView) map[string]string {
	out := make(map[string]string)
	for _, r := range table.Rows() {
		delete(r.Values, "Modified")
		raw, err := json.Marshal([]any{r.Values, r.Links})
		if err != nil {
			panic(err)
		}
		out[r.ID] = string(raw)
	}
	return out
}

// lists are columns that hold several values, which are written as lists.
var lists = []string{"Tags", "Crew", "Depends on", "Knows about", "Interviewers", "Application", "Votes"}

// shownRows are the rows of a table as coda_query_rows shows them, in the form that coda_update_rows takes. A table of
// many columns is not shown as one, so that they are asked for a few at a time.
func shownRows(w *world, doc, table string, columns []string) []map[string]any {
	w.t.Helper()
	values := make(map[string]map[string]any)
	var rows []map[string]any
	for part := range slices.Chunk(columns, 8) {
		text := textOf(w.call("coda_query_rows", map[string]any{"table": table, "doc": doc, "columns": part}))
		for _, r := range rowsOf(w.t, text) {
			if values[r.id] == nil {
				values[r.id] = make(map[string]any)
				rows = append(rows, map[string]any{"row": r.id, "values": values[r.id]})
			}
			for column, shown := range r.values {
				values[r.id][column] = shown
				if slices.Contains(lists, column) {
					values[r.id][column] = strings.Split(shown, ", ")
				}
			}
		}
	}
	if len(rows) == 0 {
		w.t.Fatal("no rows are shown")
	}
	return rows
}
