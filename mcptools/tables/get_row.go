package tables

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func getRowTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_get_row", Title: "Read a row", Group: kit.GroupRead, Long: true,
		Description: "Read one row in full: long texts uncut, ids of related rows, people's addresses, links, " +
			"when it was made and changed. Use it after coda_query_rows where a cell was cut, or with a row's " +
			"link, which needs no table. For several rows use coda_query_rows.",
	}, getRow)
}

type getRowInput struct {
	Row   string `json:"row" required:"true" doc:"Link, id or display name"`
	Table string `json:"table" doc:"Link, id or name; not needed with a row's link"`
	Doc   string `json:"doc" doc:"Link, id or name; not needed with a link"`
}

func getRow(ctx context.Context, c *kit.Call, in getRowInput) (*kit.Answer, error) {
	table, row, err := theRow(ctx, c, in)
	if err != nil {
		return nil, err
	}
	schema, err := c.Coda.Schema(ctx, table.Doc, table.ID)
	if err != nil {
		return nil, err
	}
	noteStale(c, table)
	view := &rowView{schema: schema, cellChars: 20_000, ids: true, related: true}
	for _, column := range schema.Columns {
		view.addColumn(column)
	}
	body := view.paragraphs(row)
	// One row may hold 85 KB; what is too much for an answer is cut cell by cell.
	for ; kit.Chars(body) > kit.MostChars; body = view.paragraphs(row) {
		view.cellChars /= 2
	}
	if view.cut {
		c.Note("Cells that end in … are cut, because the row is too long for one answer.")
	}
	return &kit.Answer{Text: fmt.Sprintf("Row %s (%s) of table %s in doc %s, made %s, changed %s: %s\n%s",
		kit.Clip(kit.OneLine(row.Name), 200), row.ID, kit.DescribeTarget(table), table.Doc, rowTime(row.CreatedAt),
		rowTime(row.UpdatedAt), row.BrowserLink, kit.Marked(body))}, nil
}

// paragraphs writes a row cell by cell.
func (v *rowView) paragraphs(r *coda.Row) string {
	var b strings.Builder
	for _, f := range v.fields {
		text := v.text(f, r)
		switch {
		case text == "":
		case strings.Contains(text, "\n"):
			fmt.Fprintf(&b, "%s:\n%s\n", kit.OneLine(f.name), text)
		default:
			fmt.Fprintf(&b, "%s: %s\n", kit.OneLine(f.name), text)
		}
	}
	if b.Len() == 0 {
		return "(all cells are empty)\n"
	}
	return b.String()
}

// theRow finds a row whose table is named beside it, or is told by the row's link.
func theRow(ctx context.Context, c *kit.Call, in getRowInput) (table coda.Target, row *coda.Row, err error) {
	var target coda.Target
	if strings.TrimSpace(in.Table) == "" {
		if ref, err := coda.ParseRef(in.Row); err == nil && ref.Link == "" && ref.Table == "" {
			return table, nil, kit.Complain(`Which table is the row %q in? Pass "table" (and "doc" unless the `+
				`table is a link), or the row's own link.`,
				kit.Clip(kit.OneLine(in.Row), 80))
		}
		id, err := c.Within(ctx, in.Doc)
		if err != nil {
			return table, nil, err
		}
		if target, err = c.Row(ctx, id, "", in.Row); err != nil {
			return table, nil, err
		}
		table = coda.Target{Kind: coda.KindTable, Doc: target.Doc, ID: target.Table}
	} else {
		if table, err = c.Table(ctx, in.Doc, in.Table); err != nil {
			return table, nil, err
		}
		if row, err = rowNamed(ctx, c, table, in.Row); row != nil || err != nil {
			return table, row, err
		}
		if target, err = c.Row(ctx, table.Doc, table.ID, in.Row); err != nil {
			return table, nil, err
		}
	}
	if row, err = c.Coda.GetRow(ctx, target.Doc, target.Table, target.ID, coda.GetRowOptions{}); err != nil {
		return table, nil, err
	}
	if row.Parent != nil && table.Name == "" {
		table.Name = row.Parent.Name
	}
	return table, row, nil
}

// rowNamed finds the only row of a name and reads it by the same request; nil where that does not do.
func rowNamed(ctx context.Context, c *kit.Call, table coda.Target, name string) (*coda.Row, error) {
	if ref, err := coda.ParseRef(name); err != nil || ref.Link != "" || ref.Row != "" || len(name) > longestName {
		return nil, nil
	}
	schema, err := c.Coda.Schema(ctx, table.Doc, table.ID)
	if err != nil {
		return nil, err
	}
	display := schema.DisplayColumn()
	if display == nil || display.Format.Type != coda.ColText || display.Format.IsArray {
		return nil, nil
	}
	query, err := coda.RowQuery(display.ID, name)
	if err != nil {
		return nil, err
	}
	page, err := c.Coda.ListRowsPage(ctx, table.Doc, table.ID, coda.ListRowsOptions{Query: query,
		ListOptions: coda.ListOptions{PageSize: 2}})
	switch {
	case errors.Is(err, coda.ErrBadRequest):
		return nil, nil // the columns may have changed; the other way looks at them anew
	case err != nil:
		return nil, err
	case len(page.Items) == 1 && page.NextPageToken == "" && page.Items[0].Name == name:
		return page.Items[0], nil
	}
	return nil, nil
}

// longestName is up to where a text is asked for as the name of a row.
const longestName = 1_000
