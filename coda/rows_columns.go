package coda

import (
	"context"
	"errors"
	"slices"
)

// errColumnsRenamed: the names of the call mean other columns by now, so that it has to be planned anew.
var errColumnsRenamed = errors.New("coda: columns were renamed")

// andColumns adds to a reading of rows, where the columns were read while changes were pending, that of the columns:
// somebody may have given a name to another one since. Once the rows are proven to be current so are they.
func (p *RowsPlan) andColumns(read func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := read(ctx); err != nil || !p.behind || !demandsLatest(ctx) {
			return err
		}
		if own := freshness(ctx); own != nil {
			own.forget()
		}
		now, err := p.c.Schema(ctx, p.Doc, p.Table)
		if err != nil {
			return err
		}
		if !slices.EqualFunc(now.Columns, p.Schema.Columns, func(a, b *Column) bool {
			return a.ID == b.ID && a.Name == b.Name && a.Format.Type == b.Format.Type
		}) {
			return errColumnsRenamed
		}
		p.behind = false
		return nil
	}
}

// Values are what a step writes into a row, by column id, in the form that is sent, without keys by which the row was
// found. An empty id is that of a row that is added, which gets all.
func (p *RowsPlan) Values(step RowStep, row string) map[string]any {
	values := make(map[string]any)
	for _, e := range p.editFor(p.editOf(step), row).Cells {
		if row == "" || !slices.Contains(p.keys, e.Column) {
			values[e.Column] = e.Value
		}
	}
	return values
}
