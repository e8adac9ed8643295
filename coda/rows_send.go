package coda

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

func rowInCall(i int) string { return fmt.Sprintf("row %d of this call", i) }

// Send sends the steps that add or change something, in the order of the rows. It begins no request after until, and
// none after one that failed; Next then says where to go on. Steps that Coda has accepted are marked as sent.
//
// Rows are changed by their ids, one request each, unless there are so many that it would take minutes and their keys
// are known for certain; see [RowsPlan.ByKey].
func (p *RowsPlan) Send(ctx context.Context, until time.Time) error {
	changes := 0
	for _, s := range p.Steps {
		if s.Kind == StepChange {
			changes += len(s.Rows) - len(s.Same)
		}
	}
	if changes > fewChanges {
		p.chooseKey()
	}
	sizes := make([]int, len(p.Steps))
	for i, s := range p.Steps {
		if s.Kind == StepAdd || s.Kind == StepChange {
			raw, err := encode(p.edits[i])
			if err != nil {
				return invalid(OpUpsertRows, p.Doc, err)
			}
			sizes[i] = len(raw) + 200 // the key beside it
		}
	}
	spans := p.spans(sizes)
	for n, span := range spans {
		if n > 0 && !p.c.cfg.Clock.Now().Before(until) {
			return nil
		}
		done, err := p.sendSpan(ctx, span, until)
		if err != nil || !done {
			return err
		}
		p.Next = p.after(span.end - 1)
		p.c.report(ctx, ChunkSent{Chunk: n + 1, Chunks: len(spans), Rows: p.Next, Total: p.total})
	}
	return nil
}

// after is the index of the first row of the call behind a step, past the rows that were left out: there is nothing to
// go on with at those.
func (p *RowsPlan) after(step int) int {
	if step+1 < len(p.Steps) {
		return p.Steps[step+1].Index
	}
	return p.total
}

// spans cuts the steps into runs of at most a request's worth. Steps that are not sent count for nothing.
func (p *RowsPlan) spans(sizes []int) []span {
	var spans []span
	first, rows, bytes := 0, 0, 0
	for i, size := range sizes {
		if size > 0 && rows > 0 && (rows == chunkRowsMax || bytes+size > chunkBytesMax) {
			spans = append(spans, span{first, i})
			first, rows, bytes = i, 0, 0
		}
		if size > 0 {
			rows++
		}
		bytes += size
	}
	return append(spans, span{first, len(sizes)})
}

// sendSpan sends a run of steps: what is added as one request, what is changed by key as another, the rest one by one.
// done is false where it ran out of time.
func (p *RowsPlan) sendSpan(ctx context.Context, s span, until time.Time) (done bool, err error) {
	var adds, keyed, single []int
	for i := s.first; i < s.end; i++ {
		switch step := p.Steps[i]; {
		case step.Sent:
		case step.Kind == StepAdd:
			adds = append(adds, i)
		case step.Kind == StepChange && p.sendableByKey(step):
			keyed = append(keyed, i)
		case step.Kind == StepChange:
			single = append(single, i)
		}
	}
	if err := p.sendAdds(ctx, adds); err != nil {
		return false, err
	}
	if err := p.sendKeyed(ctx, keyed); err != nil {
		return false, err
	}
	for n, i := range single {
		if (n > 0 || len(adds)+len(keyed) > 0) && !p.c.cfg.Clock.Now().Before(until) {
			return false, nil
		}
		if err := p.sendSingle(ctx, i); err != nil {
			return false, err
		}
		if len(adds)+len(keyed) == 0 {
			// In order, so that a later call can go on behind it.
			p.Next = p.after(i)
			p.c.report(ctx, ChunkSent{Chunk: n + 1, Chunks: len(single), Rows: p.Next, Total: p.total})
		}
	}
	return true, nil
}

func (p *RowsPlan) sendAdds(ctx context.Context, steps []int) error {
	if len(steps) == 0 {
		return nil
	}
	m, err := p.c.UpsertRowsRaw(ctx, p.Doc, p.Table, RowsUpsert{Rows: p.editsOf(steps)}, WriteOptions{})
	if err != nil {
		return p.failed(ctx, err, steps)
	}
	p.Mutations = append(p.Mutations, m)
	for n, i := range steps {
		p.Steps[i].Sent = true
		if n < len(m.RowIDs) {
			p.Steps[i].Rows = []string{m.RowIDs[n]}
		}
	}
	return nil
}

func (p *RowsPlan) sendKeyed(ctx context.Context, steps []int) error {
	if len(steps) == 0 {
		return nil
	}
	edits := p.editsOf(steps)
	ids := make([]string, len(p.ByKey))
	for n, col := range p.ByKey {
		ids[n] = col.ID
	}
	for n, i := range steps {
		step := p.Steps[i]
		edits[n] = p.editFor(edits[n], step.Rows[0])
		if len(p.keys) == 0 {
			// Its key is the value that it has and keeps.
			value := p.before[step.Rows[0]].Values[p.ByKey[0].ID].Plain()
			edits[n].Cells = append(slices.Clone(edits[n].Cells), CellEdit{Column: ids[0], Value: value})
		}
		exact, _, _, _ := keyOf(p.ByKey, edits[n])
		if p.keyed == nil {
			p.keyed = make(map[string]bool)
		}
		p.keyed[exact] = true
	}
	m, err := p.c.UpsertRowsRaw(ctx, p.Doc, p.Table, RowsUpsert{Rows: edits, KeyColumns: ids}, WriteOptions{})
	if err != nil {
		return p.failed(ctx, err, steps)
	}
	p.Mutations = append(p.Mutations, m)
	for _, i := range steps {
		p.Steps[i].Sent = true
	}
	return nil
}

// withoutKeys leaves out the keys by which a row was found, which it has: whoever renames the row just then keeps the
// name that they gave it.
func (p *RowsPlan) withoutKeys(edit RowEdit) RowEdit {
	isKey := func(e CellEdit) bool { return slices.Contains(p.keys, e.Column) }
	if len(p.keys) > 0 && slices.ContainsFunc(edit.Cells, func(e CellEdit) bool { return !isKey(e) }) {
		edit.Cells = slices.DeleteFunc(slices.Clone(edit.Cells), isKey)
	}
	return edit
}

func (p *RowsPlan) sendSingle(ctx context.Context, i int) error {
	step := &p.Steps[i]
	for _, id := range step.Rows {
		if slices.Contains(step.Same, id) {
			continue
		}
		m, err := p.c.UpdateRowRaw(ctx, p.Doc, p.Table, id, p.withoutKeys(p.editFor(p.edits[i], id)), WriteOptions{})
		switch {
		case err == nil:
			p.Mutations = append(p.Mutations, m)
		case errors.Is(err, ErrNotFound) && !p.Proven && len(p.Steps) > 1, errors.Is(err, ErrGone):
			step.Kind = StepMissing
			return nil
		default:
			return p.failed(ctx, err, []int{i})
		}
	}
	step.Sent = true
	return nil
}

func (p *RowsPlan) failed(ctx context.Context, err error, steps []int) error {
	p.c.learnFromRefusal(ctx, err, p.Doc, p.Table)
	if errors.Is(err, ErrFateUnknown) {
		for _, i := range steps {
			p.InDoubt = append(p.InDoubt, p.Steps[i].Index)
		}
	}
	return err
}

func (p *RowsPlan) editsOf(steps []int) []RowEdit {
	edits := make([]RowEdit, len(steps))
	for n, i := range steps {
		edits[n] = p.edits[i]
	}
	return edits
}

// chooseKey finds the columns by which many rows can be changed in one request: the keys that the call has, or, where
// rows are given by id, a column whose text each of them has alone in the whole table, now, and keeps.
func (p *RowsPlan) chooseKey() {
	if !p.Proven || !p.whole {
		return
	}
	if len(p.keys) > 0 {
		for _, id := range p.keys {
			p.ByKey = append(p.ByKey, p.Schema.byID[id])
		}
		return
	}
	changed := make(map[string]bool)
	for _, e := range p.edits {
		for _, cell := range e.Cells {
			changed[cell.Column] = true
		}
	}
	for _, col := range p.Schema.Columns {
		if !changed[col.ID] && p.tellsApart(col) {
			p.ByKey = []*Column{col}
			return
		}
	}
}

// tellsApart reports whether each row to change has a text in the column that no other row has, regardless of case and
// spacing.
func (p *RowsPlan) tellsApart(col *Column) bool {
	if !col.Writable() || col.Format.IsArray || col.Format.Type != ColText && col.Format.Type != ColEmail {
		return false
	}
	count := make(map[string]int, len(p.before))
	for _, row := range p.before {
		count[looseText(row.Values[col.ID])]++
	}
	for _, s := range p.Steps {
		if s.Kind != StepChange {
			continue
		}
		cell := p.before[s.Rows[0]].Values[col.ID]
		if form, certain := canonCell(col, cell); !certain || form == "" || count[looseText(cell)] != 1 {
			return false
		}
	}
	return true
}

// sendableByKey reports whether Coda would find exactly the step's rows by its key.
func (p *RowsPlan) sendableByKey(step RowStep) bool {
	if len(p.ByKey) == 0 || len(p.keys) == 0 {
		return len(p.ByKey) > 0
	}
	whole := p.editOf(step)
	for _, id := range step.Rows {
		if len(step.Rows) > 1 && len(p.editFor(whole, id).Cells) < len(whole.Cells) {
			return false // one request would say the same to all of them
		}
		for _, col := range p.ByKey {
			if _, certain := canonCell(col, p.before[id].Values[col.ID]); !certain {
				return false
			}
		}
	}
	return true
}
