package codatest

import (
	"fmt"
	"slices"
	"time"
)

// What follows is for tests in which somebody else changes the doc in the
// browser. It takes effect at once. Readers see it at once, too, or with
// [Manners.LagEdits] in the next snapshot.

// edit changes the content as a person in the browser does.
func (v DocView) edit(change func(d *docState, k *content, now time.Time)) {
	v.with(func(d *docState) {
		now := v.s.opts.Clock()
		v.s.tell(Change{At: now}, d, func() { change(d, d.live, now) })
		d.updatedAt = now
		switch {
		case d.snap == nil:
		case v.s.behavior.LagEdits:
			d.dirty = true
		default:
			change(d, d.snap, now)
		}
	})
}

// meddle changes the base table behind t.
func (t TableView) meddle(change func(d *docState, k *content, base *tableState)) {
	t.doc.edit(func(d *docState, k *content, now time.Time) {
		x, i := k.table(t.key)
		if i < 0 {
			panic("codatest: no table " + t.key)
		}
		base := k.baseOf(x)
		w := &rowWriter{s: t.doc.s, d: d, tableID: base.id}
		w.begin(k, now)
		w.t.columns = slices.Clone(w.t.columns)
		change(d, k, w.t)
	})
}

// RenameColumn renames a column.
func (t TableView) RenameColumn(idOrName, name string) {
	t.meddle(func(_ *docState, _ *content, base *tableState) {
		for i, c := range base.columns {
			if c.ID == idOrName || c.Name == idOrName {
				n := *c
				n.Name = name
				base.columns[i] = &n
				return
			}
		}
		panic("codatest: no column " + idOrName)
	})
}

// AddColumn adds a column, which must have an id.
func (t TableView) AddColumn(c Column) {
	if c.ID == "" {
		panic("codatest: AddColumn needs an ID")
	}
	if c.Type == "" {
		c.Type = "text"
	}
	t.meddle(func(d *docState, k *content, base *tableState) {
		n := &columnState{Column: c}
		if c.Table != "" {
			if target, i := k.table(c.Table); i >= 0 {
				n.target = target.id
			}
		}
		base.columns = append(base.columns, n)
	})
}

// DeleteColumn deletes a column.
func (t TableView) DeleteColumn(idOrName string) {
	t.meddle(func(_ *docState, _ *content, base *tableState) {
		i := slices.Index(base.columns, base.column(idOrName))
		if i < 0 {
			panic("codatest: no column " + idOrName)
		}
		base.columns = slices.Delete(base.columns, i, i+1)
	})
}

// SetCells changes cells of a row, as a person would who types them.
func (t TableView) SetCells(rowID string, values map[string]any) {
	t.meddle(func(d *docState, k *content, base *tableState) {
		w := &rowWriter{s: t.doc.s, d: d, k: k, t: base, login: d.owner, now: t.doc.s.opts.Clock()}
		if base.row(rowID) == nil {
			panic("codatest: no row " + rowID)
		}
		w.update(rowID, editsOf(values))
	})
}

// AddRow adds a row and returns its id.
func (t TableView) AddRow(values map[string]any) (id string) {
	t.meddle(func(d *docState, k *content, base *tableState) {
		if id == "" {
			id = t.doc.s.ids.next("i-")
		}
		w := &rowWriter{s: t.doc.s, d: d, k: k, t: base, login: d.owner, now: t.doc.s.opts.Clock()}
		w.upsert(id, editsOf(values), nil)
	})
	return id
}

// DeleteRows deletes rows; ids of rows that are not there are ignored.
func (t TableView) DeleteRows(ids ...string) {
	t.meddle(func(d *docState, k *content, base *tableState) {
		w := &rowWriter{s: t.doc.s, d: d, k: k, t: base, now: t.doc.s.opts.Clock()}
		w.delete(ids)
	})
}

func editsOf(values map[string]any) []cellEdit {
	var out []cellEdit
	for name, v := range values {
		if !validFixtureValue(v, 2) {
			panic(fmt.Sprintf("codatest: column %q: value of type %T", name, v))
		}
		out = append(out, cellEdit{name, v})
	}
	return out
}

// Touch marks the doc as changed at t, as an edit that no API shows would.
func (v DocView) Touch(at time.Time) {
	v.with(func(d *docState) { d.updatedAt = at })
}

// MoveTo moves the doc into another folder.
func (v DocView) MoveTo(folder string) {
	v.with(func(d *docState) {
		f := v.s.ws.folder(folder)
		if f == nil {
			panic("codatest: no folder " + folder)
		}
		d.folder = f
	})
}
