package tables

import (
	"context"
	"slices"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// beneath is what of rows does not exist for the person. Whoever deletes a row deletes it whole, so that it has to come
// back whole; and what they do not see is not told, neither then nor before.
type beneath struct {
	columns []*coda.Column
	rows    map[string]*coda.Row
}

// lookBeneath reads rows that are about to be deleted as the gateway sees them; schema is what the person sees. It is
// nil where they see everything.
func lookBeneath(ctx context.Context, c *kit.Call, target coda.Target, schema *coda.Schema, rows []*coda.Row,
	within deadline) (*beneath, error) {
	all, columns, err := unseen(ctx, c, target, schema)
	if err != nil || len(columns) == 0 || len(rows) == 0 {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	b := &beneath{columns: columns, rows: make(map[string]*coda.Row, len(rows))}
	err = all.Current(ctx, within.looking(undoPatience), func(ctx context.Context) error {
		found, _, err := all.RowsByID(ctx, target.Doc, target.ID, ids)
		for _, row := range found {
			b.rows[row.ID] = row
		}
		return err
	})
	return b, err
}

// unseen are the columns of a table that do not exist for the person, and a client for which they do.
func unseen(ctx context.Context, c *kit.Call, target coda.Target, schema *coda.Schema) (*coda.Client, []*coda.Column,
	error) {
	all, err := c.Coda.Unhidden(ctx, target.Doc)
	if err != nil || all == c.Coda {
		return c.Coda, nil, err
	}
	whole, err := all.Schema(ctx, target.Doc, target.ID)
	if err != nil {
		return nil, nil, err
	}
	return all, slices.DeleteFunc(slices.Clone(whole.Columns), func(column *coda.Column) bool {
		return slices.ContainsFunc(schema.Columns, func(seen *coda.Column) bool { return seen.ID == column.ID })
	}), nil
}
