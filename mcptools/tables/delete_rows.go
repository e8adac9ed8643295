package tables

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/rowset"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func deleteRowsTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_delete_rows", Title: "Delete rows", Group: kit.GroupDestructive, Overwrites: true, Repeatable: true,
		Description: "Delete rows of a table, given by id, link or exact name, or all that a filter finds. " +
			"Use it only when the person asked for it.",
		TakeBack: takeBackRows, Remover: "coda_delete_rows",
		Output: []kit.Field{
			{Name: "deleted", Kind: kit.KindStrings},
			{Name: "undo", Kind: kit.KindObjects, Content: true, Label: "To add them again, make this call:"},
		},
	}, deleteRows)
}

type deleteRowsInput struct {
	inTableOrBatch
	Rows   []string       `json:"rows" max:"1000" doc:"Ids, links or names"`
	Filter map[string]any `json:"filter" doc:"As in coda_query_rows"`
	Batch  string         `json:"batch"`
	kit.Asked
}

const (
	// mostDeletes bounds one call.
	mostDeletes = 1_000
	// namedDeletes is how many rows are told by name, and shownDeletes how many of them a person is asked about by name.
	namedDeletes = 20
	shownDeletes = 40
	// statusNotDeleted: the rows were counted and not deleted.
	statusNotDeleted = "not deleted"
)

func deleteRows(ctx context.Context, c *kit.Call, in deleteRowsInput) (*kit.Answer, error) {
	within := newDeadline()
	if (len(in.Rows) > 0) == (len(in.Filter) > 0) {
		return nil, kit.Complain(`Pass either "rows", up to %s of them, or a "filter" that is not empty.`, kit.Thousands(mostDeletes))
	}
	if len(in.Rows) > mostDeletes {
		return nil, kit.Complain(`"rows" must name at most %s rows, not %s. To delete more, use a filter, or several calls.`, kit.Thousands(mostDeletes), kit.Thousands(len(in.Rows)))
	}
	target, err := c.Table(ctx, in.Doc, in.Table)
	if err != nil {
		return nil, err
	}
	d := &deletion{c: c, target: target, within: within}
	if len(in.Filter) > 0 {
		err = d.find(ctx, in.Filter)
	} else {
		err = d.read(ctx, in.Rows)
	}
	if err != nil {
		return nil, err
	}
	d.target = c.Named(ctx, d.target)
	act := kit.Act{Text: d.act(ctx, in.Filter), Bound: d.ids(), Undone: statusNotDeleted}
	if ask, err := c.Consent(ctx, act); ask != nil || err != nil {
		return ask, err
	}
	return d.run(ctx)
}

// deletion is a deletion of rows that are known.
type deletion struct {
	c      *kit.Call
	target coda.Target
	within deadline
	schema *coda.Schema
	rows   []*coda.Row
	// proven says that the rows were read as they are.
	proven bool
	// unproven is why they were not.
	unproven error
	// below is what of them does not exist for the person; nil = nothing.
	below *beneath
}

// read reads the rows that references name.
func (d *deletion) read(ctx context.Context, refs []string) error {
	targets, err := resolveRows(ctx, d.c, d.target, refs)
	if err != nil {
		return err
	}
	targets = once(targets)
	ids := make([]string, len(targets))
	for i, t := range targets {
		ids[i] = t.ID
	}
	if d.schema, err = d.c.Coda.Schema(ctx, d.target.Doc, d.target.ID); err != nil {
		return err
	}
	var gone []string
	read := func(ctx context.Context) error {
		d.rows, gone, err = d.c.Coda.RowsByID(ctx, d.target.Doc, d.target.ID, ids)
		return err
	}
	err = d.c.Coda.Current(ctx, d.within.looking(undoPatience), read)
	if d.proven = err == nil; errors.Is(err, coda.ErrStale) {
		d.unproven = err
		err = read(ctx)
	}
	if err != nil {
		return err
	}
	if !d.proven {
		// What Coda does not show yet may have been added a moment ago.
		for _, id := range gone {
			d.rows = append(d.rows, &coda.Row{ID: id})
		}
		return nil
	}
	if len(gone) > 0 {
		d.c.Note("No longer there: %s.", kit.Clip(strings.Join(gone, ", "), 500))
	}
	if len(d.rows) == 0 {
		return kit.Complain("Nothing was deleted: none of these rows is still in the table.")
	}
	return nil
}

// find looks for the rows of a filter, on a read that is proven current: what is deleted has to be what was found.
func (d *deletion) find(ctx context.Context, filter map[string]any) (err error) {
	if d.schema, err = d.c.Coda.Schema(ctx, d.target.Doc, d.target.ID); err != nil {
		return err
	}
	engine := &rowset.Engine{Source: d.c.Coda}
	var found *rowset.Found
	err = d.c.Coda.Current(ctx, d.within.looking(time.Minute), func(ctx context.Context) (err error) {
		found, err = engine.Find(ctx, rowset.Query{Doc: d.target.Doc, Table: d.target.ID, Filter: filter, Limit: mostDeletes,
			MaxScan: 20_000})
		return err
	})
	switch {
	case errors.Is(err, coda.ErrStale):
		return kit.Complain("Nothing was deleted. Finding rows by a filter needs current "+
			"data, and %s. Make the same call again in half a minute, or name the rows by id.", reasonStale(err))
	case err != nil:
		return err
	case len(found.Rows) == 0 && found.Complete:
		return kit.Complain("Nothing was deleted: no row matches the filter.")
	case !found.Complete:
		return kit.Complain("Nothing was deleted: more than %s rows match, or the table is too large to search in "+
			"one call. Narrow the filter.", kit.Thousands(mostDeletes))
	}
	for _, note := range found.Notes {
		d.c.Note("%s", note)
	}
	d.rows, d.proven = found.Rows, true
	return nil
}

func (d *deletion) ids() []string {
	ids := make([]string, len(d.rows))
	for i, row := range d.rows {
		ids[i] = row.ID
	}
	return ids
}

// act says what is deleted: each row, or the filter with their number and the first of them.
func (d *deletion) act(ctx context.Context, filter map[string]any) string {
	var b strings.Builder
	b.WriteString(kit.Question(fmt.Sprintf("Delete %s?", kit.Plural(len(d.rows), "row")),
		kit.Thing{What: "Table", Name: kit.DescribeTarget(d.target)},
		kit.Thing{What: "Doc", Name: d.c.DescribeDoc(ctx, d.target.Doc)}) + "\n")
	if len(filter) > 0 {
		raw, err := kit.Marshal(filter)
		if err == nil {
			b.WriteString(kit.Thing{What: "All that match the filter", Name: string(raw)}.String() + "\n")
		}
	}
	for i, row := range d.rows {
		if i == shownDeletes && len(d.rows) > shownDeletes+1 {
			fmt.Fprintf(&b, "- and %s more\n", kit.Thousands(len(d.rows)-i))
			break
		}
		fmt.Fprintf(&b, "- %s\n", describeRow(row))
	}
	return b.String()
}

func describeRow(row *coda.Row) string {
	name := kit.Clip(kit.OneLine(row.Name), 60)
	if name == "" {
		return row.ID
	}
	return name + " (" + row.ID + ")"
}

func (d *deletion) run(ctx context.Context) (*kit.Answer, error) {
	ids := d.ids()
	if err := d.lookBeneath(ctx); err != nil {
		return nil, err
	}
	kept := d.keeping()
	k, err := d.c.Keep(ctx, keepRows(d.target, kept, kit.Plural(len(ids), "row")+" deleted"), kept)
	if err != nil {
		return nil, err
	}
	var m coda.Mutation
	if len(ids) == 1 {
		m, err = d.c.Coda.DeleteRow(ctx, d.target.Doc, d.target.ID, ids[0])
	} else {
		m, err = d.c.Coda.DeleteRows(ctx, d.target.Doc, d.target.ID, ids)
	}
	if err != nil {
		k.Abandon(ctx, err)
		return nil, err
	}
	written, err := d.within.settle(ctx, d.c, m)
	if err != nil {
		return nil, err
	}
	d.c.Recent.Wrote(d.c.Coda, d.target.ID)
	names := make([]string, 0, namedDeletes)
	for i, row := range d.rows {
		if i == namedDeletes {
			names = append(names, kit.Thousands(len(d.rows)-i)+" more")
			break
		}
		names = append(names, describeRow(row))
	}
	done := fmt.Sprintf("Deleted %s of table %s in doc %s: %s.", kit.Plural(len(ids), "row"), kit.DescribeTarget(d.target),
		d.c.DescribeDoc(ctx, d.target.Doc), strings.Join(names, ", "))
	written.Effect, written.Rows = kit.Effect{Deleted: len(ids)}, ids
	k.End(ctx, func(ch *kit.Change) { ch.Effect, ch.Never = written.Effect, kept.never() }, kept)
	undo, note := d.undo(k)
	if note != "" {
		d.c.Note("%s", note)
	}
	return kit.Wrote(written, done, kit.Fact{Name: "deleted", Value: ids}, kit.Fact{Name: "undo", Value: undo}), nil
}

// lookBeneath finds out what the person does not see of the rows.
func (d *deletion) lookBeneath(ctx context.Context) (err error) {
	if !d.proven || d.c.KeepsFor() <= 0 {
		return nil
	}
	d.below, err = lookBeneath(ctx, d.c, d.target, d.schema, d.rows, d.within)
	if errors.Is(err, coda.ErrStale) {
		d.proven, d.unproven, err = false, err, nil
	}
	return err
}

// keeping is what is about to be deleted; nothing of it where that is not proven.
func (d *deletion) keeping() keptRows {
	kept := keptRows{Unproven: !d.proven}
	for _, row := range d.rows {
		if d.proven {
			kept.Deleted = append(kept.Deleted, kept.wholeRow(d.schema, row, d.below))
		}
	}
	return kept
}

// undo is the call that adds the rows again; where coda_undo has what they held, it is told only if it is short.
func (d *deletion) undo(k *kit.Kept) (undo any, note string) {
	if !d.proven {
		return nil, "What the rows held is not proven, because " + reasonStale(d.unproven) +
			", so it cannot be brought back by undo."
	}
	var rows []map[string]any
	lost, named := make(map[string]bool), make(map[string]string)
	size, untold, most := 0, 0, undoChars
	if k.Offers() {
		most = undoCharsKept
	}
	for _, row := range d.rows {
		values := make(map[string]any)
		for _, column := range d.schema.Columns {
			if !column.Writable() {
				continue
			}
			v, ok := column.WriteBack(row.Values[column.ID])
			switch {
			case !ok:
				lost[kit.Clip(kit.OneLine(column.Name), 60)] = true
			case v != nil && v != "" && v != false:
				values[column.ID] = v
				named[column.ID] = kit.Clip(kit.OneLine(column.Name), 60)
			}
		}
		raw, err := kit.Marshal(values)
		if size += kit.Chars(string(raw)); err != nil || size > most || len(values) == 0 {
			untold++
			continue
		}
		rows = append(rows, values)
	}
	note = "Rows added again get new ids: relations to the old ones will not come back."
	if len(lost) > 0 {
		note += fmt.Sprintf(" What they held in %s cannot be brought back as it was.",
			strings.Join(kit.SortedKeys(lost), ", "))
	}
	if size > most && k.Offers() {
		return keptUndo(k), note + " What the rows held is too long to show here; coda_undo has it."
	}
	if untold > 0 {
		note += fmt.Sprintf(" What %s held is too long to show, or nothing, and cannot be brought back by undo.",
			kit.Plural(untold, "row"))
	}
	if len(rows) == 0 {
		return nil, note
	}
	var columns []string
	for _, id := range kit.SortedKeys(named) {
		columns = append(columns, id+" "+named[id])
	}
	note += kit.Clip(" The undo names columns by id: "+strings.Join(columns, ", "), 1_000) + "."
	return []undoCall{{"coda_upsert_rows", map[string]any{"doc": d.target.Doc, "table": d.target.ID, "mode": "add",
		"again": true, "rows": rows}}}, note
}
