package codatest

import "fmt"

// NewWorkspace returns an empty workspace with one admin, ada@example.com,
// whom [DemoToken] belongs to. Docs are added with AddDoc.
func NewWorkspace(name string) *Workspace {
	return &Workspace{
		Name:   name,
		Users:  []User{{Name: "Ada Lovelace", LoginID: "ada@example.com", Role: Admin}},
		Tokens: []Token{{Value: DemoToken, Name: "demo", User: "ada@example.com"}},
	}
}

// AddDoc adds a doc and returns it, to be filled further. The pointers that
// these methods return are good until something is added beside them.
func (w *Workspace) AddDoc(d Doc) *Doc {
	w.Docs = append(w.Docs, d)
	return &w.Docs[len(w.Docs)-1]
}

// Doc returns the doc with the id or name and panics if there is none.
func (w *Workspace) Doc(idOrName string) *Doc {
	return must(w.Docs, "doc", idOrName, func(d Doc) (string, string) { return d.ID, d.Name })
}

// AddPage adds a page at the top level.
func (d *Doc) AddPage(p Page) *Page {
	d.Pages = append(d.Pages, p)
	return &d.Pages[len(d.Pages)-1]
}

// AddTable adds a table.
func (d *Doc) AddTable(t Table) *Table {
	d.Tables = append(d.Tables, t)
	return &d.Tables[len(d.Tables)-1]
}

// Table returns the table with the id or name and panics if there is none.
func (d *Doc) Table(idOrName string) *Table {
	return must(d.Tables, "table", idOrName, func(t Table) (string, string) { return t.ID, t.Name })
}

// AddRow adds a row with the values by column name, and returns the table.
func (t *Table) AddRow(values map[string]any) *Table {
	t.Rows = append(t.Rows, Row{Values: values})
	return t
}

// Column returns the column with the id or name and panics if there is none.
func (t *Table) Column(idOrName string) *Column {
	return must(t.Columns, "column", idOrName, func(c Column) (string, string) { return c.ID, c.Name })
}

func must[T any](all []T, kind, key string, names func(T) (id, name string)) *T {
	_, i := find(all, key, func(v T) string { id, _ := names(v); return id },
		func(v T) string { _, name := names(v); return name })
	if i < 0 {
		panic(fmt.Sprintf("codatest: no %s %q", kind, key))
	}
	return &all[i]
}
