package codatest

import (
	"fmt"
	"slices"
	"time"
)

var columnTypes = []string{"text", "person", "lookup", "number", "percent", "currency", "date", "dateTime", "time",
	"duration", "email", "link",
	"slider", "scale", "image", "imageReference", "attachments", "button", "checkbox", "select", "packObject", "reaction",
	"canvas", "other"}

// tables makes the tables, then their rows, because a row may refer to a row
// of any other table.
func (b *builder) tables(d *docState, in []Table) {
	where := b.where
	defer func() { b.where = where }()
	made := make([]*tableState, len(in))
	for i, t := range in {
		b.where = fmt.Sprintf("%s, table %q", where, t.Name)
		made[i] = b.table(d, t)
		d.live.tables = append(d.live.tables, made[i])
	}
	for i, t := range in {
		b.where = fmt.Sprintf("%s, table %q", where, t.Name)
		b.relations(d, made[i])
	}
	for i, t := range in {
		b.where = fmt.Sprintf("%s, table %q", where, t.Name)
		b.twoWay(d, made[i])
		for _, v := range t.Views {
			d.live.tables = append(d.live.tables, b.view(d, made[i], v))
		}
		for _, c := range t.Columns {
			b.effects(d, c.Effects, made[i])
		}
	}
	// The display texts first: relations are found by them.
	for pass := range 2 {
		for i, t := range in {
			b.where = fmt.Sprintf("%s, table %q", where, t.Name)
			for n, r := range t.Rows {
				b.cells(d, made[i], made[i].rows[n], r, pass == 0)
			}
		}
	}
	b.fillTwoWay(d)
}

func (b *builder) table(d *docState, in Table) *tableState {
	t := &tableState{id: b.id(in.ID, "grid-"), name: in.Name, page: b.pageOf(d, in.Page), layout: in.Layout,
		createdAt: b.now, updatedAt: b.now}
	if t.layout == "" {
		t.layout = "default"
	}
	t.synced = in.Sync || in.From != nil
	source := b.crossDoc(t, &in)
	if len(in.Columns) == 0 {
		b.complain("it has no columns")
		in.Columns = []Column{{Name: "Name"}}
	}
	for _, c := range in.Columns {
		c.ID = b.id(c.ID, "c-")
		if c.Type == "" {
			c.Type = "text"
		}
		if c.Untyped && c.Type != "text" {
			b.complain("column %q: it is untyped and of type %q", c.Name, c.Type)
		}
		if !slices.Contains(columnTypes, c.Type) {
			b.complain("column %q: unknown type %q", c.Name, c.Type)
		}
		if !slices.Contains([]string{"", "created", "createdBy", "modified", "modifiedBy"}, c.Computed) {
			b.complain("column %q: unknown computed %q", c.Name, c.Computed)
		}
		if c.Own && !t.synced {
			b.complain("column %q: own is for the columns of a sync table", c.Name)
		}
		t.columns = append(t.columns, &columnState{Column: c, synced: t.synced && !c.Own})
	}
	t.displayColumn().Display = true
	t.sort = b.sorts(t, in.Sort)
	t.filter = b.filter(t, in.Filter)
	for n, r := range in.Rows {
		t.numbered++
		row := &rowState{id: b.id(r.ID, "i-"), number: t.numbered, createdBy: d.owner, updatedBy: d.owner,
			cells:     map[string]any{},
			createdAt: b.time(r.CreatedAt, b.now.Add(time.Duration(n-len(in.Rows))*time.Minute))}
		row.updatedAt = b.time(r.UpdatedAt, row.createdAt)
		t.rows = append(t.rows, row)
	}
	if source != nil {
		t.pull(source.d, source.t, b.ids, b.now)
	}
	return t
}

func (b *builder) time(s string, def time.Time) time.Time {
	if s == "" {
		return def
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		b.complain("%q is not a time in RFC 3339", s)
		return def
	}
	return t
}

func (b *builder) relations(d *docState, t *tableState) {
	for _, c := range t.columns {
		if c.Type != "lookup" {
			continue
		}
		target, i := d.live.table(c.Table)
		if i < 0 {
			b.complain("column %q: no table %q to refer to", c.Name, c.Table)
			continue
		}
		c.target = target.id
	}
}

func (b *builder) view(d *docState, base *tableState, in View) *tableState {
	v := &tableState{id: b.id(in.ID, "table-"), name: in.Name, page: base.page, layout: in.Layout, base: base.id,
		createdAt: b.now, updatedAt: b.now}
	if in.Page != "" {
		v.page = b.pageOf(d, in.Page)
	}
	if v.layout == "" {
		v.layout = "default"
	}
	for _, name := range in.Columns {
		if c := base.column(name); c != nil {
			v.visible = append(v.visible, c.ID)
		} else {
			b.complain("view %q: no column %q", in.Name, name)
		}
	}
	v.sort = b.sorts(base, in.Sort)
	v.filter = b.filter(base, in.Filter)
	return v
}

func (b *builder) sorts(t *tableState, in []Sort) (out []sortState) {
	for _, s := range in {
		if c := t.column(s.Column); c != nil {
			out = append(out, sortState{c.ID, s.Descending})
		} else {
			b.complain("sort: no column %q", s.Column)
		}
	}
	return out
}

func (b *builder) filter(t *tableState, in *Filter) *filterState {
	if in == nil {
		return nil
	}
	c := t.column(in.Column)
	if c == nil {
		b.complain("filter: no column %q", in.Column)
		return nil
	}
	return &filterState{c.ID, slices.Clone(in.Is), in.Not}
}

// effects checks what a button or an automation is to do.
func (b *builder) effects(d *docState, in []Effect, row *tableState) {
	for _, e := range in {
		if row == nil && (len(e.Set) > 0 || e.DeleteRow) {
			b.complain("effect: an automation has no row to change")
		}
		for name := range e.Set {
			if row != nil && row.column(name) == nil {
				b.complain("effect: no column %q", name)
			}
		}
		if len(e.Add) == 0 {
			continue
		}
		t, i := d.live.table(e.Table)
		if i < 0 {
			b.complain("effect: no table %q", e.Table)
			continue
		}
		for name := range e.Add {
			if t.column(name) == nil {
				b.complain("effect: no column %q in table %q", name, t.name)
			}
		}
	}
}

// cells reads the values of a fixture's row as the API would, with two
// differences: calculated columns may be given, and a canvas holds Markdown.
func (b *builder) cells(d *docState, t *tableState, r *rowState, in Row, displayOnly bool) {
	p := cellParser{ws: b.ws, d: d, k: d.live, now: b.now}
	for name, v := range in.Values {
		c := t.column(name)
		if c == nil {
			if displayOnly {
				b.complain("a row has a value for %q, which is no column", name)
			}
			continue
		}
		if displayOnly != (c == t.displayColumn()) {
			continue
		}
		if !validFixtureValue(v, 2) {
			b.complain("column %q: a row has a value of type %T", name, v)
			continue
		}
		if s, ok := v.(string); ok && c.Type == "canvas" {
			r.cells[c.ID] = markdown(s)
			continue
		}
		r.cells[c.ID] = p.parse(c, v)
	}
}

func validFixtureValue(v any, depth int) bool {
	switch v := v.(type) {
	case nil, string, bool, int, int64, uint64, float64, time.Time:
		return true
	case []any:
		return depth > 0 && !slices.ContainsFunc(v, func(e any) bool { return !validFixtureValue(e, depth-1) })
	}
	return false
}

// yamlTime writes a time that YAML recognised as one.
func yamlTime(v any) (string, bool) {
	t, ok := v.(time.Time)
	return t.Format(time.RFC3339), ok
}
