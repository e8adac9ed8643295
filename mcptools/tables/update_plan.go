package tables

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

// rowsOf are rows that references name, with what is known of the table beside them.
type rowsOf struct {
	found []*coda.Row
	// all are all rows of the table, where it was read whole.
	all      []*coda.Row
	complete bool
}

const (
	// fewRows is how many rows are asked for one by one; for more it is cheaper to read the table.
	fewRows = 5
)

// findRows finds the rows that references name: ids, links or display names.
func findRows(ctx context.Context, c *kit.Call, target coda.Target, refs []string) (rowsOf, error) {
	if len(refs) <= fewRows {
		return findFewRows(ctx, c, target, refs)
	}
	rows, complete, err := allRows(ctx, c, target)
	if err != nil {
		return rowsOf{}, err
	}
	out := rowsOf{all: rows, complete: complete}
	byID, byName := indexRows(rows)
	for _, ref := range refs {
		row := byID[ref]
		if row == nil {
			if row, err = namedRow(ctx, c, target, ref, byID, byName, out.complete); err != nil {
				return out, err
			}
		}
		out.found = append(out.found, row)
	}
	return out, nil
}

func findFewRows(ctx context.Context, c *kit.Call, target coda.Target, refs []string) (rowsOf, error) {
	var out rowsOf
	for _, ref := range refs {
		t, err := c.Row(ctx, target.Doc, target.ID, ref)
		if err != nil {
			return out, err
		}
		row, err := rowByID(ctx, c, target, t.ID)
		if err != nil {
			return out, err
		}
		out.found = append(out.found, row)
	}
	return out, nil
}

func rowByID(ctx context.Context, c *kit.Call, target coda.Target, id string) (*coda.Row, error) {
	return c.Coda.GetRow(ctx, target.Doc, target.ID, id, coda.GetRowOptions{})
}

func indexRows(rows []*coda.Row) (byID map[string]*coda.Row, byName map[string][]*coda.Row) {
	byID, byName = make(map[string]*coda.Row, len(rows)), make(map[string][]*coda.Row, len(rows))
	for _, row := range rows {
		byID[row.ID] = row
		byName[kit.FoldLine(row.Name)] = append(byName[kit.FoldLine(row.Name)], row)
	}
	return byID, byName
}

// namedRow finds a row by name or link among those that were read, and one with an unknown id by asking for it: the reading
// may be older than the row.
func namedRow(ctx context.Context, c *kit.Call, target coda.Target, ref string, byID map[string]*coda.Row, byName map[string][]*coda.Row, complete bool) (*coda.Row, error) {
	switch named := byName[kit.FoldLine(ref)]; {
	case len(named) == 1:
		return named[0], nil
	case len(named) > 1:
		ids := make([]string, len(named))
		for i, row := range named {
			ids[i] = row.ID
		}
		return nil, kit.Complain("%d rows are called %q: %s. Use the id of the one you mean.", len(named), kit.Clip(kit.OneLine(ref), 80), kit.Clip(strings.Join(ids, ", "), 300))
	}
	if parsed, err := coda.ParseRef(ref); err != nil || parsed.Link == "" && parsed.Kind != coda.KindRow {
		names := make([]string, 0, len(byName))
		for _, rows := range byName {
			names = append(names, rows[0].Name)
		}
		if !complete {
			return nil, kit.Complain("Among the first %s rows none is called %q. Use the row's id or link.", kit.Thousands(mostScanned), kit.Clip(kit.OneLine(ref), 80))
		}
		return nil, kit.Complain("No row is called %q.%s coda_query_rows finds rows.", kit.Clip(kit.OneLine(ref), 80), kit.DidYouMean(ref, kit.SortedStrings(names)))
	}
	t, err := c.Row(ctx, target.Doc, target.ID, ref)
	if err != nil {
		return nil, err
	}
	if row := byID[t.ID]; row != nil {
		return row, nil
	}
	return rowByID(ctx, c, target, t.ID)
}

// updatePlan is how rows are changed: by one keyed upsert where a column tells them apart, or one by one.
//
// Coda changes a row given by id with a request of its own, of which it takes three in ten seconds; an upsert changes a
// hundred at once but knows rows only by a column's value. It is used where that value is the row's alone, beyond doubt.
type updatePlan struct {
	key *coda.Column
}

func planUpdate(schema *coda.Schema, changes []change, rows rowsOf) updatePlan {
	if len(changes) <= 3 || !rows.complete {
		return updatePlan{}
	}
	changed := make(map[string]bool)
	for _, change := range changes {
		for name := range change.Values {
			if column, err := schema.Column(name); err == nil {
				changed[column.ID] = true
			}
		}
	}
	for _, column := range schema.Columns {
		if !changed[column.ID] && tellsApart(column, rows) {
			return updatePlan{key: column}
		}
	}
	return updatePlan{}
}

// tellsApart reports whether each row to change has a value in the column that no other row of the table has, regardless
// of case and spacing.
func tellsApart(column *coda.Column, rows rowsOf) bool {
	if !column.Writable() || column.Format.IsArray {
		return false
	}
	switch column.Format.Type {
	case coda.ColText, coda.ColEmail:
	default:
		return false
	}
	count := make(map[string]int, len(rows.all))
	for _, row := range rows.all {
		count[kit.FoldLine(row.Values[column.ID].Text())]++
	}
	for _, row := range rows.found {
		text, ok := row.Values[column.ID].Plain().(string)
		// Formatted text is read as Markdown, which is not what is stored.
		if !ok || count[kit.FoldLine(text)] != 1 || strings.TrimSpace(text) == "" || strings.ContainsAny(text, "*_`[]\\\n#~|<>") {
			return false
		}
	}
	return true
}

// check checks all values before the first of several changes is sent; one change, or one upsert, is checked as a whole anyway.
func (p updatePlan) check(ctx context.Context, c *kit.Call, target coda.Target, changes []change) error {
	if p.key != nil || len(changes) == 1 {
		return nil
	}
	records := make([]coda.Record, len(changes))
	for i, change := range changes {
		records[i] = change.Values
	}
	return c.Coda.CheckRows(ctx, target.Doc, target.ID, records, coda.UpsertOptions{})
}

// send sends the changes, and notes in out which were accepted.
func (p updatePlan) send(ctx context.Context, c *kit.Call, target coda.Target, changes []change, rows []*coda.Row, out *rowsUpdated) ([]coda.Mutation, error) {
	if p.key != nil {
		return p.sendKeyed(ctx, c, target, changes, rows, out)
	}
	var mutations []coda.Mutation
	begin := time.Now()
	for i, change := range changes {
		if i > 0 && time.Since(begin) > sendingTime {
			return mutations, nil
		}
		m, err := c.Coda.UpdateRow(ctx, target.Doc, target.ID, rows[i].ID, change.Values, coda.UpsertOptions{})
		if err != nil {
			return mutations, err
		}
		mutations = append(mutations, m)
		out.Updated = append(out.Updated, rows[i].ID)
		if len(changes) > 1 {
			c.Progress.Tell(ctx, fmt.Sprintf("%d of %d rows accepted", i+1, len(changes)))
		}
	}
	return mutations, nil
}

func (p updatePlan) sendKeyed(ctx context.Context, c *kit.Call, target coda.Target, changes []change, rows []*coda.Row, out *rowsUpdated) ([]coda.Mutation, error) {
	records := make([]coda.Record, len(changes))
	for i, change := range changes {
		records[i] = make(coda.Record, len(change.Values)+1)
		for name, value := range change.Values {
			records[i][name] = value
		}
		records[i][p.key.ID] = rows[i].Values[p.key.ID]
	}
	result, err := c.Coda.UpsertRows(ctx, target.Doc, target.ID, records, coda.UpsertOptions{KeyColumns: []string{p.key.ID}})
	var mutations []coda.Mutation
	if result != nil {
		for _, chunk := range result.Chunks {
			mutations = append(mutations, chunk.Mutation)
		}
		for _, row := range rows[:result.Next] {
			out.Updated = append(out.Updated, row.ID)
		}
	}
	return mutations, err
}
