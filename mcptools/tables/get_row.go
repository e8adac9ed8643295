package tables

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func getRowTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_get_row", Title: "Read a row", Group: kit.GroupRead, Long: true,
		Description: "Read one row in full: long texts uncut, ids of related rows, people's addresses, links. " +
			"Use it after coda_query_rows where a cell was cut, or with a row's link, which needs no table. For several rows use coda_query_rows.",
		Output: []kit.Field{{Name: "table", Kind: kit.KindObject, Always: true, Of: "doc id name"}, {Name: "row", Kind: kit.KindObject, Always: true, Of: "id name url values:object"}},
	}, getRow)
}

type getRowInput struct {
	Row   string `json:"row" required:"true" doc:"Link, id or display name"`
	Table string `json:"table" doc:"Link, id or name; not needed with a row's link"`
	Doc   string `json:"doc" doc:"Doc: link, id or name; not needed with a link to what is in it"`
}

type rowRead struct {
	Table kit.Place  `json:"table"`
	Row   rowDetails `json:"row"`
}

type rowDetails struct {
	rowShown
	Name    string `json:"name"`
	Created string `json:"created,omitempty"`
	Updated string `json:"updated,omitempty"`
}

func getRow(ctx context.Context, c *kit.Call, in getRowInput) (*kit.Answer, error) {
	target, err := rowIn(ctx, c, in.Doc, in.Table, in.Row)
	if err != nil {
		return nil, err
	}
	row, err := c.Coda.GetRow(ctx, target.Doc, target.Table, target.ID, coda.GetRowOptions{})
	if err != nil {
		return nil, err
	}
	schema, err := c.Coda.Schema(ctx, target.Doc, target.Table)
	if err != nil {
		return nil, err
	}
	view := newView(schema, 20_000)
	view.columns, view.ids = schema.Columns, true
	out := rowRead{Table: kit.Place{Doc: target.Doc, ID: target.Table}, Row: rowDetails{rowShown: view.row(row), Name: row.Name, Created: kit.Day(row.CreatedAt), Updated: kit.Day(row.UpdatedAt)}}
	out.Row.URL = row.BrowserLink
	if row.Parent != nil {
		out.Table.Name = row.Parent.Name
	}
	// One row may hold 85 KB; what is too much for an answer is cut cell by cell.
	for ; view.size(out.Row.rowShown) > kit.MostChars; view.cellChars /= 2 {
		out.Row.rowShown = view.row(row)
		out.Row.URL = row.BrowserLink
	}
	var body strings.Builder
	for _, m := range out.Row.Values {
		text := view.cellText(m.Value)
		if strings.Contains(text, "\n") {
			fmt.Fprintf(&body, "%s:\n%s\n", kit.OneLine(m.Name), text)
		} else {
			fmt.Fprintf(&body, "%s: %s\n", kit.OneLine(m.Name), text)
		}
	}
	if body.Len() == 0 {
		body.WriteString("(all cells are empty)\n")
	}
	if view.cut {
		c.Note("Cells that end in … are cut, because the row is longer than an answer may be.")
	}
	return &kit.Answer{
		Text: fmt.Sprintf("Row %s (%s) of table %s (%s) in doc %s: %s\n%s", kit.Clip(kit.OneLine(row.Name), 200), row.ID, kit.OneLine(out.Table.Name), target.Table, target.Doc, row.BrowserLink, kit.Marked(body.String())),
		Data: out,
	}, nil
}

func (v *rowView) size(r rowShown) int {
	raw, err := kit.Marshal(r)
	if err != nil {
		return 0
	}
	return kit.Chars(string(raw))
}

// rowIn resolves a row whose table is named beside it, or is told by the row's link.
func rowIn(ctx context.Context, c *kit.Call, doc, table, row string) (coda.Target, error) {
	if strings.TrimSpace(table) == "" {
		if ref, err := coda.ParseRef(row); err == nil && ref.Link == "" && ref.Table == "" {
			return coda.Target{}, kit.Complain(`Which table is the row %q in? Pass "table" (and "doc" unless the table is a link), or the row's own link.`, kit.Clip(kit.OneLine(row), 80))
		}
		id, err := c.Within(ctx, doc)
		if err != nil {
			return coda.Target{}, err
		}
		return c.Row(ctx, id, "", row)
	}
	t, err := c.Table(ctx, doc, table)
	if err != nil {
		return coda.Target{}, err
	}
	return c.Row(ctx, t.Doc, t.ID, row)
}
