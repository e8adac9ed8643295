package codatest

import "time"

// pushButton pushes a button of a row. What the button does is its own
// business: it may change any table of the doc, whatever the token is
// restricted to.
func pushButton(c *call) (any, error) {
	k := c.doc.live
	t, err := c.tableIn(k)
	if err != nil {
		return nil, err
	}
	base := k.baseOf(t)
	r, err := c.theRow(k, t)
	if err != nil {
		return nil, err
	}
	key := c.path("columnIdOrName")
	col := base.column(key)
	if col == nil {
		return nil, notFound("Could not find a column with ID or name %q.", key)
	}
	if col.Type != "button" {
		return nil, badRequest("Column %q is not a button.", col.Name)
	}
	d, login, s := c.doc, c.account.LoginID, c.s
	requestID := c.enqueue("", func(k *content, now time.Time) {
		base, i := k.table(base.id)
		if i < 0 {
			return
		}
		row := base.row(r.id)
		if row == nil {
			return
		}
		v := k.viewer(d, nil, formatSimple)
		lookup := func(name string) (string, bool) {
			cell := base.column(name)
			if cell == nil {
				return "", false
			}
			return joinSimple(v.cell(base, cell, row)), true
		}
		s.carryOut(d, k, now, login, col.Effects, base.id, r.id, lookup)
	})
	return obj{"requestId": requestID, "rowId": r.id, "columnId": col.ID}, nil
}
