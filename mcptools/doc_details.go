package mcptools

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/bestviable/coda-gateway/coda"
)

// details are what listings leave out.
type details struct {
	tables   []*tableOnPage
	formulas []namedValue
	controls []namedValue
}

type tableOnPage struct {
	tableEntry
	page string
}

// docDetails fetches row counts and values. What cannot be fetched is left out of the outline rather than failing it.
func (c *call) docDetails(ctx context.Context, doc string, tables []*coda.Table, formulas []*coda.NamedFormula, controls []*coda.Control) details {
	var d details
	left := mostDetails
	take := func() bool { left--; return left >= 0 }
	var g errgroup.Group
	g.SetLimit(parallel)
	d.formulas = make([]namedValue, len(formulas))
	for i, f := range formulas {
		d.formulas[i] = namedValue{ID: f.ID, Name: f.Name}
		if take() {
			g.Go(func() error {
				if full, err := c.coda.GetFormula(ctx, doc, f.ID); err == nil {
					d.formulas[i].Value = shownValue(full.Value.Plain(), 200)
				}
				return nil
			})
		}
	}
	d.controls = make([]namedValue, len(controls))
	for i, o := range controls {
		d.controls[i] = namedValue{ID: o.ID, Name: o.Name}
		if take() {
			g.Go(func() error {
				if full, err := c.coda.GetControl(ctx, doc, o.ID); err == nil {
					d.controls[i].Type, d.controls[i].Value = full.ControlType, shownValue(full.Value.Plain(), 200)
				}
				return nil
			})
		}
	}
	d.tables = make([]*tableOnPage, len(tables))
	for i, t := range tables {
		e := &tableOnPage{tableEntry: tableEntry{ID: t.ID, Name: t.Name}}
		if t.Parent != nil {
			e.page = t.Parent.ID
		}
		if t.TableType == coda.TypeView {
			e.ViewOf = "?"
		}
		d.tables[i] = e
		if take() {
			g.Go(func() error {
				if full, err := c.coda.GetTable(ctx, doc, t.ID); err == nil {
					e.Rows = &full.RowCount
					if full.ParentTable != nil {
						e.ViewOf = full.ParentTable.Name
					}
				}
				return nil
			})
		}
	}
	_ = g.Wait() // the functions return no errors
	if left < 0 {
		c.note("Row counts and values were fetched for the first %d tables, formulas and controls only; coda_describe_table tells them for one table.", mostDetails)
	}
	return d
}
