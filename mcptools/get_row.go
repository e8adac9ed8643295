package mcptools

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

func getRowTool() spec {
	return handle(spec{
		name: "coda_get_row", title: "Read a row", group: groupRead, long: true,
		description: "Read one row in full: long texts uncut, ids of related rows, people's addresses, links. " +
			"Use it after coda_query_rows where a cell was cut, or with a row's link, which needs no table. For several rows use coda_query_rows.",
		params: []param{
			{name: "row", description: "Link, id or display name", required: true},
			{name: "table", description: "Link, id or name; not needed with a row's link"},
			docParam(false),
		},
		output: []field{{"table", kindObject, true, "doc id name"}, {"row", kindObject, true, "id name url values:object"}},
	}, getRow)
}

type getRowInput struct {
	Row   string `json:"row"`
	Table string `json:"table"`
	Doc   string `json:"doc"`
}

type rowRead struct {
	Table place      `json:"table"`
	Row   rowDetails `json:"row"`
}

type rowDetails struct {
	rowShown
	Name    string `json:"name"`
	Created string `json:"created,omitempty"`
	Updated string `json:"updated,omitempty"`
}

func getRow(ctx context.Context, c *call, in getRowInput) (*answer, error) {
	target, err := c.rowIn(ctx, in.Doc, in.Table, in.Row)
	if err != nil {
		return nil, err
	}
	row, err := c.coda.GetRow(ctx, target.Doc, target.Table, target.ID, coda.GetRowOptions{})
	if err != nil {
		return nil, err
	}
	schema, err := c.coda.Schema(ctx, target.Doc, target.Table)
	if err != nil {
		return nil, err
	}
	view := newView(schema, 20_000)
	view.columns, view.ids = schema.Columns, true
	out := rowRead{Table: place{Doc: target.Doc, ID: target.Table}, Row: rowDetails{rowShown: view.row(row), Name: row.Name, Created: day(row.CreatedAt), Updated: day(row.UpdatedAt)}}
	out.Row.URL = row.BrowserLink
	if row.Parent != nil {
		out.Table.Name = row.Parent.Name
	}
	// One row may hold 85 KB; what is too much for an answer is cut cell by cell.
	for ; view.size(out.Row.rowShown) > mostChars; view.cellChars /= 2 {
		out.Row.rowShown = view.row(row)
		out.Row.URL = row.BrowserLink
	}
	var body strings.Builder
	for _, m := range out.Row.Values {
		text := view.cellText(m.value)
		if strings.Contains(text, "\n") {
			fmt.Fprintf(&body, "%s:\n%s\n", oneLine(m.name), text)
		} else {
			fmt.Fprintf(&body, "%s: %s\n", oneLine(m.name), text)
		}
	}
	if body.Len() == 0 {
		body.WriteString("(all cells are empty)\n")
	}
	if view.cut {
		c.note("Cells that end in … are cut, because the row is longer than an answer may be.")
	}
	return &answer{
		text: fmt.Sprintf("Row %s (%s) of table %s (%s) in doc %s: %s\n%s", clip(oneLine(row.Name), 200), row.ID, oneLine(out.Table.Name), target.Table, target.Doc, row.BrowserLink, marked(body.String())),
		data: out,
	}, nil
}

func (v *rowView) size(r rowShown) int {
	raw, err := marshal(r)
	if err != nil {
		return 0
	}
	return chars(string(raw))
}

// rowIn resolves a row whose table is named beside it, or is told by the row's link.
func (c *call) rowIn(ctx context.Context, doc, table, row string) (coda.Target, error) {
	if strings.TrimSpace(table) == "" {
		if ref, err := coda.ParseRef(row); err == nil && ref.Link == "" && ref.Table == "" {
			return coda.Target{}, complain(`Which table is the row %q in? Pass "table" (and "doc" unless the table is a link), or the row's own link.`, clip(oneLine(row), 80))
		}
		id, err := c.within(ctx, doc)
		if err != nil {
			return coda.Target{}, err
		}
		return c.row(ctx, id, "", row)
	}
	t, err := c.table(ctx, doc, table)
	if err != nil {
		return coda.Target{}, err
	}
	return c.row(ctx, t.Doc, t.ID, row)
}
