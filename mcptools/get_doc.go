package mcptools

import (
	"context"
	"fmt"
	"strings"

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
	details := c.docDetails(ctx, id, tables, formulas, controls)
	o.plant(pages, details.tables)
	if in.Offset == 0 {
		o.Form, o.Ctrl = details.formulas, details.controls
	}
	text, next := o.window(in.Offset)
	o.Next = next
	return &answer{text: text, data: o}, nil
}

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

// plant makes the tree. Pages whose parent is not there become roots, so that nothing is lost.
func (o *docOutline) plant(pages []*coda.PageInfo, tables []*tableOnPage) {
	entries := make(map[string]*pageEntry, len(pages))
	for _, p := range pages {
		e := &pageEntry{ID: p.ID, Name: p.Name, Hidden: p.IsHidden}
		if p.ContentType != coda.PageCanvas {
			e.Type = p.ContentType
		}
		entries[p.ID] = e
	}
	o.Pages = []*pageEntry{}
	for _, p := range pages {
		e := entries[p.ID]
		if p.Parent != nil && entries[p.Parent.ID] != nil && !hangsBelow(pages, p.Parent.ID, p.ID) {
			parent := entries[p.Parent.ID]
			parent.Pages = append(parent.Pages, e)
		} else {
			o.Pages = append(o.Pages, e)
		}
	}
	for _, t := range tables {
		if e := entries[t.page]; e != nil {
			e.Tables = append(e.Tables, &t.tableEntry)
		} else {
			o.Tables = append(o.Tables, &t.tableEntry)
		}
	}
}

// hangsBelow reports whether page hangs somewhere below root, which would make the tree a ring.
func hangsBelow(pages []*coda.PageInfo, page, root string) bool {
	parents := make(map[string]string, len(pages))
	for _, p := range pages {
		if p.Parent != nil {
			parents[p.ID] = p.Parent.ID
		}
	}
	for range pages {
		if page == root {
			return true
		}
		page = parents[page]
	}
	return page == root
}

// window writes the outline as text from the given line of the tree on, and keeps in the structured form what is shown.
func (o *docOutline) window(offset int) (string, map[string]any) {
	var b strings.Builder
	if offset == 0 {
		fmt.Fprintf(&b, "Doc %s (%s) %s", clip(oneLine(o.Doc.Name), 200), o.Doc.ID, o.Doc.URL)
		for _, part := range [][2]string{{"owner ", o.Doc.Owner}, {"folder ", o.Doc.Folder}, {"updated ", o.Doc.Updated}} {
			if part[1] != "" {
				fmt.Fprintf(&b, ", %s%s", part[0], clip(oneLine(part[1]), 100))
			}
		}
		b.WriteString("\nPages and what stands on them:\n")
	}
	w := &outlineWindow{b: &b, from: offset}
	o.Pages = w.pages(o.Pages, 0)
	o.Tables = w.tables(o.Tables, 0)
	if w.line == 0 {
		b.WriteString("(none)\n")
	}
	writeNamed(&b, "Formulas", o.Form)
	writeNamed(&b, "Controls", o.Ctrl)
	if w.cut > 0 {
		next := map[string]any{"offset": w.cut}
		return marked(b.String()) + nextLine(next), next
	}
	return marked(b.String()), nil
}

// outlineWindow writes lines of a tree between two positions, and prunes the tree to them.
type outlineWindow struct {
	b          *strings.Builder
	from, line int
	// cut is the first line that did not fit; 0 = all did.
	cut int
}

// write writes one line of the tree where it belongs into the window, and says whether it does.
func (w *outlineWindow) write(depth int, text string) bool {
	here := w.line
	w.line++
	if here < w.from || w.cut > 0 {
		return false
	}
	if w.b.Len() > defaultChars && here > w.from {
		w.cut = here
		return false
	}
	w.b.WriteString(strings.Repeat("  ", min(depth, 12)) + "- " + text + "\n")
	return true
}

// pages prunes: a page before the window stays where something below it is within.
func (w *outlineWindow) pages(pages []*pageEntry, depth int) []*pageEntry {
	kept := []*pageEntry{}
	for _, p := range pages {
		shown := w.write(depth, p.text())
		p.Tables = w.tables(p.Tables, depth+1)
		p.Pages = w.pages(p.Pages, depth+1)
		if shown || len(p.Tables) > 0 || len(p.Pages) > 0 {
			kept = append(kept, p)
		}
	}
	return kept
}

func (w *outlineWindow) tables(tables []*tableEntry, depth int) []*tableEntry {
	var kept []*tableEntry
	for _, t := range tables {
		if w.write(depth, t.text()) {
			kept = append(kept, t)
		}
	}
	return kept
}

func (p *pageEntry) text() string {
	text := fmt.Sprintf("%s (%s)", clip(oneLine(p.Name), 200), p.ID)
	if p.Type != "" {
		text += ", " + p.Type + " page"
	}
	if p.Hidden {
		text += ", hidden"
	}
	return text
}

func (t *tableEntry) text() string {
	text := "table "
	if t.ViewOf != "" {
		text = "view "
	}
	text += fmt.Sprintf("%s (%s)", clip(oneLine(t.Name), 200), t.ID)
	if t.ViewOf != "" && t.ViewOf != "?" {
		text += " of " + clip(oneLine(t.ViewOf), 100)
	}
	if t.Rows != nil {
		text += ", " + plural(*t.Rows, "row")
	}
	return text
}

func writeNamed(b *strings.Builder, what string, values []namedValue) {
	if len(values) == 0 {
		return
	}
	b.WriteString(what + ":\n")
	for _, v := range values {
		fmt.Fprintf(b, "- %s (%s", clip(oneLine(v.Name), 100), v.ID)
		if v.Type != "" {
			b.WriteString(", " + v.Type)
		}
		b.WriteString(")")
		if v.Value != nil {
			fmt.Fprintf(b, " = %s", oneLine(valueText(v.Value)))
		}
		b.WriteString("\n")
	}
}
