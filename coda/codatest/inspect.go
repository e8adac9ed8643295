package codatest

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// DocView, PageView and TableView look at what is inside the server: what has
// been applied, not the snapshot that readers are given. They are for
// assertions. Everything they return is a copy.
type DocView struct {
	s  *Server
	id string
}

// Doc returns a view of the doc with the id or, failing that, the name. It
// panics where there is none, as asking for it is a mistake in the test.
func (s *Server) Doc(idOrName string) DocView {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, i := find(s.ws.docs, idOrName, func(d *docState) string { return d.id }, func(d *docState) string { return d.name })
	if i < 0 {
		panic("codatest: no doc " + idOrName)
	}
	return DocView{s, d.id}
}

// DocIDs returns the ids of all docs that are not deleted.
func (s *Server) DocIDs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(s.opts.Clock())
	var out []string
	for _, d := range s.ws.docs {
		if !d.deleted {
			out = append(out, d.id)
		}
	}
	return out
}

// with calls f with the doc as it is now.
func (v DocView) with(f func(d *docState)) {
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	v.s.advance(v.s.opts.Clock())
	for _, d := range v.s.ws.docs {
		if d.id == v.id {
			f(d)
			return
		}
	}
}

// ID returns the id of the doc.
func (v DocView) ID() string { return v.id }

// Name returns the name of the doc.
func (v DocView) Name() (name string) {
	v.with(func(d *docState) { name = d.name })
	return name
}

// Deleted reports whether the doc was deleted.
func (v DocView) Deleted() (deleted bool) {
	v.with(func(d *docState) { deleted = d.deleted })
	return deleted
}

// Published returns how the doc is published, nil if it is not.
func (v DocView) Published() (p *Publishing) {
	v.with(func(d *docState) {
		if d.published != nil {
			n := *d.published
			p = &n
		}
	})
	return p
}

// Permissions returns the permissions, the owner's first.
func (v DocView) Permissions() (out []Permission) {
	v.with(func(d *docState) { out = slices.Clone(d.permissions) })
	return out
}

// Payloads returns what was delivered to an automation.
func (v DocView) Payloads(ruleID string) (out []json.RawMessage) {
	v.with(func(d *docState) {
		for _, a := range d.automations {
			if a.ID == ruleID {
				out = slices.Clone(a.payloads)
			}
		}
	})
	return out
}

// PageView is a page as it is now.
type PageView struct {
	ID, Name, Subtitle, Icon, Image, Type, ParentID string
	Hidden                                          bool
	Elements                                        []Element
}

// Element is one element of a page's canvas. Only those of kind "line" are in
// a content listing.
type Element struct {
	ID, Kind, Style, Text, Ref string
	Level                      int
	Checked                    bool   // of a checkbox item
	Language                   string // of code
}

// Markdown returns the elements' text, one per line, objects as {{kind: ref}}.
func (p PageView) Markdown() string {
	var b strings.Builder
	for _, e := range p.Elements {
		if e.Kind == string(blockLine) {
			b.WriteString(e.Text + "\n")
		} else {
			b.WriteString("{{" + e.Kind + ": " + e.Ref + e.Text + "}}\n")
		}
	}
	return b.String()
}

// Pages returns the pages.
func (v DocView) Pages() (out []PageView) {
	v.with(func(d *docState) {
		for _, p := range d.live.pages {
			out = append(out, p.view())
		}
	})
	return out
}

func (p *pageState) view() PageView {
	n := PageView{ID: p.id, Name: p.name, Subtitle: p.subtitle, Icon: p.icon, Image: p.image, Type: p.kind,
		ParentID: p.parent, Hidden: p.hidden}
	for _, e := range p.blocks {
		n.Elements = append(n.Elements, Element{ID: e.id, Kind: string(e.kind), Style: e.style, Text: e.text, Ref: e.ref,
			Level: e.level, Checked: e.checked, Language: e.lang})
	}
	return n
}

// Page returns the page with the id or name; ok is false if there is none.
func (v DocView) Page(idOrName string) (p PageView, ok bool) {
	p, i := find(v.Pages(), idOrName, func(p PageView) string { return p.ID }, func(p PageView) string { return p.Name })
	return p, i >= 0
}

// Tables returns the names of the tables and views.
func (v DocView) Tables() (names []string) {
	v.with(func(d *docState) {
		for _, t := range d.live.tables {
			names = append(names, t.name)
		}
	})
	return names
}

// Controls and Formulas return the names of what is there.
func (v DocView) Controls() (names []string) {
	v.with(func(d *docState) { names = namesOf(d.live.controls) })
	return names
}

// Formulas returns the names of the named formulas.
func (v DocView) Formulas() (names []string) {
	v.with(func(d *docState) { names = namesOf(d.live.formulas) })
	return names
}

func namesOf(all []*namedState) (names []string) {
	for _, n := range all {
		names = append(names, n.name)
	}
	return names
}

// TableView is a table or view of a doc.
type TableView struct {
	doc DocView
	key string
}

// Table returns a view of the table with the id or name. Its methods return
// nothing while there is no such table.
func (v DocView) Table(idOrName string) TableView { return TableView{v, idOrName} }

// RowView is a row as it is now.
type RowView struct {
	ID                   string
	Name                 string              // text of the display column
	Values               map[string]any      // by column name, as valueFormat=simpleWithArrays
	Links                map[string][]string // by column name: the ids of the rows a relation points to
	CreatedAt, UpdatedAt time.Time
}

// ID returns the id of the table, "" if there is none.
func (t TableView) ID() (id string) {
	t.doc.with(func(d *docState) {
		if x, i := d.live.table(t.key); i >= 0 {
			id = x.id
		}
	})
	return id
}

// Columns returns the names of the columns.
func (t TableView) Columns() (names []string) {
	t.doc.with(func(d *docState) {
		if x, i := d.live.table(t.key); i >= 0 {
			for _, c := range d.live.columnsOf(x, false) {
				names = append(names, c.Name)
			}
		}
	})
	return names
}

// Rows returns the rows in the order of creation.
func (t TableView) Rows() (out []RowView) {
	t.doc.with(func(d *docState) {
		k := d.live
		x, i := k.table(t.key)
		if i < 0 {
			return
		}
		base := k.baseOf(x)
		v := k.viewer(d, t.doc.s, formatArrays)
		for _, r := range k.rowsOf(d, x, false) {
			row := RowView{ID: r.id, Name: k.rowName(d, base, r), Values: map[string]any{}, CreatedAt: r.createdAt,
				UpdatedAt: r.updatedAt}
			for _, c := range base.columns {
				row.Values[c.Name] = v.cell(base, c, r)
				if ids := targets(r.cells[c.ID]); ids != nil {
					if row.Links == nil {
						row.Links = map[string][]string{}
					}
					row.Links[c.Name] = ids
				}
			}
			out = append(out, row)
		}
	})
	return out
}

func targets(v any) (ids []string) {
	switch v := v.(type) {
	case relation:
		return []string{v.row}
	case []any:
		for _, e := range v {
			ids = append(ids, targets(e)...)
		}
	}
	return ids
}

// Row returns the row with the id or name; ok is false if there is none.
func (t TableView) Row(idOrName string) (r RowView, ok bool) {
	r, i := find(t.Rows(), idOrName, func(r RowView) string { return r.ID }, func(r RowView) string { return r.Name })
	return r, i >= 0
}
