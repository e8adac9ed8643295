package tables

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// rowsWrite is a write of rows that is planned: it is sent, waited for, proven where that is needed, and told.
type rowsWrite struct {
	c      *kit.Call
	target coda.Target
	plan   *coda.RowsPlan
	within deadline
	// total is how many rows the call has.
	total int
	// byID says that the rows were given by id, in an update.
	byID bool
	// kept is the change as it is kept.
	kept *kit.Kept
}

// run sends what is planned and tells what came of it.
func (w *rowsWrite) run(ctx context.Context) (*kit.Answer, error) {
	w.c.NoteValues(w.plan.Notes)
	w.c.NoteSkipped(w.plan.Skipped)
	if err := w.keep(ctx); err != nil {
		return nil, err
	}
	failure := w.plan.Send(ctx, w.within.sending())
	w.plan.Release()
	if len(w.plan.Mutations) == 0 {
		w.kept.Abandon(ctx, failure)
	}
	if failure != nil && len(w.plan.Mutations) == 0 {
		return nil, w.explainFailure(failure)
	}
	if errors.Is(failure, context.Canceled) {
		return nil, context.Canceled
	}
	written, err := w.within.settle(ctx, w.c, w.plan.Mutations...)
	if err != nil {
		return nil, err
	}
	if len(w.plan.Mutations) > 0 {
		w.c.Recent.Wrote(w.c.Coda, w.target.ID)
	}
	return w.answer(ctx, written, failure), nil
}

// keep keeps what is about to be changed.
func (w *rowsWrite) keep(ctx context.Context) (err error) {
	if w.plan.Count(coda.StepAdd)+w.plan.Count(coda.StepChange) == 0 {
		return nil
	}
	kept := keeping(w.plan, false, nil)
	w.kept, err = w.c.Keep(ctx, keepRows(w.target, kept, ""), kept)
	return err
}

// explainFailure says of a write of which nothing was certainly accepted what is known.
func (w *rowsWrite) explainFailure(failure error) error {
	if len(w.plan.InDoubt) == 0 || !errors.Is(failure, coda.ErrFateUnknown) {
		return failure
	}
	first, last := w.plan.InDoubt[0], w.plan.InDoubt[len(w.plan.InDoubt)-1]
	if w.byID {
		return kit.Complain("The connection to Coda broke at %s, so the change there may or may not have happened. "+
			"Making the same call again is safe.", rowsFromTo(first, last))
	}
	return kit.Complain("The connection to Coda broke at %s, so the write may or may not have happened. %s",
		rowsFromTo(first, last), lookFirst(first, last, w.total))
}

func (w *rowsWrite) answer(ctx context.Context, written kit.Written, failure error) *kit.Answer {
	counts := w.count()
	left := w.total - w.plan.Next
	var b strings.Builder
	if len(w.plan.Mutations) == 0 && failure == nil && left == 0 {
		written.Status = kit.StatusUnchanged
		b.WriteString("Nothing changed: ")
	}
	w.target = w.c.Named(ctx, w.target)
	fmt.Fprintf(&b, "%s in table %s of doc %s.", counts.text(w), kit.DescribeTarget(w.target),
		w.c.DescribeDoc(ctx, w.target.Doc))
	b.WriteString(w.names())
	facts := w.facts(counts)
	written.Effect, written.Rows = w.effect(counts), append(w.addedIDs(w.total), counts.changedIDs...)
	if link := rowLink(ctx, w.c, written, w.target, w.addedIDs(1)); link != "" {
		fmt.Fprintf(&b, " The link of an added row is %s followed by its id.", link)
	}
	for _, text := range w.remarks(counts) {
		b.WriteString(" " + text)
	}
	proven, told := w.proof(ctx, written)
	b.WriteString(told)
	if left > 0 || failure != nil {
		written.Status = statusPartial
		b.WriteString(" " + w.stopped(failure))
		if failure == nil || len(w.plan.InDoubt) == 0 || w.byID {
			facts = append(facts, kit.Fact{Name: "next", Value: w.goOn(ctx)})
		}
	}
	if len(w.plan.Mutations) > 0 {
		w.endKept(ctx, counts, proven)
	}
	undo, note := w.undo(ctx)
	if note != "" {
		w.c.Note("%s", note)
	}
	return kit.Wrote(written, b.String(), append(facts, kit.Fact{Name: "undo", Value: undo})...)
}

// goOn are the arguments of the call that goes on: where the rows could be kept, they need not be sent again.
func (w *rowsWrite) goOn(ctx context.Context) map[string]any {
	next := map[string]any{"resume_from": w.plan.Next}
	if batch := w.c.KeepArguments(ctx); batch != "" {
		next["batch"] = batch
	}
	return next
}

// effectCounts is what became of the rows of a call.
type effectCounts struct {
	added, changed, unchanged, missing, several int
	changedIDs                                  []string
}

func (w *rowsWrite) count() (n effectCounts) {
	for _, s := range w.plan.Steps {
		if s.Index >= w.plan.Next && !s.Sent {
			continue
		}
		switch {
		case s.Kind == coda.StepAdd && s.Sent:
			n.added++
		case s.Kind == coda.StepChange && s.Sent:
			n.changed += len(s.Rows) - len(s.Same)
			n.unchanged += len(s.Same)
			n.changedIDs = append(n.changedIDs, changedRows(s)...)
			if len(s.Rows) > 1 {
				n.several++
			}
		case s.Kind == coda.StepSame:
			n.unchanged += len(s.Rows)
		case s.Kind == coda.StepMissing:
			n.missing++
		}
	}
	return n
}

// changedRows are those of a step that were changed.
func changedRows(s coda.RowStep) []string {
	if len(s.Same) == 0 {
		return s.Rows
	}
	return slices.DeleteFunc(slices.Clone(s.Rows), func(id string) bool { return slices.Contains(s.Same, id) })
}

// text counts what was done, and only what was.
func (n effectCounts) text(w *rowsWrite) string {
	var parts []string
	if n.added > 0 {
		parts = append(parts, kit.Plural(n.added, "row")+" added")
	}
	if n.changed > 0 {
		text := kit.Plural(n.changed, "row") + " changed"
		if !w.plan.Proven {
			text = kit.Plural(n.changed, "row") + " written without proof of what was there before"
		}
		parts = append(parts, text)
	}
	if n.unchanged > 0 {
		parts = append(parts, kit.Plural(n.unchanged, "row")+" unchanged, with these values already")
	}
	if n.missing > 0 {
		parts = append(parts, kit.Plural(n.missing, "row")+" not found")
	}
	if len(parts) == 0 {
		return "no row was written"
	}
	return strings.Join(parts, ", ")
}

const (
	// mostNamedRows and mostNamedColumns bound what is named in words; the ids of more rows are in the facts.
	mostNamedRows    = 20
	mostNamedColumns = 20
)

// names says which rows were added and changed, and in which columns.
func (w *rowsWrite) names() string {
	var added, changed []string
	count := 0
	for _, s := range w.plan.Steps {
		if !s.Sent || s.Kind != coda.StepAdd && s.Kind != coda.StepChange {
			continue
		}
		for _, id := range changedRows(s) {
			if count++; count > mostNamedRows {
				continue
			}
			row := kit.DescribeTarget(coda.Target{ID: id, Name: w.plan.NameOf(s, id)})
			if s.Kind == coda.StepAdd {
				added = append(added, row)
			} else {
				changed = append(changed, row)
			}
		}
	}
	var b strings.Builder
	if count <= mostNamedRows {
		for _, list := range []struct {
			what string
			rows []string
		}{{"Added", added}, {"Changed", changed}} {
			if len(list.rows) > 0 {
				fmt.Fprintf(&b, " %s: %s.", list.what, strings.Join(list.rows, ", "))
			}
		}
	}
	var columns []string
	for i, col := range w.plan.Columns() {
		if i == mostNamedColumns {
			columns = append(columns, fmt.Sprintf("%d more", len(w.plan.Columns())-i))
			break
		}
		columns = append(columns, kit.DescribeTarget(coda.Target{ID: col.ID, Name: kit.Clip(col.Name, 60)}))
	}
	if len(columns) > 0 {
		fmt.Fprintf(&b, " Columns: %s.", strings.Join(columns, ", "))
	}
	return b.String()
}

// remarks says what else there is to know of the effect.
func (w *rowsWrite) remarks(n effectCounts) (texts []string) {
	if n.several > 0 {
		texts = append(texts, fmt.Sprintf("%s had several rows each, all of which were changed.",
			kit.Plural(n.several, "key")))
	}
	if n.missing > 0 {
		var ids []string
		for _, s := range w.plan.Steps {
			if s.Kind == coda.StepMissing && len(s.Rows) > 0 {
				ids = append(ids, s.Rows[0])
			}
		}
		texts = append(texts, "Not found and left out: "+kit.Clip(strings.Join(ids, ", "), 500)+".")
	}
	var slips []string
	for _, s := range w.plan.Steps {
		if s.Kind == coda.StepAdd && s.Sent && len(s.Near) > 0 && len(slips) < mostToldSteps {
			slips = append(slips, near.Sprintf("%q was added, while %s is there already", kit.Clip(kit.OneLine(s.Key), 80),
				candidates(s.Near)))
		}
	}
	if len(slips) > 0 {
		texts = append(texts, "Is that a slip? "+strings.Join(slips, "; ")+".")
	}
	if len(w.plan.ByKey) > 0 && w.byID {
		texts = append(texts, fmt.Sprintf("They were sent by the column %s, whose values tell these rows apart.",
			kit.Clip(kit.OneLine(w.plan.ByKey[0].Name), 60)))
	}
	return texts
}

// stopped says why not all rows were dealt with.
func (w *rowsWrite) stopped(failure error) string {
	switch {
	case failure != nil && len(w.plan.InDoubt) > 0 && !w.byID:
		first, last := w.plan.InDoubt[0], w.plan.InDoubt[len(w.plan.InDoubt)-1]
		return fmt.Sprintf("Then the connection to Coda broke at %s: the write may or may not have happened. %s",
			rowsFromTo(first, last), lookFirst(first, last, w.total))
	case failure != nil && len(w.plan.InDoubt) > 0:
		first, last := w.plan.InDoubt[0], w.plan.InDoubt[len(w.plan.InDoubt)-1]
		text := fmt.Sprintf("Then the connection to Coda broke at %s: the change there may or may not have happened. "+
			"Going on writes it again, which is safe.", rowsFromTo(first, last))
		if last+1 < w.total {
			text += fmt.Sprintf(" It stopped before %s of %d.", rowsFromTo(last+1, w.total-1), w.total)
		}
		return text
	case failure != nil:
		return fmt.Sprintf("It stopped before %s of %d: %s", rowsFromTo(w.plan.Next, w.total-1), w.total,
			explainInner(failure))
	case w.byID && !w.plan.Proven:
		return "Coda takes about one change of a row in three seconds, and more at once only where it is proven that they " +
			"reach the right rows, which it is not now. So it stopped before the call became too long."
	case w.byID:
		return "Coda takes about one change of a row in three seconds, so it stopped before the call became too long."
	}
	return fmt.Sprintf("Not sent yet, to keep the call short enough: %s of %d.", rowsFromTo(w.plan.Next, w.total-1),
		w.total)
}

// lookFirst says how to go on where it is not known whether rows were written, so that none is written twice.
func lookFirst(first, last, total int) string {
	there, again := fmt.Sprintf("go on with resume_from=%d", last+1), ""
	if last+1 >= total {
		there = "all is done"
	}
	if first == 0 {
		again = " and again=true"
	}
	return fmt.Sprintf("Look at the doc with coda_query_rows in a minute. If what was written is there, %s; if not, "+
		"make the same call with resume_from=%d%s.", there, first, again)
}

// rowsFromTo names rows of the call, which count from 0.
func rowsFromTo(first, last int) string {
	if first == last {
		return fmt.Sprintf("row %d", first)
	}
	return fmt.Sprintf("rows %d to %d", first, last)
}

// mostRowIDs bounds the ids in an answer: of hundreds of rows nobody needs each, and each costs as much as a word.
const mostRowIDs = 200

func (w *rowsWrite) facts(n effectCounts) []kit.Fact {
	added := w.addedIDs(w.total)
	shown := added[:min(len(added), mostRowIDs)]
	if len(shown) < len(added) {
		w.c.Note("The ids of the first %s of %s added rows are given; coda_query_rows shows the others.",
			kit.Thousands(len(shown)), kit.Thousands(len(added)))
	}
	if w.byID {
		return []kit.Fact{{Name: "updated", Value: n.changedIDs}}
	}
	return []kit.Fact{{Name: "row_ids", Value: shown}}
}

// effect is what is known of it.
func (w *rowsWrite) effect(n effectCounts) kit.Effect {
	effect := kit.Effect{Added: n.added, Changed: n.changed, Unchanged: n.unchanged, NotFound: n.missing}
	if !w.plan.Proven {
		effect.Changed, effect.Written = 0, n.changed
	}
	return effect
}

func (w *rowsWrite) addedIDs(most int) (ids []string) {
	for _, s := range w.plan.Steps {
		if s.Kind == coda.StepAdd && s.Sent && len(ids) < most {
			ids = append(ids, s.Rows...)
		}
	}
	return ids
}

func (w *rowsWrite) requests() (ids []string) {
	for _, m := range w.plan.Mutations {
		if m.RequestID != "" {
			ids = append(ids, m.RequestID)
		}
	}
	return ids
}

// proof looks at the effect: where rows were sent by a key, as long as the call has time for it, since that may have
// added some; else once. What Coda does not show yet is owed.
func (w *rowsWrite) proof(ctx context.Context, written kit.Written) (*coda.RowsProof, string) {
	if len(w.plan.Mutations) == 0 {
		return nil, ""
	}
	patience := time.Duration(-1)
	if w.plan.NeedsProof() {
		patience = max(w.within.left(), time.Millisecond)
	}
	if written.Status == kit.StatusApplied {
		if proof, err := w.plan.Prove(ctx, patience); err == nil {
			return proof, tellProof(proof)
		}
	}
	requests := w.requests()
	w.c.Proofs.Owe(w.c.Caller.ID, requests, func(ctx context.Context, c *kit.Call) (string, error) {
		proof, err := w.plan.Prove(ctx, lookingTime)
		if err != nil {
			return "", err
		}
		w.kept.Later(ctx, keeping(w.plan, true, proof))
		return strings.TrimSpace(tellProof(proof)), nil
	})
	why := "Coda does not show the effect yet, so it is not proven"
	if w.plan.NeedsProof() {
		why = "They were sent by key, and the effect is not proven yet: Coda adds a row if a key disappears meanwhile"
	}
	return nil, fmt.Sprintf(" %s. coda_check_write with request_ids=%s looks at it in a minute.", why,
		quoted(requests[:min(len(requests), 3)]))
}

// endKept completes what is kept of the change by what happened.
func (w *rowsWrite) endKept(ctx context.Context, counts effectCounts, proof *coda.RowsProof) {
	kept := keeping(w.plan, true, proof)
	w.kept.End(ctx, func(ch *kit.Change) {
		ch.What, ch.Never, ch.Removes = counts.text(w), kept.never(), len(kept.Added) > 0
		ch.Targets = kit.Targeted(coda.Target{Kind: coda.KindTable, ID: w.target.ID, Name: w.target.Name})
		ch.Effect = kit.Effect{Added: counts.added, Changed: counts.changed}
	}, kept)
}

func quoted(list []string) string {
	raw, err := kit.Marshal(list)
	if err != nil {
		return "[]"
	}
	return string(raw)
}

// rowLink asks for the link of the first added row, which writes do not tell, and gives what stands before the id in
// it: the links of all rows of a table begin alike. Empty where the row is not there yet.
func rowLink(ctx context.Context, c *kit.Call, w kit.Written, target coda.Target, ids []string) string {
	if w.Status != kit.StatusApplied || len(ids) == 0 {
		return ""
	}
	row, err := c.Coda.GetRow(ctx, target.Doc, target.ID, ids[0], coda.GetRowOptions{})
	if err != nil {
		return ""
	}
	link, ok := strings.CutSuffix(row.BrowserLink, ids[0])
	if !ok {
		return ""
	}
	return link
}
