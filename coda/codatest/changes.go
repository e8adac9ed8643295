package codatest

import (
	"reflect"
	"time"
)

// Change is what one write truly did, told to [Options.OnChange] when it was
// applied: what tests hold against what a client claims.
type Change struct {
	At  time.Time
	Doc string
	// Request is the Seq of the request that asked for it; 0 is somebody in the
	// browser. Operation is its operationId, RequestID the id of its status.
	Request              int
	Operation, RequestID string
	Account              string // loginId; "" is somebody in the browser

	Rows   []RowChange
	Pages  []PageChange
	Tables []TableChange
}

// The kinds of changes.
const (
	Added   = "added"
	Changed = "changed"
	Deleted = "deleted"
)

// RowChange is what became of a row. Of an added row After holds the cells that
// are not empty, of a deleted one Before; of a changed one both hold those that
// differ. They are by column id, as valueFormat=rich shows them. A changed row
// without cells was written with the values that it had.
type RowChange struct {
	Table, Row, Kind string
	Before, After    map[string]any
}

// PageChange is what became of a page: how it was and how it is.
type PageChange struct {
	Page, Kind    string
	Before, After PageView
}

// TableChange is a table or view that came or went, or was renamed.
type TableChange struct{ Table, Kind, Before, After string }

// tell reports what apply makes of the doc's content. It is called under the lock.
func (s *Server) tell(c Change, d *docState, apply func()) {
	if s.opts.OnChange == nil {
		apply()
		return
	}
	before := d.live.clone()
	apply()
	c.Doc = d.id
	s.compareTables(&c, d, before)
	comparePages(&c, before, d.live)
	s.opts.OnChange(c)
}

func (s *Server) compareTables(c *Change, d *docState, before *content) {
	old := map[string]*tableState{}
	for _, t := range before.tables {
		old[t.id] = t
	}
	for _, t := range d.live.tables {
		was := old[t.id]
		delete(old, t.id)
		switch {
		case was == t:
			continue
		case was == nil:
			c.Tables = append(c.Tables, TableChange{t.id, Added, "", t.name})
			was = &tableState{}
		case was.name != t.name:
			c.Tables = append(c.Tables, TableChange{t.id, Changed, was.name, t.name})
		}
		s.compareRows(c, d, before, was, t)
	}
	for _, t := range before.tables {
		if old[t.id] != nil {
			c.Tables = append(c.Tables, TableChange{t.id, Deleted, t.name, ""})
			s.compareRows(c, d, before, t, &tableState{id: t.id})
		}
	}
}

func (s *Server) compareRows(c *Change, d *docState, before *content, was, is *tableState) {
	v, w := before.viewer(d, s, formatRich), d.live.viewer(d, s, formatRich)
	for _, r := range is.rows {
		o := was.row(r.id)
		if o == r {
			continue
		}
		change := RowChange{Table: is.id, Row: r.id, Kind: Changed, Before: map[string]any{}, After: storedCells(w, is, r)}
		if o == nil {
			change.Kind = Added
		} else {
			change.Before = storedCells(v, was, o)
			for id, x := range change.After {
				if y, ok := change.Before[id]; ok && reflect.DeepEqual(x, y) {
					delete(change.Before, id)
					delete(change.After, id)
				}
			}
		}
		c.Rows = append(c.Rows, change)
	}
	for _, o := range was.rows {
		if is.row(o.id) == nil {
			c.Rows = append(c.Rows, RowChange{Table: is.id, Row: o.id, Kind: Deleted, Before: storedCells(v, was, o),
				After: map[string]any{}})
		}
	}
}

// storedCells is the cells of a row that hold something and are stored, by column id.
func storedCells(v *viewer, t *tableState, r *rowState) map[string]any {
	out := map[string]any{}
	for _, col := range t.columns {
		if stored := r.cells[col.ID]; stored != nil {
			out[col.ID] = v.value(col, stored)
		}
	}
	return out
}

func comparePages(c *Change, before, after *content) {
	for _, p := range after.pages {
		was, i := before.pageByID(p.id)
		switch {
		case i < 0:
			c.Pages = append(c.Pages, PageChange{Page: p.id, Kind: Added, After: p.view()})
		case was != p:
			c.Pages = append(c.Pages, PageChange{Page: p.id, Kind: Changed, Before: was.view(), After: p.view()})
		}
	}
	for _, p := range before.pages {
		if _, i := after.pageByID(p.id); i < 0 {
			c.Pages = append(c.Pages, PageChange{Page: p.id, Kind: Deleted, Before: p.view()})
		}
	}
}
