package coda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// CellProblem is one value that was refused before anything was sent.
type CellProblem struct {
	// Row is the row's index in the call.
	Row int
	// Column is the column as the caller named it; empty where the row as a whole is at fault.
	Column string
	// Value is the value, shortened.
	Value string
	// Problem says what is wrong with it and Accepted what would be taken.
	Problem, Accepted string
}

func (p CellProblem) String() string {
	text := fmt.Sprintf("row %d", p.Row)
	if p.Column != "" {
		text += fmt.Sprintf(", column %q", clip(p.Column, 60))
	}
	if p.Value != "" {
		text += ", value " + p.Value
	}
	text += ": " + p.Problem
	if p.Accepted != "" {
		text += "; accepted: " + p.Accepted
	}
	return text
}

// ValidationError says which values of a write cannot be stored as meant. Nothing was sent. It matches [ErrInvalid].
type ValidationError struct {
	Doc   DocID
	Table string
	// Problems are the first of them, Total counts all. Rows count from 0.
	Problems []CellProblem
	Total    int
}

// Error implements error.
func (e *ValidationError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	text := fmt.Sprintf("coda: nothing was written to table %s: %s", e.Table, strings.Join(lines, " | "))
	if more := e.Total - len(e.Problems); more > 0 {
		text += fmt.Sprintf(" | and %d more problems", more)
	}
	return text
}

// Unwrap gives [ErrInvalid].
func (e *ValidationError) Unwrap() error { return ErrInvalid }

const shownProblems = 20

// rowChecker turns records into what is sent, and gathers what is wrong with them.
type rowChecker struct {
	schema *Schema
	// first is the index of the first row in the caller's counting.
	first    int
	problems []CellProblem
	total    int
	// unknownColumn is set when a column was not found, which a fresh look at the table may cure.
	unknownColumn bool
	// anyValue leaves values unchecked.
	anyValue bool
}

func (k *rowChecker) blame(p CellProblem) {
	if k.total++; len(k.problems) < shownProblems {
		p.Row += k.first
		k.problems = append(k.problems, p)
	}
}

func (k *rowChecker) err() error {
	if k.total == 0 {
		return nil
	}
	return &ValidationError{Doc: k.schema.Doc, Table: k.schema.Table, Problems: k.problems, Total: k.total}
}

// rows checks all but relations.
func (k *rowChecker) rows(records []Record) []RowEdit {
	edits := make([]RowEdit, len(records))
	for i, record := range records {
		edits[i] = k.row(i, record)
	}
	return edits
}

func (k *rowChecker) row(i int, record Record) RowEdit {
	names := make([]string, 0, len(record))
	for name := range record {
		names = append(names, name)
	}
	slices.Sort(names)
	edit := RowEdit{Cells: make([]CellEdit, 0, len(names))}
	if len(names) == 0 {
		k.blame(CellProblem{Row: i, Problem: "the row has no values", Accepted: "at least one column"})
	}
	used := make(map[string]string)
	for _, name := range names {
		col, err := k.schema.Column(name)
		if err != nil {
			k.unknownColumn = true
			k.blame(CellProblem{Row: i, Column: name, Problem: strings.TrimPrefix(err.Error(), "coda: "), Accepted: k.columnNames()})
			continue
		}
		if before, twice := used[col.ID]; twice {
			k.blame(CellProblem{Row: i, Column: name, Problem: fmt.Sprintf("the same column as %q", before), Accepted: "each column once"})
			continue
		}
		used[col.ID] = name
		value, err := normalize(record[name])
		switch {
		case err != nil:
			err = &refusal{problem: err.Error()}
		case !k.anyValue:
			if err = col.checkCurrency(record[name]); err == nil {
				value, err = col.check(value)
			}
		}
		var refused *refusal
		if errors.As(err, &refused) {
			k.blame(CellProblem{Row: i, Column: name, Value: show(record[name]), Problem: refused.problem, Accepted: refused.accepted})
			continue
		}
		edit.Cells = append(edit.Cells, CellEdit{Column: col.ID, Value: value})
	}
	if size := rowBytes(edit); size > maxRowBytes {
		k.blame(CellProblem{Row: i, Problem: fmt.Sprintf("the row is %d KB large", (size+1023)/1024), Accepted: "85 KB a row, as Coda counts: the bytes of its values, line breaks twice"})
	}
	return edit
}

func (k *rowChecker) columnNames() string {
	var names []string
	for _, col := range k.schema.Columns {
		if col.Writable() {
			names = append(names, col.Name)
		}
	}
	text := quoteList(names[:min(len(names), 20)], ", ")
	if len(names) > 20 {
		text += fmt.Sprintf(" and %d more", len(names)-20)
	}
	return text
}

// keys resolves the key columns and refuses rows that lack a key or share one: both would be added instead of one.
func (k *rowChecker) keys(columns []string, edits []RowEdit) []string {
	var ids []string
	for _, name := range columns {
		col, err := k.schema.Column(name)
		switch {
		case err != nil:
			k.unknownColumn = true
			k.blame(CellProblem{Column: name, Problem: "key column: " + strings.TrimPrefix(err.Error(), "coda: "), Accepted: k.columnNames()})
		case !col.Writable():
			k.blame(CellProblem{Column: name, Problem: "a calculated column or button cannot be a key column", Accepted: k.columnNames()})
		default:
			ids = append(ids, col.ID)
		}
	}
	if len(ids) < len(columns) || len(ids) == 0 {
		return ids
	}
	seen := make(map[string]int)
	for i, edit := range edits {
		var key []any
		for n, id := range ids {
			at := slices.IndexFunc(edit.Cells, func(c CellEdit) bool { return c.Column == id })
			if at < 0 || edit.Cells[at].Value == "" {
				k.blame(CellProblem{Row: i, Column: columns[n], Problem: "the row has no value in a key column", Accepted: "a value"})
				key = nil
				break
			}
			key = append(key, edit.Cells[at].Value)
		}
		if key == nil {
			continue
		}
		text, _ := encode(key)
		if before, twice := seen[string(text)]; twice {
			k.blame(CellProblem{Row: i, Column: strings.Join(columns, ", "), Value: clip(string(text), 80),
				Problem: fmt.Sprintf("the same key as row %d", before+k.first), Accepted: "each key once"})
			continue
		}
		seen[string(text)] = i
	}
	return ids
}

// relations replaces the names of related rows by their ids, and refuses those that name no row or several.
func (k *rowChecker) relations(ctx context.Context, c *Client, edits []RowEdit, trustIDs bool) error {
	for _, col := range k.schema.Columns {
		if col.Format.Type != ColRelation || col.Format.Table == nil || col.Format.Table.ID == "" || !col.Writable() {
			continue
		}
		if err := k.relation(ctx, c, col, edits, trustIDs); err != nil {
			return err
		}
	}
	return nil
}

func (k *rowChecker) relation(ctx context.Context, c *Client, col *Column, edits []RowEdit, trustIDs bool) error {
	target := col.Format.Table
	names, ids := make(map[string]bool), make(map[string]bool)
	eachCell(edits, col.ID, func(_ int, v string) (string, bool) {
		if !isRowID(v) {
			names[v] = true
		} else if _, ours := c.added.Get(k.schema.Doc + "/" + v); !ours && !trustIDs {
			ids[v] = true
		}
		return "", false
	})
	if len(names)+len(ids) == 0 {
		return nil
	}
	found, err := c.lookUpRows(ctx, k.schema.Doc, target.ID, sortedKeys(names), sortedKeys(ids))
	if err != nil {
		return fmt.Errorf("coda: relation column %q: its rows in table %q cannot be looked up: %w", col.Name, target.Name, err)
	}
	accepted := fmt.Sprintf("the id (i-…) or exact name of a row of table %q", target.Name)
	eachCell(edits, col.ID, func(row int, v string) (string, bool) {
		switch {
		case ids[v] && !found.ids[v]:
			k.blame(CellProblem{Row: row, Column: col.Name, Value: show(v), Accepted: accepted,
				Problem: "no row has this id; one that was written less than a minute ago may not be visible yet"})
		case names[v]:
			r, err := choose(KindRow, v, "table "+target.Name, found.byName[fold(v)])
			if err == nil {
				return r.id, true
			}
			k.blame(CellProblem{Row: row, Column: col.Name, Value: show(v), Accepted: accepted,
				Problem: strings.TrimPrefix(found.explain(err).Error(), "coda: ")})
		}
		return "", false
	})
	return nil
}

// eachCell visits the texts in one column, and replaces those for which fn says so.
func eachCell(edits []RowEdit, column string, fn func(row int, v string) (string, bool)) {
	for i := range edits {
		for j := range edits[i].Cells {
			cell := &edits[i].Cells[j]
			if cell.Column != column {
				continue
			}
			switch v := cell.Value.(type) {
			case string:
				if v != "" {
					if with, ok := fn(i, v); ok {
						cell.Value = with
					}
				}
			case []any:
				for n, item := range v {
					if s, ok := item.(string); ok && s != "" {
						if with, ok := fn(i, s); ok {
							v[n] = with
						}
					}
				}
			}
		}
	}
}

func sortedKeys(m map[string]bool) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// maxRowBytes is the size of a row that Coda still takes.
const maxRowBytes = 85 << 10

// rowBytes is the size of a row as Coda has been seen to count it: the bytes of its values in UTF-8, and one more for each
// line break.
func rowBytes(edit RowEdit) int {
	total := 0
	for _, cell := range edit.Cells {
		total += valueBytes(cell.Value)
	}
	return total
}

func valueBytes(v any) int {
	switch v := v.(type) {
	case string:
		return len(v) + strings.Count(v, "\n")
	case json.Number:
		return len(v)
	case []any:
		total := 0
		for _, item := range v {
			total += valueBytes(item)
		}
		return total
	case nil:
		return 0
	}
	raw, _ := encode(v)
	return len(raw)
}
