package coda_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

const staffDoc = "dStaff0001"

// staffWorkspace has a table Staff whose rows are named by a column that is hidden below, a table Tasks whose rows are
// named by a relation to Staff, a table Log that leads to Tasks, and a table Vault that is hidden.
func staffWorkspace() *codatest.Workspace {
	workspace := codatest.Demo()
	workspace.Docs = append(workspace.Docs, codatest.Doc{ID: staffDoc, Name: "Staff",
		Pages: []codatest.Page{{ID: "canvas-Staff001", Name: "Staff"}, {ID: "canvas-Tasks001", Name: "Tasks"},
			{ID: "canvas-Log00001", Name: "Log"}, {ID: "canvas-Other001", Name: "Other", Content: "Words."}},
		Tables: []codatest.Table{
			{ID: "grid-Vault001", Name: "Vault", Page: "canvas-Other001",
				Columns: []codatest.Column{{ID: "c-Key0000001", Name: "Key", Display: true}},
				Rows:    []codatest.Row{{ID: "i-Vault0001", Values: map[string]any{"Key": "zsecret 1"}}}},
			{ID: "grid-Staff001", Name: "Staff", Page: "canvas-Staff001",
				Columns: []codatest.Column{{ID: "c-Pay0000001", Name: "Pay", Display: true}, {ID: "c-Role000001", Name: "Role"}},
				Rows:    []codatest.Row{{ID: "i-Staff0001", Values: map[string]any{"Pay": "zsecret 9", "Role": "cook"}}}},
			{ID: "grid-Tasks001", Name: "Tasks", Page: "canvas-Tasks001",
				Columns: []codatest.Column{
					{ID: "c-Who0000001", Name: "Who", Type: "lookup", Table: "grid-Staff001", Display: true},
					{ID: "c-Safe000001", Name: "Safe", Type: "lookup", Table: "grid-Vault001"},
					{ID: "c-Opens00001", Name: "Opens", Formula: "thisRow.[Safe].Count()", Default: "[Safe].First()"},
					{ID: "c-Title00001", Name: "Title"}},
				Rows: []codatest.Row{{ID: "i-Tasks0001", Values: map[string]any{"Who": "i-Staff0001",
					"Safe": "i-Vault0001", "Title": "Peel"}}}},
			{ID: "grid-Log00001", Name: "Log", Page: "canvas-Log00001",
				Columns: []codatest.Column{{ID: "c-Name000001", Name: "Name", Display: true},
					{ID: "c-Task000001", Name: "Task", Type: "lookup", Table: "grid-Tasks001"}},
				Rows: []codatest.Row{{ID: "i-Log000001", Values: map[string]any{"Name": "Done", "Task": "i-Tasks0001"}}}},
		},
	})
	return workspace
}

func withoutPay(free *coda.Client) *coda.Client {
	return free.As(&coda.View{
		Key:   "without pay",
		Doc:   func(context.Context, coda.Use, coda.DocID, *coda.Lies) error { return nil },
		Place: func(context.Context, coda.Use, string, string) error { return nil },
		Hidden: func(context.Context, coda.DocID) ([][]coda.Hide, error) {
			return [][]coda.Hide{{{Table: "grid-Vault001"}, {Table: "grid-Staff001", Columns: []string{"c-Pay0000001"}}}}, nil
		},
	})
}

// What a hidden column calls the rows of its table is shown nowhere: not where rows of other tables lead to them, or
// are named by them in turn; and it finds no rows.
func TestRowsNamedByHiddenColumns(t *testing.T) {
	t.Parallel()
	_, free := simulated(t, codatest.Options{Workspace: staffWorkspace()}, unlimited)
	seen := withoutPay(free)
	ctx := t.Context()
	look := func(what string, v any, err error) {
		t.Helper()
		text, _ := json.Marshal(v)
		if err != nil || strings.Contains(string(text), "zsecret") || strings.Contains(string(text), "Safe") {
			t.Errorf("%s shows %s (%v)", what, text, err)
		}
	}
	for _, format := range []coda.ValueFormat{coda.Rich, coda.Simple, coda.SimpleWithArrays} {
		for _, table := range []string{"grid-Staff001", "grid-Tasks001", "grid-Log00001"} {
			rows, err := coda.Collect(seen.ListRows(ctx, staffDoc, table, coda.ListRowsOptions{ValueFormat: format}))
			look(string(format)+" rows of "+table, rows, err)
			if len(rows) != 1 {
				t.Errorf("%s has %d rows", table, len(rows))
			}
		}
	}
	columns, err := coda.Collect(seen.ListColumns(ctx, staffDoc, "grid-Tasks001", coda.ListColumnsOptions{}))
	look("columns", columns, err)
	for _, table := range []string{"grid-Staff001", "grid-Tasks001"} {
		row, err := seen.GetRow(ctx, staffDoc, table, "zsecret 9", coda.GetRowOptions{})
		if !errors.Is(err, coda.ErrNotFound) {
			t.Errorf("a hidden name finds %v in %s (%v)", row, table, err)
		}
	}
	for _, page := range []string{"canvas-Staff001", "canvas-Tasks001", "canvas-Log00001", "canvas-Other001"} {
		if _, err := seen.BeginPageExport(ctx, staffDoc, page, coda.Markdown); !errors.Is(err, coda.ErrGuard) {
			t.Errorf("page %s is exported, with the names of rows: %v", page, err)
		}
	}
}

// A page is not destroyed with what is hidden of its tables; what is seen whole may be.
func TestPagesKeepHiddenColumns(t *testing.T) {
	t.Parallel()
	_, free := simulated(t, codatest.Options{Workspace: staffWorkspace()}, unlimited)
	seen := withoutPay(free)
	for page, goes := range map[string]bool{
		"canvas-Staff001": false, "canvas-Tasks001": false, "canvas-Other001": false, "canvas-Log00001": true,
	} {
		_, err := seen.DeletePage(t.Context(), staffDoc, page, coda.DeletePageOptions{Force: true})
		if goes && err != nil || !goes && !errors.Is(err, coda.ErrGuard) {
			t.Errorf("%s: %v", page, err)
		}
	}
}

// A page that is nothing but a hidden table is not changed, nothing is put below it, and no page tells of it.
func TestPagesOfHiddenTables(t *testing.T) {
	t.Parallel()
	workspace := staffWorkspace()
	doc := &workspace.Docs[len(workspace.Docs)-1]
	doc.Pages = append(doc.Pages, codatest.Page{ID: "canvas-Vault001", Name: "zsecret", Type: "table",
		Pages: []codatest.Page{{ID: "canvas-Below001", Name: "Below", Content: "Words."}}})
	doc.Tables[0].Page = "canvas-Vault001"
	_, free := simulated(t, codatest.Options{Workspace: workspace}, unlimited)
	seen, ctx := withoutPay(free), t.Context()
	for _, page := range []string{"canvas-Vault001", "canvas-Never001"} {
		_, renamed := seen.UpdatePage(ctx, staffDoc, page, coda.PageUpdate{Name: "Mine"})
		_, created := seen.CreatePage(ctx, staffDoc, coda.PageCreate{Name: "Mine", ParentPageID: page})
		_, deleted := seen.DeletePage(ctx, staffDoc, page, coda.DeletePageOptions{Force: true})
		_, exported := seen.BeginPageExport(ctx, staffDoc, page, coda.Markdown)
		_, read := seen.GetPage(ctx, staffDoc, page)
		for what, err := range map[string]error{"renamed": renamed, "deleted": deleted, "exported": exported, "read": read} {
			if !errors.Is(err, coda.ErrNotFound) {
				t.Errorf("%s %s: %v", page, what, err)
			}
		}
		if created == nil {
			t.Errorf("a page was made below %s", page)
		}
	}
	pages, err := coda.Collect(seen.ListPages(ctx, staffDoc, coda.ListOptions{}))
	text, _ := json.Marshal(pages)
	if err != nil || strings.Contains(string(text), "zsecret") || !strings.Contains(string(text), "Below") {
		t.Errorf("pages are %s (%v)", text, err)
	}
	figures, err := coda.Collect(seen.ListPageAnalytics(ctx, staffDoc, coda.AnalyticsOptions{}))
	text, _ = json.Marshal(figures)
	if err != nil || strings.Contains(string(text), "zsecret") {
		t.Errorf("figures are %s (%v)", text, err)
	}
}

// What somebody does not see all of is not copied, as a doc or as a page that shows another doc; the rest may be.
func TestCopiesOfWhatIsHidden(t *testing.T) {
	t.Parallel()
	_, free := simulated(t, codatest.Options{Workspace: staffWorkspace()}, unlimited)
	seen, ctx := withoutPay(free), t.Context()
	for source, whole := range map[string]bool{staffDoc: false, "dTeamWiki1": true} {
		_, copied := seen.CreateDoc(ctx, coda.DocCreate{Title: "Copy", SourceDoc: source})
		_, synced := seen.CreatePage(ctx, "dRoadmap01", coda.PageCreate{Name: "Copy",
			PageContent: coda.SyncDoc(source)})
		for what, err := range map[string]error{"doc": copied, "page": synced} {
			if whole && err != nil || !whole && !errors.Is(err, coda.ErrGuard) {
				t.Errorf("a %s made of %s: %v", what, source, err)
			}
		}
	}
}
