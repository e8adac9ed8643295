package mcptools

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

func deleteRowsTool() spec {
	return handle(spec{
		name: "coda_delete_rows", title: "Delete rows", group: groupDestructive, overwrites: true, repeatable: true,
		description: "Delete rows of a table, given by id, link or exact name. " +
			"Use it only when the person asked for it; find the rows with coda_query_rows first. It cannot be undone through Coda's API.",
		params: []param{
			tableParam(), docParam(false),
			{name: "rows", kind: kindStrings, required: true, description: "Ids, links or names"},
		},
		output: writeOutput(field{"deleted", kindStrings, true, ""}),
	}, deleteRows)
}

type deleteRowsInput struct {
	Table string   `json:"table"`
	Doc   string   `json:"doc"`
	Rows  []string `json:"rows"`
}

type rowsDeleted struct {
	written
	Deleted []string `json:"deleted"`
}

const mostDeletes = 500

func deleteRows(ctx context.Context, c *call, in deleteRowsInput) (*answer, error) {
	if len(in.Rows) == 0 || len(in.Rows) > mostDeletes {
		return nil, complain(`"rows" must name 1 to %d rows, not %d.`, mostDeletes, len(in.Rows))
	}
	target, err := c.table(ctx, in.Doc, in.Table)
	if err != nil {
		return nil, err
	}
	rows, err := c.findRows(ctx, target, trimmed(in.Rows))
	if err != nil {
		return nil, err
	}
	ids, names := uniqueRows(rows.found)
	loss := fmt.Sprintf("Delete %s of table %s in doc %s: %s?", plural(len(ids), "row"), describeTarget(target), target.Doc, strings.Join(names, ", "))
	if ask, err := c.confirm(ctx, in, loss); ask != nil || err != nil {
		return ask, err
	}
	var m coda.Mutation
	if len(ids) == 1 {
		m, err = c.coda.DeleteRow(ctx, target.Doc, target.ID, ids[0])
	} else {
		m, err = c.coda.DeleteRows(ctx, target.Doc, target.ID, ids)
	}
	if err != nil {
		return nil, err
	}
	w, err := c.settle(ctx, m)
	if err != nil {
		return nil, err
	}
	c.recent.wrote(target.ID)
	return &answer{
		text: fmt.Sprintf("Deleted %s of table %s in doc %s: %s.\n%s", plural(len(ids), "row"), describeTarget(target), target.Doc, strings.Join(names, ", "), w.text()),
		data: rowsDeleted{w, ids},
	}, nil
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
			names = append(names, fmt.Sprintf("%s (%s)", clip(oneLine(row.Name), 60), row.ID))
		}
	}
	if more := len(ids) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return ids, names
}
