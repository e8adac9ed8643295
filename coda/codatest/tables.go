package codatest

import (
	"cmp"
	"slices"
	"strings"
)

func (c *call) tableRef(k *content, t *tableState) obj {
	out := obj{"id": t.id, "type": "table", "tableType": t.kind(), "href": c.href("docs", c.doc.id, "tables", t.id),
		"browserLink": c.s.tableLink(c.doc, t), "name": t.name}
	if p, i := k.pageByID(t.page); i >= 0 {
		out["parent"] = c.pageRef(p)
	}
	return out
}

func (t *tableState) kind() string {
	if t.base != "" {
		return "view"
	}
	return "table"
}

// theTable finds the table or view that the path names.
func (c *call) theTable() (*tableState, error) {
	return c.tableIn(c.doc.read())
}

func (c *call) tableIn(k *content) (*tableState, error) {
	key := c.path("tableIdOrName")
	t, i := k.table(key)
	if i < 0 {
		return nil, notFound("Could not find a table with ID or name %q.", key)
	}
	return t, nil
}

func listTables(c *call) (any, error) {
	w, err := c.window(25, c.s.behavior.MaxListLimit)
	if err != nil {
		return nil, err
	}
	sortBy, err := c.queryEnum("sortBy", "", "name")
	if err != nil {
		return nil, err
	}
	kinds := c.queryList("tableTypes")
	for _, kind := range kinds {
		if kind != "table" && kind != "view" {
			return nil, badRequest("Invalid value %q for query parameter \"tableTypes\": must be table or view", kind)
		}
	}
	k := c.doc.read()
	var tables []*tableState
	for _, t := range k.tables {
		if len(kinds) == 0 || slices.Contains(kinds, t.kind()) {
			tables = append(tables, t)
		}
	}
	if sortBy == "name" {
		slices.SortStableFunc(tables, func(a, b *tableState) int {
			return cmp.Compare(strings.ToLower(a.name),
				strings.ToLower(b.name))
		})
	}
	return page(c, w, tables, func(t *tableState) any { return c.tableRef(k, t) }), nil
}

func getTable(c *call) (any, error) {
	if _, err := c.queryBool("useUpdatedTableLayouts", false); err != nil {
		return nil, err
	}
	t, err := c.theTable()
	if err != nil {
		return nil, err
	}
	k := c.doc.read()
	base := k.baseOf(t)
	out := c.tableRef(k, t)
	display := base.displayColumn()
	out["displayColumn"] = c.columnRef(t, display.ID)
	out["rowCount"] = len(k.rowsOf(c.doc, t, false))
	sorts := []obj{}
	for _, s := range t.sort {
		direction := "ascending"
		if s.descending {
			direction = "descending"
		}
		sorts = append(sorts, obj{"column": c.columnRef(t, s.column), "direction": direction})
	}
	out["sorts"] = sorts
	out["layout"] = t.layout
	if t.filter != nil {
		out["filter"] = obj{"valid": true, "isVolatile": false, "hasUserFormula": false, "hasTodayFormula": false,
			"hasNowFormula": false}
	}
	if t.base != "" {
		out["parentTable"] = c.tableRef(k, base)
		out["viewId"] = t.id
	}
	out["createdAt"], out["updatedAt"] = stamp(t.createdAt), stamp(base.updatedAt)
	return out, nil
}

// columnsOf returns the columns of a table or view; visible leaves the hidden
// ones out.
func (k *content) columnsOf(t *tableState, visible bool) []*columnState {
	var out []*columnState
	for _, c := range k.baseOf(t).columns {
		shown := !c.Hidden
		if t.visible != nil {
			shown = slices.Contains(t.visible, c.ID)
		}
		if shown || !visible {
			out = append(out, c)
		}
	}
	return out
}

// rowsOf returns the rows of a table in the order of creation. A view shows
// only what passes its filter; visible applies the filter of a table, too.
func (k *content) rowsOf(d *docState, t *tableState, visible bool) []*rowState {
	base := k.baseOf(t)
	filters := make([]*filterState, 0, 2)
	if t.filter != nil && (visible || t.base != "") {
		filters = append(filters, t.filter)
	}
	if len(filters) == 0 {
		return base.rows
	}
	v := k.viewer(d, nil, formatSimple)
	var out []*rowState
	for _, r := range base.rows {
		keep := true
		for _, f := range filters {
			col := base.column(f.column)
			is := col != nil && slices.Contains(f.is, joinSimple(v.cell(base, col, r)))
			keep = keep && is != f.not
		}
		if keep {
			out = append(out, r)
		}
	}
	return out
}

// inNaturalOrder sorts rows as the table is displayed.
func (k *content) inNaturalOrder(d *docState, t *tableState, rows []*rowState) []*rowState {
	base := k.baseOf(t)
	v := k.viewer(d, nil, formatSimple)
	out := slices.Clone(rows)
	slices.SortStableFunc(out, func(a, b *rowState) int {
		for _, s := range t.sort {
			col := base.column(s.column)
			if col == nil {
				continue
			}
			n := compareCells(v.cell(base, col, a), v.cell(base, col, b))
			if s.descending {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
	return out
}

func compareCells(a, b any) int {
	fa, aok := a.(float64)
	fb, bok := b.(float64)
	if aok && bok {
		return cmp.Compare(fa, fb)
	}
	return cmp.Compare(strings.ToLower(joinSimple(a)), strings.ToLower(joinSimple(b)))
}

func (t *tableState) row(id string) *rowState {
	if i := t.rowIndex(id); i >= 0 {
		return t.rows[i]
	}
	return nil
}

func (t *tableState) rowIndex(id string) int {
	if t.index == nil {
		t.index = make(map[string]int, len(t.rows))
		for i, r := range t.rows {
			t.index[r.id] = i
		}
	}
	if i, ok := t.index[id]; ok {
		return i
	}
	return -1
}
