package coda

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// FilterOp compares a cell to a value.
type FilterOp string

// The comparisons. Text compares regardless of case but for Equal; numbers, money and dates compare by size where both
// sides are such. A list satisfies all but NotEqual if one of its items does. Relations and people match by name, row id or
// e-mail address.
const (
	Equal          FilterOp = "="
	NotEqual       FilterOp = "!="
	Contains       FilterOp = "contains"
	Less           FilterOp = "<"
	LessOrEqual    FilterOp = "<="
	Greater        FilterOp = ">"
	GreaterOrEqual FilterOp = ">="
	Empty          FilterOp = "empty"
	NotEmpty       FilterOp = "not empty"
)

// Filter is one condition.
type Filter struct {
	// Column is an id or name.
	Column string
	Op     FilterOp
	// Value is what [Record] takes; ignored by Empty and NotEmpty.
	Value any
}

// FindOptions shapes [Client.FindRows].
type FindOptions struct {
	// Filters must all hold.
	Filters []Filter
	// SortBy is ByCreation, ByUpdate or Natural.
	SortBy string
	// VisibleOnly leaves out hidden rows.
	VisibleOnly bool
	// Limit is the most rows to return. 0 = 50.
	Limit int
	// MaxScan is the most rows to look at, where filters beyond Coda's own apply. 0 = 10 000.
	MaxScan int
	// Cursor continues an earlier search with the same options.
	Cursor string
}

// Found is a part of what matches.
type Found struct {
	// Rows are keyed by column id, in the Rich format.
	Rows   []*Row
	Schema *Schema
	// Complete is true if no further row matches.
	Complete bool
	// Cursor continues the search; empty if Complete.
	Cursor string
	// Scanned counts the rows that Coda sent.
	Scanned int
	// ClientSide says that filters were applied here, over the rows that Coda sent, because Coda itself knows only equality
	// in one column.
	ClientSide bool
	// Note says in words what is incomplete and why; empty if nothing is.
	Note string
}

type findCursor struct {
	Token string `json:"t,omitempty"`
	// Skip is how many rows of the token's page are done with.
	Skip int `json:"s,omitempty"`
}

// FindRows finds rows by any number of conditions. Coda is given the first equality that it can decide itself; the others
// are applied here, page by page, within MaxScan.
func (c *Client) FindRows(ctx context.Context, doc DocID, table string, opts FindOptions) (*Found, error) {
	if opts.Limit <= 0 {
		opts.Limit = 50
	}
	if opts.MaxScan <= 0 {
		opts.MaxScan = 10_000
	}
	at, err := parseCursor(opts.Cursor)
	if err != nil {
		return nil, invalid(OpListRows, doc, err)
	}
	schema, err := c.Schema(ctx, doc, table)
	if err != nil {
		return nil, err
	}
	query, tests, err := compileFilters(schema, opts.Filters)
	if err != nil {
		return nil, err
	}
	found := &Found{Schema: schema, ClientSide: len(tests) > 0}
	list := ListRowsOptions{Query: query, SortBy: opts.SortBy}
	if opts.VisibleOnly {
		list.VisibleOnly = &opts.VisibleOnly
	}
	if !found.ClientSide {
		list.PageSize = min(opts.Limit, rowPageSize)
	}
	maxPages := c.cfg.MaxPages
	for range maxPages {
		list.PageToken = at.Token
		page, err := c.ListRowsPage(ctx, doc, table, list)
		if err != nil {
			return nil, err
		}
		found.Scanned += len(page.Items)
		c.report(ctx, PageFetched{Op: OpListRows, Items: found.Scanned})
		for i, row := range page.Items {
			if i < at.Skip {
				continue
			}
			if len(found.Rows) == opts.Limit {
				return found.stop(findCursor{at.Token, i}, fmt.Sprintf("the first %d rows are shown, there are more", opts.Limit)), nil
			}
			if matchesAll(row, tests) {
				found.Rows = append(found.Rows, row)
			}
		}
		if page.NextPageToken == "" {
			found.Complete = true
			return found, nil
		}
		at = findCursor{page.NextPageToken, max(at.Skip-len(page.Items), 0)}
		if len(found.Rows) == opts.Limit {
			return found.stop(at, fmt.Sprintf("the first %d rows are shown, there may be more", opts.Limit)), nil
		}
		if found.Scanned >= opts.MaxScan {
			break
		}
	}
	return found.stop(at, fmt.Sprintf("only %d rows were looked at, because Coda cannot apply these filters itself; continue with the cursor or narrow the search", found.Scanned)), nil
}

func (f *Found) stop(at findCursor, note string) *Found {
	raw, _ := json.Marshal(at)
	f.Cursor, f.Note = base64.RawURLEncoding.EncodeToString(raw), note
	return f
}

func parseCursor(s string) (findCursor, error) {
	var at findCursor
	if s == "" {
		return at, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(raw, &at)
	}
	if err != nil || at.Skip < 0 || at.Skip > 1_000_000 {
		return at, fmt.Errorf("cursor %q is not one that an earlier search gave", clip(s, 40))
	}
	return at, nil
}

// rowTest is a filter that is applied here.
type rowTest struct {
	column string
	op     FilterOp
	want   any
}

// compileFilters splits filters into Coda's query and the tests that remain.
func compileFilters(schema *Schema, filters []Filter) (query string, tests []rowTest, err error) {
	for _, f := range filters {
		col, err := schema.Column(f.Column)
		if err != nil {
			return "", nil, err
		}
		if !slices.Contains([]FilterOp{Equal, NotEqual, Contains, Less, LessOrEqual, Greater, GreaterOrEqual, Empty, NotEmpty}, f.Op) {
			return "", nil, invalidf(OpListRows, schema.Doc, "filter on %q: %q is no comparison; use = != contains < <= > >= empty, not empty", f.Column, f.Op)
		}
		test := rowTest{column: col.ID, op: f.Op}
		if f.Op != Empty && f.Op != NotEmpty {
			if test.want, err = normalize(f.Value); err == nil {
				if _, list := test.want.([]any); list {
					err = fmt.Errorf("one value is needed, not a list")
				}
			}
			if err != nil {
				return "", nil, invalidf(OpListRows, schema.Doc, "filter on %q: %w", f.Column, err)
			}
		}
		if query == "" && f.Op == Equal && test.want != "" && queryable(col) {
			if query, err = RowQuery(col.ID, queryValue(col, test.want)); err != nil {
				return "", nil, invalid(OpListRows, schema.Doc, err)
			}
			continue
		}
		tests = append(tests, test)
	}
	return query, tests, nil
}

// queryable columns are those whose equality Coda decides as a person would.
func queryable(col *Column) bool {
	if col.Format.IsArray {
		return false
	}
	switch col.Format.Type {
	case ColText, ColNumber, ColSelect, ColCheckbox, ColEmail:
		return true
	}
	return false
}

// queryValue gives the value the column's own JSON type.
func queryValue(col *Column, v any) any {
	var err error
	converted := v
	switch col.Format.Type {
	case ColNumber:
		converted, err = numberOf(v, false)
	case ColCheckbox:
		converted, err = boolOf(v)
	default:
		converted, err = textOf(v)
	}
	if err != nil {
		return v
	}
	return converted
}

func matchesAll(row *Row, tests []rowTest) bool {
	for _, t := range tests {
		if !t.matches(row.Values[t.column]) {
			return false
		}
	}
	return true
}

func (t rowTest) matches(cell Cell) bool {
	switch t.op {
	case Empty:
		return cell.IsEmpty()
	case NotEmpty:
		return !cell.IsEmpty()
	case NotEqual:
		return !rowTest{op: Equal, want: t.want}.matches(cell)
	}
	items := cell.List()
	if len(items) == 0 {
		return t.op == Equal && t.want == ""
	}
	for _, item := range items {
		if t.matchesOne(item.Plain()) {
			return true
		}
	}
	return false
}

func (t rowTest) matchesOne(have any) bool {
	switch have := have.(type) {
	case []any:
		return slices.ContainsFunc(have, t.matchesOne)
	case Relation:
		if t.op == Equal && t.want == have.RowID {
			return true
		}
	case Person:
		if s, ok := t.want.(string); ok && t.op == Equal && (strings.EqualFold(s, have.Email) || s == have.Name) {
			return true
		}
	case Link:
		if t.op == Equal && (t.want == have.URL || t.want == have.Name) {
			return true
		}
	}
	text, want := plainText(have), plainText(t.want)
	if t.op == Contains {
		return strings.Contains(strings.ToLower(text), strings.ToLower(want))
	}
	order, comparable := compareValues(have, t.want)
	switch t.op {
	case Equal:
		return text == want || comparable && order == 0
	case Less:
		return comparable && order < 0
	case LessOrEqual:
		return comparable && order <= 0
	case Greater:
		return comparable && order > 0
	case GreaterOrEqual:
		return comparable && order >= 0
	}
	return false
}

// compareValues orders numbers, moments and texts; a number and a date are not comparable.
func compareValues(a, b any) (int, bool) {
	if x, ok := numberIn(a); ok {
		y, ok := numberIn(b)
		if !ok {
			return 0, false
		}
		switch {
		case x < y:
			return -1, true
		case x > y:
			return 1, true
		}
		return 0, true
	}
	s, ok := a.(string)
	if !ok {
		return 0, false
	}
	other, ok := b.(string)
	if !ok {
		return 0, false
	}
	x, isTime := parseMoment(s)
	y, wantTime := parseMoment(other)
	if isTime && wantTime {
		return compareMoments(x, y, len(strings.TrimSpace(other)) == len(time.DateOnly)), true
	}
	if isTime != wantTime {
		return 0, false
	}
	return strings.Compare(strings.ToLower(s), strings.ToLower(other)), true
}

// compareMoments compares whole days, on the cell's own calendar, where the filter names a day.
func compareMoments(have, want time.Time, day bool) int {
	if day {
		have = time.Date(have.Year(), have.Month(), have.Day(), 0, 0, 0, 0, time.UTC)
	}
	return have.Compare(want)
}

func numberIn(v any) (float64, bool) {
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	case Money:
		f, err := v.Amount.Float64()
		return f, err == nil
	case string:
		return numberText(v)
	}
	return 0, false
}

// numberText reads text as a number only where it is written as one.
func numberText(s string) (float64, bool) {
	n, err := numberOf(s, false)
	if err != nil {
		return 0, false
	}
	f, err := n.(json.Number).Float64()
	return f, err == nil
}
