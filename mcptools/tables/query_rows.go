package tables

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/rowset"
)

func queryRowsTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_query_rows", Title: "Query rows", Group: kit.GroupRead, Long: true,
		Description: "Read rows of a table or view, filtered, sorted and with chosen columns, or count them. " +
			"Use it for every question about a table's data; coda_describe_table lists columns and options, " +
			"coda_get_row gives one row in full. A view applies its own filter.",
	}, queryRows)
}

type queryRowsInput struct {
	kit.InTable
	Filter   map[string]any `json:"filter" doc:"{\"Status\":\"Open\"}, {\"Status\":[\"Open\",\"New\"]}, {\"Status\":{\"not\":\"Done\"}}, {\"Due\":{\"before\":\"2026-12-01\"}}, {\"Due\":\"this week\"} or today, last 7 days, 2026-03, 2026-Q1, {\"Owner\":null}, {\"updated\":{\"since\":\"yesterday\"}}; all must hold; {\"or\":[{},{}]}, and, not. Comparisons: not, in, not_in, all, lt, lte, gt, gte, before, after, between, contains, starts_with, ends_with, empty"`
	Columns  []string       `json:"columns" doc:"Names or ids, also created and updated (row times); default all, of a view those it shows"`
	Sort     []string       `json:"sort" doc:"Columns, created or updated, \"-\" in front for descending; or manual"`
	Limit    int            `json:"limit" min:"1" max:"500" doc:"Default 50"`
	Count    bool           `json:"count" doc:"Only count the rows"`
	IDs      *bool          `json:"ids" doc:"Show ids of rows and related rows; default those of up to 100 rows"`
	MaxChars int            `json:"max_chars" min:"500" max:"45000" doc:"Default 20000"`
	Cursor   string         `json:"cursor" doc:"From next"`
}

const (
	defaultRows = 50
	// rowsWithIDs is up to how many rows ids are shown without being asked for: a next call may name a few rows by them,
	// and of many they would be most of the answer.
	rowsWithIDs = 100
	// mostAsked bounds the columns that one call names.
	mostAsked = 100
)

func queryRows(ctx context.Context, c *kit.Call, in queryRowsInput) (*kit.Answer, error) {
	target, err := c.Table(ctx, in.Doc, in.Table)
	if err != nil {
		return nil, err
	}
	if len(in.Columns) > mostAsked {
		return nil, kit.Complain("One call shows up to %d columns, and columns names %d. Make several calls.", mostAsked,
			len(in.Columns))
	}
	noteStale(c, target)
	q := rowset.Query{Doc: target.Doc, Table: target.ID, Filter: in.Filter, Sort: in.Sort, Limit: in.Limit,
		Cursor: in.Cursor}
	if in.Count {
		return countRows(ctx, c, target, q)
	}
	view, err := viewFor(ctx, c, target, in.Columns)
	if err != nil {
		return nil, err
	}
	q.Sort = listed(view.schema, in.Sort)
	if q.Limit == 0 {
		q.Limit = defaultRows
	}
	found, err := engine(c).Find(ctx, q)
	if err != nil {
		return nil, err
	}
	view.ids = len(found.Rows) <= rowsWithIDs
	if in.IDs != nil {
		view.ids, view.related = *in.IDs, *in.IDs
	}
	if in.MaxChars == 0 {
		in.MaxChars = kit.DefaultChars
	}
	return showRows(c, target, q, view, found, in.MaxChars), nil
}

// viewFor chooses what is shown, with fresh columns where a name is not among those that are remembered.
func viewFor(ctx context.Context, c *kit.Call, target coda.Target, names []string) (*rowView, error) {
	for attempt := 0; ; attempt++ {
		schema, err := c.Coda.Schema(ctx, target.Doc, target.ID)
		if err != nil {
			return nil, err
		}
		asked, err := viewColumns(ctx, c, target, listed(schema, names))
		if err != nil {
			return nil, err
		}
		view, err := newRowView(c, schema, asked)
		var missing *kit.Complaint
		if err == nil || attempt > 0 || !errors.As(err, &missing) || !missing.UnknownColumn {
			return view, err
		}
		c.Coda.ForgetSchema(target.Doc, target.ID)
	}
}

// viewColumns are those that a view shows, where none were asked for: somebody chose them for what the view is for.
func viewColumns(ctx context.Context, c *kit.Call, target coda.Target, asked []string) ([]string, error) {
	if len(asked) > 0 || !isView(target.ID) {
		return asked, nil
	}
	visible, err := coda.Collect(c.Coda.ListColumns(ctx, target.Doc, target.ID,
		coda.ListColumnsOptions{VisibleOnly: true}))
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

func countRows(ctx context.Context, c *kit.Call, target coda.Target, q rowset.Query) (*kit.Answer, error) {
	if len(q.Filter) == 0 {
		t, err := c.Coda.GetTable(ctx, target.Doc, target.ID)
		if err != nil {
			return nil, err
		}
		return &kit.Answer{Text: fmt.Sprintf("%s has %s.", kit.DescribeTarget(target), kit.Plural(t.RowCount, "row"))}, nil
	}
	counted, err := engine(c).Count(ctx, q)
	if err != nil {
		return nil, err
	}
	tell(c, counted.Notes)
	text := fmt.Sprintf("%s of %s match.", kit.Plural(counted.Rows, "row"), kit.DescribeTarget(target))
	switch counted.Rows {
	case 0:
		text = fmt.Sprintf("No row of %s matches.", kit.DescribeTarget(target))
	case 1:
		text = fmt.Sprintf("1 row of %s matches.", kit.DescribeTarget(target))
	}
	if !counted.Complete {
		text = fmt.Sprintf("At least %s of %s match; the table is longer than the %s rows that one call reads.",
			kit.Plural(counted.Rows, "row"), kit.DescribeTarget(target), kit.Thousands(counted.Scanned))
	}
	return &kit.Answer{Text: text}, nil
}

// showRows writes as many rows as fit into the answer.
func showRows(c *kit.Call, target coda.Target, q rowset.Query, view *rowView, found *rowset.Found,
	most int) *kit.Answer {
	view.leaveOutHidden(c, found.Rows)
	body := view.header()
	shown := 0
	for ; shown < len(found.Rows); shown++ {
		line := view.line(found.Rows[shown])
		if shown > 0 && kit.Chars(body)+kit.Chars(line) > most {
			c.Note("The answer is full after %s; the others follow with next. Fewer columns make room for more rows.",
				kit.Plural(shown, "row"))
			break
		}
		body += line
	}
	next := found.After(shown)
	var b strings.Builder
	b.WriteString(heading(target, q, found, shown, next != ""))
	if shown > 0 {
		b.WriteString(kit.Marked(body))
	}
	if found.Cut && len(q.Sort) > 0 {
		c.Note("The table is longer than the %s rows that one call reads; only those are sorted.",
			kit.Thousands(found.Scanned))
	} else if found.Cut {
		c.Note("%s rows were searched without reaching the end of the table. Coda cannot apply this filter itself; go on "+
			"with next, or narrow the search with a view.", kit.Thousands(found.Scanned))
	}
	if view.cut {
		c.Note("Cells that end in … are cut; coda_get_row gives them whole.")
	}
	if view.joined {
		c.Note("Line breaks within cells are shown as spaces; coda_get_row shows them.")
	}
	if shown > 0 && !view.ids {
		c.Note("Row ids are left out; ids=true shows them.")
	}
	tell(c, found.Notes)
	if next != "" {
		b.WriteString(kit.NextLine(map[string]any{"cursor": next}))
	}
	return &kit.Answer{Text: b.String()}
}

func heading(target coda.Target, q rowset.Query, found *rowset.Found, shown int, more bool) string {
	name, filtered := kit.DescribeTarget(target), len(q.Filter) > 0
	what := "Rows"
	if filtered {
		what = "Matching rows"
	}
	switch {
	case shown == 0 && more:
		return fmt.Sprintf("No row of %s matches so far.\n", name)
	case shown == 0 && filtered:
		own := ""
		if isView(target.ID) {
			own = " It is a view, which shows only what its own filter lets through."
		}
		return fmt.Sprintf("No row of %s matches.%s Values are compared whole; contains finds parts.\n", name, own)
	case shown == 0 && q.Cursor == "":
		return fmt.Sprintf("%s has no rows.\n", name)
	case shown == 0:
		return fmt.Sprintf("%s has no further rows.\n", name)
	case found.Total == shown:
		return fmt.Sprintf("%s of %s, all %d:\n", what, name, shown)
	case found.Total >= 0:
		return fmt.Sprintf("%s of %s, %d of %d:\n", what, name, shown, found.Total)
	case !more:
		return fmt.Sprintf("%s of %s, the last %d:\n", what, name, shown)
	}
	return fmt.Sprintf("%s of %s, %d of more:\n", what, name, shown)
}
