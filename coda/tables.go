package coda

import (
	"context"
	"iter"
	"net/url"
)

// Table types, the values of [Table.TableType] that are known.
const (
	TypeTable = "table"
	TypeView  = "view"
)

// Table is a table or view. Listings give it without what stands below Parent.
type Table struct {
	Object
	ID          string `json:"id"`
	Name        string `json:"name"`
	TableType   string `json:"tableType"`
	Href        string `json:"href"`
	BrowserLink string `json:"browserLink"`
	// Parent is the page that it stands on.
	Parent *PageLink `json:"parent"`

	// ParentTable is the base table of a view. Rows are written to base tables only.
	ParentTable   *TableLink   `json:"parentTable"`
	DisplayColumn *ColumnLink  `json:"displayColumn"`
	RowCount      int          `json:"rowCount"`
	Sorts         []Sort       `json:"sorts"`
	Layout        string       `json:"layout"`
	Filter        *TableFilter `json:"filter"`
	CreatedAt     Time         `json:"createdAt"`
	UpdatedAt     Time         `json:"updatedAt"`
}

// Sort is one of a table's sort orders.
type Sort struct {
	Column ColumnLink `json:"column"`
	// Direction is ascending or descending.
	Direction string `json:"direction"`
}

// TableFilter describes a view's filter formula without giving it.
type TableFilter struct {
	Valid           bool `json:"valid"`
	IsVolatile      bool `json:"isVolatile"`
	HasUserFormula  bool `json:"hasUserFormula"`
	HasTodayFormula bool `json:"hasTodayFormula"`
	HasNowFormula   bool `json:"hasNowFormula"`
}

// ListTablesOptions narrows [Client.ListTables].
type ListTablesOptions struct {
	ListOptions
	// TableTypes are of TypeTable and TypeView; none = both.
	TableTypes []string
	// SortBy is "name" or empty.
	SortBy string
}

// ListTables lists a document's tables and views (GET …/tables).
func (c *Client) ListTables(ctx context.Context, doc DocID, opts ListTablesOptions) iter.Seq2[*Table, error] {
	q := make(values)
	q.list("tableTypes", opts.TableTypes)
	q.text("sortBy", opts.SortBy)
	return lister[Table]{
		request: request{op: OpListTables, path: []string{doc}, query: url.Values(q)}, opts: opts.ListOptions, size: 200,
		key: func(t *Table) string { return t.ID },
	}.all(ctx, c)
}

// GetTable reads a table or view by id or name (GET …/tables/{table}).
func (c *Client) GetTable(ctx context.Context, doc DocID, table string) (*Table, error) {
	return do[Table](ctx, c, request{op: OpGetTable, path: []string{doc, table},
		query: url.Values{"useUpdatedTableLayouts": {"true"}}})
}
