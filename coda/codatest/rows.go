package codatest

import (
	"net/http"
	"slices"
)

func (c *call) renderRow(k *content, t *tableState, r *rowState, rv *rowView) obj {
	base := k.baseOf(t)
	values := obj{}
	for _, col := range rv.columns {
		key := col.ID
		if rv.byName {
			key = col.Name // duplicate names collapse
		}
		values[key] = rv.viewer.cell(base, col, r)
	}
	return obj{
		"id": r.id, "type": "row", "href": c.href("docs", c.doc.id, "tables", t.id, "rows", r.id),
		"name": k.rowName(c.doc, base, r), "index": base.rowIndex(r.id), "browserLink": c.s.rowLink(c.doc, t, r.id),
		"createdAt": stamp(r.createdAt), "updatedAt": stamp(r.updatedAt), "values": values,
	}
}

// rowView is how rows are shown.
type rowView struct {
	columns []*columnState
	byName  bool
	viewer  *viewer
}

func (c *call) rowView(k *content, t *tableState, visible bool) (*rowView, error) {
	format, err := c.queryEnum("valueFormat", formatSimple, formatSimple, formatArrays, formatRich)
	if err != nil {
		return nil, err
	}
	byName, err := c.queryBool("useColumnNames", false)
	if err != nil {
		return nil, err
	}
	return &rowView{k.columnsOf(t, visible), byName, k.viewer(c.doc, c.s, format)}, nil
}

func listRows(c *call) (any, error) {
	w, err := c.window(25, c.s.behavior.MaxRowsLimit)
	if err != nil {
		return nil, err
	}
	t, err := c.theTable()
	if err != nil {
		return nil, err
	}
	sortBy, err := c.queryEnum("sortBy", "createdAt", "createdAt", "natural", "updatedAt")
	if err != nil {
		return nil, err
	}
	visible, err := c.queryBool("visibleOnly", sortBy == "natural")
	if err != nil {
		return nil, err
	}
	if sortBy == "natural" && !visible {
		return nil, badRequest("Natural sort order cannot be used with visibleOnly=false.")
	}
	k := c.doc.read()
	view, err := c.rowView(k, t, visible)
	if err != nil {
		return nil, err
	}
	rows := k.rowsOf(c.doc, t, visible)
	if q := c.query("query"); q != "" {
		if rows, err = c.filterRows(k, t, rows, q); err != nil {
			return nil, err
		}
	}
	switch sortBy {
	case "natural":
		rows = k.inNaturalOrder(c.doc, t, rows)
	case "updatedAt":
		rows = slices.Clone(rows)
		slices.SortStableFunc(rows, func(a, b *rowState) int { return a.updatedAt.Compare(b.updatedAt) })
	}
	if most := c.s.behavior.TimeoutRows; most > 0 && min(w.limit, len(rows)-w.offset) > most {
		return nil, fail(http.StatusGatewayTimeout, "Gateway Timeout")
	}
	return page(c, w, rows, func(r *rowState) any { return c.renderRow(k, t, r, view) }), nil
}

// theRow finds the row that the path names, by id or by the text of its
// display column; of several of one name it takes the first.
func (c *call) theRow(k *content, t *tableState) (*rowState, error) {
	key := c.path("rowIdOrName")
	base := k.baseOf(t)
	if r := base.row(key); r != nil {
		return r, nil
	}
	for _, r := range base.rows {
		if k.rowName(c.doc, base, r) == key {
			return r, nil
		}
	}
	return nil, notFound("Could not find a row with ID or name %q.", key)
}

func getRow(c *call) (any, error) {
	t, err := c.theTable()
	if err != nil {
		return nil, err
	}
	k := c.doc.read()
	view, err := c.rowView(k, t, false)
	if err != nil {
		return nil, err
	}
	r, err := c.theRow(k, t)
	if err != nil {
		return nil, err
	}
	out := c.renderRow(k, t, r, view)
	out["parent"] = c.tableRef(k, t)
	return out, nil
}
