package coda

import (
	"context"
	"iter"
	"net/url"
)

// ValueFormat says how Coda writes cell values.
type ValueFormat string

// The value formats. Only Rich tells the ids of related rows, the e-mail addresses of people and the currency of money;
// in Simple, lists are joined by commas and cannot be told apart again.
const (
	Simple           ValueFormat = "simple"
	SimpleWithArrays ValueFormat = "simpleWithArrays"
	Rich             ValueFormat = "rich"
)

// Row orders of [ListRowsOptions.SortBy].
const (
	ByCreation = "createdAt"
	ByUpdate   = "updatedAt"
	// Natural is the order on the page. It implies visible rows and columns only.
	Natural = "natural"
)

// Row is a row of a table or view.
type Row struct {
	Object
	ID string `json:"id"`
	// Name is the value of the display column.
	Name        string `json:"name"`
	Index       int    `json:"index"`
	Href        string `json:"href"`
	BrowserLink string `json:"browserLink"`
	CreatedAt   Time   `json:"createdAt"`
	UpdatedAt   Time   `json:"updatedAt"`
	// Values are keyed by column id, or by column name with UseColumnNames.
	Values map[string]Cell `json:"values"`
	// Parent is the table; [Client.GetRow] alone gives it.
	Parent *TableLink `json:"parent"`
}

// ListRowsOptions narrows [Client.ListRows].
type ListRowsOptions struct {
	ListOptions
	// Query is Coda's one filter, equality in one column; see [RowQuery].
	Query string
	// SortBy is ByCreation, ByUpdate or Natural; empty = ByCreation.
	SortBy string
	// VisibleOnly leaves out hidden rows and columns. Natural order contradicts false.
	VisibleOnly *bool
	// UseColumnNames keys the values by name. Columns of the same name then hide each other.
	UseColumnNames bool
	// ValueFormat is Rich by default.
	ValueFormat ValueFormat
}

// RowQuery writes Coda's row filter: the column, by id or name, equals the value, a string, number or bool. Relations
// are compared by the other row's name.
func RowQuery(column string, value any) (string, error) {
	v, err := encode(value)
	if err != nil {
		return "", err
	}
	if !hasIDPrefix(column, "c-") {
		name, err := encode(column)
		if err != nil {
			return "", err
		}
		column = string(name)
	}
	return column + ":" + string(v), nil
}

// ListRows lists a table's or view's rows (GET …/rows), from a snapshot that may be minutes old.
func (c *Client) ListRows(ctx context.Context, doc DocID, table string, opts ListRowsOptions) iter.Seq2[*Row, error] {
	return c.rowLister(doc, table, opts).all(ctx, c)
}

// ListRowsPage lists one page of rows, beginning at opts.PageToken.
func (c *Client) ListRowsPage(ctx context.Context, doc DocID, table string, opts ListRowsOptions) (Page[Row], error) {
	return c.rowLister(doc, table, opts).page(ctx, c)
}

// rowPageSize is the largest page of rows that Coda has been seen to give.
const rowPageSize = 500

func (c *Client) rowLister(doc DocID, table string, opts ListRowsOptions) lister[Row] {
	q := make(values)
	q.text("query", opts.Query)
	q.text("sortBy", opts.SortBy)
	q.flag("visibleOnly", opts.VisibleOnly)
	rowShape(q, opts.UseColumnNames, opts.ValueFormat)
	return lister[Row]{
		request: request{op: OpListRows, path: []string{doc, table}, query: url.Values(q), names: opts.UseColumnNames},
		opts:    opts.ListOptions, size: rowPageSize,
		key: func(r *Row) string { return r.ID },
	}
}

func rowShape(q values, names bool, format ValueFormat) {
	if names {
		q.text("useColumnNames", "true")
	}
	if format == "" {
		format = Rich
	}
	q.text("valueFormat", string(format))
}

// GetRowOptions shapes [Client.GetRow].
type GetRowOptions struct {
	UseColumnNames bool
	// ValueFormat is Rich by default.
	ValueFormat ValueFormat
}

// GetRow reads a row by id or name (GET …/rows/{row}). Of several rows of that name Coda picks any.
func (c *Client) GetRow(ctx context.Context, doc DocID, table, row string, opts GetRowOptions) (*Row, error) {
	q := make(values)
	rowShape(q, opts.UseColumnNames, opts.ValueFormat)
	return do[Row](ctx, c, request{op: OpGetRow, path: []string{doc, table, row}, query: url.Values(q),
		names: opts.UseColumnNames})
}

// CellEdit is a value for a column, which is named by id or name. Value is a string, number or bool, or a list of
// those.
type CellEdit struct {
	Column string `json:"column"`
	Value  any    `json:"value"`
}

// RowEdit is the values of one row.
type RowEdit struct {
	Cells []CellEdit `json:"cells"`
}

// RowsUpsert is the body of [Client.UpsertRowsRaw].
type RowsUpsert struct {
	Rows []RowEdit `json:"rows"`
	// KeyColumns make it an upsert: all rows that agree in them are updated, and one is added where none does.
	KeyColumns []string `json:"keyColumns,omitempty"`
}

// WriteOptions shapes raw writes.
type WriteOptions struct {
	// DisableParsing stores values as they are. It breaks relations, people, selects and dates.
	DisableParsing bool
}

func (o WriteOptions) query() url.Values {
	if o.DisableParsing {
		return url.Values{"disableParsing": {"true"}}
	}
	return nil
}

// UpsertRowsRaw sends one request of rows as it is, without checks (POST …/rows). It takes base tables only. An insert,
// without key columns, answers with the new rows' ids at once, and is never repeated; a keyed upsert may be.
// [Client.UpsertRows] is the careful form.
func (c *Client) UpsertRowsRaw(ctx context.Context, doc DocID, table string, rows RowsUpsert,
	opts WriteOptions) (Mutation, error) {
	return c.mutate(ctx, request{
		op: OpUpsertRows, path: []string{doc, table}, query: opts.query(), body: rows, replayable: len(rows.KeyColumns) > 0,
		rows: len(rows.Rows),
	})
}

// UpdateRowRaw changes cells of one row without checks (PUT …/rows/{row}). [Client.UpdateRow] is the careful form.
func (c *Client) UpdateRowRaw(ctx context.Context, doc DocID, table, row string, edit RowEdit,
	opts WriteOptions) (Mutation, error) {
	return c.mutate(ctx, request{
		op: OpUpdateRow, path: []string{doc, table, row}, query: opts.query(), rows: 1, body: rowUpdate{edit},
	})
}

type rowUpdate struct {
	Row RowEdit `json:"row"`
}

// DeleteRow deletes one row by id (DELETE …/rows/{row}). Given a name, Coda deletes any one row that bears it.
func (c *Client) DeleteRow(ctx context.Context, doc DocID, table, row string) (Mutation, error) {
	return c.mutate(ctx, request{op: OpDeleteRow, path: []string{doc, table, row}, replayable: isRowID(row), rows: 1})
}

// DeleteRows deletes rows by id (DELETE …/rows).
func (c *Client) DeleteRows(ctx context.Context, doc DocID, table string, rowIDs []string) (Mutation, error) {
	if len(rowIDs) == 0 {
		return Mutation{}, invalidf(OpDeleteRows, doc, "no row ids given")
	}
	for _, id := range rowIDs {
		if !isRowID(id) {
			return Mutation{}, invalidf(OpDeleteRows, doc, "%q is not a row id (i-…); resolve names first", clip(id, 80))
		}
	}
	return c.mutate(ctx, request{op: OpDeleteRows, path: []string{doc, table}, rows: len(rowIDs), body: struct {
		RowIDs []string `json:"rowIds"`
	}{rowIDs}})
}

// PushButton pushes a row's button (POST …/buttons/{column}). The button may change anything in the document and run
// Pack actions, whatever table the token is restricted to: [Format.Action] of its column tells what it does. It is
// never repeated.
func (c *Client) PushButton(ctx context.Context, doc DocID, table, row, column string) (Mutation, error) {
	return c.mutate(ctx, request{op: OpPushButton, path: []string{doc, table, row, column}})
}
