package docs

import (
	"context"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"golang.org/x/sync/errgroup"

	"github.com/bestviable/coda-gateway/coda"
)

func getDocTool() kit.Spec {
	outlines := newDetailsCache()
	return kit.Tool(kit.Spec{
		Name: "coda_get_doc", Title: "Outline a doc", Group: kit.GroupRead,
		Description: "Outline a doc in one call: its tree of pages, the tables and views on them, named formulas " +
			"and controls, and on request row counts and values. Use it first when you know the doc but not what is in it. " +
			"It gives no content: then use coda_read_page, coda_describe_table or coda_query_rows.",
	}, func(ctx context.Context, c *kit.Call, in getDocInput) (*kit.Answer, error) {
		return getDoc(ctx, c, outlines, in)
	})
}

type getDocInput struct {
	kit.InDoc
	Values bool `json:"values" doc:"Also row counts, what views are of, values of formulas and controls; slower"`
	Offset int  `json:"offset" min:"0" max:"1000000" doc:"From next"`
}

type docOutline struct {
	Doc    DocFound       `json:"doc"`
	Pages  []*pageEntry   `json:"pages"`
	Tables []*tableEntry  `json:"tables,omitempty"`
	Form   []namedValue   `json:"formulas,omitempty"`
	Ctrl   []namedValue   `json:"controls,omitempty"`
	Next   map[string]any `json:"next,omitempty"`
}

// pageEntry is a page in the tree, with the tables that stand on it.
type pageEntry struct {
	ID     string        `json:"id"`
	Name   string        `json:"name"`
	Type   string        `json:"type,omitempty"` // where it is no canvas
	Hidden bool          `json:"hidden,omitempty"`
	Tables []*tableEntry `json:"tables,omitempty"`
	Pages  []*pageEntry  `json:"pages,omitempty"`
}

type tableEntry struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Rows is absent where it was not asked for.
	Rows   *int   `json:"rows,omitempty"`
	ViewOf string `json:"view_of,omitempty"`
}

type namedValue struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Type  string `json:"type,omitempty"`
	Value any    `json:"value,omitempty"`
}

const (
	// mostDetails bounds the requests for what listings leave out: row counts and values cost one request each.
	// Together with the listings it stays within one window of Coda's budget for reads.
	mostDetails = 80
	// parallel requests of one call leave the budget to others, too.
	parallel = 6
)

func getDoc(ctx context.Context, c *kit.Call, outlines *detailsCache, in getDocInput) (*kit.Answer, error) {
	d, err := c.Doc(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	id := d.ID
	o := docOutline{Doc: NewDocFound(d)}
	if o.Doc.TooBig {
		return nil, kit.Complain("The doc %s (%s) is larger than 125 MB without attachments, and Coda's API "+
			"refuses docs of that size. Its owner can make it smaller by moving tables to another doc.",
			kit.OneLine(d.Name), d.ID)
	}
	var pages []*coda.PageInfo
	var tables []*coda.Table
	var formulas []*coda.NamedFormula
	var controls []*coda.Control
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { pages, err = coda.Collect(c.Coda.ListPages(gctx, id, coda.ListOptions{})); return })
	g.Go(func() (err error) {
		tables, err = c.Coda.Tables(gctx, id)
		return
	})
	g.Go(func() (err error) {
		formulas, err = coda.Collect(c.Coda.ListFormulas(gctx, id, coda.ListObjectsOptions{}))
		return
	})
	g.Go(func() (err error) {
		controls, err = coda.Collect(c.Coda.ListControls(gctx, id, coda.ListObjectsOptions{}))
		return
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	details := listedOnly(tables, formulas, controls)
	if in.Values {
		details = outlines.details(ctx, c, d, tables, formulas, controls)
	}
	if in.Values && len(tables)+len(formulas)+len(controls) > mostDetails {
		c.Note("Row counts and values were fetched for the first %d formulas, controls and tables only; "+
			"coda_describe_table gives them for one table.", mostDetails)
	}
	if in.Values {
		c.NoteWrites(id, "Pages or rows of this doc were", coda.KindPage, coda.KindTable, coda.KindRow)
	} else {
		c.NoteWrites(id, "Pages of this doc were", coda.KindPage, coda.KindTable)
	}
	o.plant(pages, details.tables)
	if in.Offset == 0 {
		o.Form, o.Ctrl = details.formulas, details.controls
	}
	text, next := o.window(in.Offset)
	o.Next = next
	return &kit.Answer{Text: text}, nil
}
