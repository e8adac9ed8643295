package coda

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What a request names inside of a document of which something is hidden: tables, columns, rows and pages that do not
// exist for the caller are replaced by such as nobody has, before Coda is asked.

// inside looks at what the path and the arguments of a request name in its document.
func (s *sight) inside(ctx context.Context, doc DocID, lists [][]Hide) error {
	if table := s.asked.table(); table != "" {
		id := s.table(table)
		if id == "" {
			// Perhaps it is new. It is looked for again whether it is hidden or was never there.
			h, err := s.c.hidesOf(ctx, doc, lists, time.Second)
			if err != nil {
				return err
			}
			s.hides = h
			id = s.table(table)
		}
		if id == "" {
			s.sent.path[1], s.gone = s.mask(nothing.table, table), true
			return nil
		}
		s.sent.path[1] = id
		return s.inTable(ctx, doc, id)
	}
	if s.withoutPages(); s.gone {
		return nil
	}
	switch s.asked.op {
	case OpBeginPageExport:
		return s.wholePage(ctx, doc, s.asked.path[1])
	case OpUpdatePage:
		u, _ := s.asked.body.(PageUpdate)
		if cu := u.ContentUpdate; cu != nil && cu.InsertionMode == Replace && cu.ElementID == "" {
			return s.keepHidden(ctx, doc, s.asked.path[1], false)
		}
	case OpDeletePageContent:
		if d, _ := s.asked.body.(PageContentDelete); len(d.ElementIDs) == 0 {
			return s.keepHidden(ctx, doc, s.asked.path[1], false)
		}
	case OpDeletePage:
		return s.keepHidden(ctx, doc, s.asked.path[1], true)
	}
	return nil
}

// withoutPages replaces a page that does not exist: the one of the path, or the one that a new page is to be below.
func (s *sight) withoutPages() {
	if strings.HasPrefix(operations[s.asked.op].path, pagePath) && s.hides.pages[s.asked.path[1]] {
		s.sent.path[1], s.gone = s.mask(nothing.page, s.asked.path[1]), true
	}
	if p, ok := s.asked.body.(PageCreate); ok && s.hides.pages[p.ParentPageID] {
		p.ParentPageID = s.mask(nothing.page, p.ParentPageID)
		s.sent.body, s.gone = p, true
	}
}

// table is the id of a table that exists for the caller, by id or name; empty where none does.
func (s *sight) table(idOrName string) string {
	if s.hides.tables[idOrName] != nil {
		return idOrName
	}
	found := ""
	for id, t := range s.hides.tables {
		if t.Name == idOrName && (found == "" || id < found) {
			found = id
		}
	}
	return found
}

// inTable looks at the columns and rows that a request names.
func (s *sight) inTable(ctx context.Context, doc DocID, table string) error {
	if s.asked.op == OpListColumns || s.asked.op == OpGetTable || s.asked.op == OpDeleteRows {
		return nil
	}
	seen, _, err := s.columnsSeen(ctx, doc, table)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	column := func(name string) string {
		if seen.byID[name] == nil && len(seen.byName[name]) == 0 {
			return s.mask(nothing.column, name)
		}
		return name
	}
	path := s.sent.path
	switch s.asked.op {
	case OpGetColumn:
		path[2] = column(path[2])
	case OpPushButton:
		path[3] = column(path[3])
	case OpListRows:
		if q := s.asked.query.Get("query"); q != "" {
			s.sent.query = cloneValues(s.asked.query)
			s.sent.query.Set("query", queryOf(q, column))
		}
	case OpUpsertRows, OpUpdateRow:
		if err := s.cells(column); err != nil {
			return err
		}
	}
	if s.asked.op != OpListRows && len(path) > 2 && strings.HasPrefix(operations[s.asked.op].path, rowPath) &&
		!isRowID(path[2]) {
		unnamed, err := s.unnamed(ctx, doc, table)
		if err != nil {
			return err
		}
		if unnamed {
			path[2] = s.mask(nothing.row, path[2]) // Coda would look for it in the hidden column
		}
	}
	if s.asked.names {
		s.sent.query = cloneValues(s.sent.query)
		s.sent.query.Del("useColumnNames") // of two columns of a name, the hidden one could come
	}
	return nil
}

func cloneValues(q map[string][]string) map[string][]string {
	out := make(map[string][]string, len(q))
	for key, values := range q {
		out[key] = slices.Clone(values)
	}
	return out
}

// queryOf replaces the column of Coda's row filter.
func queryOf(query string, column func(string) string) string {
	if strings.HasPrefix(query, `"`) {
		d := json.NewDecoder(strings.NewReader(query))
		var name string
		if d.Decode(&name) == nil {
			if column(name) == name {
				return query
			}
			return nothing.column + query[d.InputOffset():]
		}
	}
	name, rest, _ := strings.Cut(query, ":")
	return column(name) + ":" + rest
}

// cells replaces the columns that a write names.
func (s *sight) cells(column func(string) string) error {
	edit := func(row *RowEdit) {
		for i := range row.Cells {
			row.Cells[i].Column = column(row.Cells[i].Column)
		}
	}
	switch typed := s.asked.body.(type) {
	case RowsUpsert:
		copied := RowsUpsert{KeyColumns: slices.Clone(typed.KeyColumns)}
		for _, row := range typed.Rows {
			row.Cells = slices.Clone(row.Cells)
			edit(&row)
			copied.Rows = append(copied.Rows, row)
		}
		for i := range copied.KeyColumns {
			copied.KeyColumns[i] = column(copied.KeyColumns[i])
		}
		s.sent.body = copied
	case rowUpdate:
		typed.Row.Cells = slices.Clone(typed.Row.Cells)
		edit(&typed.Row)
		s.sent.body = typed
	default:
		return &RefusedError{"This was not written: it names columns in a form that cannot be checked here."}
	}
	return nil
}

// wholePage refuses to export a page on which something hidden stands: the export would show it.
func (s *sight) wholePage(ctx context.Context, doc DocID, page string) error {
	for id, t := range s.hides.all {
		if t.Parent == nil || t.Parent.ID != page && t.Parent.Name != page {
			continue
		}
		partly := s.hides.gone(id)
		if !partly {
			var err error
			if partly, err = s.partly(ctx, doc, id); err != nil {
				return err
			}
		}
		if partly {
			return &RefusedError{"This page was not read: it shows a table that you do not see, or not all of, and Coda " +
				"exports a page with everything on it. Read the tables that you see with coda_query_rows, or the lines " +
				"of the page with coda_read_page and format outline."}
		}
	}
	return nil
}

// keepHidden refuses to destroy what the caller does not see.
func (s *sight) keepHidden(ctx context.Context, doc DocID, page string, below bool) error {
	pages := map[string]bool{page: true}
	if below || !isPageID(page) {
		all, err := Collect(s.c.plain().ListPages(ctx, doc, ListOptions{}))
		if err != nil {
			return err
		}
		for grown := true; grown; {
			grown = false
			for _, p := range all {
				if !pages[p.ID] && (p.Name == page || below && p.Parent != nil && pages[p.Parent.ID]) {
					pages[p.ID], grown = true, true
				}
			}
		}
	}
	for id, t := range s.hides.all {
		if t.Parent == nil || !pages[t.Parent.ID] {
			continue
		}
		lost := s.hides.gone(id)
		if !lost && s.hides.base[id] == id { // a view goes without its columns
			var err error
			if lost, err = s.hidesColumns(ctx, doc, id); err != nil {
				return err
			}
		}
		if lost {
			return &RefusedError{"Nothing was changed: this page, or one below it, holds something that you do not see, " +
				"which would be lost. Change single lines of it, or ask somebody who sees all of it."}
		}
	}
	return nil
}

func endsInWord(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return s != "" && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func beginsWithWord(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
