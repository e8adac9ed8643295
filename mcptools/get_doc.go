package mcptools

import (
	"context"
	"golang.org/x/sync/errgroup"

	"github.com/bestviable/coda-gateway/coda"
)

func getDocTool() spec {
	return handle(spec{
		name: "coda_get_doc", title: "Outline a doc", group: groupRead,
		description: "Outline a doc in one call: its tree of pages, the tables and views on them with row counts, and named formulas and controls with their values. " +
			"Use it first when you know the doc but not what is in it. It gives no content: then use coda_read_page, coda_describe_table or coda_query_rows.",
		params: []param{
			docParam(true),
			{name: "offset", kind: kindInteger, lowest: 0, highest: 1_000_000, description: "From next"},
		},
		output: []field{{"doc", kindObject, true, "id name url"}, {"pages", kindObjects, true, ""}, {"tables", kindObjects, false, ""},
			{"formulas", kindObjects, false, "id name"}, {"controls", kindObjects, false, "id name type"}, {"next", kindObject, false, ""}},
	}, getDoc)
}

type getDocInput struct {
	Doc    string `json:"doc"`
	Offset int    `json:"offset"`
}

type docOutline struct {
	Doc    docFound       `json:"doc"`
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
	// mostDetails bounds the requests for what listings leave out: row counts and values cost one request each. Together
	// with the listings it stays within one window of Coda's budget for reads.
	mostDetails = 80
	// parallel requests of one call leave the budget to others, too.
	parallel = 6
)

func getDoc(ctx context.Context, c *call, in getDocInput) (*answer, error) {
	id, err := c.docID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	d, err := c.coda.GetDoc(ctx, id)
	if err != nil {
		return nil, err
	}
	o := docOutline{Doc: newDocFound(d)}
	if o.Doc.TooBig {
		return nil, complain("The doc %s (%s) is larger than 125 MB without attachments, and Coda's API refuses docs of that size. Its owner can make it smaller by moving tables to another doc.", oneLine(d.Name), d.ID)
	}
	var pages []*coda.PageInfo
	var tables []*coda.Table
	var formulas []*coda.NamedFormula
	var controls []*coda.Control
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { pages, err = coda.Collect(c.coda.ListPages(gctx, id, coda.ListOptions{})); return })
	g.Go(func() (err error) {
		tables, err = coda.Collect(c.coda.ListTables(gctx, id, coda.ListTablesOptions{}))
		return
	})
	g.Go(func() (err error) {
		formulas, err = coda.Collect(c.coda.ListFormulas(gctx, id, coda.ListObjectsOptions{}))
		return
	})
	g.Go(func() (err error) {
		controls, err = coda.Collect(c.coda.ListControls(gctx, id, coda.ListObjectsOptions{}))
		return
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	details := c.docDetails(ctx, d, tables, formulas, controls)
	if len(tables)+len(formulas)+len(controls) > mostDetails {
		c.note("Row counts and values were fetched for the first %d formulas, controls and tables only; coda_describe_table tells them for one table.", mostDetails)
	}
	o.plant(pages, details.tables)
	if in.Offset == 0 {
		o.Form, o.Ctrl = details.formulas, details.controls
	}
	text, next := o.window(in.Offset)
	o.Next = next
	return &answer{text: text, data: o}, nil
}
