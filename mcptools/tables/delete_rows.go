package tables

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func deleteRowsTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_delete_rows", Title: "Delete rows", Group: kit.GroupDestructive, Overwrites: true, Repeatable: true,
		Description: "Delete rows of a table, given by id, link or exact name. " +
			"Use it only when the person asked for it; find the rows with coda_query_rows first. It cannot be undone through Coda's API.",
		Output: []kit.Field{{Name: "deleted", Kind: kit.KindStrings}},
	}, deleteRows)
}

type deleteRowsInput struct {
	kit.InTable
	Rows []string `json:"rows" required:"true" doc:"Ids, links or names"`
}

const mostDeletes = 500

func deleteRows(ctx context.Context, c *kit.Call, in deleteRowsInput) (*kit.Answer, error) {
	if len(in.Rows) == 0 || len(in.Rows) > mostDeletes {
		return nil, kit.Complain(`"rows" must name 1 to %d rows, not %d.`, mostDeletes, len(in.Rows))
	}
	target, err := c.Table(ctx, in.Doc, in.Table)
	if err != nil {
		return nil, err
	}
	rows, err := findRows(ctx, c, target, kit.Trimmed(in.Rows))
	if err != nil {
		return nil, err
	}
	ids, names := uniqueRows(rows.found)
	loss := fmt.Sprintf("Delete %s of table %s in doc %s: %s?", kit.Plural(len(ids), "row"), kit.DescribeTarget(target), target.Doc, strings.Join(names, ", "))
	if ask, err := c.Confirm(ctx, in, loss); ask != nil || err != nil {
		return ask, err
	}
	var m coda.Mutation
	if len(ids) == 1 {
		m, err = c.Coda.DeleteRow(ctx, target.Doc, target.ID, ids[0])
	} else {
		m, err = c.Coda.DeleteRows(ctx, target.Doc, target.ID, ids)
	}
	if err != nil {
		return nil, err
	}
	w, err := c.Settle(ctx, m)
	if err != nil {
		return nil, err
	}
	c.Recent.Wrote(target.ID)
	done := fmt.Sprintf("Deleted %s of table %s in doc %s: %s.", kit.Plural(len(ids), "row"), kit.DescribeTarget(target), target.Doc, strings.Join(names, ", "))
	return kit.Wrote(w, done, kit.Fact{Name: "deleted", Value: ids}), nil
}

// uniqueRows gives the ids, each once, and the names of the first few for people.
func uniqueRows(rows []*coda.Row) (ids, names []string) {
	const shown = 10
	seen := make(map[string]bool, len(rows))
	for _, row := range rows {
		if seen[row.ID] {
			continue
		}
		seen[row.ID] = true
		ids = append(ids, row.ID)
		if len(names) < shown {
			names = append(names, fmt.Sprintf("%s (%s)", kit.Clip(kit.OneLine(row.Name), 60), row.ID))
		}
	}
	if more := len(ids) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return ids, names
}
