package coda

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// hides is what does not exist of one document for one view, found out by what Coda has there now.
type hides struct {
	// tables are those that exist for the caller, by id, and all that there are.
	tables, all map[string]*Table
	// base is the base table of each table or view.
	base map[string]string
	// columns are the ids of those that are hidden, by base table.
	columns map[string]map[string]bool
	// pages are those that are nothing but hidden tables, each by its id and its name.
	pages map[string]bool
	// names are what hidden tables, their pages, and columns are called.
	names []string
}

func (h *hides) nothing() bool { return h == nil || len(h.tables) == len(h.all) && len(h.columns) == 0 }

// gone tells of a table that is there, and does not exist for the caller.
func (h *hides) gone(id string) bool { return h.all[id] != nil && h.tables[id] == nil }

const (
	// hidesKept bounds the documents of which it is remembered what is hidden.
	hidesKept = 500
	// basesKept bounds the views whose base table is remembered. It never changes.
	basesKept = 10_000
)

// hide finds out what is hidden in the document of a request, and looks at what the request names of it.
func (s *sight) hide(ctx context.Context, doc DocID) error {
	lists, err := s.c.view.Hidden(ctx, doc)
	if err != nil || len(lists) == 0 {
		return err
	}
	h, err := s.c.hidesOf(ctx, doc, lists, s.c.cfg.SchemaLife)
	if errors.Is(err, ErrNotFound) {
		return nil // the document is gone, and Coda says so to whatever is asked
	}
	if err != nil || h.nothing() {
		return err
	}
	s.hides = h
	return s.inside(ctx, doc, lists)
}

// hidesOf gives what is hidden in a document; it is at most as old as names may be, or as young as wanted.
func (c *Client) hidesOf(ctx context.Context, doc DocID, lists [][]Hide, oldest time.Duration) (*hides, error) {
	account, _ := c.memoryKey()
	key := joinKey(account, doc, fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%q", lists))))
	now := c.cfg.Clock.Now()
	if h, age := c.memory.hides.Get(key, now); age < min(oldest, time.Minute) &&
		!c.memory.changed(doc, KindTable, age+time.Second, now) {
		return h, nil
	}
	h, err := c.findHides(ctx, doc, lists)
	if err != nil {
		return nil, err
	}
	c.memory.hides.Put(key, h, now)
	return h, nil
}

func (c *Client) findHides(ctx context.Context, doc DocID, lists [][]Hide) (*hides, error) {
	p := c.plain()
	h := &hides{all: map[string]*Table{}, tables: map[string]*Table{}, base: map[string]string{},
		columns: map[string]map[string]bool{}, pages: map[string]bool{}}
	listed, err := Collect(p.ListTables(ctx, doc, ListTablesOptions{ListOptions: ListOptions{MaxPages: namePages}}))
	if err != nil {
		return nil, err
	}
	named := false
	for _, t := range listed {
		h.all[t.ID], h.tables[t.ID], h.base[t.ID] = t, t, t.ID
		for _, list := range lists {
			named = named || slices.ContainsFunc(list, func(e Hide) bool { return e.means(doc, t) })
		}
	}
	if !named {
		return h, nil
	}
	for _, t := range listed {
		if t.TableType == TypeView {
			if h.base[t.ID], err = c.baseOf(ctx, doc, t.ID); err != nil {
				return nil, err
			}
		}
	}
	for _, t := range listed {
		if err := h.look(ctx, p, doc, t, lists); err != nil {
			return nil, err
		}
	}
	for _, t := range listed {
		base := h.base[t.ID]
		if base == "" || h.all[base] == nil || h.tables[base] == nil {
			delete(h.tables, t.ID)
		}
		if h.gone(t.ID) {
			h.names = append(h.names, t.Name, t.ID)
		}
	}
	return h, h.findPages(ctx, p, doc)
}

// findPages finds the pages that are nothing but hidden tables.
func (h *hides) findPages(ctx context.Context, p *Client, doc DocID) error {
	asked := map[string]bool{}
	for id, t := range h.all {
		if !h.gone(id) || t.Parent == nil || asked[t.Parent.ID] || !h.takes(t.Parent.ID) {
			continue
		}
		asked[t.Parent.ID] = true
		page, err := p.GetPage(ctx, doc, t.Parent.ID)
		if errors.Is(err, ErrNotFound) || errors.Is(err, ErrGone) {
			continue
		}
		if err != nil {
			return err
		}
		if page.ContentType == PageTable {
			h.names = append(h.names, page.Name, page.ID)
			h.pages[page.ID] = true
			if page.Name != "" {
				h.pages[page.Name] = true
			}
		}
	}
	return nil
}

// takes tells that a page has tables, and that none of them exists for the caller.
func (h *hides) takes(page string) (some bool) {
	for id, t := range h.all {
		if t.Parent == nil || t.Parent.ID != page {
			continue
		}
		if !h.gone(id) {
			return false
		}
		some = true
	}
	return some
}

// baseOf is the base table of a view; empty where the view is gone by now.
func (c *Client) baseOf(ctx context.Context, doc DocID, view string) (string, error) {
	key := joinKey(doc, view)
	if base, ok := c.memory.bases.Get(key); ok {
		return base, nil
	}
	t, err := c.plain().GetTable(ctx, doc, view)
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrGone):
		return "", nil
	case err != nil:
		return "", err
	case t.ParentTable == nil || t.ParentTable.ID == "":
		return "", nil // of what, nobody knows: it is not shown
	}
	c.memory.bases.Add(key, t.ParentTable.ID)
	return t.ParentTable.ID, nil
}

// means tells whether an entry is about a table.
func (e Hide) means(doc DocID, t *Table) bool {
	if e.Doc != "" && e.Doc != doc {
		return false
	}
	if e.Table != "" {
		return e.Table == t.ID
	}
	end, isEnd := strings.CutPrefix(e.Short, "u")
	return t.ID == "grid-"+e.Short || t.ID == "table-"+e.Short || linkTail(t.BrowserLink, "_t") == e.Short ||
		isEnd && len(end) > 2 && strings.HasSuffix(t.ID, end)
}

// look decides about a table or view: what every list hides of it is hidden.
func (h *hides) look(ctx context.Context, p *Client, doc DocID, t *Table, lists [][]Hide) error {
	base := h.base[t.ID]
	whole := true
	var columns map[string]bool
	narrowed := false
	for _, list := range lists {
		all, names := h.inList(doc, t, base, list)
		switch {
		case all:
			continue
		case t.ID != base || len(names) == 0:
			return nil // nothing of it in this list
		}
		ids, complete, err := h.ids(ctx, p, doc, t.ID, names)
		if err != nil {
			return err
		}
		if !complete {
			continue // a column that is not found any more may be any: the whole table is held back
		}
		whole = false
		if !narrowed {
			columns, narrowed = ids, true
			continue
		}
		for id := range columns {
			if !ids[id] {
				delete(columns, id)
			}
		}
	}
	if whole {
		delete(h.tables, t.ID)
	} else if len(columns) > 0 {
		h.columns[t.ID] = columns
		return h.nameColumns(ctx, p, doc, t.ID)
	}
	return nil
}

// inList gives what one list hides of a table: all of it, or columns. Columns of a view are those of its table.
func (h *hides) inList(doc DocID, t *Table, base string, list []Hide) (all bool, columns []string) {
	for _, e := range list {
		for id, other := range h.all {
			if h.base[id] != base || !e.means(doc, other) {
				continue
			}
			switch {
			case len(e.Columns) > 0:
				columns = append(columns, e.Columns...)
			case id == t.ID, id == base:
				all = true
			}
		}
	}
	return all, columns
}

// ids finds columns. complete is false where one of them is not there.
func (h *hides) ids(ctx context.Context, p *Client, doc DocID, table string, names []string) (map[string]bool, bool,
	error) {
	schema, err := p.Schema(ctx, doc, table)
	if err != nil {
		return nil, false, err
	}
	ids, complete := map[string]bool{}, true
	for _, name := range names {
		found := false
		for _, col := range schema.Columns {
			if col.ID == name || col.Name == name || fold(col.Name) == fold(name) {
				ids[col.ID], found = true, true
			}
		}
		// An id that is gone hides nothing any more; a name may have been changed.
		complete = complete && (found || hasIDPrefix(name, "c-"))
	}
	return ids, complete, nil
}

// nameColumns notes what hidden columns are called.
func (h *hides) nameColumns(ctx context.Context, p *Client, doc DocID, table string) error {
	schema, err := p.Schema(ctx, doc, table)
	if err != nil {
		return err
	}
	for _, col := range schema.Columns {
		if h.columns[table][col.ID] {
			h.names = append(h.names, col.Name, col.ID)
		}
	}
	return nil
}

// columnsSeen are the columns of a table that exist for the caller. renamed tells that the one that gave the rows their
// names is not among them: the first one stands for it, as it does in Coda where the display column is deleted.
func (s *sight) columnsSeen(ctx context.Context, doc DocID, table string) (seen *Schema, renamed bool, err error) {
	schema, err := s.c.plain().Schema(ctx, doc, table)
	if err != nil {
		return nil, false, err
	}
	var columns []*Column
	for _, col := range schema.Columns {
		if !s.hides.hidesColumn(table, col) {
			columns = append(columns, col)
		} else if col.Display {
			renamed = true
		}
	}
	return newSchema(doc, table, columns), renamed, nil
}

// hidesColumn tells of a column of a table: because it is named, or leads to a table that is not there.
func (h *hides) hidesColumn(table string, col *Column) bool {
	return h.columns[h.base[table]][col.ID] || col.Format.Table != nil && h.gone(col.Format.Table.ID)
}
