package coda_test

import (
	"context"
	"errors"
	"testing"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// A link to a page that is nothing but a hidden table leads nowhere; one to a page that has other things on it does.
func TestLinksToPagesOfHiddenTables(t *testing.T) {
	t.Parallel()
	table := func(id, name, page string) codatest.Table {
		return codatest.Table{ID: id, Name: name, Page: page, Columns: []codatest.Column{{Name: "Name", Display: true}}}
	}
	workspace := codatest.Demo()
	workspace.Docs = append(workspace.Docs,
		codatest.Doc{ID: "dPayroll01", Name: "Payroll",
			Pages: []codatest.Page{
				{ID: "canvas-Salary1", Name: "Salaries", Type: "table"},
				{ID: "canvas-Notes12", Name: "Notes", Content: "Some text."},
			},
			Tables: []codatest.Table{
				table("grid-Salary1", "Salaries", "canvas-Salary1"), table("grid-Bonus12", "Bonuses", "canvas-Notes12"),
			}})
	_, free := simulated(t, codatest.Options{Workspace: workspace}, unlimited)
	seen := free.As(&coda.View{
		Key:   "without tables",
		Doc:   func(context.Context, coda.Use, coda.DocID, *coda.Lies) error { return nil },
		Place: func(context.Context, coda.Use, string, string) error { return nil },
		Hidden: func(context.Context, coda.DocID) ([][]coda.Hide, error) {
			return [][]coda.Hide{{{Table: "grid-Salary1"}, {Table: "grid-Bonus12"}}}, nil
		},
	})
	for page, exists := range map[string]bool{"canvas-Salary1": false, "canvas-Notes12": true} {
		info, err := free.GetPage(t.Context(), "dPayroll01", page)
		if err != nil {
			t.Fatal(err)
		}
		_, err = seen.ResolveBrowserLink(t.Context(), info.BrowserLink, coda.ResolveBrowserLinkOptions{})
		if exists && err != nil || !exists && !errors.Is(err, coda.ErrNotFound) {
			t.Errorf("the link to %s: %v", info.Name, err)
		}
	}
}
