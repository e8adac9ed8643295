package tables

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// rowsBack takes back a change of rows: cells get their former values, rows that were added are deleted, and rows that
// were deleted are added again. Each cell and row is looked at first, in a reading that is proven current: what is no
// longer what the call left stays as it is, and is told.
type rowsBack struct {
	c      *kit.Call
	target coda.Target
	within deadline
	schema *coda.Schema
	kept   keptRows
	// now are the rows as they are.
	now map[string]*coda.Row
	// whole is a client for which unseen exist, the columns that do not exist for the person; below is what rows that
	// are to be removed hold in them.
	whole  *coda.Client
	unseen []*coda.Column
	below  *beneath

	restore []coda.RowChange
	remove  []*coda.Row
	readd   []coda.Record
	// readded are the rows that readd brings back, in its order.
	readded []keptRow
	left    []string
	more    int
}

// takeBackRows takes back a change that a tool of this room made.
func takeBackRows(ctx context.Context, c *kit.Call, ch *kit.Change) (*kit.Answer, error) {
	kept, err := readKept(ch.Former)
	if err != nil {
		return nil, err
	}
	b := &rowsBack{c: c, within: newDeadline(), kept: kept,
		target: coda.Target{Kind: coda.KindTable, Doc: ch.Doc, ID: ch.Targets[0].ID}}
	if b.schema, err = c.Coda.Schema(ctx, b.target.Doc, b.target.ID); err != nil {
		return nil, err
	}
	if b.whole, b.unseen, err = unseen(ctx, c, b.target, b.schema); err != nil {
		return nil, err
	}
	if err := b.look(ctx); err != nil {
		return nil, err
	}
	b.judge()
	if b.below, err = lookBeneath(ctx, c, b.target, b.schema, b.remove, b.within); err != nil {
		return nil, b.stale(err)
	}
	return b.run(ctx)
}

// look reads the rows of the change.
func (b *rowsBack) look(ctx context.Context) error {
	var ids []string
	for _, row := range slices.Concat(b.kept.Changed, b.kept.Added, b.kept.Deleted) {
		if row.Row != "" {
			ids = append(ids, row.Row)
		}
	}
	var rows []*coda.Row
	err := b.c.Coda.Current(ctx, b.within.looking(lookingTime), func(ctx context.Context) (err error) {
		rows, _, err = b.c.Coda.RowsByID(ctx, b.target.Doc, b.target.ID, ids)
		return err
	})
	if errors.Is(err, coda.ErrStale) {
		return b.stale(err)
	}
	b.now = make(map[string]*coda.Row, len(rows))
	for _, row := range rows {
		b.now[row.ID] = row
	}
	return err
}

// stale words that no reading is current.
func (b *rowsBack) stale(err error) error {
	if !errors.Is(err, coda.ErrStale) {
		return err
	}
	return kit.Complain("Nothing was changed: finding what changed since needs current data, and "+
		"%s. Try again in half a minute.", reasonStale(err))
}

// mostTold bounds what is told of what stays.
const mostTold = 10

// stays tells of something that is not taken back.
func (b *rowsBack) stays(format string, args ...any) {
	if len(b.left) < mostTold {
		b.left = append(b.left, fmt.Sprintf(format, args...))
		return
	}
	b.more++
}

// leftOver is all that stays.
func (b *rowsBack) leftOver() []string {
	if b.more > 0 {
		return append(slices.Clone(b.left), fmt.Sprintf("And %d more.", b.more))
	}
	return b.left
}

func (r keptRow) describe() string {
	return kit.DescribeTarget(coda.Target{ID: r.Row, Name: kit.Clip(kit.OneLine(r.Name), 60)})
}

func columnName(column *coda.Column) string { return kit.Clip(kit.OneLine(column.Name), 60) }

// column finds a column that can still be written.
func (b *rowsBack) column(id string) *coda.Column {
	i := slices.IndexFunc(b.schema.Columns, func(c *coda.Column) bool { return c.ID == id && c.Writable() })
	if i < 0 {
		return nil
	}
	return b.schema.Columns[i]
}

// isUnseen tells of a column that can be written, and does not exist for the person.
func (b *rowsBack) isUnseen(id string) bool {
	return slices.ContainsFunc(b.unseen, func(c *coda.Column) bool { return c.ID == id && c.Writable() })
}

// untold words a refusal of rows that hold something which the person does not see.
func (b *rowsBack) untold(err error) error {
	if len(b.unseen) > 0 && errors.Is(err, coda.ErrInvalid) {
		return kit.Complain("Coda did not accept the rows to be added again.")
	}
	return err
}

// judge decides of each row what is to be done.
func (b *rowsBack) judge() {
	for _, row := range b.kept.Changed {
		now := b.now[row.Row]
		if now == nil {
			b.stays("Row %s has been deleted since.", row.describe())
			continue
		}
		if values := b.judgeCells(row, now); len(values) > 0 {
			b.restore = append(b.restore, coda.RowChange{Row: row.Row, Values: values})
		}
	}
	for _, row := range b.kept.Added {
		now := b.now[row.Row]
		switch {
		case row.Row == "":
			b.stays("The call ended before Coda named the row that it added.")
		case now == nil: // gone already
		default:
			if column := b.changedSince(row, now); column != nil {
				b.stays("Row %s was added and has changed since: column %s now holds %s.", describeRow(now), columnName(column),
					shownValue(now.Values[column.ID].Text()))
				continue
			}
			b.remove = append(b.remove, now)
		}
	}
	for _, row := range b.kept.Deleted {
		if b.now[row.Row] != nil {
			continue // there again, or never gone
		}
		record := make(coda.Record)
		for _, cell := range row.Cells {
			if b.column(cell.Column) == nil {
				b.stays("Row %s: column %s is gone, or can no longer be written.", row.describe(), cell.Column)
				continue
			}
			record[cell.Column] = cell.Was
		}
		if len(record) == 0 {
			b.stays("Row %s held nothing that can be written.", row.describe())
			continue
		}
		// What was seen then and is not now comes back as well as what was not seen.
		for _, cell := range slices.Concat(row.Cells, row.Hidden) {
			if b.isUnseen(cell.Column) || b.column(cell.Column) != nil {
				record[cell.Column] = cell.Was
			}
		}
		b.readd, b.readded = append(b.readd, record), append(b.readded, row)
	}
}

// judgeCells are the former values of a row's cells that are still as the call left them.
func (b *rowsBack) judgeCells(row keptRow, now *coda.Row) coda.Record {
	values := make(coda.Record)
	for _, cell := range row.Cells {
		column := b.column(cell.Column)
		switch {
		case column == nil:
			b.stays("Row %s: column %s is gone, or can no longer be written.", row.describe(), cell.Column)
		case cell.back(column, now.Values[cell.Column]):
		case !cell.untouched(column, now.Values[cell.Column]):
			value := now.Values[cell.Column]
			b.stays("Row %s, column %s, %s %s now.", row.describe(), columnName(column), cell.changed(column, value),
				shownValue(value.Text()))
		case cell.Lost:
			b.stays("Row %s, column %s: %s.", row.describe(), columnName(column), b.lostWhy())
		default:
			values[cell.Column] = cell.Was
		}
	}
	return values
}

func (b *rowsBack) lostWhy() string {
	if b.kept.Unproven {
		return "what it held before is not proven"
	}
	return "what it held before cannot be brought back as it was: formatted text and named links cannot be written " +
		"back as read"
}

// changedSince is a column of an added row that holds something else than the call left there; nil for none.
func (b *rowsBack) changedSince(row keptRow, now *coda.Row) *coda.Column {
	sent := make(map[string]keptCell, len(row.Cells))
	for _, cell := range row.Cells {
		sent[cell.Column] = cell
	}
	for _, column := range b.schema.Columns {
		if !column.Writable() {
			continue
		}
		cell, wasSent := sent[column.ID]
		value := now.Values[column.ID]
		_, known := column.Holds(value, cell.Sent)
		switch {
		case !wasSent && (value.IsEmpty() || isFalse(value) || column.DefaultValue != ""):
		case wasSent && (cell.untouched(column, value) || len(cell.Left) == 0 && !known && keepsCopies(column)):
		default:
			return column
		}
	}
	return nil
}

// isFalse tells of a checkbox that is not checked, which is what one that nobody touched reads like.
func isFalse(cell coda.Cell) bool { return cell.Plain() == false }

// act is what a person agrees to where rows are deleted.
func (b *rowsBack) act(ctx context.Context, ch *kit.Change) kit.Act {
	d := &deletion{c: b.c, target: b.c.Named(ctx, b.target), rows: b.remove}
	text := d.act(ctx, nil) + fmt.Sprintf("That takes back %s (%s).\n", ch.ID, ch.Tool)
	if n := len(b.restore); n > 0 {
		text += fmt.Sprintf("Former values also come back in %s.\n", kit.Plural(n, "row"))
	}
	return kit.Act{Text: text, Bound: d.ids(), Undone: "not taken back"}
}

// describeBack counts what is taken back.
func describeBack(changed, deleted, added int) string {
	var parts []string
	for _, p := range []struct {
		n    int
		text string
	}{{changed, "changed back"}, {deleted, "that had been added deleted"}, {added, "that had been deleted added again"}} {
		if p.n > 0 {
			parts = append(parts, kit.Plural(p.n, "row")+" "+p.text)
		}
	}
	return strings.Join(parts, ", ")
}
