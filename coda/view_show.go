package coda

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// What Coda answers, as the caller sees it. Answers are edited as JSON, so that whoever reads a field that this package
// does not know finds nothing in it either; what cannot be read as what it should be is not shown.

type fields = map[string]json.RawMessage

func object(raw json.RawMessage) (fields, error) {
	var f fields
	err := json.Unmarshal(raw, &f)
	return f, err
}

// show is the answer to a request as the caller sees it.
func (s *sight) show(ctx context.Context, body []byte) ([]byte, error) {
	switch s.asked.op {
	case OpGetDoc:
		return s.edit(body, func(f fields) error { return s.doc(ctx, f) })
	case OpListFolders:
		return s.items(body, func(f fields) (bool, error) {
			err := s.c.folderSeen(ctx, UseListed, text(f["id"]))
			if errors.Is(err, ErrAbsent) {
				return false, nil
			}
			return true, err
		})
	case OpListDocAnalytics:
		return s.items(body, func(f fields) (bool, error) {
			d, err := object(f["doc"])
			if err != nil {
				return false, nil
			}
			err = s.c.view.Doc(ctx, UseAct, text(d["id"]), nil)
			if errors.Is(err, ErrAbsent) || errors.Is(err, ErrGuard) {
				return false, nil
			}
			return true, err
		})
	case OpGetMutationStatus:
		return body, nil
	}
	if s.hides.nothing() {
		return body, nil
	}
	return s.inDoc(ctx, body)
}

// inDoc is the answer to a request inside of a document of which something is hidden.
func (s *sight) inDoc(ctx context.Context, body []byte) ([]byte, error) {
	doc := s.asked.doc()
	switch s.asked.op {
	case OpListTables:
		return s.items(body, func(f fields) (bool, error) { return s.hides.tables[text(f["id"])] != nil, nil })
	case OpGetTable:
		return s.edit(body, func(f fields) error { return s.describe(ctx, doc, f) })
	case OpListColumns:
		return s.items(body, func(f fields) (bool, error) { return s.column(ctx, doc, f) })
	case OpGetColumn:
		return s.edit(body, func(f fields) error {
			keep, err := s.column(ctx, doc, f)
			if err == nil && !keep {
				err = s.missing()
			}
			return err
		})
	case OpListRows:
		return s.items(body, func(f fields) (bool, error) { return true, s.row(ctx, doc, f) })
	case OpGetRow:
		return s.edit(body, func(f fields) error { return s.row(ctx, doc, f) })
	case OpGetFormula, OpGetControl:
		return body, s.value(body)
	case OpListPages:
		return s.items(body, s.page)
	case OpGetPage:
		return s.edit(body, func(f fields) error {
			keep, err := s.page(f)
			if err == nil && !keep {
				err = s.missing()
			}
			return err
		})
	case OpListPageAnalytics:
		return s.items(body, func(f fields) (bool, error) {
			page, err := object(f["page"])
			return err != nil || !s.hides.pages[text(page["id"])], nil
		})
	}
	return body, nil
}

func text(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s) // anything else is no text
	return s
}

func (s *sight) edit(body []byte, how func(fields) error) ([]byte, error) {
	f, err := object(body)
	if err != nil {
		return nil, s.c.badAnswer(s.asked, err)
	}
	if err := how(f); err != nil {
		return nil, refusedBy(s.asked, err)
	}
	return json.Marshal(f)
}

// items leaves of a listing what is kept.
func (s *sight) items(body []byte, keep func(fields) (bool, error)) ([]byte, error) {
	return s.edit(body, func(f fields) error {
		var items []fields
		if err := json.Unmarshal(f["items"], &items); err != nil && len(f["items"]) > 0 {
			return s.c.badAnswer(s.asked, err)
		}
		kept := make([]fields, 0, len(items))
		for _, item := range items {
			ok, err := keep(item)
			if err != nil {
				return err
			}
			if ok {
				kept = append(kept, item)
			}
		}
		var err error
		f["items"], err = json.Marshal(kept)
		return err
	})
}

// doc shows a document: not what it was made of, where that does not exist, and without what is hidden in its counts.
func (s *sight) doc(ctx context.Context, f fields) error {
	if source, err := object(f["sourceDoc"]); err == nil && source != nil {
		err := s.c.view.Doc(ctx, UseListed, text(source["id"]), nil)
		if errors.Is(err, ErrAbsent) {
			delete(f, "sourceDoc")
		} else if err != nil {
			return err
		}
	}
	size, err := object(f["docSize"])
	if s.hides.nothing() || err != nil || size == nil {
		return nil
	}
	var d DocSize
	if err := json.Unmarshal(f["docSize"], &d); err != nil {
		delete(f, "docSize")
		return nil
	}
	for id, t := range s.hides.all {
		if !s.hides.gone(id) {
			continue
		}
		d.TableAndViewCount--
		if s.hides.base[id] != id {
			continue
		}
		full, err := s.c.plain().GetTable(ctx, s.asked.doc(), t.ID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if err == nil {
			d.TotalRowCount -= float64(full.RowCount)
		}
	}
	size["tableAndViewCount"], _ = json.Marshal(max(d.TableAndViewCount, 0))
	size["totalRowCount"], _ = json.Marshal(max(d.TotalRowCount, 0))
	f["docSize"], err = json.Marshal(size)
	return err
}

// describe shows a table without what tells of hidden columns.
func (s *sight) describe(ctx context.Context, doc DocID, f fields) error {
	id := text(f["id"])
	seen, _, err := s.columnsSeen(ctx, doc, id)
	if err != nil {
		return err
	}
	known := func(raw json.RawMessage) bool {
		ref, err := object(raw)
		return err == nil && seen.byID[text(ref["id"])] != nil
	}
	if raw := f["displayColumn"]; len(raw) > 0 && !known(raw) {
		delete(f, "displayColumn")
		if len(seen.Columns) > 0 {
			first := seen.Columns[0]
			f["displayColumn"], err = json.Marshal(map[string]string{"id": first.ID, "type": "column", "href": first.Href})
			if err != nil {
				return err
			}
		}
	}
	var sorts []fields
	if json.Unmarshal(f["sorts"], &sorts) == nil && sorts != nil {
		kept := []fields{}
		for _, sort := range sorts {
			if known(sort["column"]) {
				kept = append(kept, sort)
			}
		}
		f["sorts"], err = json.Marshal(kept)
	}
	return err
}

// column shows a column; keep is false for one that does not exist.
func (s *sight) column(ctx context.Context, doc DocID, f fields) (keep bool, err error) {
	raw, err := json.Marshal(f)
	if err != nil {
		return false, err
	}
	var col Column
	if decode(raw, &col) != nil || s.hides.hidesColumn(s.sent.path[1], &col) {
		return false, nil
	}
	seen, renamed, err := s.columnsSeen(ctx, doc, s.sent.path[1])
	if err != nil {
		return false, err
	}
	if renamed && len(seen.Columns) > 0 && seen.Columns[0].ID == col.ID {
		f["display"] = json.RawMessage("true")
	}
	for _, formula := range []string{"formula", "defaultValue"} {
		told, err := s.tells(ctx, doc, text(f[formula]), seen)
		if err != nil {
			return false, err
		}
		if told {
			delete(f, formula)
		}
	}
	format, err := object(f["format"])
	if err != nil || format == nil {
		return true, nil
	}
	for key, value := range format {
		told, err := s.tells(ctx, doc, text(value), seen)
		if err != nil {
			return false, err
		}
		if told && key != "type" {
			delete(format, key)
		}
	}
	f["format"], err = json.Marshal(format)
	return true, err
}

// row shows a row with the columns that exist for the caller.
func (s *sight) row(ctx context.Context, doc DocID, f fields) error {
	table := s.sent.path[1]
	seen, renamed, err := s.columnsSeen(ctx, doc, table)
	if err != nil {
		return err
	}
	values, err := object(f["values"])
	if err != nil {
		return s.c.badAnswer(s.asked, err)
	}
	shown := make(fields, len(values))
	var naming json.RawMessage // the cell that the row is called after
	for i, col := range seen.Columns {
		value, ok := values[col.ID]
		if !ok {
			continue
		}
		if value, err = s.cell(ctx, doc, col, value); err != nil {
			return err
		}
		if col.Display || renamed && i == 0 {
			naming = value
		}
		if s.asked.names {
			shown[col.Name] = value
		} else {
			shown[col.ID] = value
		}
	}
	unnamed, err := s.unnamed(ctx, doc, table)
	if err != nil {
		return err
	}
	if unnamed {
		if f["name"], err = json.Marshal(Cell(naming).Text()); err != nil {
			return err
		}
	}
	f["values"], err = json.Marshal(shown)
	return err
}

// value refuses a formula or control that shows rows of something hidden.
func (s *sight) value(body []byte) error {
	f, err := object(body)
	if err != nil {
		return s.c.badAnswer(s.asked, err)
	}
	for id := range s.hides.all {
		if s.hides.gone(id) && strings.Contains(string(f["value"]), id) {
			return refusedBy(s.asked, &RefusedError{"This is not shown: its value holds rows of a table that you do not see."})
		}
	}
	return nil
}

// page shows a page without those around it that do not exist; keep is false for one that does not exist itself.
func (s *sight) page(f fields) (keep bool, err error) {
	gone := func(raw json.RawMessage) bool {
		ref, err := object(raw)
		return err == nil && s.hides.pages[text(ref["id"])]
	}
	if s.hides.pages[text(f["id"])] {
		return false, nil
	}
	if gone(f["parent"]) {
		delete(f, "parent")
	}
	var children []json.RawMessage
	if json.Unmarshal(f["children"], &children) != nil || children == nil {
		return true, nil
	}
	f["children"], err = json.Marshal(slices.DeleteFunc(children, gone))
	return true, err
}

// linked looks at where a link says that it leads.
func (s *sight) linked(ctx context.Context) error {
	link := s.asked.query.Get("url")
	ref, err := ParseRef(link)
	if err != nil || ref.Doc == "" || s.c.view.Key == "" {
		return nil
	}
	err = s.c.view.Doc(ctx, UseListed, ref.Doc, nil)
	if !errors.Is(err, ErrAbsent) {
		return err
	}
	s.sent.query = cloneValues(s.asked.query)
	s.sent.query.Set("url", strings.ReplaceAll(link, ref.Doc, s.mask(nothing.doc, ref.Doc)))
	s.gone = true
	return nil
}

// link looks at where a link really leads. Whatever is not there is not found in the same words.
func (s *sight) link(ctx context.Context, body []byte, err error) ([]byte, error) {
	if s.c.view.Key == "" {
		return body, err
	}
	if e, ok := asError(err); ok && (e.StatusCode == http.StatusNotFound || e.StatusCode == http.StatusForbidden ||
		e.StatusCode == http.StatusGone) {
		return nil, s.missing()
	}
	if err != nil {
		return nil, err
	}
	var l APILink
	if err := decode(body, &l); err != nil {
		return nil, s.c.badAnswer(s.asked, err)
	}
	err = s.leads(ctx, &l)
	if errors.Is(err, ErrAbsent) {
		return nil, s.missing()
	}
	return body, refusedBy(s.asked, err)
}

// leads tells whether what a link leads to exists for the caller.
func (s *sight) leads(ctx context.Context, l *APILink) error {
	doc, known := docOfHref(l.Resource.Href)
	if !known {
		return ErrAbsent
	}
	if ref, err := ParseRef(l.BrowserLink); err == nil && ref.Doc != "" && ref.Doc != doc && doc != "" {
		return ErrAbsent
	}
	switch l.Resource.Type {
	case "folder":
		return s.c.folderSeen(ctx, UseListed, l.Resource.ID)
	case "workspace":
		return s.c.view.Place(ctx, UseListed, "", l.Resource.ID)
	}
	if doc == "" {
		return ErrAbsent
	}
	if err := s.c.view.Doc(ctx, UseListed, doc, nil); err != nil || s.c.view.Hidden == nil {
		return err
	}
	lists, err := s.c.view.Hidden(ctx, doc)
	if err != nil || len(lists) == 0 {
		return err
	}
	h, err := s.c.hidesOf(ctx, doc, lists, s.c.cfg.SchemaLife)
	if err != nil || h.nothing() {
		return err
	}
	ref, err := parsePath(apiPath(l.Resource.Href), l.Resource.Href)
	if err != nil {
		return ErrAbsent
	}
	if ref.Table != "" && h.tables[ref.Table] == nil {
		return ErrAbsent
	}
	if h.pages[ref.Page] {
		return ErrAbsent
	}
	if ref.Column != "" {
		inside := &sight{c: s.c, hides: h}
		seen, _, err := inside.columnsSeen(ctx, doc, ref.Table)
		if err != nil {
			return err
		}
		if seen.byID[ref.Column] == nil {
			return ErrAbsent
		}
	}
	return nil
}

// apiPath is an API link from its first collection on.
func apiPath(href string) string {
	if i := strings.Index(href, "/docs/"); i >= 0 {
		return href[i:]
	}
	return href
}
