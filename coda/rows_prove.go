package coda

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"
)

// RowsProof is what a current read showed of a write.
type RowsProof struct {
	// AsMeant counts the rows that were changed or added and hold what was written, as far as that can be compared.
	AsMeant int
	// Unlike are rows that do not hold what was written: somebody changed them since, they were not found by their key, or
	// Coda made something else of a value.
	Unlike []string
	// Otherwise are cells of those rows, and what they hold; the first ones.
	Otherwise []OtherwiseCell
	// Retyped are columns that have another type than before the write. Their rows, where nothing else is unlike, count
	// neither as meant nor as unlike.
	Retyped []*RetypedColumn
	// Gone are rows that are no longer there.
	Gone []string
	// Rows are the rows that were looked at, by id.
	Rows map[string]*Row
	// PossiblyNew are rows that were not there before and have a key that was sent. They may have come into being because
	// a row was renamed or deleted in between; or somebody else has added them.
	PossiblyNew []string
}

// NeedsProof reports whether rows were sent by a key, so that rows may have been added that were not meant.
func (p *RowsPlan) NeedsProof() bool { return len(p.keyed) > 0 }

// Prove looks at the effect of a plan that was sent, once Coda has applied it, on a read that is proven current. Where
// none can be had in time the error matches [ErrStale], and nothing is known.
func (p *RowsPlan) Prove(ctx context.Context, patience time.Duration) (*RowsProof, error) {
	now := &RowsPlan{c: p.c, Doc: p.Doc, Table: p.Table, Schema: p.Schema, columns: maps.Clone(p.columns)}
	for _, col := range p.ByKey {
		now.columns[col.ID] = true
	}
	steps := p.provable()
	read := now.readTable
	if !p.NeedsProof() {
		var ids []string
		for _, step := range steps {
			ids = append(ids, step.Rows...)
		}
		if len(ids) == 0 {
			return &RowsProof{}, nil
		}
		if len(ids) <= fewLookups {
			read = func(ctx context.Context) error { return now.readIDs(ctx, ids) }
			now.whole = true
		}
	}
	if err := p.c.Current(ctx, patience, read); err != nil {
		return nil, err
	}
	if !now.whole && now.wanted == nil {
		return nil, errors.New("the table has grown too large to be compared")
	}
	proof := &RowsProof{Rows: now.before}
	retyped := p.retyped(ctx, now, steps)
	for _, id := range slices.Sorted(maps.Keys(retyped)) {
		if r := retyped[id]; r != nil {
			proof.Retyped = append(proof.Retyped, r)
		}
	}
	for _, step := range steps {
		for _, id := range step.Rows {
			p.compare(proof, retyped, step, id, now.before[id])
		}
	}
	if p.NeedsProof() {
		proof.PossiblyNew = p.possiblyNew(now)
	}
	return proof, nil
}

// provable are the steps whose rows are looked at: those that changed rows, and those that added some, where they are
// few or the table is read anyway. Of many, only the first are looked at that have values of which Coda may make
// something else.
func (p *RowsPlan) provable() (steps []RowStep) {
	adds := 0
	for _, step := range p.Steps {
		if step.Sent && step.Kind == StepAdd {
			adds++
		}
	}
	all, some := adds <= fewLookups || p.NeedsProof(), 0
	for _, step := range p.Steps {
		switch {
		case !step.Sent:
		case step.Kind == StepChange, step.Kind == StepAdd && all:
			steps = append(steps, step)
		case step.Kind == StepAdd && some < fewLookups && p.doubtful(step):
			steps, some = append(steps, step), some+1
		}
	}
	return steps
}

// possiblyNew are rows that were not there before and have a key that was sent.
func (p *RowsPlan) possiblyNew(now *RowsPlan) (ids []string) {
	for _, id := range now.order {
		if p.before[id] != nil || p.added(id) {
			continue
		}
		forms, certain := make([]string, len(p.ByKey)), true
		for i, col := range p.ByKey {
			form, ok := canonCell(col, now.before[id].Values[col.ID])
			forms[i], certain = form, certain && ok
		}
		if certain && p.keyed[joinKey(forms...)] {
			ids = append(ids, id)
		}
	}
	return ids
}

func (p *RowsPlan) added(id string) bool {
	for _, step := range p.Steps {
		if step.Kind == StepAdd && step.Sent && len(step.Rows) == 1 && step.Rows[0] == id {
			return true
		}
	}
	return false
}

// compare looks at what a row holds after a step wrote to it.
func (p *RowsPlan) compare(proof *RowsProof, retyped map[string]*RetypedColumn, step RowStep, id string, row *Row) {
	if row == nil {
		proof.Gone = append(proof.Gone, id)
		return
	}
	unlike, other := false, false
	for _, e := range p.editOf(step).Cells {
		col := p.Schema.byID[e.Column]
		switch {
		case col == nil:
		case retyped[col.ID] != nil:
			other = true
		case compareCell(col, row.Values[e.Column], e.Value) == different, otherClock(col, row.Values[e.Column], e.Value):
			unlike = true
			if len(proof.Otherwise) < mostOtherwise {
				proof.Otherwise = append(proof.Otherwise, otherwise(row, col, e.Value))
			}
		}
	}
	switch {
	case unlike:
		proof.Unlike = append(proof.Unlike, id)
	case !other:
		proof.AsMeant++
	}
}
