package tables

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func queryRowsTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_query_rows", Title: "Query rows", Group: kit.GroupRead, Long: true,
		Description: "Read rows of a table or view, filtered, sorted and with chosen columns. " +
			"Use it for every question about a table's data; coda_describe_table tells columns and options, coda_get_row gives one row in full. " +
			"A view applies its own filter.",
		Output: []kit.Field{{Name: "table", Kind: kit.KindObject, Always: true, Of: "doc id name"}, {Name: "rows", Kind: kit.KindObjects, Always: true, Of: "id values:object"}, {Name: "count", Kind: kit.KindInteger}, {Name: "next", Kind: kit.KindObject}},
	}, queryRows)
}

type queryRowsInput struct {
	kit.InTable
	Filter   map[string]any `json:"filter" doc:"{\"Status\":\"Open\"}, {\"Status\":[\"Open\",\"New\"]}, {\"Due\":{\"before\":\"2026-12-01\"}}, {\"Name\":{\"contains\":\"x\"}}, {\"Owner\":{\"empty\":true}}; all must hold; combine by {\"or\":[{},{}]}, and, not"`
	Columns  []string       `json:"columns" doc:"Names or ids; default all, of a view those it shows"`
	Sort     []string       `json:"sort" doc:"Columns, \"-\" in front for descending; or created, updated, manual"`
	Limit    int            `json:"limit" min:"1" max:"500" doc:"Default 50"`
	Count    bool           `json:"count" doc:"Only count the rows"`
	MaxChars int            `json:"max_chars" min:"500" max:"45000" doc:"Default 20000"`
	Cursor   string         `json:"cursor" doc:"From next"`
}

type rowsFound struct {
	Table kit.Place  `json:"table"`
	Rows  []rowShown `json:"rows"`
	// Count is how many rows match; absent while that is not known.
	Count *int           `json:"count,omitempty"`
	Next  map[string]any `json:"next,omitempty"`
}

func queryRows(ctx context.Context, c *kit.Call, in queryRowsInput) (*kit.Answer, error) {
	target, err := c.Table(ctx, in.Doc, in.Table)
	if err != nil {
		return nil, err
	}
	q, err := compileQuery(ctx, c, target, in)
	if err != nil {
		return nil, err
	}
	c.NoteRecent(target.ID)
	if in.Count {
		return countRows(ctx, c, q)
	}
	found, err := q.fetch(ctx, c)
	if err != nil {
		return nil, err
	}
	return showRows(c, q, found), nil
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

func compileQuery(ctx context.Context, c *kit.Call, target coda.Target, in queryRowsInput) (*rowQuery, error) {
	schema, err := c.Coda.Schema(ctx, target.Doc, target.ID)
	if err != nil {
		return nil, err
	}
	in.Columns, in.Sort = listed(schema, in.Columns), listed(schema, in.Sort)
	q := &rowQuery{target: target, limit: in.Limit, maxChars: in.MaxChars, scan: scan{doc: target.Doc, table: target.ID}}
	if q.limit == 0 {
		q.limit = 50
	}
	if q.maxChars == 0 {
		q.maxChars = kit.DefaultChars
	}
	if in.Columns, err = viewColumns(ctx, c, target, in.Columns); err != nil {
		return nil, err
	}
	// Columns may have been renamed or added since they were remembered.
	for attempt := 0; ; attempt++ {
		err := q.compile(c, schema, in)
		var missing *kit.Complaint
		if err == nil || attempt > 0 || !errors.As(err, &missing) || !missing.UnknownColumn {
			return q, err
		}
		c.Coda.ForgetSchema(target.Doc, target.ID)
		if schema, err = c.Coda.Schema(ctx, target.Doc, target.ID); err != nil {
			return nil, err
		}
	}
}

// viewColumns are those that a view shows, where none were asked for: somebody chose them for what the view is for.
func viewColumns(ctx context.Context, c *kit.Call, target coda.Target, asked []string) ([]string, error) {
	if len(asked) > 0 || !isView(target.ID) {
		return asked, nil
	}
	visible, err := coda.Collect(c.Coda.ListColumns(ctx, target.Doc, target.ID, coda.ListColumnsOptions{VisibleOnly: true}))
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

func (q *rowQuery) compile(c *kit.Call, schema *coda.Schema, in queryRowsInput) (err error) {
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
		if order, ok := orders[kit.FoldName(name)]; ok && len(sort) == 1 {
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

func (q *rowQuery) fetch(ctx context.Context, c *kit.Call) (rowsPage, error) {
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
		c.Note("%s rows were looked at without reaching the end of the table. Coda cannot apply such filters itself; go on with next, or narrow the search with a view.", kit.Thousands(found.looked))
	}
	return page, nil
}

// fetchSorted reads all matching rows, because Coda does not sort by columns.
func (q *rowQuery) fetchSorted(ctx context.Context, c *kit.Call) (rowsPage, error) {
	found, err := q.scan.run(ctx, c, position{}, mostScanned)
	if err != nil {
		return rowsPage{}, err
	}
	sortRows(found.rows, q.sort)
	var page rowsPage
	if found.next != nil {
		c.Note("The table is longer than the %s rows that one call reads; sorted are only those.", kit.Thousands(mostScanned))
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

func countRows(ctx context.Context, c *kit.Call, q *rowQuery) (*kit.Answer, error) {
	found, err := q.scan.run(ctx, c, position{}, mostScanned)
	if err != nil {
		return nil, err
	}
	n := len(found.rows)
	out := rowsFound{Table: kit.PlaceOf(q.target), Rows: []rowShown{}, Count: &n}
	text := fmt.Sprintf("%s of the table match.", kit.Plural(n, "row"))
	if found.next != nil {
		text = fmt.Sprintf("At least %s match; the table is longer than the %s rows that one call reads.", kit.Plural(n, "row"), kit.Thousands(mostScanned))
		out.Count = nil
	}
	return &kit.Answer{Text: text, Data: out}, nil
}
