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

// plans are what is sent to take a change back; nil for what there is none of.
type plans struct {
	restore, readd *coda.RowsPlan
}

func (p plans) release() {
	for _, plan := range []*coda.RowsPlan{p.restore, p.readd} {
		if plan != nil {
			plan.Release()
		}
	}
}

// run asks where rows are deleted, keeps what is about to be changed, sends it, and tells what came of it.
func (b *rowsBack) run(ctx context.Context) (*kit.Answer, error) {
	p, err := b.plan(ctx)
	defer p.release()
	if err != nil {
		return nil, err
	}
	if p.restore == nil && p.readd == nil && len(b.remove) == 0 {
		return b.c.NothingBack(ctx, b.leftOver()), nil
	}
	if len(b.remove) > 0 {
		if ask, err := b.c.Consent(ctx, b.act(ctx, b.c.TakesBack())); ask != nil || err != nil {
			return ask, err
		}
	}
	k, err := b.c.Keep(ctx, b.change(p, false, nil), b.keeping(p, false, nil))
	if err != nil {
		return nil, err
	}
	sent, failure := b.send(ctx, p)
	if len(sent.mutations) == 0 {
		k.Abandon(ctx, failure)
		return nil, failure
	}
	written, err := b.within.settle(ctx, b.c, sent.mutations...)
	if err != nil {
		return nil, err
	}
	b.c.Recent.Wrote(b.c.Coda, b.target.ID)
	return b.answer(ctx, p, k, written, sent, failure)
}

// planTries is how often values that cannot be written any more are left out.
const planTries = 4

// plan plans the writes. Values that the table does not take any more, such as an option that is gone, are left out.
func (b *rowsBack) plan(ctx context.Context) (p plans, err error) {
	for range planTries {
		if len(b.restore) == 0 {
			break
		}
		p.restore, err = b.c.Coda.PlanUpdate(ctx, b.target.Doc, b.target.ID, b.restore,
			coda.PlanOptions{Patience: b.within.looking(lookingTime)})
		names := func(i int) string { return b.restore[i].Row }
		values := func(i int) coda.Record { return b.restore[i].Values }
		if err == nil || !b.leaveOut(err, names, values) {
			break
		}
		b.restore = slices.DeleteFunc(b.restore, func(r coda.RowChange) bool { return len(r.Values) == 0 })
	}
	if err == nil && p.restore != nil {
		err = b.unmoved(p.restore)
	}
	if err != nil {
		return p, err
	}
	for range planTries {
		if len(b.readd) == 0 {
			break
		}
		p.readd, err = b.whole.PlanUpsert(ctx, b.target.Doc, b.target.ID, b.readd, coda.PlanOptions{Mode: coda.ModeAdd})
		names := func(i int) string { return b.readded[i].describe() }
		values := func(i int) coda.Record { return b.readd[i] }
		if err == nil || !b.leaveOut(err, names, values) {
			break
		}
		for i := len(b.readd) - 1; i >= 0; i-- {
			if len(b.readd[i]) == 0 {
				b.readd, b.readded = slices.Delete(b.readd, i, i+1), slices.Delete(b.readded, i, i+1)
			}
		}
	}
	return p, b.untold(err)
}

// leaveOut leaves out the values that a refusal names, and tells of them.
func (b *rowsBack) leaveOut(err error, name func(int) string, values func(int) coda.Record) bool {
	var invalid *coda.ValidationError
	if !errors.As(err, &invalid) || len(invalid.Problems) == 0 {
		return false
	}
	for _, problem := range invalid.Problems {
		for _, i := range problem.Rows {
			record, column := values(i), b.meant(problem.Column)
			if column == nil {
				clear(record)
				b.stays("Row %s: what it held can no longer be written: %s.", name(i), kit.Short(problem.Problem, 200))
				continue
			}
			delete(record, column.ID)
			if !b.isUnseen(column.ID) {
				b.stays("Row %s, column %s: its former value can no longer be written: %s.", name(i), columnName(column),
					kit.Short(problem.Problem, 200))
			}
		}
	}
	return true
}

// meant is the column of a problem, which has its id or its name.
func (b *rowsBack) meant(column string) *coda.Column {
	all := slices.Concat(b.schema.Columns, b.unseen)
	i := slices.IndexFunc(all, func(c *coda.Column) bool { return c.ID == column })
	if i < 0 {
		i = slices.IndexFunc(all, func(c *coda.Column) bool { return c.Name == column })
	}
	if i < 0 {
		return nil
	}
	return all[i]
}

// unmoved makes sure that what was looked at is what the plan found.
func (b *rowsBack) unmoved(plan *coda.RowsPlan) error {
	for _, step := range plan.Steps {
		for _, id := range step.Rows {
			now, then := plan.Before(id), b.now[id]
			for column := range plan.Values(step, id) {
				if !plan.Proven || now == nil || string(now.Values[column]) != string(then.Values[column]) {
					return kit.Complain("Nothing was changed: row %s is being changed right now. Try again in half a minute.", id)
				}
			}
		}
	}
	return nil
}

// sentBack is what was sent.
type sentBack struct {
	mutations []coda.Mutation
	removed   int
}

// removedAtOnce is how many rows one request deletes.
const removedAtOnce = 500

// send sends the former values, then deletes, then adds again. It stops at the first failure.
func (b *rowsBack) send(ctx context.Context, p plans) (sent sentBack, err error) {
	if p.restore != nil {
		err = p.restore.Send(ctx, b.within.sending())
		sent.mutations = append(sent.mutations, p.restore.Mutations...)
		if left := len(b.restore) - p.restore.Next; err == nil && left > 0 {
			b.stays("%s are not changed back yet, since that takes longer than a call may: call coda_undo again.",
				kit.Plural(left, "row"))
			return sent, nil
		}
		if err != nil {
			return sent, err
		}
	}
	for some := range slices.Chunk(b.remove, removedAtOnce) {
		if len(sent.mutations) > 0 && b.within.over() {
			b.stays("%s are not deleted yet, since that takes longer than a call may: call coda_undo again.",
				kit.Plural(len(b.remove)-sent.removed, "added row"))
			return sent, nil
		}
		d := &deletion{rows: some}
		m, err := b.c.Coda.DeleteRows(ctx, b.target.Doc, b.target.ID, d.ids())
		if err != nil {
			return sent, err
		}
		sent.mutations, sent.removed = append(sent.mutations, m), sent.removed+len(some)
	}
	if p.readd != nil {
		err = b.untold(p.readd.Send(ctx, b.within.sending()))
		sent.mutations = append(sent.mutations, p.readd.Mutations...)
		if left := len(b.readd) - p.readd.Next; err == nil && left > 0 {
			b.stays("%s are not added again, since that takes longer than a call may.", kit.Plural(left, "row"))
		}
	}
	return sent, err
}

// change is what taking back changes; it is recorded like any change.
func (b *rowsBack) change(p plans, afterwards bool, sent *sentBack) kit.Change {
	kept := b.keeping(p, afterwards, sent)
	return keepRows(b.c.Named(context.Background(), b.target), kept, "")
}

// keeping is what taking back is about to change, or has changed.
func (b *rowsBack) keeping(p plans, afterwards bool, sent *sentBack) keptRows {
	var kept keptRows
	if p.restore != nil {
		kept = keeping(p.restore, afterwards, nil)
	}
	if p.readd != nil {
		kept.Added = keeping(p.readd, afterwards, nil).Added
	}
	gone := b.remove
	if sent != nil {
		gone = gone[:sent.removed]
	}
	for _, row := range gone {
		kept.Deleted = append(kept.Deleted, kept.wholeRow(b.schema, row, b.below))
	}
	return kept
}

const newRowIDs = "Rows added again get new ids: relations to the old ones will not come back."

// answer tells what was taken back, what was left, and what Coda cannot bring back.
func (b *rowsBack) answer(ctx context.Context, p plans, k *kit.Kept, written kit.Written, sent sentBack,
	failure error) (*kit.Answer, error) {
	changed, added := 0, 0
	var proof *coda.RowsProof
	unproven := ""
	if p.restore != nil {
		for _, step := range p.restore.Steps {
			if step.Sent && step.Kind == coda.StepChange {
				changed += len(changedRows(step))
			}
		}
		if written.Status == kit.StatusApplied {
			var err error
			if proof, err = p.restore.Prove(ctx, -1); err != nil {
				proof = nil
			}
		}
	}
	if p.readd != nil {
		for _, step := range p.readd.Steps {
			if step.Sent {
				added++
			}
		}
	}
	if proof != nil {
		unproven = tellProof(proof)
	}
	if failure != nil {
		b.left = append(b.left, "Then it stopped: "+explainInner(failure))
	}
	kept := b.keeping(p, true, &sent)
	if proof != nil {
		kept.Changed = keeping(p.restore, true, proof).Changed
	}
	what := describeBack(changed, sent.removed, added)
	left := b.leftOver()
	written.Effect, written.Rows = kit.Effect{Changed: changed, Deleted: sent.removed, Added: added}, b.rows(p, sent)
	k.End(ctx, func(ch *kit.Change) {
		ch.What, ch.Effect, ch.Partial = what, written.Effect, len(left) > 0
		ch.Removes, ch.Once, ch.Never = len(kept.Added) > 0, len(kept.Deleted) > 0, kept.never()
	}, kept)
	cannot := ""
	if added > 0 {
		cannot = newRowIDs
	}
	lost := ""
	if len(b.kept.Deleted) > 0 && len(b.kept.Lost) > 0 {
		var names []string
		for _, id := range b.kept.Lost {
			if column := b.column(id); column != nil {
				names = append(names, columnName(column))
			}
		}
		lost = fmt.Sprintf("What they held in %s cannot be brought back as it was.", kit.OrList(names))
	}
	return b.c.TookBack(ctx, written, k, what+"."+b.names(p, sent)+unproven, left, cannot, lost), nil
}

// rows are the ids of what was changed, deleted and added.
func (b *rowsBack) rows(p plans, sent sentBack) (ids []string) {
	for _, plan := range []*coda.RowsPlan{p.restore, p.readd} {
		for i := 0; plan != nil && i < len(plan.Steps); i++ {
			if step := plan.Steps[i]; step.Sent {
				ids = append(ids, step.Rows...)
			}
		}
	}
	for _, row := range b.remove[:sent.removed] {
		ids = append(ids, row.ID)
	}
	return ids
}

// names says which rows were touched, where they are few.
func (b *rowsBack) names(p plans, sent sentBack) string {
	var text strings.Builder
	list := func(what string, rows []string) {
		if len(rows) > 0 && len(rows) <= mostNamedRows {
			fmt.Fprintf(&text, " %s: %s.", what, strings.Join(rows, ", "))
		}
	}
	var changed, deleted, added []string
	if p.restore != nil {
		for _, step := range p.restore.Steps {
			if step.Sent && step.Kind == coda.StepChange {
				for _, id := range step.Rows {
					changed = append(changed, kit.DescribeTarget(coda.Target{ID: id, Name: p.restore.NameOf(step, id)}))
				}
			}
		}
	}
	for _, row := range b.remove[:sent.removed] {
		deleted = append(deleted, describeRow(row))
	}
	if p.readd != nil {
		for i, step := range p.readd.Steps {
			if step.Sent && len(step.Rows) == 1 {
				added = append(added, b.readded[i].describe()+" is now "+step.Rows[0])
			}
		}
	}
	list("Changed", changed)
	list("Deleted", deleted)
	list("Added", added)
	return text.String()
}
