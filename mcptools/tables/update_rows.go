package tables

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func updateRowsTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_update_rows", Title: "Update rows", Group: kit.GroupWrite, Overwrites: true, Repeatable: true,
		Description: "Change cells of rows given by id, link or name, several at once; other cells stay. " +
			"The answer tells the former values, with which the same tool undoes it. To add rows, or to match rows by a column, use coda_upsert_rows.",
		Output: []kit.Field{{Name: "updated", Kind: kit.KindStrings}, {Name: "undo", Kind: kit.KindObjects, Content: true, Label: "To undo, call coda_update_rows with rows="}, {Name: "next", Kind: kit.KindObject}},
	}, updateRows)
}

type updateRowsInput struct {
	kit.InTable
	Rows []map[string]any `json:"rows" required:"true" doc:"[{\"row\":\"i-…\",\"values\":{\"Status\":\"Done\"}}]; values as in coda_upsert_rows"`
	From int              `json:"resume_from" min:"0" max:"500" strict:"true" doc:"From next"`
}

type rowsUpdated struct {
	kit.Written
	// Updated are the ids of the rows whose change Coda has accepted.
	Updated []string
	// Undo are rows as this tool takes them, with the values from before.
	Undo []rowChange
}

type rowChange struct {
	Row    string         `json:"row"`
	Values map[string]any `json:"values"`
}

// mostUpdates bounds one call.
const mostUpdates = 500

func updateRows(ctx context.Context, c *kit.Call, in updateRowsInput) (*kit.Answer, error) {
	changes, err := readChanges(in.Rows)
	if err != nil {
		return nil, err
	}
	if in.From >= len(changes) {
		return nil, kit.Complain("resume_from is %d, but the call has only %d rows. Make the same call as before, with all its rows.", in.From, len(changes))
	}
	changes = changes[in.From:]
	target, err := baseTable(ctx, c, in.Doc, in.Table)
	if err != nil {
		return nil, err
	}
	schema, err := c.Coda.Schema(ctx, target.Doc, target.ID)
	if err != nil {
		return nil, err
	}
	refs := make([]string, len(changes))
	for i, change := range changes {
		refs[i] = change.Row
	}
	rows, err := findRows(ctx, c, target, refs)
	if err != nil {
		return nil, err
	}
	if err := noneTwice(rows.found, changes, in.From); err != nil {
		return nil, err
	}
	out := rowsUpdated{Updated: []string{}, Undo: undoOf(schema, changes, rows.found)}
	for i := range changes {
		changes[i].Values = takeBackRow(schema, changes[i].Values)
	}
	plan := planUpdate(schema, changes, rows)
	if err := plan.check(ctx, c, target, changes); err != nil {
		return nil, err
	}
	mutations, failure := plan.send(ctx, c, target, changes, rows.found, &out)
	if failure != nil && len(out.Updated) == 0 {
		return nil, failure
	}
	out.Written, err = c.Settle(ctx, mutations...)
	if err != nil {
		return nil, err
	}
	c.Recent.Wrote(target.ID)
	out.Undo = boundedUndo(c, out.Undo[:len(out.Updated)])
	return out.answer(target, in.From, len(changes), plan, failure), nil
}

// change is one row to change.
type change struct {
	Row    string
	Values coda.Record
}

// readChanges reads {"row": …, "values": {…}}, and forgives where the values stand beside the row.
func readChanges(rows []map[string]any) ([]change, error) {
	if len(rows) == 0 || len(rows) > mostUpdates {
		return nil, kit.Complain(`"rows" must hold 1 to %d rows, not %d.`, mostUpdates, len(rows))
	}
	changes := make([]change, len(rows))
	seen := make(map[string]int, len(rows))
	for i, row := range rows {
		id, beside := "", coda.Record{}
		var values map[string]any
		for name, value := range row {
			switch strings.ToLower(name) {
			case "row", "row_id", "rowid", "id":
				id, _ = kit.FitString(value)
			case "values", "cells":
				values, _ = cellsOf(value)
			default:
				beside[name] = value
			}
		}
		for name, value := range values {
			beside[name] = value
		}
		switch before, twice := seen[strings.TrimSpace(id)]; {
		case strings.TrimSpace(id) == "":
			return nil, kit.Complain(`Entry %d of "rows" does not say which row: write {"row": "i-… or name", "values": {…}}.`, i)
		case twice:
			return nil, kit.Complain(`Entries %d and %d of "rows" are the same row %q. Put its values into one entry.`, before, i, kit.Clip(kit.OneLine(id), 80))
		case len(beside) == 0:
			return nil, kit.Complain(`Entry %d of "rows" (%q) has no values: write {"row": …, "values": {"Column": value}}.`, i, kit.Clip(kit.OneLine(id), 80))
		}
		seen[strings.TrimSpace(id)] = i
		changes[i] = change{strings.TrimSpace(id), beside}
	}
	return changes, nil
}

// noneTwice refuses a row that two entries name differently, such as by id and by name: which value was meant?
func noneTwice(rows []*coda.Row, changes []change, from int) error {
	seen := make(map[string]int, len(rows))
	for i, row := range rows {
		if before, twice := seen[row.ID]; twice {
			return kit.Complain(`Entries %d and %d of "rows" (%q and %q) are the same row %s. Nothing was written. Put its values into one entry.`,
				from+before, from+i, kit.Clip(kit.OneLine(changes[before].Row), 80), kit.Clip(kit.OneLine(changes[i].Row), 80), row.ID)
		}
		seen[row.ID] = i
	}
	return nil
}

// undoOf gathers the values from before, in the form that can be written back.
func undoOf(schema *coda.Schema, changes []change, rows []*coda.Row) []rowChange {
	undo := make([]rowChange, len(changes))
	for i, change := range changes {
		undo[i] = rowChange{Row: rows[i].ID, Values: make(map[string]any, len(change.Values))}
		for name := range change.Values {
			column, err := schema.Column(name)
			if err != nil {
				continue // checked before
			}
			undo[i].Values[writeName(schema, column)] = writable(rows[i].Values[column.ID].Plain())
		}
	}
	return undo
}

// undoChars bounds the former values in an answer.
const undoChars = 30_000

// boundedUndo leaves out what would make the answer too long: a row may have held 85 KB.
func boundedUndo(c *kit.Call, undo []rowChange) []rowChange {
	size := 0
	for i, change := range undo {
		raw, err := kit.Marshal(change)
		if size += kit.Chars(string(raw)); err != nil || size > undoChars {
			c.Note("The former values of the last %s are too long to be told, so that they cannot be brought back by undo.", kit.Plural(len(undo)-i, "row"))
			return undo[:i]
		}
	}
	return undo
}

// writeName is the column's name where it finds the column again, else its id.
func writeName(schema *coda.Schema, column *coda.Column) string {
	if name := uniqueColumn(schema, column); name == column.Name {
		return name
	}
	return column.ID
}

// writable gives a cell's value in a form that Coda takes back.
func writable(v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case coda.Relation:
		return v.RowID
	case coda.Person:
		if v.Email != "" {
			return v.Email
		}
		return v.Name
	case coda.Money:
		return v.Amount
	case coda.Link:
		return v.URL
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = writable(item)
		}
		return out
	}
	return v
}

func (u *rowsUpdated) answer(target coda.Target, from, asked int, plan updatePlan, failure error) *kit.Answer {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %d updated in table %s of doc %s", kit.Plural(len(u.Updated), "row"), asked, kit.DescribeTarget(target), target.Doc)
	if plan.key != nil {
		fmt.Fprintf(&b, ", matched by the column %s", kit.Clip(kit.OneLine(plan.key.Name), 60))
	}
	b.WriteString(".")
	facts := []kit.Fact{{Name: "updated", Value: u.Updated}, {Name: "undo", Value: u.Undo}}
	if len(u.Updated) < asked {
		u.Status = statusPartial
		if failure != nil {
			b.WriteString(" Then it stopped: " + kit.Explain(failure))
		} else {
			b.WriteString(" Coda takes about one such change in three seconds, so it stopped before the call became too long.")
		}
		facts = append(facts, kit.Fact{Name: "next", Value: map[string]any{"resume_from": from + len(u.Updated)}})
	}
	return kit.Wrote(u.Written, b.String(), facts...)
}

// sendingTime bounds the sending of single changes, so that the answer comes while the client still waits for it.
const sendingTime = 45 * time.Second
