package codatest

import (
	"slices"
	"time"
)

// Two-way relations: a relation and the one that shows the other direction
// are one thing that is stored twice. Whoever writes either writes both.

// relate writes the other side of what changed in the row's two-way relations.
func (w *rowWriter) relate(rowID string, before, after map[string]any) {
	for _, col := range w.t.columns {
		if col.back == "" {
			continue
		}
		was, is := targets(before[col.ID]), targets(after[col.ID])
		for _, id := range was {
			if !slices.Contains(is, id) {
				w.unlink(w.other(col), col.back, id, rowID)
			}
		}
		for _, id := range is {
			if !slices.Contains(was, id) {
				w.link(col, id, rowID)
			}
		}
	}
}

// link adds the row to the other side's cell. Where that holds one row only,
// the row it held before loses its side.
func (w *rowWriter) link(col *columnState, id, rowID string) {
	t := w.other(col)
	back := t.column(col.back)
	i := t.rowIndex(id)
	if back == nil || i < 0 {
		return
	}
	held := targets(t.rows[i].cells[back.ID])
	if slices.Contains(held, rowID) {
		return
	}
	if !back.Array {
		for _, loser := range held {
			w.unlink(w.t, col.ID, loser, id)
		}
		held = nil
	}
	setTargets(t, i, back, append(held, rowID), w.now)
}

// unlink takes rowID out of the cell of row id.
func (w *rowWriter) unlink(t *tableState, column, id, rowID string) {
	col := t.column(column)
	i := t.rowIndex(id)
	if col == nil || i < 0 {
		return
	}
	held := targets(t.rows[i].cells[col.ID])
	if slices.Contains(held, rowID) {
		setTargets(t, i, col, slices.DeleteFunc(held, func(x string) bool { return x == rowID }), w.now)
	}
}

func setTargets(t *tableState, i int, col *columnState, ids []string, now time.Time) {
	n := t.rows[i].clone()
	n.updatedAt = now
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = relation{col.target, id}
	}
	switch {
	case len(list) == 0:
		delete(n.cells, col.ID)
	case col.Array:
		n.cells[col.ID] = list
	default:
		n.cells[col.ID] = list[0]
	}
	t.rows[i] = n
}

// other is a copy of the relation's target table that may be written.
func (w *rowWriter) other(col *columnState) *tableState {
	t, _ := w.k.table(col.target)
	base := w.k.baseOf(t)
	if base == w.t || slices.Contains(w.others, base) {
		return base
	}
	n := *base
	n.rows = slices.Clone(base.rows)
	n.index = nil
	i := slices.Index(w.k.tables, base)
	w.k.tables[i] = &n
	w.others = append(w.others, &n)
	return &n
}

// twoWay pairs the columns that a fixture declares to be one relation, and
// fills the sides that it left out.
func (b *builder) twoWay(d *docState, t *tableState) {
	for _, col := range t.columns {
		if col.Back == "" {
			continue
		}
		target, i := d.live.table(col.target)
		if i < 0 {
			continue // complained about already, or no relation
		}
		back := d.live.baseOf(target).column(col.Back)
		if back == nil || back.Type != "lookup" || back.target != t.id {
			b.complain("column %q: %q of table %q is no relation to table %q", col.Name, col.Back, target.name, t.name)
			continue
		}
		col.back, back.back = back.ID, col.ID
	}
}

// fillTwoWay writes the other sides of the fixture's relations.
func (b *builder) fillTwoWay(d *docState) {
	s := &Server{ws: b.ws, ids: b.ids}
	for i := range d.live.tables {
		t := d.live.tables[i] // an earlier one may have replaced it
		if t.base != "" || !slices.ContainsFunc(t.columns, func(c *columnState) bool { return c.back != "" }) {
			continue
		}
		w := &rowWriter{s: s, d: d, k: d.live, t: t, tableID: t.id, now: b.now}
		for _, r := range slices.Clone(t.rows) {
			w.relate(r.id, nil, r.cells)
		}
	}
}
