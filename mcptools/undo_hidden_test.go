package mcptools

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// payroll is a doc with a table of which restricted people do not see all, and another that they do not see at all.
func payroll() *codatest.Workspace {
	w := codatest.Demo()
	grades := codatest.Table{ID: "grid-Grade", Name: "Grade", Columns: []codatest.Column{{Name: "Grade", Display: true}},
		Rows: []codatest.Row{{ID: "i-Grade00007", Values: map[string]any{"Grade": "Secretgrade"}}}}
	staff := codatest.Table{ID: "grid-Staff", Name: "Staff", Columns: []codatest.Column{
		{ID: "c-Name", Name: "Name", Display: true},
		{ID: "c-Desk", Name: "Desk", Type: "number"},
		{ID: "c-Wage", Name: "Secretwage", Type: "number"},
		{ID: "c-Note", Name: "Secretnote"},
		{ID: "c-Rank", Name: "Secretrank", Type: "select", Options: []string{"Secretfirst", "Secretsecond"}},
		{ID: "c-Grad", Name: "Secretgrades", Type: "lookup", Table: "Grade"}}}
	for i := range 3 {
		staff.Rows = append(staff.Rows, codatest.Row{ID: fmt.Sprintf("i-Staff00000%d", i+1), Values: map[string]any{
			"Name": fmt.Sprintf("Person %d", i+1), "Desk": i + 1, "Secretwage": 1000 * (i + 1),
			"Secretnote": fmt.Sprintf("Secretwords %d", i+1), "Secretrank": "Secretsecond",
			"Secretgrades": "Secretgrade"}})
	}
	w.AddDoc(codatest.Doc{ID: "dPayroll01", Name: "Payroll", Owner: "ada@example.com",
		Pages: []codatest.Page{{Name: "Home"}}, Tables: []codatest.Table{grades, staff}})
	return w
}

// hiding is the view of somebody for whom columns of the table and the other table do not exist.
func hiding(columns ...string) *coda.View {
	hide := []coda.Hide{{Table: "grid-Grade"}}
	if len(columns) > 0 {
		hide = append(hide, coda.Hide{Table: "grid-Staff", Columns: columns})
	}
	fine := func(context.Context, coda.Use, string, string) error { return nil }
	return &coda.View{Key: "restricted " + strings.Join(columns, " "), Place: fine,
		Doc:    func(context.Context, coda.Use, coda.DocID, *coda.Lies) error { return nil },
		Hidden: func(context.Context, coda.DocID) ([][]coda.Hide, error) { return [][]coda.Hide{hide}, nil }}
}

func payrollOf(w *world) string {
	var lines []string
	for _, r := range w.coda.Doc("dPayroll01").Table("Staff").Rows() {
		lines = append(lines, fmt.Sprint(r.Values))
	}
	return strings.Join(lines, "\n")
}

// Whoever deletes a row deletes what they do not see of it, too: all of it comes back, there and back again, and
// nothing of it is told.
func TestUndoBringsBackWhatIsHidden(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		view := hiding("c-Wage", "Secretnote", "c-Rank")
		w := newWorld(t, worldOptions{workspace: payroll(), behavior: swift(),
			caller: func(c *Caller) { c.Coda = c.Coda.As(view) }})
		before := payrollOf(w)
		told := w.said("coda_delete_rows", `{"doc":"dPayroll01","table":"Staff","rows":["Person 2","Person 3"]}`)
		gone := payrollOf(w)
		for i := range 2 {
			text := w.said("coda_undo", map[string]any{"id": undoOf(t, told)})
			if payrollOf(w) != before {
				t.Fatalf("undo %d brought back\n%s\nof\n%s", i, payrollOf(w), before)
			}
			told += text
			again := w.said("coda_undo", map[string]any{"id": undoOf(t, text)})
			if payrollOf(w) != gone {
				t.Fatalf("the undo of undo %d left\n%s", i, payrollOf(w))
			}
			told, again = again, told
			if all := told + again + w.said("coda_history", `{}`); strings.Contains(all, "Secret") {
				t.Fatalf("something hidden is told: %s", all)
			}
		}
	})
}

// What is hidden meanwhile comes back as well; and what cannot be written any more is left out without a word of it.
func TestUndoUnderOtherRules(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		view := hiding("c-Rank")
		w := newWorld(t, worldOptions{workspace: payroll(), behavior: swift(),
			caller: func(c *Caller) { c.Coda = c.Coda.As(view) }})
		w.said("coda_delete_rows", `{"doc":"dPayroll01","table":"Staff","rows":["Person 3"]}`)
		view = hiding("c-Wage", "c-Note", "c-Rank")
		w.coda.Doc("dPayroll01").Table("Grade").DeleteRows("i-Grade00007")
		text := w.said("coda_undo", `{}`)
		if strings.Contains(text, "Secret") || !strings.Contains(text, "1 row that had been deleted added again") ||
			!strings.Contains(payrollOf(w), "Secretwords 3") || !strings.Contains(payrollOf(w), "Secretsecond") {
			t.Errorf("%s\n%s", text, payrollOf(w))
		}
	})
}

// A relation to a row that is gone is left out, and the rest comes back.
func TestUndoWithoutTheRowOfARelation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: payroll(), behavior: swift()})
		w.said("coda_delete_rows", `{"doc":"dPayroll01","table":"Staff","rows":["Person 3"]}`)
		w.coda.Doc("dPayroll01").Table("Grade").DeleteRows("i-Grade00007")
		text := w.said("coda_undo", `{}`)
		if !strings.Contains(text, "column Secretgrades: its former value can no longer be written: no row has this id") ||
			!strings.Contains(payrollOf(w), "Secretwords 3") {
			t.Errorf("%s\n%s", text, payrollOf(w))
		}
	})
}

// A relation to rows whose names do not exist for somebody shows which rows they are.
func TestRelationsToRowsWithoutNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		view := hiding()
		list, _ := view.Hidden(t.Context(), "dPayroll01")
		list[0][0].Columns = []string{"Grade"}
		view.Hidden = func(context.Context, coda.DocID) ([][]coda.Hide, error) { return list, nil }
		w := newWorld(t, worldOptions{workspace: payroll(), behavior: swift(),
			caller: func(c *Caller) { c.Coda = c.Coda.As(view) }})
		text := w.said("coda_query_rows", `{"doc":"dPayroll01","table":"Staff"}`)
		if !strings.Contains(text, "|i-Grade00007|") {
			t.Error(text)
		}
	})
}

// What was said of a change tells neither rows nor columns by names that do not exist for the person any more.
func TestHistoryUnderOtherRules(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		view := hiding()
		workspace := payroll()
		staff := workspace.Docs[len(workspace.Docs)-1].Table("Staff")
		for _, name := range []string{"Secretbutton", "Open"} {
			staff.Columns = append(staff.Columns, codatest.Column{Name: name, Type: "button", Label: `"Go"`,
				Effects: []codatest.Effect{{Set: map[string]any{"Desk": 9}}}})
		}
		w := newWorld(t, worldOptions{workspace: workspace, behavior: swift(),
			caller: func(c *Caller) { c.Coda = c.Coda.As(view) }})
		at := `{"doc":"dPayroll01","table":"Staff","row":"Person 2","button":`
		w.said("coda_push_button", at+`"Secretbutton"}`)
		w.said("coda_push_button", at+`"Open"}`)
		if text := w.said("coda_history", `{}`); strings.Count(text, "Person 2") != 2 {
			t.Fatal(text)
		}
		view = hiding("Secretbutton")
		text := w.said("coda_history", `{}`)
		if strings.Contains(text, "Secret") || strings.Count(text, "coda_push_button") != 2 ||
			strings.Count(text, "Person 2") != 1 || !strings.Contains(text, " UTC coda_push_button in table ") {
			t.Error(text)
		}
		view = hiding("c-Name")
		if text := w.said("coda_history", `{}`); strings.Contains(text, "Person") ||
			strings.Count(text, "coda_push_button in table ") != 2 {
			t.Error(text)
		}
	})
}
