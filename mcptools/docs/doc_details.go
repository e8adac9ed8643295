package docs

import (
	"context"
	"slices"
	"time"

	"github.com/bestviable/coda-gateway/mcptools/cells"
	"github.com/bestviable/coda-gateway/mcptools/kit"

	"golang.org/x/sync/errgroup"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/aged"
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

// Details cost a request for each thing, and an outline is read in pieces where it is long, or by several people one
// after the other. They are remembered for the client that they were fetched with, as of the doc's last change; the doc
// itself is asked for every time, so that nobody sees what they no longer may.
const (
	detailsKept = 64
	detailsLife = 5 * time.Minute
)

type detailsCache struct {
	kept *aged.Cache[detailsKey, details]
}

type detailsKey struct {
	client  any
	view    string
	doc     string
	updated time.Time
}

func newDetailsCache() *detailsCache {
	return &detailsCache{aged.New[detailsKey, details](detailsKept)}
}

// details gives what is remembered, or fetches it.
func (o *detailsCache) details(ctx context.Context, c *kit.Call, doc *coda.Doc, tables []*coda.Table,
	formulas []*coda.NamedFormula, controls []*coda.Control) details {
	key := detailsKey{c.Coda.Shared(), c.Coda.ViewKey(), doc.ID, doc.UpdatedAt.Time}
	if kept, age := o.kept.Get(key, time.Now()); age < detailsLife && kept.fits(tables, formulas, controls) {
		return kept
	}
	d := fetchDetails(ctx, c, doc.ID, tables, formulas, controls)
	if ctx.Err() == nil {
		o.kept.Put(key, d, time.Now())
	}
	return d
}

// fits reports whether the details are of just these things.
func (d details) fits(tables []*coda.Table, formulas []*coda.NamedFormula, controls []*coda.Control) bool {
	return slices.EqualFunc(d.tables, tables, func(e *tableOnPage, t *coda.Table) bool {
		return e.ID == t.ID && e.Name == t.Name && e.page == pageOf(t)
	}) &&
		slices.EqualFunc(d.formulas, formulas,
			func(v namedValue, f *coda.NamedFormula) bool { return v.ID == f.ID && v.Name == f.Name }) &&
		slices.EqualFunc(d.controls, controls,
			func(v namedValue, o *coda.Control) bool { return v.ID == o.ID && v.Name == o.Name })
}

// pageOf is the page that a table stands on; empty where Coda does not tell.
func pageOf(t *coda.Table) string {
	if t.Parent == nil {
		return ""
	}
	return t.Parent.ID
}

// listedOnly is what the listings tell.
func listedOnly(tables []*coda.Table, formulas []*coda.NamedFormula, controls []*coda.Control) details {
	var d details
	for _, f := range formulas {
		d.formulas = append(d.formulas, namedValue{ID: f.ID, Name: f.Name})
	}
	for _, o := range controls {
		d.controls = append(d.controls, namedValue{ID: o.ID, Name: o.Name})
	}
	for _, t := range tables {
		e := &tableOnPage{tableEntry: tableEntry{ID: t.ID, Name: t.Name}, page: pageOf(t)}
		if t.TableType == coda.TypeView {
			e.ViewOf = "?"
		}
		d.tables = append(d.tables, e)
	}
	return d
}

// fetchDetails adds row counts and values. What cannot be fetched is left out of the outline rather than failing it.
func fetchDetails(ctx context.Context, c *kit.Call, doc string, tables []*coda.Table, formulas []*coda.NamedFormula,
	controls []*coda.Control,
) details {
	d := listedOnly(tables, formulas, controls)
	left := mostDetails
	var g errgroup.Group
	g.SetLimit(parallel)
	fetch := func(fn func()) {
		if left--; left >= 0 {
			g.Go(func() error { fn(); return nil })
		}
	}
	for i, f := range formulas {
		fetch(func() {
			if full, err := c.Coda.GetFormula(ctx, doc, f.ID); err == nil {
				d.formulas[i].Value = cells.ShownValue(full.Value.Plain(), 200)
			}
		})
	}
	for i, o := range controls {
		fetch(func() {
			if full, err := c.Coda.GetControl(ctx, doc, o.ID); err == nil {
				d.controls[i].Type, d.controls[i].Value = full.ControlType, cells.ShownValue(full.Value.Plain(), 200)
			}
		})
	}
	for i, t := range tables {
		fetch(func() {
			if full, err := c.Coda.GetTable(ctx, doc, t.ID); err == nil {
				d.tables[i].Rows = &full.RowCount
				if full.ParentTable != nil {
					d.tables[i].ViewOf = full.ParentTable.Name
				}
			}
		})
	}
	_ = g.Wait() // the functions return no errors
	return d
}
