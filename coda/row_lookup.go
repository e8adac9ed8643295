package coda

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
)

// rowIndex is what was found of some rows of a table.
type rowIndex struct {
	// byName holds rows by folded name.
	byName map[string][]named
	// ids are rows that exist, and called the names of those among them whose name is known.
	ids    map[string]bool
	called map[string]string
	// scanned counts the rows that were looked through; complete is false where the table has more.
	scanned  int
	complete bool
	// compared are the names for what may have been meant, once they were asked for.
	compared []string
}

func (x *rowIndex) add(r *Row) {
	if _, known := x.called[r.ID]; known {
		return
	}
	x.ids[r.ID], x.called[r.ID] = true, r.Name
	f := fold(r.Name)
	x.byName[f] = append(x.byName[f], named{id: r.ID, name: r.Name, where: fmt.Sprintf("row %d", r.Index+1)})
}

// explain adds to a failed search that it did not see the whole table.
func (x *rowIndex) explain(err error) error {
	if x.complete || !errors.Is(err, ErrNotFound) {
		return err
	}
	return fmt.Errorf("%w (only the first %d rows were looked through; use the row's id)", err, x.scanned)
}

const (
	// fewLookups is how many rows are asked for one by one; for more it is cheaper to read the table.
	fewLookups = 5
	// lookupRows bounds the reading of a table for names.
	lookupRows = 20_000
	// similarRows bounds the reading for a name that no row bears exactly, but perhaps in other letters.
	similarRows = 5_000
)

// rowsNamed finds the rows of the given names; see lookupRowsOf.
func (c *Client) rowsNamed(ctx context.Context, doc DocID, table string, names []string) (*rowIndex, error) {
	return c.lookUpRows(ctx, doc, table, names, nil)
}

// rowsForNames finds the rows of names: for a call that wants fresh answers by a read that is proven current, since a
// row that was added a moment ago may bear the name too.
func (c *Client) rowsForNames(ctx context.Context, doc DocID, table string, names []string) (rows *rowIndex,
	err error) {
	read := func(ctx context.Context) error {
		rows, err = c.rowsNamed(ctx, doc, table, names)
		return err
	}
	if freshness(ctx) == nil || demandsLatest(ctx) {
		err = read(ctx)
		return rows, err
	}
	err = c.Current(ctx, c.cfg.CurrentPatience, read)
	if !errors.Is(err, ErrStale) {
		return rows, err
	}
	unproven := &UnprovenNameError{Kind: KindRow, Name: names[0]}
	if read(ctx) == nil {
		for _, r := range rows.byName[fold(names[0])] {
			unproven.Candidates = append(unproven.Candidates, Candidate{ID: r.id, Name: r.name, Where: r.where})
		}
	}
	return nil, unproven
}

// ResolveRows resolves rows by id, link or display name, in their order, as [Client.ResolveRow] does one. Several names
// are looked up in one reading of the table.
func (c *Client) ResolveRows(ctx context.Context, doc DocID, table string, texts []string) ([]Target, error) {
	targets := make([]Target, len(texts))
	var names []string
	named := make([]string, len(texts))
	for i, text := range texts {
		ref, err := parseRef(text, append([]string{strings.ToLower(c.base.Host)}, codaHosts...))
		if err != nil {
			return nil, err
		}
		if ref.Name != "" {
			named[i], names = ref.Name, append(names, ref.Name)
			continue
		}
		if targets[i], err = c.ResolveRow(ctx, doc, table, text); err != nil {
			return nil, err
		}
		if targets[i].Table != table {
			return nil, near.Errorf("coda: %q is a row of table %s, not of table %s: %w", clip(text, 120), targets[i].Table,
				table, ErrInvalid)
		}
	}
	if len(names) == 0 {
		return targets, nil
	}
	rows, err := c.rowsForNames(ctx, doc, table, names)
	if err != nil {
		return nil, err
	}
	for i, name := range named {
		if name == "" {
			continue
		}
		r, err := choose(KindRow, name, "table "+table, rows.byName[fold(name)])
		if err != nil {
			return nil, rows.explain(rows.suggest(err))
		}
		targets[i] = Target{Kind: KindRow, Doc: doc, ID: r.id, Name: r.name, Table: table}
	}
	return targets, nil
}

// RowsByID reads rows by id, few of them one by one and many with the table; gone are those that are not there. In the
// order of the ids.
func (c *Client) RowsByID(ctx context.Context, doc DocID, table string, ids []string) (rows []*Row, gone []string,
	err error) {
	p := &RowsPlan{c: c, Doc: doc, Table: table}
	if err := p.readIDs(ctx, ids); err != nil {
		return nil, nil, err
	}
	for _, id := range ids {
		if r := p.before[id]; r != nil {
			rows = append(rows, r)
		} else {
			gone = append(gone, id)
		}
	}
	return rows, gone, nil
}

// suggest adds names that may have been meant to the failure to find one.
func (x *rowIndex) suggest(err error) error {
	var unknown *UnknownNameError
	if errors.As(err, &unknown) && len(unknown.Similar) == 0 {
		unknown.Similar = near.Names(unknown.Name, x.names(), nil)
	}
	return err
}

// lookUpRows finds the rows of the given names and those of the given ids that exist: by single queries where they are
// few and the display column can be queried, or else by reading the table.
func (c *Client) lookUpRows(ctx context.Context, doc DocID, table string, names, ids []string) (*rowIndex, error) {
	x := &rowIndex{byName: make(map[string][]named), ids: make(map[string]bool), called: make(map[string]string),
		complete: true}
	display, err := c.queryableDisplay(ctx, doc, table)
	if err != nil {
		return nil, err
	}
	if len(names)+len(ids) > fewLookups || len(names) > 0 && display == "" {
		return x, c.scanRows(ctx, doc, table, x, lookupRows)
	}
	missing := false
	for _, name := range names {
		query, err := RowQuery(display, name)
		if err != nil {
			return nil, err
		}
		page, err := c.ListRowsPage(ctx, doc, table,
			ListRowsOptions{Query: query, ValueFormat: Simple, ListOptions: ListOptions{PageSize: 25}})
		if err != nil {
			return nil, err
		}
		missing = missing || len(page.Items) == 0
		for _, r := range page.Items {
			x.add(r)
		}
	}
	for _, id := range ids {
		r, err := c.GetRow(ctx, doc, table, id, GetRowOptions{ValueFormat: Simple})
		switch {
		case err == nil && r.ID == id:
			x.add(r)
		case err == nil, errors.Is(err, ErrNotFound), errors.Is(err, ErrGone):
		default:
			return nil, err
		}
	}
	if missing {
		return x, c.scanRows(ctx, doc, table, x, similarRows)
	}
	return x, nil
}

// queryableDisplay gives the display column's id where Coda can compare it to a name.
func (c *Client) queryableDisplay(ctx context.Context, doc DocID, table string) (string, error) {
	s, err := c.Schema(ctx, doc, table)
	if err != nil {
		return "", err
	}
	col := s.DisplayColumn()
	if col == nil || col.Format.IsArray {
		return "", nil
	}
	switch col.Format.Type {
	case ColText, ColEmail, ColSelect:
		return col.ID, nil
	}
	return "", nil
}

func (c *Client) scanRows(ctx context.Context, doc DocID, table string, x *rowIndex, most int) error {
	for r, err := range c.ListRows(ctx, doc, table, ListRowsOptions{ValueFormat: Simple}) {
		if err != nil {
			return err
		}
		if x.scanned == most {
			x.complete = false
			return nil
		}
		x.scanned++
		x.add(r)
	}
	return nil
}
