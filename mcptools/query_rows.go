package mcptools

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

func queryRowsTool() spec {
	return handle(spec{
		name: "coda_query_rows", title: "Query rows", group: groupRead, long: true,
		description: "Read rows of a table or view, filtered, sorted and with chosen columns. " +
			"Use it for every question about a table's data; coda_describe_table tells columns and options, coda_get_row gives one row in full. " +
			"A view applies its own filter.",
		params: []param{
			tableParam(), docParam(false),
			{name: "filter", kind: kindObject, description: `{"Status":"Open"}, {"Status":["Open","New"]}, {"Due":{"before":"2026-12-01"}}, {"Name":{"contains":"x"}}, {"Owner":{"empty":true}}; all must hold; combine by {"or":[{},{}]}, and, not`},
			{name: "columns", kind: kindStrings, description: "Names or ids; default all, of a view those it shows"},
			{name: "sort", kind: kindStrings, description: `Columns, "-" in front for descending; or created, updated, manual`},
			{name: "limit", kind: kindInteger, lowest: 1, highest: 500, description: "Default 50"},
			{name: "count", kind: kindBoolean, description: "Only count the rows"},
			{name: "max_chars", kind: kindInteger, lowest: 500, highest: mostChars, description: "Default 20000"},
			cursorParam(),
		},
		output: []field{{"table", kindObject, true, "doc id name"}, {"rows", kindObjects, true, "id values:object"}, {"count", kindInteger, false, ""}, {"next", kindObject, false, ""}},
	}, queryRows)
}

func cursorParam() param { return param{name: "cursor", description: "From next"} }

type queryRowsInput struct {
	Table    string         `json:"table"`
	Doc      string         `json:"doc"`
	Filter   map[string]any `json:"filter"`
	Columns  []string       `json:"columns"`
	Sort     []string       `json:"sort"`
	Limit    int            `json:"limit"`
	Count    bool           `json:"count"`
	MaxChars int            `json:"max_chars"`
	Cursor   string         `json:"cursor"`
}

type rowsFound struct {
	Table place      `json:"table"`
	Rows  []rowShown `json:"rows"`
	// Count is how many rows match; absent while that is not known.
	Count *int           `json:"count,omitempty"`
	Next  map[string]any `json:"next,omitempty"`
}

// place names what an answer is about, so that a next call can.
type place struct {
	Doc  string `json:"doc"`
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

func queryRows(ctx context.Context, c *call, in queryRowsInput) (*answer, error) {
	target, err := c.table(ctx, in.Doc, in.Table)
	if err != nil {
		return nil, err
	}
	q, err := c.compileQuery(ctx, target, in)
	if err != nil {
		return nil, err
	}
	c.noteRecent(target.ID)
	if in.Count {
		return c.countRows(ctx, q)
	}
	found, err := q.fetch(ctx, c)
	if err != nil {
		return nil, err
	}
	return c.showRows(q, found), nil
}

// rowQuery is a compiled call.
type rowQuery struct {
	target   coda.Target
	scan     scan
	sort     []ordering
	view     *rowView
	from     position
	limit    int
	maxChars int
	filtered bool
}

func (c *call) compileQuery(ctx context.Context, target coda.Target, in queryRowsInput) (*rowQuery, error) {
	schema, err := c.coda.Schema(ctx, target.Doc, target.ID)
	if err != nil {
		return nil, err
	}
	in.Columns, in.Sort = listed(schema, in.Columns), listed(schema, in.Sort)
	q := &rowQuery{target: target, limit: in.Limit, maxChars: in.MaxChars, scan: scan{doc: target.Doc, table: target.ID}}
	if q.limit == 0 {
		q.limit = 50
	}
	if q.maxChars == 0 {
		q.maxChars = defaultChars
	}
	if in.Columns, err = c.viewColumns(ctx, target, in.Columns); err != nil {
		return nil, err
	}
	// Columns may have been renamed or added since they were remembered.
	for attempt := 0; ; attempt++ {
		err := q.compile(c, schema, in)
		var missing *complaint
		if err == nil || attempt > 0 || !errors.As(err, &missing) || !missing.unknownColumn {
			return q, err
		}
		c.coda.ForgetSchema(target.Doc, target.ID)
		if schema, err = c.coda.Schema(ctx, target.Doc, target.ID); err != nil {
			return nil, err
		}
	}
}

// viewColumns are those that a view shows, where none were asked for: somebody chose them for what the view is for.
func (c *call) viewColumns(ctx context.Context, target coda.Target, asked []string) ([]string, error) {
	if len(asked) > 0 || !isView(target.ID) {
		return asked, nil
	}
	visible, err := coda.Collect(c.coda.ListColumns(ctx, target.Doc, target.ID, coda.ListColumnsOptions{VisibleOnly: true}))
	if err != nil {
		return nil, err
	}
	for _, column := range visible {
		if column.Format.Type != coda.ColButton && len(asked) < mostColumns {
			asked = append(asked, column.ID)
		}
	}
	return asked, nil
}

// isView tells a view from a base table by its id.
func isView(table string) bool { return strings.HasPrefix(table, "table-") }

func (q *rowQuery) compile(c *call, schema *coda.Schema, in queryRowsInput) (err error) {
	if q.view, err = newRowView(c, schema, in.Columns); err != nil {
		return err
	}
	if err = q.compileSort(schema, in.Sort); err != nil {
		return err
	}
	if q.from, err = parseCursor(in.Cursor); err != nil {
		return err
	}
	if q.filtered = len(in.Filter) > 0; !q.filtered {
		return nil
	}
	if q.scan.condition, err = compileFilter(schema, in.Filter); err != nil {
		return err
	}
	q.scan.query, err = pushDown(q.scan.condition)
	return err
}

// orders are those that Coda knows itself.
var orders = map[string]string{"created": coda.ByCreation, "createdat": coda.ByCreation, "updated": coda.ByUpdate, "updatedat": coda.ByUpdate, "manual": coda.Natural, "natural": coda.Natural}

func (q *rowQuery) compileSort(schema *coda.Schema, sort []string) error {
	q.sort = nil
	for _, s := range sort {
		name, descending := strings.TrimSpace(s), false
		if column, err := schema.Column(name); err == nil {
			q.sort = append(q.sort, ordering{column, false})
			continue
		}
		if order, ok := orders[foldName(name)]; ok && len(sort) == 1 {
			q.scan.order = order
			return nil
		}
		lower := strings.ToLower(name)
		switch {
		case strings.HasPrefix(name, "-"):
			name, descending = name[1:], true
		case strings.HasSuffix(lower, " desc"):
			name, descending = name[:len(name)-len(" desc")], true
		case strings.HasSuffix(lower, " asc"):
			name = name[:len(name)-len(" asc")]
		}
		column, err := columnOf(schema, strings.TrimSpace(name))
		if err != nil {
			return err
		}
		q.sort = append(q.sort, ordering{column, descending})
	}
	return nil
}

// rowsPage is what a query gives: rows, where to go on, and what is known of all that match.
type rowsPage struct {
	rows []*coda.Row
	// at gives the position of each row, so that an answer that becomes too long can end before any of them.
	at    func(i int) position
	next  *position
	count *int
}

func (q *rowQuery) fetch(ctx context.Context, c *call) (rowsPage, error) {
	if len(q.sort) > 0 {
		return q.fetchSorted(ctx, c)
	}
	found, err := q.scan.run(ctx, c, q.from, q.limit)
	if err != nil {
		return rowsPage{}, err
	}
	page := rowsPage{rows: found.rows, next: found.next, at: func(i int) position { return found.positions[i] }}
	if found.next == nil && q.from == (position{}) {
		n := len(found.rows)
		page.count = &n
	}
	if found.next != nil && len(found.rows) < q.limit {
		c.note("%s rows were looked at without reaching the end of the table. Coda cannot apply such filters itself; go on with next, or narrow the search with a view.", thousands(found.looked))
	}
	return page, nil
}

// fetchSorted reads all matching rows, because Coda does not sort by columns.
func (q *rowQuery) fetchSorted(ctx context.Context, c *call) (rowsPage, error) {
	found, err := q.scan.run(ctx, c, position{}, mostScanned)
	if err != nil {
		return rowsPage{}, err
	}
	sortRows(found.rows, q.sort)
	var page rowsPage
	if found.next != nil {
		c.note("The table is longer than the %s rows that one call reads; sorted are only those.", thousands(mostScanned))
	} else {
		n := len(found.rows)
		page.count = &n
	}
	begin := min(q.from.Skip, len(found.rows))
	end := min(begin+q.limit, len(found.rows))
	page.rows = found.rows[begin:end]
	page.at = func(i int) position { return position{Skip: begin + i} }
	if end < len(found.rows) {
		page.next = &position{Skip: end}
	}
	return page, nil
}

func (c *call) countRows(ctx context.Context, q *rowQuery) (*answer, error) {
	found, err := q.scan.run(ctx, c, position{}, mostScanned)
	if err != nil {
		return nil, err
	}
	n := len(found.rows)
	out := rowsFound{Table: placeOf(q.target), Rows: []rowShown{}, Count: &n}
	text := fmt.Sprintf("%s of the table match.", plural(n, "row"))
	if found.next != nil {
		text = fmt.Sprintf("At least %s match; the table is longer than the %s rows that one call reads.", plural(n, "row"), thousands(mostScanned))
		out.Count = nil
	}
	return &answer{text: text, data: out}, nil
}

func placeOf(t coda.Target) place { return place{Doc: t.Doc, ID: t.ID, Name: t.Name} }
