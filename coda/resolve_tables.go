package coda

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
)

func (c *Client) resolveTable(ctx context.Context, ref Ref) (Target, error) {
	target := func(n named, err error) (Target, error) {
		return Target{Kind: KindTable, Doc: ref.Doc, ID: n.id, Name: n.name}, err
	}
	if ref.TableShort == "" && ref.Name == "" && ref.Table == "" {
		return c.tableOnPage(ctx, ref)
	}
	if listed, ok := c.rememberedTables(ctx, ref.Doc); ok {
		names := make([]named, len(listed))
		for i, t := range listed {
			names[i] = tableName(t)
		}
		if n, err := chooseTable(ref, names); err == nil {
			return target(n, nil)
		}
	}
	tables, err := c.tableNames(ctx, ref.Doc)
	if err != nil {
		return Target{}, err
	}
	return target(chooseTable(ref, tables))
}

func chooseTable(ref Ref, tables []named) (named, error) {
	switch {
	case ref.TableShort != "":
		return chooseTableShort(ref.TableShort, tables)
	case ref.Name != "":
		return choose(KindTable, ref.Name, "doc "+ref.Doc, tables)
	}
	return choose(KindTable, ref.Table, "doc "+ref.Doc, tables)
}

// chooseTableShort knows both forms of a link's table: _tpqRst-U for grid-pqRst-U, and _tuRst-U for its end alone.
func chooseTableShort(short string, tables []named) (named, error) {
	for _, n := range tables {
		if n.id == "grid-"+short || n.id == "table-"+short {
			return n, nil
		}
	}
	n, err := chooseShort(KindTable, short, "_t", tables)
	if end, ok := strings.CutPrefix(short, "u"); ok && err != nil && end != "" {
		return chooseShort(KindTable, end, "_tu", tables)
	}
	return n, err
}

// tableOnPage takes the only table on a page.
func (c *Client) tableOnPage(ctx context.Context, ref Ref) (Target, error) {
	if ref.Page == "" && ref.PageShort == "" {
		return Target{}, wrongKind(ref, KindTable)
	}
	page := Target{ID: ref.Page}
	if !isPageID(ref.Page) {
		var err error
		if page, err = c.resolvePage(ctx, ref); err != nil {
			return Target{}, err
		}
	}
	tables, _, err := newest(ctx, func(ctx context.Context) ([]*Table, error) {
		return Collect(c.ListTables(ctx, ref.Doc, ListTablesOptions{ListOptions: ListOptions{MaxPages: namePages}}))
	})
	if err != nil {
		return Target{}, err
	}
	var on []named
	for _, t := range tables {
		if t.Parent != nil && t.Parent.ID == page.ID {
			on = append(on, tableName(t))
		}
	}
	switch len(on) {
	case 1:
		return Target{Kind: KindTable, Doc: ref.Doc, ID: on[0].id, Name: on[0].name}, nil
	case 0:
		return Target{}, fmt.Errorf("coda: page %s holds no table: %w", page.ID, ErrNotFound)
	}
	e := &AmbiguousError{Kind: KindTable, Name: page.ID, intro: fmt.Sprintf("page %s holds %d tables", page.ID, len(on))}
	for _, t := range on {
		e.Candidates = append(e.Candidates, Candidate{ID: t.id, Name: t.name, Where: near.Sprintf("%q", t.name)})
	}
	return Target{}, e
}

// tableOf gives the id of the table that a row or column belongs to.
func (c *Client) tableOf(ctx context.Context, ref Ref, kind Kind) (string, error) {
	if isID(KindTable, ref.Table) {
		return ref.Table, nil
	}
	if ref.Table == "" && ref.TableShort == "" {
		return "", near.Errorf("coda: %s %q: say which table it belongs to, or give a link: %w", kind,
			clip(ref.ID()+ref.Name, 80), ErrInvalid)
	}
	t, err := c.resolveTable(ctx, Ref{Doc: ref.Doc, Table: ref.Table, TableShort: ref.TableShort})
	return t.ID, err
}

func (c *Client) resolveColumn(ctx context.Context, ref Ref) (Target, error) {
	table, err := c.tableOf(ctx, ref, KindColumn)
	if err != nil {
		return Target{}, err
	}
	name := ref.Column
	if name == "" {
		name = ref.Name
	}
	if name == "" {
		return Target{}, wrongKind(ref, KindColumn)
	}
	var col *Column
	var missing error
	err = c.withSchema(ctx, ref.Doc, table, func(s *Schema) bool {
		col, missing = s.Column(name)
		return errors.Is(missing, ErrNotFound)
	})
	if err = cmp.Or(err, missing); err != nil {
		return Target{}, err
	}
	return Target{Kind: KindColumn, Doc: ref.Doc, ID: col.ID, Name: col.Name, Table: table}, nil
}

func (c *Client) resolveRow(ctx context.Context, ref Ref) (Target, error) {
	if ref.RowShort != "" {
		// Row numbers and abbreviations mean something only to Coda.
		return Target{}, &UnknownNameError{Kind: KindRow, Name: ref.RowShort, Where: "the document"}
	}
	table, err := c.tableOf(ctx, ref, KindRow)
	if err != nil {
		return Target{}, err
	}
	name := ref.Row
	if name == "" {
		name = ref.Name
	}
	if name == "" {
		return Target{}, wrongKind(ref, KindRow)
	}
	if isRowID(name) {
		return Target{Kind: KindRow, Doc: ref.Doc, ID: name, Table: table}, nil
	}
	rows, err := c.rowsForNames(ctx, ref.Doc, table, []string{name})
	if err != nil {
		return Target{}, err
	}
	r, err := choose(KindRow, name, "table "+table, rows.byName[fold(name)])
	if err != nil {
		return Target{}, rows.explain(err)
	}
	return Target{Kind: KindRow, Doc: ref.Doc, ID: r.id, Name: r.name, Table: table}, nil
}
