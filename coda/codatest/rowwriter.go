package codatest

import (
	"slices"
	"time"
)

// rowWriter applies a write to the rows of one table. Rows are replaced, never
// changed, because a snapshot may still show them.
type rowWriter struct {
	s       *Server
	d       *docState
	tableID string
	login   string
	off     bool
	manners Manners // of the API; none for fixtures, buttons and people in the browser

	k *content
	t *tableState // a copy that begin put in place; nil if the table is gone
	// others are copies of tables on the other side of two-way relations.
	others []*tableState
	now    time.Time
}

func (w *rowWriter) begin(k *content, now time.Time) {
	w.k, w.now = k, now
	old, i := k.table(w.tableID)
	if i < 0 {
		return
	}
	t := *old
	t.rows = slices.Clone(old.rows)
	t.updatedAt, t.index = now, nil
	w.t = &t
	k.tables = slices.Clone(k.tables)
	k.tables[i] = w.t
}

func (w *rowWriter) assign(r *rowState, cells []cellEdit) {
	p := cellParser{ws: w.s.ws, d: w.d, k: w.k, now: w.now, off: w.off, manners: w.manners}
	for _, e := range cells {
		col := w.t.column(e.Column)
		if col == nil || col.calculated() {
			continue // discarded without a word
		}
		col = w.typeFor(col, e.Value)
		r.cells[col.ID] = p.parse(col, e.Value)
	}
	r.updatedAt, r.updatedBy = w.now, w.login
}

func (w *rowWriter) upsert(id string, cells []cellEdit, keys []*columnState) {
	if w.t == nil {
		return
	}
	probe := &rowState{cells: map[string]any{}}
	w.assign(probe, cells)
	matched := false
	for i, r := range w.t.rows {
		if len(keys) == 0 {
			break
		}
		if slices.ContainsFunc(keys, func(c *columnState) bool { return !sameCell(r.cells[c.ID], probe.cells[c.ID]) }) {
			continue
		}
		matched = true
		w.rewrite(i, cells)
	}
	if matched {
		return
	}
	w.t.numbered++
	r := &rowState{id: id, number: w.t.numbered, createdAt: w.now, createdBy: w.login, cells: map[string]any{}}
	w.assign(r, cells)
	w.t.rows, w.t.index = append(w.t.rows, r), nil
	w.relate(id, nil, r.cells)
}

// rewrite assigns the cells to a copy of the row.
func (w *rowWriter) rewrite(i int, cells []cellEdit) {
	old := w.t.rows[i]
	w.d.meet(old.cells)
	n := old.clone()
	w.assign(n, cells)
	w.t.rows[i] = n
	w.relate(n.id, old.cells, n.cells)
}

func (w *rowWriter) update(id string, cells []cellEdit) {
	if w.t == nil {
		return
	}
	if i := w.t.rowIndex(id); i >= 0 {
		w.rewrite(i, cells)
	}
}

func (w *rowWriter) delete(ids []string) {
	if w.t == nil {
		return
	}
	gone := make(map[string]bool, len(ids))
	for _, id := range ids {
		gone[id] = true
		if r := w.t.row(id); r != nil {
			w.d.meet(r.cells)
		}
	}
	w.t.index = nil
	w.t.rows = slices.DeleteFunc(w.t.rows, func(r *rowState) bool { return gone[r.id] })
}
