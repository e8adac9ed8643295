package coda

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
)

// Schema is what a table's cells can hold.
type Schema struct {
	Doc DocID
	// Table is the table as it was asked for.
	Table   string
	Columns []*Column

	// behind: it was read while changes of the document were pending.
	behind bool
	byID   map[string]*Column
	byName map[string][]*Column
	folded map[string][]*Column
}

func newSchema(doc DocID, table string, columns []*Column) *Schema {
	s := &Schema{
		Doc: doc, Table: table, Columns: columns,
		byID: make(map[string]*Column), byName: make(map[string][]*Column), folded: make(map[string][]*Column),
	}
	for _, col := range columns {
		s.byID[col.ID] = col
		s.byName[col.Name] = append(s.byName[col.Name], col)
		f := fold(col.Name)
		s.folded[f] = append(s.folded[f], col)
	}
	return s
}

// Column finds a column by id, by its exact name, or by its name regardless of case. A name that several columns bear
// is an [AmbiguousError], one that none bears matches [ErrNotFound].
func (s *Schema) Column(idOrName string) (*Column, error) {
	work := near.Search
	return s.columnNear(idOrName, &work)
}

// matches are the columns that a name may mean.
func (s *Schema) matches(idOrName string) []*Column {
	if col := s.byID[idOrName]; col != nil {
		return []*Column{col}
	}
	if matches := s.byName[idOrName]; len(matches) > 0 {
		return matches
	}
	if len(idOrName) > columnNameBytes {
		return nil
	}
	return s.folded[fold(idOrName)]
}

// columnNameBytes is the length up to which names of columns are compared regardless of case.
const columnNameBytes = 1000

// find is Column without a word on what is wrong.
func (s *Schema) find(idOrName string) *Column {
	if matches := s.matches(idOrName); len(matches) == 1 {
		return matches[0]
	}
	return nil
}

func (s *Schema) columnNear(idOrName string, work *near.Work) (*Column, error) {
	matches := s.matches(idOrName)
	switch len(matches) {
	case 1:
		return matches[0], nil
	case 0:
		names := make([]string, len(s.Columns))
		for i, col := range s.Columns {
			names[i] = col.Name
		}
		return nil, &UnknownNameError{Kind: KindColumn, Name: idOrName, Where: "table " + s.Table,
			Similar: near.Names(idOrName, names, work)}
	default:
		e := &AmbiguousError{Kind: KindColumn, Name: idOrName}
		for _, col := range matches {
			e.Candidates = append(e.Candidates, Candidate{ID: col.ID, Name: col.Name, Where: col.Format.Type + " column"})
		}
		return nil, e
	}
}

// Record gives a row's values by column name, as [Cell.Plain] has them. Columns that share their name are keyed by
// their id. The row must have been read without column names.
func (s *Schema) Record(row *Row) Record {
	r := make(Record, len(row.Values))
	for id, cell := range row.Values {
		key := id
		if col := s.byID[id]; col != nil && len(s.byName[col.Name]) == 1 {
			key = col.Name
		}
		r[key] = cell.Plain()
	}
	return r
}

// DisplayColumn is the column that gives rows their names; nil where Coda marks none.
func (s *Schema) DisplayColumn() *Column {
	if i := slices.IndexFunc(s.Columns, func(c *Column) bool { return c.Display }); i >= 0 {
		return s.Columns[i]
	}
	return nil
}

// TableDescription is a table and its columns.
type TableDescription struct {
	Table *Table
	*Schema
}

// DescribeTable reads a table with its columns; two requests for a table of up to 100 columns, one while the columns
// are remembered.
func (c *Client) DescribeTable(ctx context.Context, doc DocID, table string) (*TableDescription, error) {
	t, err := c.GetTable(ctx, doc, table)
	if err != nil {
		return nil, err
	}
	s, err := c.Schema(ctx, doc, t.ID)
	if err != nil {
		return nil, err
	}
	return &TableDescription{Table: t, Schema: s}, nil
}

// noSuchColumn reports whether Coda refused a write because the columns are not what was remembered.
func noSuchColumn(err error) bool {
	e, ok := asError(err)
	if !ok || e.StatusCode != 400 && e.StatusCode != 404 {
		return false
	}
	m := strings.ToLower(e.Message + " " + strings.Join(e.Details, " "))
	return strings.Contains(m, "column")
}

// UnknownNameError says that nothing bears a name. It matches [ErrNotFound].
type UnknownNameError struct {
	Kind Kind
	Name string
	// Where says what was searched.
	Where string
	// Similar are names that may have been meant.
	Similar []string
}

// Error implements error.
func (e *UnknownNameError) Error() string {
	text := near.Sprintf("coda: no %s is called %q", e.Kind, clip(e.Name, 80))
	if e.Where != "" {
		text += " in " + e.Where
	}
	if len(e.Similar) > 0 {
		text += "; did you mean " + quoteList(e.Similar, " or ") + "?"
		if near.Alike(e.Similar) {
			text += " Some names differ only in characters that cannot be seen: use ids."
		}
	}
	return text
}

// Unwrap gives [ErrNotFound].
func (e *UnknownNameError) Unwrap() error { return ErrNotFound }

// Candidate is one of several things that a name may mean.
type Candidate struct {
	ID, Name string
	// Where helps to tell it apart, such as the page it stands on or a link.
	Where string
}

// AmbiguousError says that a name means several things. Coda would pick any of them, for writing and deleting too. It
// matches [ErrAmbiguous].
type AmbiguousError struct {
	Kind       Kind
	Name       string
	Candidates []Candidate

	// intro says it otherwise where it is no name that is ambiguous.
	intro string
}

// Error implements error.
func (e *AmbiguousError) Error() string {
	var b strings.Builder
	if e.intro != "" {
		fmt.Fprintf(&b, "coda: %s, use an id: ", e.intro)
	} else {
		b.WriteString(near.Sprintf("coda: %d %ss are called %q, use an id: ", len(e.Candidates), e.Kind, clip(e.Name, 80)))
	}
	for i, cand := range e.Candidates {
		if i == 10 {
			fmt.Fprintf(&b, " and %d more", len(e.Candidates)-i)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(cand.ID)
		if cand.Where != "" {
			fmt.Fprintf(&b, " (%s)", cand.Where)
		}
	}
	return b.String()
}

// Unwrap gives [ErrAmbiguous].
func (e *AmbiguousError) Unwrap() error { return ErrAmbiguous }

func quoteList(names []string, or string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = near.Sprintf("%q", clip(n, 60))
	}
	return strings.Join(q, or)
}
