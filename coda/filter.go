package coda

import (
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

// numberIn is the number that a plain value stands for.
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
