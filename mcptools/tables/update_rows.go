package tables

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func updateRowsTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_update_rows", Title: "Update rows", Group: kit.GroupWrite, Overwrites: true, Repeatable: true,
		Description: "Change cells of rows given by id, link or name; other cells stay. " +
			"To match rows by a column use coda_upsert_rows.",
		TakeBack: takeBackRows, Remover: "coda_delete_rows",
		Output: []kit.Field{
			{Name: "updated", Kind: kit.KindStrings},
			{Name: "undo", Kind: kit.KindObjects, Content: true, Label: "To undo, call coda_update_rows with rows="},
			{Name: "next", Kind: kit.KindObject},
		},
	}, updateRows)
}

type updateRowsInput struct {
	inTableOrBatch
	Rows []map[string]any `json:"rows" required:"or batch" max:"500" doc:"[{\"row\":\"i-…\",\"values\":{\"Status\":\"Done\"}}]; values as in coda_upsert_rows"`
	From int              `json:"resume_from" min:"0" max:"500" strict:"true" doc:"From next"`
	valueArguments
}

// mostUpdates bounds one call.
const mostUpdates = 500

func updateRows(ctx context.Context, c *kit.Call, in updateRowsInput) (*kit.Answer, error) {
	within := newDeadline()
	if len(in.Rows) == 0 || len(in.Rows) > mostUpdates {
		return nil, kit.Complain(`"rows" must hold 1 to %d rows, not %d.`, mostUpdates, len(in.Rows))
	}
	if in.From >= len(in.Rows) {
		return nil, kit.Complain("resume_from is %d, but the call has only %d rows. Make the same call as before, with all "+
			"its rows.", in.From, len(in.Rows))
	}
	target, err := baseTable(ctx, c, in.Doc, in.Table)
	if err != nil {
		return nil, err
	}
	schema, err := c.Coda.Schema(ctx, target.Doc, target.ID)
	if err != nil {
		return nil, err
	}
	entries, err := readEntries(schema, in.Rows)
	if err != nil {
		return nil, err
	}
	changes, err := resolveEntries(ctx, c, target, schema, entries, in.From)
	if err != nil {
		return nil, err
	}
	values, err := in.options()
	if err != nil {
		return nil, err
	}
	opts := coda.PlanOptions{
		UpsertOptions: coda.UpsertOptions{ResumeFrom: in.From, Values: values, SkipInvalid: in.skip()},
		Patience:      within.looking(undoPatience),
	}
	if len(changes)-in.From > manyUpdates {
		opts.Patience = within.looking(lookingTime) // many can be sent at once only by proven keys
	}
	plan, err := c.Coda.PlanUpdate(ctx, target.Doc, target.ID, changes, opts)
	if err != nil {
		return nil, err
	}
	defer plan.Release()
	if plan.Count(coda.StepMissing) == len(plan.Steps) {
		return nil, kit.Complain("Nothing was written: %s. coda_query_rows finds rows.", missingRows(plan))
	}
	w := &rowsWrite{c: c, target: target, plan: plan, within: within, total: len(changes), byID: true}
	return w.run(ctx)
}

const (
	// undoPatience is for how long the former values of few rows are worth waiting for.
	undoPatience = 12 * time.Second
	// manyUpdates is from when single changes take too long.
	manyUpdates = 12
)

func missingRows(plan *coda.RowsPlan) string {
	var ids []string
	for _, s := range plan.Steps {
		ids = append(ids, s.Rows...)
	}
	if len(ids) == 1 {
		return "there is no row " + ids[0] + " in this table"
	}
	return "there are no rows " + kit.Clip(strings.Join(ids, ", "), 300) + " in this table"
}

// entry is one row to change, as it was given.
type entry struct {
	ref    string
	values map[string]any
}

// readEntries reads {"row": …, "values": {…}}. Where the values stand beside the row, that is taken too, as long as no
// column of the table could be meant by the tool's own words.
func readEntries(schema *coda.Schema, rows []map[string]any) ([]entry, error) {
	entries := make([]entry, len(rows))
	seen := make(map[string]int, len(rows))
	for i, row := range rows {
		e, err := readEntry(schema, i, row)
		if err != nil {
			return nil, err
		}
		if before, twice := seen[e.ref]; twice {
			return nil, kit.Complain(`Entries %d and %d of "rows" are the same row %q. Put its values into one entry.`, before, i, kit.Clip(kit.OneLine(e.ref), 80))
		}
		seen[e.ref] = i
		entries[i] = e
	}
	return entries, nil
}

// entryForm is the form that can mean one thing only.
const entryForm = `{"row": "i-… or name", "values": {"Column": value}}`

func readEntry(schema *coda.Schema, i int, row map[string]any) (entry, error) {
	ref, hasRow := row["row"]
	values, hasValues := row["values"]
	if hasRow && hasValues && len(row) == 2 {
		cells, ok := cellsOf(values)
		text, named := rowRef(ref)
		switch {
		case !named:
			return entry{}, kit.Complain(`Entry %d of "rows" does not say which row: write %s.`, i, entryForm)
		case !ok:
			return entry{}, kit.Complain(`Entry %d of "rows" (%q): "values" has to be an object from column to value: write %s.`, i, kit.Clip(kit.OneLine(text), 80), entryForm)
		case len(cells) == 0:
			return entry{}, kit.Complain(`Entry %d of "rows" (%q) has no values: write %s.`, i, kit.Clip(kit.OneLine(text), 80), entryForm)
		}
		return entry{text, cells}, nil
	}
	// Another shape. It is taken where each of its words can mean one thing only.
	for _, column := range schema.Columns {
		if isOwnWord(column.Name) {
			return entry{}, kit.Complain(`Entry %d of "rows" could mean two things, because the table has a column called %q. `+
				`Write %s, with the row's cells under "values" alone.`,
				i, kit.Clip(kit.OneLine(column.Name), 60), entryForm)
		}
	}
	return readLooseEntry(i, row)
}

// isOwnWord says whether a name would be read as one of the tool's own words, however it is spelt: Row ID is row_id.
func isOwnWord(name string) bool {
	switch kit.FoldName(name) {
	case "row", "rowid", "id", "values", "cells":
		return true
	}
	return false
}

// readLooseEntry reads an entry of a table that has no columns of the tool's own words.
func readLooseEntry(i int, row map[string]any) (entry, error) {
	var out entry
	var named, valued []string
	beside := make(map[string]any)
	for _, name := range kit.SortedKeys(row) {
		switch kit.FoldName(name) {
		case "row", "rowid", "id":
			named = append(named, name)
			out.ref, _ = rowRef(row[name])
		case "values", "cells":
			valued = append(valued, name)
			cells, ok := cellsOf(row[name])
			if !ok {
				return out, kit.Complain(`Entry %d of "rows": %q has to be an object from column to value: write %s.`, i, kit.Clip(kit.OneLine(name), 40), entryForm)
			}
			out.values = cells
		default:
			beside[name] = row[name]
		}
	}
	switch {
	case len(named) > 1:
		return out, kit.Complain(`Entry %d of "rows" names its row twice, as %s: write %s.`, i, strings.Join(named, " and "), entryForm)
	case len(valued) > 1 || len(valued) == 1 && len(beside) > 0:
		return out, kit.Complain(`Entry %d of "rows" has values in two places: write %s.`, i, entryForm)
	case out.ref == "":
		return out, kit.Complain(`Entry %d of "rows" does not say which row: write %s.`, i, entryForm)
	}
	if len(valued) == 0 {
		out.values = beside
	}
	if len(out.values) == 0 {
		return out, kit.Complain(`Entry %d of "rows" (%q) has no values: write %s.`, i, kit.Clip(kit.OneLine(out.ref), 80), entryForm)
	}
	return out, nil
}

// resolveEntries finds the rows of the entries. Those before from were done by an earlier call, and may be gone or
// renamed.
func resolveEntries(ctx context.Context, c *kit.Call, target coda.Target, schema *coda.Schema, entries []entry,
	from int) ([]coda.RowChange, error) {
	refs := make([]string, 0, len(entries)-from)
	for _, e := range entries[from:] {
		refs = append(refs, e.ref)
	}
	rows, err := resolveRows(ctx, c, target, refs)
	if err != nil {
		return nil, err
	}
	changes := make([]coda.RowChange, len(entries))
	for i, e := range entries[:from] {
		changes[i] = coda.RowChange{Row: fmt.Sprintf("i-done%d", i), Values: e.values}
	}
	seen := make(map[string]int, len(rows))
	for n, row := range rows {
		i := from + n
		if before, twice := seen[row.ID]; twice {
			return nil, kit.Complain(`Entries %d and %d of "rows" (%q and %q) are the same row %s. Nothing was written. Put its values into one entry.`,
				before, i, kit.Clip(kit.OneLine(entries[before].ref), 80), kit.Clip(kit.OneLine(entries[i].ref), 80), row.ID)
		}
		seen[row.ID] = i
		changes[i] = coda.RowChange{Row: row.ID, Values: entries[i].values}
	}
	return changes, nil
}
