package tables

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda"
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
}

// run sends what is planned and tells what came of it.
func (w *rowsWrite) run(ctx context.Context) (*kit.Answer, error) {
	w.c.NoteValues(w.plan.Notes)
	w.c.NoteSkipped(w.plan.Skipped)
	failure := w.plan.Send(ctx, w.within.sending())
	w.plan.Release()
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
		w.c.Recent.Wrote(w.target.ID)
	}
	return w.answer(ctx, written, failure), nil
}

// explainFailure says of a write of which nothing was certainly accepted what is known.
func (w *rowsWrite) explainFailure(failure error) error {
	if len(w.plan.InDoubt) == 0 || !errors.Is(failure, coda.ErrFateUnknown) {
		return failure
	}
	first, last := w.plan.InDoubt[0], w.plan.InDoubt[len(w.plan.InDoubt)-1]
	if w.byID {
		return kit.Complain("The connection to Coda broke while row %d was changed, so that the change may or may not have "+
			"happened. Making the same call again is safe.", first)
	}
	return kit.Complain("The connection to Coda broke while rows %d to %d were written, so that the write may or may "+
		"not have happened. Look at the doc with coda_query_rows in a minute. "+
		"If they are there, go on with resume_from=%d; if not, make the same call with resume_from=%d and again=true.", first,
		last, last+1, first)
}

func (w *rowsWrite) answer(ctx context.Context, written kit.Written, failure error) *kit.Answer {
	counts := w.count()
	var b strings.Builder
	b.WriteString(counts.text(w))
	fmt.Fprintf(&b, " in table %s of doc %s.", kit.DescribeTarget(w.target), w.target.Doc)
	facts := w.facts(counts)
	if link := rowLink(ctx, w.c, written, w.target, w.addedIDs(1)); link != "" {
		fmt.Fprintf(&b, " The link of an added row is %s with its id behind.", link)
	}
	for _, text := range w.remarks(counts) {
		b.WriteString(" " + text)
	}
	b.WriteString(w.proof(ctx, written))
	if left := w.total - w.plan.Next; left > 0 || failure != nil {
		written.Status = statusPartial
		b.WriteString(" " + w.stopped(failure))
		if failure == nil || len(w.plan.InDoubt) == 0 || w.byID {
			facts = append(facts, kit.Fact{Name: "next", Value: map[string]any{"resume_from": w.plan.Next}})
		}
	}
	undo, note := w.undo()
	if note != "" {
		w.c.Note("%s", note)
	}
	return kit.Wrote(written, b.String(), append(facts, kit.Fact{Name: "undo", Value: undo})...)
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
			n.changed += len(s.Rows)
			n.changedIDs = append(n.changedIDs, s.Rows...)
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

// text counts what was done, and only what was.
func (n effectCounts) text(w *rowsWrite) string {
	var parts []string
	if n.added > 0 {
		parts = append(parts, kit.Plural(n.added, "row")+" added")
	}
	if n.changed > 0 {
		text := kit.Plural(n.changed, "row") + " changed"
		if !w.byID && len(n.changedIDs) <= mostChangedIDs {
			text += " (" + strings.Join(n.changedIDs, ", ") + ")"
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
		return "Nothing was changed"
	}
	return strings.Join(parts, ", ")
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
		texts = append(texts, "Not found, and so left out: "+kit.Clip(strings.Join(ids, ", "), 500)+".")
	}
	var near []string
	for _, s := range w.plan.Steps {
		if s.Kind == coda.StepAdd && s.Sent && len(s.Near) > 0 && len(near) < mostToldSteps {
			near = append(near, fmt.Sprintf("%q, while %s is there already", kit.Clip(kit.OneLine(s.Key), 80),
				candidates(s.Near)))
		}
	}
	if len(near) > 0 {
		texts = append(texts, "Is that a slip? Added was "+strings.Join(near, "; ")+".")
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
		return fmt.Sprintf("Then the connection to Coda broke: of rows %d to %d it is not known whether they were written. "+
			"Look with coda_query_rows in a minute, then make the same call with resume_from=%d or, if they are there, %d.",
			first, last, first, last+1)
	case failure != nil:
		return fmt.Sprintf("Rows %d to %d of %d are not done: %s", w.plan.Next, w.total-1, w.total, explainInner(failure))
	case w.byID && !w.plan.Proven:
		return "Coda takes about one change of a row in three seconds, and more at once only where it can be proven that " +
			"they reach the right rows, which it cannot now. So it stopped before the call became too long."
	case w.byID:
		return "Coda takes about one change of a row in three seconds, so it stopped before the call became too long."
	}
	return fmt.Sprintf("Rows %d to %d of %d are not sent yet, so that the call does not become too long.", w.plan.Next,
		w.total-1, w.total)
}

// mostRowIDs bounds the ids in an answer.
const mostRowIDs = 1_000

func (w *rowsWrite) facts(n effectCounts) []kit.Fact {
	added := w.addedIDs(w.total)
	shown := added[:min(len(added), mostRowIDs)]
	if len(shown) < len(added) {
		w.c.Note("The ids of the first %s of %s added rows are given.", kit.Thousands(len(shown)), kit.Thousands(len(added)))
	}
	if w.byID {
		return []kit.Fact{{Name: "updated", Value: n.changedIDs}}
	}
	effect := make(map[string]int)
	for name, count := range map[string]int{"added": n.added, "changed": n.changed, "unchanged": n.unchanged} {
		if count > 0 {
			effect[name] = count
		}
	}
	return []kit.Fact{{Name: "effect", Value: effect}, {Name: "row_ids", Value: shown}}
}

// mostChangedIDs is how many ids of changed rows are told in words; those of more are in the undo.
const mostChangedIDs = 20

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

// proof looks at the effect where rows were sent by a key, as long as the call has time for it, and owes it otherwise.
func (w *rowsWrite) proof(ctx context.Context, written kit.Written) string {
	if !w.plan.NeedsProof() {
		return ""
	}
	if written.Status == kit.StatusApplied {
		if proof, err := w.plan.Prove(ctx, max(w.within.left(), time.Millisecond)); err == nil {
			return " " + tellProof(proof)
		}
	}
	requests := w.requests()
	w.c.Proofs.Owe(w.c.Caller.ID, requests, func(ctx context.Context, c *kit.Call) (string, error) {
		proof, err := w.plan.Prove(ctx, lookingTime)
		if err != nil {
			return "", err
		}
		return tellProof(proof), nil
	})
	return fmt.Sprintf(" They were sent by key, and the effect is not proven yet: Coda adds a row where a key is gone "+
		"in between. coda_check_write with request_ids=%s looks at it in a minute.",
		quoted(requests[:min(len(requests), 3)]))
}

func quoted(list []string) string {
	raw, err := kit.Marshal(list)
	if err != nil {
		return "[]"
	}
	return string(raw)
}

// tellProof says what a look at the effect has shown.
func tellProof(proof *coda.RowsProof) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Looked at afterwards: %s as written.", kit.Plural(proof.AsMeant, "row"))
	if n := len(proof.Unlike); n > 0 {
		fmt.Fprintf(&b, " %s not hold these values, because somebody else changed them at the same time: %s.",
			map[bool]string{true: "1 row does", false: kit.Thousands(n) + " rows do"}[n == 1],
			kit.Clip(strings.Join(proof.Unlike, ", "), 500))
	}
	if n := len(proof.Gone); n > 0 {
		fmt.Fprintf(&b, " %s meanwhile: %s.", map[bool]string{true: "1 row was deleted", false: kit.Thousands(n) +
			" rows were deleted"}[n == 1],
			kit.Clip(strings.Join(proof.Gone, ", "), 500))
	}
	if n := len(proof.PossiblyNew); n > 0 {
		fmt.Fprintf(&b, " %s possibly new, added because a row with this key was renamed or deleted at the same time, or "+
			"by somebody else: %s. "+
			"If they are not wanted, coda_delete_rows deletes them; ask the person first.",
			map[bool]string{true: "1 row is", false: kit.Thousands(n) + " rows are"}[n == 1],
			kit.Clip(strings.Join(proof.PossiblyNew, ", "), 1000))
	}
	return b.String()
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
