package codatest

import (
	"slices"
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

// ownRows refuses to add and delete rows that come from elsewhere.
func (c *call) ownRows(t *tableState) error {
	if c.doc.live.baseOf(t).synced {
		return badRequest("Rows cannot be added to or deleted from table %q, which is synced.", t.name)
	}
	return nil
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
			return badRequest("Row edit of size %d KB exceeds maximum size of %d KB.", (size+1023)/1024, most/1024)
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

// editTarget reads what upserts and updates have in common: the base table and the parameter disableParsing.
func (c *call) editTarget() (t *tableState, disableParsing bool, err error) {
	if disableParsing, err = c.queryBool("disableParsing", false); err == nil {
		t, err = c.tableToEdit(false)
	}
	return t, disableParsing, err
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
	t, disableParsing, err := c.editTarget()
	if err != nil {
		return nil, err
	}
	if err := c.ownRows(t); err != nil {
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
	w := &rowWriter{s: c.s, d: c.doc, tableID: t.id, login: c.account.LoginID, off: disableParsing,
		manners: c.s.behavior.Manners}
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
	t, disableParsing, err := c.editTarget()
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
	w := &rowWriter{s: c.s, d: c.doc, tableID: t.id, login: c.account.LoginID, off: disableParsing,
		manners: c.s.behavior.Manners}
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
	if err := c.ownRows(t); err != nil {
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
	if err := c.ownRows(t); err != nil {
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
