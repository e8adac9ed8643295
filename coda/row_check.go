package coda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
)

// PreparedRows are rows as they are written: checked, with every value in a form that Coda stores as it was meant.
type PreparedRows struct {
	Schema *Schema
	Edits  []RowEdit
	// Keys are the ids of the key columns.
	Keys []string
	// Index are the indexes of the rows in the call; some are missing where rows were left out.
	Index []int
	// Skipped says which rows were left out and why; nil for none.
	Skipped *ValidationError
	// Notes tell how values were read.
	Notes []ValueNote
}

// PrepareRows checks rows as [Client.UpsertRows] does and writes nothing. The error is a [*ValidationError] with
// everything that is wrong, people and related rows included.
func (c *Client) PrepareRows(ctx context.Context, doc DocID, table string, rows []Record,
	opts UpsertOptions) (*PreparedRows, error) {
	if err := opts.Values.check(); err != nil {
		return nil, invalid(OpUpsertRows, doc, err)
	}
	var k *rowChecker
	// Against the remembered columns, and once more against fresh ones before it says that a column is missing.
	err := c.withSchema(ctx, doc, table, func(s *Schema) bool {
		k = newRowChecker(c, s, opts)
		k.rows(ctx, rows)
		return k.unknownColumn
	})
	if err == nil {
		err = ctx.Err()
	}
	if err == nil && !opts.SkipChecks {
		err = k.lookUp(ctx)
	}
	if err != nil {
		return nil, err
	}
	keys := k.keys(opts.KeyColumns)
	p := &PreparedRows{Schema: k.schema, Keys: keys, Notes: k.notes.list()}
	if invalid := k.faults.err(k.schema); invalid != nil {
		invalid.Skippable = !k.whole && !invalid.Stopped && len(invalid.Rows) < len(k.edits)
		if !k.opts.SkipInvalid || !invalid.Skippable {
			return nil, invalid
		}
		p.Skipped = invalid
	}
	for i, edit := range k.edits {
		index := opts.ResumeFrom + i
		if p.Skipped != nil {
			if _, faulty := slices.BinarySearch(p.Skipped.Rows, index); faulty {
				continue
			}
		}
		p.Edits, p.Index = append(p.Edits, edit), append(p.Index, index)
	}
	return p, nil
}

// CheckRows checks rows as [Client.UpsertRows] does and writes nothing.
func (c *Client) CheckRows(ctx context.Context, doc DocID, table string, rows []Record, opts UpsertOptions) error {
	_, err := c.PrepareRows(ctx, doc, table, rows, opts)
	return err
}

// rowChecker turns records into what is sent, and gathers what is wrong with them.
type rowChecker struct {
	c      *Client
	schema *Schema
	opts   UpsertOptions
	faults faultList
	notes  noteList
	edits  []RowEdit
	// columns are what the caller's names for columns stand for.
	columns map[string]namedColumn
	readers map[string]*columnReader
	// refused are the problems of values, by the caller's name of the column, so that the same value in a thousand rows
	// is read once. read counts those that were.
	refused map[cellValue]*CellProblem
	read    int
	// bad are cells at fault, of which no more is to be said.
	bad map[cellAt]bool
	// wanted is what is to be looked up, by the column's id; tooMany is set where a column names more than is looked for.
	wanted  map[string]*wantedIn
	tooMany bool
	// unknownColumn is set when a column was not found, which a fresh look at the table may cure.
	unknownColumn bool
	// whole is set when something is wrong with the call, not with one row of it.
	whole bool
	// work bounds the search for what may have been meant.
	work near.Work
	// writable names the columns that can be written, for refusals.
	writable string
}

// cellValue is a value that can be compared, or nil for the column itself.
type cellValue struct {
	column string
	value  any
}

// valueKey gives the form in which a value of its own is known again; ok is false of lists, objects and long texts.
func valueKey(column string, given any) (key cellValue, ok bool) {
	switch v := given.(type) {
	case string:
		ok = len(v) <= optionBytes
	case json.Number:
		ok = len(v) <= optionBytes
	case bool, float64, int, int64:
		ok = true
	}
	if !ok {
		return cellValue{}, false
	}
	return cellValue{column, given}, true
}

type cellAt struct {
	row    int
	column string
}

// namedColumn is a column by the caller's name for it, or why there is none.
type namedColumn struct {
	col     *Column
	problem string
	near    []string
}

// checkerWork bounds the search for near names of one call.
const checkerWork = 4 * near.Search

func newRowChecker(c *Client, s *Schema, opts UpsertOptions) *rowChecker {
	k := &rowChecker{
		c: c, schema: s, opts: opts, faults: faultList{first: opts.ResumeFrom}, work: checkerWork,
		columns: make(map[string]namedColumn), readers: make(map[string]*columnReader), bad: make(map[cellAt]bool),
		refused: make(map[cellValue]*CellProblem), wanted: make(map[string]*wantedIn),
	}
	for _, name := range sortedKeys(opts.Values.Map) {
		named := k.column(name)
		if named.col == nil {
			k.whole = true
			k.faults.add(0, CellProblem{Column: name, Problem: "map: " + named.problem, Accepted: k.columnNames()})
			continue
		}
		k.reader(named.col).replace = opts.Values.Map[name]
	}
	return k
}

// column finds a column by the caller's name for it, and the reason where there is none once for all rows.
func (k *rowChecker) column(name string) namedColumn {
	known, ok := k.columns[name]
	if ok {
		return known
	}
	wanted := name
	if other := k.opts.Values.Columns[name]; other != "" {
		wanted = other
	}
	col, err := k.schema.columnNear(wanted, &k.work)
	if err != nil {
		known.problem = strings.TrimPrefix(err.Error(), "coda: ")
		var unknown *UnknownNameError
		if errors.As(err, &unknown) {
			known.near = unknown.Similar
		}
		k.unknownColumn = k.unknownColumn || errors.Is(err, ErrNotFound)
	}
	known.col = col
	k.columns[name] = known
	return known
}

func (k *rowChecker) reader(col *Column) *columnReader {
	r := k.readers[col.ID]
	if r == nil {
		r = &columnReader{col: col, doc: k.schema.Doc, opts: &k.opts.Values, say: k.notes.say, work: &k.work}
		k.readers[col.ID] = r
	}
	return r
}

// rows checks all but what has to be looked up.
func (k *rowChecker) rows(ctx context.Context, records []Record) {
	k.edits = make([]RowEdit, len(records))
	for i, record := range records {
		if k.faults.full() || k.tooMany || i%64 == 0 && ctx.Err() != nil {
			return
		}
		k.row(i, record)
	}
}

func (k *rowChecker) row(i int, record Record) {
	switch most := 2*len(k.schema.Columns) + 20; {
	case len(record) == 0:
		k.faults.add(i, CellProblem{Problem: "the row has no values", Accepted: "at least one column"})
		return
	case len(record) > most:
		k.faults.add(i, CellProblem{Problem: fmt.Sprintf("the row names %d columns, and the table has %d", len(record),
			len(k.schema.Columns)), Accepted: k.columnNames()})
		return
	}
	names := sortedKeys(record)
	edit := RowEdit{Cells: make([]CellEdit, 0, len(names))}
	var used map[string]string
	if len(names) > 1 {
		used = make(map[string]string, len(names))
	}
	for _, name := range names {
		if other, replaced := k.opts.Values.Columns[name]; replaced && other == "" {
			continue
		}
		given, col := record[name], k.columnAt(i, name)
		if col == nil {
			continue
		}
		if before, twice := used[col.ID]; twice {
			if k.column(name).col != nil {
				k.faults.add(i, CellProblem{Column: name, Problem: near.Sprintf("the same column as %q", before),
					Accepted: "each column once"})
			}
			continue
		}
		if k.column(name).col == nil {
			name = col.Name
		}
		if used != nil {
			used[col.ID] = name
		}
		key, comparable := valueKey(name, given)
		if known, ok := k.refused[key]; ok && comparable {
			k.spoil(i, col)
			k.faults.again(i, known)
			continue
		}
		value, err := k.value(col, given)
		if err != nil {
			if known := k.refuse(i, col, name, given, err); comparable {
				k.refused[key] = known
			}
			continue
		}
		if !k.opts.SkipChecks {
			k.want(col, value)
		}
		edit.Cells = append(edit.Cells, CellEdit{Column: col.ID, Value: value})
	}
	if size := rowBytes(edit); size > maxRowBytes {
		k.faults.add(i, CellProblem{Problem: fmt.Sprintf("the row is %d KB large", (size+1023)/1024),
			Accepted: "85 KB a row, as Coda counts: the bytes of its values, line breaks twice"})
	}
	k.edits[i] = edit
}

// columnAt is the column that a row names, or the only one that may have been meant, so that its values are looked at
// in the same call; nil where there is none. What is no column is noted as a fault of the row.
func (k *rowChecker) columnAt(row int, name string) *Column {
	named := k.column(name)
	if named.col != nil {
		return named.col
	}
	if known, ok := k.refused[cellValue{name, nil}]; ok {
		k.faults.again(row, known)
	} else {
		k.refused[cellValue{name, nil}] = k.faults.add(row, CellProblem{Column: name, Problem: named.problem,
			Accepted: k.columnNames(), Candidates: named.near})
	}
	if len(named.near) != 1 {
		return nil
	}
	if col := k.schema.find(named.near[0]); col != nil && col.Writable() {
		return col
	}
	return nil
}

func (k *rowChecker) value(col *Column, given any) (any, error) {
	r := k.reader(col)
	k.read++
	if !k.opts.SkipChecks {
		return r.read(given)
	}
	plain, err := plainInput(given)
	if err != nil {
		return nil, &refusal{problem: err.Error()}
	}
	return r.free(plain)
}

// spoil notes that a cell is at fault, where that will be asked.
func (k *rowChecker) spoil(row int, col *Column) {
	if len(k.opts.KeyColumns) > 0 {
		k.bad[cellAt{row, col.ID}] = true
	}
}

// refuse notes that a value does not fit its column.
func (k *rowChecker) refuse(row int, col *Column, name string, given any, err error) *CellProblem {
	k.spoil(row, col)
	p := CellProblem{Column: name, Value: show(given), Key: mapKey(inputKey(given)), Problem: err.Error(),
		Unwritable: !col.Writable()}
	var refused *refusal
	if errors.As(err, &refused) {
		p.Problem, p.Accepted, p.Candidates, p.Mends = refused.problem, refused.accepted, refused.candidates, refused.mends
		if refused.value != "" {
			p.Value, p.Key = show(refused.value), mapKey(refused.value)
		}
	}
	return k.faults.add(row, p)
}

// mapKey leaves out texts that are too long to be repeated in a map.
func mapKey(key string) string {
	if len(key) > optionBytes {
		return ""
	}
	return key
}

func (k *rowChecker) columnNames() string {
	if k.writable != "" {
		return k.writable
	}
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
	k.writable = text
	return text
}

// keys resolves the key columns and refuses rows that lack a key or share one: both would be added instead of one.
func (k *rowChecker) keys(columns []string) []string {
	var ids []string
	for _, name := range columns {
		named := k.column(name)
		switch {
		case named.col == nil:
			k.faults.add(0, CellProblem{Column: name, Problem: "key column: " + named.problem, Accepted: k.columnNames()})
		case !named.col.Writable():
			k.faults.add(0, CellProblem{Column: name, Problem: "a calculated column or button cannot be a key column",
				Accepted: k.columnNames()})
		default:
			ids = append(ids, named.col.ID)
		}
	}
	k.whole = k.whole || len(ids) < len(columns)
	if k.whole || len(ids) == 0 || k.faults.full() {
		return ids
	}
	seen := make(map[string]int, len(k.edits))
	for i, edit := range k.edits {
		key, missing := keyValues(edit, ids)
		if missing >= 0 {
			if !k.bad[cellAt{i, ids[missing]}] && len(edit.Cells) > 0 {
				k.faults.add(i, CellProblem{Column: columns[missing], Problem: "the row has no value in a key column",
					Accepted: "a value"})
			}
			continue
		}
		text, _ := encode(key)
		if before, twice := seen[string(text)]; twice {
			k.faults.add(i, CellProblem{Column: strings.Join(columns, ", "), Value: clip(string(text), 80),
				Problem: fmt.Sprintf("the same key as row %d", before+k.faults.first), Accepted: "each key once"})
			continue
		}
		seen[string(text)] = i
	}
	return ids
}

// keyValues gives a row's values in the key columns; missing is the index of the first column without one, else -1.
func keyValues(edit RowEdit, ids []string) (key []any, missing int) {
	for n, id := range ids {
		at := slices.IndexFunc(edit.Cells, func(c CellEdit) bool { return c.Column == id })
		if at < 0 || edit.Cells[at].Value == "" {
			return nil, n
		}
		key = append(key, edit.Cells[at].Value)
	}
	return key, -1
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// maxRowBytes is the size of a row that Coda still takes.
const maxRowBytes = 85 << 10

// rowBytes is the size of a row as Coda has been seen to count it: the bytes of its values in UTF-8, and one more for
// each line break.
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
	case lookup:
		return len(v.text)
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
