package codatest

import (
	"slices"
	"time"
)

// crossDoc is the table of another doc that a table shows.
type crossDoc struct{ doc, table string }

type tableOf struct {
	d *docState
	t *tableState
}

// crossDoc finds the table that a cross-doc table shows and gives in its columns.
func (b *builder) crossDoc(t *tableState, in *Table) *tableOf {
	if in.From == nil {
		return nil
	}
	docID, docName := func(d *docState) string { return d.id }, func(d *docState) string { return d.name }
	d, i := find(b.ws.docs, in.From.Doc, docID, docName)
	if i < 0 {
		b.complain("from: no doc %q before this one", in.From.Doc)
		return nil
	}
	src, i := d.live.table(in.From.Table)
	if i < 0 || src.base != "" {
		b.complain("from: no table %q in doc %q", in.From.Table, d.name)
		return nil
	}
	if len(in.Rows) > 0 {
		b.complain("from: its rows come from the other doc")
		in.Rows = nil
	}
	t.source = &crossDoc{d.id, src.id}
	var columns []Column
	for _, c := range src.columns {
		if c.Type == "button" {
			continue
		}
		n := Column{Name: c.Name, Type: c.Type, Array: c.Array, Display: c.Display, Hidden: c.Hidden, Options: c.Options,
			Currency: c.Currency, Precision: c.Precision, Minimum: c.Minimum, Maximum: c.Maximum, Step: c.Step, Icon: c.Icon}
		if c.Type == "lookup" {
			n.Type = "text" // the rows it points to are in the other doc
		}
		columns = append(columns, n)
	}
	in.Columns = append(columns, in.Columns...)
	return &tableOf{d, src}
}

// pull brings the rows up to date with those of the source. Rows are told
// apart by the id of the row they show; own columns keep their cells.
func (t *tableState) pull(d *docState, src *tableState, ids *idSource, now time.Time) {
	v := d.live.viewer(d, nil, formatSimple)
	rows := make([]*rowState, 0, len(src.rows))
	for _, from := range src.rows {
		n := &rowState{id: "", source: from.id, createdAt: now, createdBy: d.owner, cells: map[string]any{}}
		if i := slices.IndexFunc(t.rows, func(r *rowState) bool { return r.source == from.id }); i >= 0 {
			n = t.rows[i].clone()
		} else {
			t.numbered++
			n.id, n.number = ids.next("i-"), t.numbered
		}
		for _, c := range t.columns {
			if sc := src.column(c.Name); sc != nil && c.synced {
				n.cells[c.ID] = crossValue(v, src, sc, from)
			}
		}
		n.updatedAt, n.updatedBy = now, d.owner
		rows = append(rows, n)
	}
	t.rows, t.index = rows, nil
}

// crossValue is a cell as the other doc shows it: relations as their text.
func crossValue(v *viewer, t *tableState, c *columnState, r *rowState) any {
	stored := v.stored(t, c, r)
	if c.Type == "lookup" {
		stored = v.value(c, stored)
		if stored == "" {
			return nil
		}
	}
	return stored
}

// Sync brings a cross-doc table up to date, as Coda does every hour and when
// somebody asks for it. It panics where the table is none.
func (t TableView) Sync() {
	var n *tableState
	t.doc.edit(func(_ *docState, k *content, now time.Time) {
		old, i := k.table(t.key)
		if i < 0 || old.source == nil {
			panic("codatest: no cross-doc table " + t.key)
		}
		if n == nil {
			c := *old
			n = &c
			n.rows, n.updatedAt = slices.Clone(old.rows), now
			if d := t.doc.s.ws.doc(old.source.doc); d != nil {
				if src, i := d.live.table(old.source.table); i >= 0 {
					n.pull(d, src, t.doc.s.ids, now)
				}
			}
		}
		k.tables = slices.Clone(k.tables)
		k.tables[i] = n
	})
}
