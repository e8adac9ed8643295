package build

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// secret is in everything that does not exist for the person of a difference: wherever it turns up, something leaked.
const secret = "zsecret"

// difference is a random workspace, and what of it does not exist for somebody.
type difference struct {
	rand *rand.Rand
	// docs, tables and columns are ids of what does not exist; columns by table.
	docs, tables map[string]bool
	columns      map[string][]string
	// pages are those that are nothing but a table that does not exist.
	pages map[string]bool
	// folders are those in which something is seen.
	folders map[string]bool
	// rules are the keys of the grant.
	rules string
	// partial are pages on which something hidden stands.
	partial map[string]bool
}

var someNames = []string{"Plan", "Budget", "People", "Tasks", "Ideas", "Goals"}

func (d *difference) pick(list ...string) string { return list[d.rand.IntN(len(list))] }

func (d *difference) chance(percent int) bool { return d.rand.IntN(100) < percent }

// name is one that others may bear too, or tells that it is secret.
func (d *difference) name(gone bool, n int) string {
	if gone && d.chance(60) {
		return fmt.Sprintf("%s %d", secret, n)
	}
	return d.pick(someNames...)
}

// workspace makes one. The same seed gives the same.
func newDifference(seed uint64) (*difference, *codatest.Workspace) {
	d := &difference{rand: rand.New(rand.NewPCG(seed, 7)), docs: map[string]bool{}, tables: map[string]bool{},
		columns: map[string][]string{}, pages: map[string]bool{}, folders: map[string]bool{}, partial: map[string]bool{}}
	w := codatest.NewWorkspace("Acme")
	w.ID = "ws-acme"
	var placed []string
	for i := range 3 {
		w.Folders = append(w.Folders, codatest.Folder{ID: fmt.Sprintf("fl-Folder%02d", i)})
		if d.chance(30) {
			placed = append(placed, w.Folders[i].ID)
		}
	}
	var named, hide []string
	for i := range 3 + d.rand.IntN(3) {
		id, folder := fmt.Sprintf("dDoc%06d", i), w.Folders[d.rand.IntN(3)].ID
		gone := !slices.Contains(placed, folder)
		if gone && (i == 0 || d.chance(40)) {
			gone, named = false, append(named, id)
		}
		d.docs[id] = gone
		if !gone {
			d.folders[folder] = true
		}
		hide = append(hide, d.doc(w, id, folder, gone, i)...)
	}
	for i := range w.Folders {
		f := &w.Folders[i]
		f.Name = d.name(!d.folders[f.ID] && !slices.Contains(placed, f.ID), i) + fmt.Sprint(" folder ", i)
		d.folders[f.ID] = d.folders[f.ID] || slices.Contains(placed, f.ID)
	}
	for _, f := range placed {
		named = append(named, "folder:"+f)
	}
	d.rules = fmt.Sprintf("docs: [%s]", strings.Join(quoted(named), ", "))
	if len(hide) > 0 {
		d.rules += ", hide: [" + strings.Join(hide, ", ") + "]"
	}
	return d, w
}

func quoted(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return out
}

// doc adds a document, and returns what rules hide of it.
func (d *difference) doc(w *codatest.Workspace, id, folder string, gone bool, n int) (hide []string) {
	doc := w.AddDoc(codatest.Doc{ID: id, Name: d.name(gone, n), Folder: folder})
	mark := ""
	if gone {
		mark = secret + " "
	}
	for p := range 1 + d.rand.IntN(3) {
		page := codatest.Page{ID: fmt.Sprintf("canvas-Page%d%d", n, p), Name: d.name(gone, p),
			Content: "## " + mark + "Heading\n\nSome " + mark + "words.\n"}
		doc.AddPage(page)
	}
	tables := 1 + d.rand.IntN(3)
	for t := range tables {
		table := fmt.Sprintf("grid-Table%d%d", n, t)
		hidden := !gone && d.chance(25)
		d.tables[table] = hidden
		if hidden {
			hide = append(hide, d.hideTable(id, table))
		}
	}
	for t := range tables {
		hide = append(hide, d.table(doc, n, t, tables, gone)...)
	}
	d.relate(doc)
	doc.Formulas = []codatest.Formula{{ID: fmt.Sprintf("f-Formula%d", n), Name: mark + "Total", Page: doc.Pages[0].ID,
		Value: mark + "42"}}
	doc.Controls = []codatest.Control{{ID: fmt.Sprintf("ctrl-Control%d", n), Name: mark + "Slider", Page: doc.Pages[0].ID,
		Type: "slider", Value: 5}}
	return hide
}

// hideTable is an entry that hides a table, in one of the ways to name it.
func (d *difference) hideTable(doc, table string) string {
	if d.chance(50) {
		return fmt.Sprintf("{table: %q}", "https://coda.io/d/_d"+doc+"#_t"+strings.TrimPrefix(table, "grid-"))
	}
	return fmt.Sprintf("{table: %s}", table)
}

func (d *difference) table(doc *codatest.Doc, n, t, tables int, gone bool) (hide []string) {
	id := fmt.Sprintf("grid-Table%d%d", n, t)
	mark := ""
	if gone || d.tables[id] {
		mark = secret + " "
	}
	// A page that is only a hidden table has no room for another.
	pages := slices.DeleteFunc(slices.Clone(doc.Pages), func(p codatest.Page) bool { return d.pages[p.ID] })
	page := pages[d.rand.IntN(len(pages))].ID
	if d.tables[id] && d.chance(30) {
		page = fmt.Sprintf("canvas-Only%d%d", n, t)
		doc.AddPage(codatest.Page{ID: page, Name: d.name(true, t), Type: "table"})
		d.pages[page] = true
	}
	table := doc.AddTable(codatest.Table{ID: id, Name: d.name(mark != "", t), Page: page})
	table.Columns = d.someColumns(n, t, tables, mark)
	var hidden []string
	for i, c := range table.Columns {
		target := c.Table
		switch {
		case target != "" && d.tables[target]:
			d.columns[id] = append(d.columns[id], c.ID)
		case mark == "" && i != 1 && d.chance(20) && len(table.Columns)-len(d.columns[id]) > 2:
			d.columns[id] = append(d.columns[id], c.ID)
			hidden = append(hidden, d.pick(c.ID, c.Name))
		}
	}
	if len(hidden) > 0 {
		hide = append(hide, fmt.Sprintf("{table: %s, columns: [%s]}", id, strings.Join(quoted(hidden), ", ")))
	}
	if d.tables[id] || len(d.columns[id]) > 0 {
		d.partial[page] = true
	}
	for r := range d.rand.IntN(5) {
		row := codatest.Row{ID: fmt.Sprintf("i-Row%d%d%d", n, t, r), Values: map[string]any{}}
		for _, c := range table.Columns {
			if v := d.value(c, r, mark, slices.Contains(d.columns[id], c.ID)); v != nil {
				row.Values[c.Name] = v
			}
		}
		table.Rows = append(table.Rows, row)
	}
	for v := range d.rand.IntN(3) {
		view := codatest.View{ID: fmt.Sprintf("table-View%d%d%d", n, t, v), Name: d.name(mark != "", v), Page: page}
		if d.chance(50) {
			view.Filter = &codatest.Filter{Column: table.Columns[1].ID, Is: []string{"red"}, Not: d.chance(50)}
		}
		table.Views = append(table.Views, view)
	}
	return hide
}

// relate gives relations rows to hold. Rows that a hidden column names have another name in the world without it, and
// none for the person; so relations to such hold nothing, and a page that shows them is not exported all the same.
func (d *difference) relate(doc *codatest.Doc) {
	for i := range doc.Tables {
		table := &doc.Tables[i]
		for _, c := range table.Columns {
			if c.Type != "lookup" {
				continue
			}
			target := doc.Table(c.Table)
			if slices.Contains(d.columns[target.ID], target.Columns[0].ID) && !d.tables[target.ID] {
				d.partial[table.Page] = true
				continue
			}
			for r := range table.Rows {
				if len(target.Rows) > 0 {
					table.Rows[r].Values[c.Name] = target.Rows[d.rand.IntN(len(target.Rows))].ID
				}
			}
		}
	}
}

// someColumns are a few of different types; the second one is never hidden.
func (d *difference) someColumns(n, t, tables int, mark string) []codatest.Column {
	id := func(i int) string { return fmt.Sprintf("c-Col%d%d%d", n, t, i) }
	columns := []codatest.Column{{ID: id(0), Name: "Name", Display: true},
		{ID: id(1), Name: "Colour", Type: "select", Options: []string{"red", "green"}}}
	for i := 2; i < 3+d.rand.IntN(4); i++ {
		c := codatest.Column{ID: id(i), Name: fmt.Sprintf("%sColumn %d", mark, i)}
		switch c.Type = d.pick("text", "number", "checkbox", "person", "lookup", "formula", "button"); c.Type {
		case "lookup":
			c.Table = fmt.Sprintf("grid-Table%d%d", n, d.rand.IntN(tables))
			c.Array = d.chance(50)
		case "formula":
			c.Type, c.Formula = "number", "thisRow.Colour.Length() + 1"
		case "button":
			c.Label, c.Action = `"Go"`, "thisRow.ModifyRows()"
			c.Effects = []codatest.Effect{{Set: map[string]any{"Colour": "green"}}}
		}
		columns = append(columns, c)
	}
	return columns
}

func (d *difference) value(c codatest.Column, row int, mark string, hidden bool) any {
	if hidden {
		mark = secret + " "
	}
	switch c.Type {
	case "", "text":
		return mark + d.pick(someNames...) + fmt.Sprint(" ", row)
	case "select":
		return d.pick("red", "green")
	case "number":
		return d.rand.IntN(9)
	case "checkbox":
		return d.chance(50)
	case "person":
		return "ada@example.com"
	case "lookup":
		return nil
	}
	return nil
}

// without takes out of a workspace what does not exist.
func (d *difference) without(w *codatest.Workspace) {
	w.Docs = slices.DeleteFunc(w.Docs, func(doc codatest.Doc) bool { return d.docs[doc.ID] })
	w.Folders = slices.DeleteFunc(w.Folders, func(f codatest.Folder) bool { return !d.folders[f.ID] })
	for i := range w.Docs {
		doc := &w.Docs[i]
		doc.Pages = slices.DeleteFunc(doc.Pages, func(p codatest.Page) bool { return d.pages[p.ID] })
		doc.Tables = slices.DeleteFunc(doc.Tables, func(t codatest.Table) bool { return d.tables[t.ID] })
		for j := range doc.Tables {
			t := &doc.Tables[j]
			for _, gone := range d.columns[t.ID] {
				name := t.Column(gone).Name
				t.Columns = slices.DeleteFunc(t.Columns, func(c codatest.Column) bool { return c.ID == gone })
				for r := range t.Rows {
					delete(t.Rows[r].Values, name)
				}
			}
		}
	}
}
