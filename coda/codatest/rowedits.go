package codatest

import (
	"math"
	"slices"
	"strings"
	"time"
)

type cellEdit struct {
	Column string `json:"column"`
	Value  any    `json:"value"`
}

type rowEdit struct {
	Cells []cellEdit `json:"cells"`
}

// tableToEdit finds the table that is to be written. What is applied decides,
// not the snapshot that readers see.
func (c *call) tableToEdit(views bool) (*tableState, error) {
	t, err := c.tableIn(c.doc.live)
	if err != nil {
		return nil, err
	}
	if t.base != "" && !views {
		return nil, badRequest("Rows of a view cannot be edited: table %q is a view. Use its base table instead.", t.name)
	}
	return t, nil
}

// checkEdits refuses what the real service refuses: unknown columns, values
// that are neither scalars nor arrays, rows that are too large. It is all or
// nothing, and the answer does not say which row it was.
func (c *call) checkEdits(t *tableState, rows []rowEdit) error {
	for _, r := range rows {
		size := 0
		for _, e := range r.Cells {
			if e.Column == "" {
				return invalidBody("cells.column: Required")
			}
			if t.column(e.Column) == nil {
				return badRequest("Could not find a column with ID or name %q in table %q.", e.Column, t.name)
			}
			if !validValue(e.Value, 2) {
				return invalidBody("cells.value: must be a string, a number, a boolean or an array of them")
			}
			size += editSize(e.Value)
		}
		if most := c.s.behavior.MaxRowBytes; most > 0 && size > most {
			return badRequest("Row edit of size %d KB exceeds maximum size of %d KB.", int(math.Round(float64(size)/1024)), most/1024)
		}
	}
	return nil
}

// validValue allows arrays in arrays, once.
func validValue(v any, depth int) bool {
	switch v := v.(type) {
	case nil, string, float64, bool:
		return true
	case []any:
		return depth > 0 && !slices.ContainsFunc(v, func(e any) bool { return !validValue(e, depth-1) })
	}
	return false
}

func upsertRows(c *call) (any, error) {
	var b struct {
		Rows       []rowEdit `json:"rows"`
		KeyColumns []string  `json:"keyColumns"`
	}
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	if b.Rows == nil {
		return nil, invalidBody("rows: Required")
	}
	disableParsing, err := c.queryBool("disableParsing", false)
	if err != nil {
		return nil, err
	}
	t, err := c.tableToEdit(false)
	if err != nil {
		return nil, err
	}
	if err := c.checkEdits(t, b.Rows); err != nil {
		return nil, err
	}
	var keys []*columnState
	for _, name := range b.KeyColumns {
		col := t.column(name)
		if col == nil {
			return nil, badRequest("Could not find a column with ID or name %q in table %q.", name, t.name)
		}
		keys = append(keys, col)
	}
	ids := make([]string, len(b.Rows))
	for i := range ids {
		ids[i] = c.s.ids.next("i-")
	}
	w := &rowWriter{s: c.s, d: c.doc, tableID: t.id, login: c.account.LoginID, off: disableParsing}
	requestID := c.enqueue("", func(k *content, now time.Time) {
		w.begin(k, now)
		for i, r := range b.Rows {
			w.upsert(ids[i], r.Cells, keys)
		}
	})
	out := obj{"requestId": requestID}
	if len(keys) == 0 {
		out["addedRowIds"] = ids
	}
	return out, nil
}

func updateRow(c *call) (any, error) {
	var b struct {
		Row *rowEdit `json:"row"`
	}
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	if b.Row == nil {
		return nil, invalidBody("row: Required")
	}
	disableParsing, err := c.queryBool("disableParsing", false)
	if err != nil {
		return nil, err
	}
	t, err := c.tableToEdit(false)
	if err != nil {
		return nil, err
	}
	r, err := c.theRow(c.doc.live, t)
	if err != nil {
		return nil, err
	}
	if err := c.checkEdits(t, []rowEdit{*b.Row}); err != nil {
		return nil, err
	}
	w := &rowWriter{s: c.s, d: c.doc, tableID: t.id, login: c.account.LoginID, off: disableParsing}
	requestID := c.enqueue("", func(k *content, now time.Time) {
		w.begin(k, now)
		w.update(r.id, b.Row.Cells)
	})
	return obj{"id": r.id, "requestId": requestID}, nil
}

func deleteRows(c *call) (any, error) {
	var b struct {
		RowIDs []string `json:"rowIds"`
	}
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	if b.RowIDs == nil {
		return nil, invalidBody("rowIds: Required")
	}
	t, err := c.tableToEdit(true)
	if err != nil {
		return nil, err
	}
	requestID := c.queueDelete(t, b.RowIDs)
	return obj{"rowIds": b.RowIDs, "requestId": requestID}, nil
}

func deleteRow(c *call) (any, error) {
	t, err := c.tableToEdit(true)
	if err != nil {
		return nil, err
	}
	r, err := c.theRow(c.doc.live, t)
	if err != nil {
		return nil, err
	}
	requestID := c.queueDelete(t, []string{r.id})
	return obj{"id": r.id, "requestId": requestID}, nil
}

// queueDelete takes a delete; ids of rows that are not there are ignored.
func (c *call) queueDelete(t *tableState, ids []string) string {
	w := &rowWriter{s: c.s, d: c.doc, tableID: c.doc.live.baseOf(t).id, login: c.account.LoginID}
	return c.enqueue("", func(k *content, now time.Time) {
		w.begin(k, now)
		w.delete(ids)
	})
}

// rowWriter applies a write to the rows of one table. Rows are replaced, never
// changed, because a snapshot may still show them.
type rowWriter struct {
	s       *Server
	d       *docState
	tableID string
	login   string
	off     bool

	k   *content
	t   *tableState // a copy that begin put in place; nil if the table is gone
	now time.Time
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
	p := cellParser{ws: w.s.ws, d: w.d, k: w.k, now: w.now, off: w.off}
	for _, e := range cells {
		col := w.t.column(e.Column)
		if col == nil || col.calculated() {
			continue // discarded without a word
		}
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
		n := r.clone()
		w.assign(n, cells)
		w.t.rows[i] = n
	}
	if matched {
		return
	}
	r := &rowState{id: id, createdAt: w.now, createdBy: w.login, cells: map[string]any{}}
	w.assign(r, cells)
	w.t.rows, w.t.index = append(w.t.rows, r), nil
}

func (w *rowWriter) update(id string, cells []cellEdit) {
	if w.t == nil {
		return
	}
	if i := w.t.rowIndex(id); i >= 0 {
		n := w.t.rows[i].clone()
		w.assign(n, cells)
		w.t.rows[i] = n
	}
}

func (w *rowWriter) delete(ids []string) {
	if w.t == nil {
		return
	}
	gone := make(map[string]bool, len(ids))
	for _, id := range ids {
		gone[id] = true
	}
	w.t.index = nil
	w.t.rows = slices.DeleteFunc(w.t.rows, func(r *rowState) bool { return gone[r.id] })
}

// fill replaces {{name}} in the strings of an effect's values.
func fill(v any, lookup func(name string) (string, bool)) any {
	switch v := v.(type) {
	case string:
		var b strings.Builder
		for rest := v; ; {
			before, after, ok := strings.Cut(rest, "{{")
			b.WriteString(before)
			if !ok {
				return b.String()
			}
			name, tail, closed := strings.Cut(after, "}}")
			if !closed {
				b.WriteString("{{" + after)
				return b.String()
			}
			if s, known := lookup(strings.TrimSpace(name)); known {
				b.WriteString(s)
			} else {
				b.WriteString("{{" + name + "}}")
			}
			rest = tail
		}
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = fill(e, lookup)
		}
		return out
	}
	return v
}

// carryOut applies the effects of a button or an automation. rowTable and
// rowID are empty for an automation.
func (s *Server) carryOut(d *docState, k *content, now time.Time, login string, effects []Effect, rowTable, rowID string, lookup func(string) (string, bool)) {
	edits := func(m map[string]any) []cellEdit {
		var out []cellEdit
		for name, v := range m {
			out = append(out, cellEdit{name, fill(v, lookup)})
		}
		return out
	}
	for _, e := range effects {
		if len(e.Add) > 0 {
			if t, i := k.table(e.Table); i >= 0 {
				w := &rowWriter{s: s, d: d, tableID: t.id, login: login}
				w.begin(k, now)
				w.upsert(s.ids.next("i-"), edits(e.Add), nil)
			}
		}
		if rowTable == "" {
			continue
		}
		w := &rowWriter{s: s, d: d, tableID: rowTable, login: login}
		if len(e.Set) > 0 {
			w.begin(k, now)
			w.update(rowID, edits(e.Set))
		}
		if e.DeleteRow {
			w.begin(k, now)
			w.delete([]string{rowID})
		}
	}
}
