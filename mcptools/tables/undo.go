package tables

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// An undo is a call, or some, that brings back what was there: it is offered for former values that are proven to have
// been there just before, and that come back when they are written.

// undoCall is one of them.
type undoCall struct {
	Tool      string         `json:"tool"`
	Arguments map[string]any `json:"arguments"`
}

// rowChange is a row as coda_update_rows takes it.
type rowChange struct {
	Row    string         `json:"row"`
	Values map[string]any `json:"values"`
}

// undoChars bounds the former values in one half of an answer, and undoCharsKept where coda_undo has them, so that
// nobody needs them told.
const (
	undoChars     = 30_000
	undoCharsKept = 10_000
)

// undo takes back what was changed and added. note says what of it cannot be taken back.
func (w *rowsWrite) undo(ctx context.Context) (undo any, note string) {
	most := undoChars
	if w.kept.Offers() {
		most = undoCharsKept
	}
	changes, lost, untold := w.formerValues(most)
	var notes []string
	if !w.plan.Proven && w.plan.Count(coda.StepChange) > 0 {
		notes = append(notes, "There is no undo: the former values are not proven, because "+reasonStale(w.plan.Unproven)+".")
	}
	if len(lost) > 0 {
		notes = append(notes, fmt.Sprintf("The former values of %s cannot be brought back as they were: formatted text and "+
			"named links cannot be written back as read.",
			strings.Join(lost, ", ")))
	}
	kept := untold > 0 && w.kept.Offers()
	switch {
	case kept:
		notes = append(notes, "The former values are too long to show here; coda_undo has them.")
	case untold > 0:
		notes = append(notes, fmt.Sprintf("The former values of the last %s are too long to show and cannot be "+
			"brought back by undo.", kit.Plural(untold, "row")))
	}
	note = strings.Join(notes, " ")
	switch {
	case kept && w.byID:
		return nil, note
	case kept:
		return keptUndo(w.kept), note
	case w.byID:
		return changes, note
	}
	calls, untaken := w.undoCalls(ctx, changes)
	if untaken > 0 {
		note = strings.TrimSpace(fmt.Sprintf("%s The undo leaves out %s that were added: delete them by a filter.", note,
			kit.Plural(untaken, "row")))
	}
	return calls, note
}

// keptUndo is the undo of what is kept.
func keptUndo(k *kit.Kept) []undoCall {
	return []undoCall{{kit.UndoTool, map[string]any{"id": k.ID()}}}
}

const (
	// mostUndoIDs is how many ids of added rows an undo repeats; more are kept as a batch, which is named instead.
	mostUndoIDs = 100
	// mostUndoBatches bounds them, since a person has few.
	mostUndoBatches = 3
)

// undoCalls are calls that take no more rows each than their tools do. untaken counts the added rows for which there is
// none.
func (w *rowsWrite) undoCalls(ctx context.Context, changes []rowChange) (calls []undoCall, untaken int) {
	where := func(rows any) map[string]any {
		return map[string]any{"doc": w.target.Doc, "table": w.target.ID, "rows": rows}
	}
	for some := range slices.Chunk(changes, mostUpdates) {
		calls = append(calls, undoCall{"coda_update_rows", where(some)})
	}
	added := w.addedIDs(w.total)
	if len(added) > 0 && !w.c.Caller.Uses("coda_delete_rows", w.target.Doc) {
		return calls, 0 // why is told with the change that is kept
	}
	if len(added) <= mostUndoIDs {
		if len(added) > 0 {
			calls = append(calls, undoCall{"coda_delete_rows", where(added)})
		}
		return calls, 0
	}
	batches := 0
	for some := range slices.Chunk(added, mostDeletes) {
		id := ""
		if batches++; batches <= mostUndoBatches {
			id = w.c.KeepCall(ctx, "coda_delete_rows", where(some))
		}
		if id == "" {
			untaken += len(some)
			continue
		}
		calls = append(calls, undoCall{"coda_delete_rows", map[string]any{"batch": id}})
	}
	return calls, untaken
}

// formerValues are the rows that were changed, as they were. lost are columns whose values do not come back by writing,
// and untold counts rows for which there is no room.
func (w *rowsWrite) formerValues(most int) (changes []rowChange, lost []string, untold int) {
	size := 0
	for _, step := range w.plan.Steps {
		// What may have happened is taken back too: where it did not, that changes nothing.
		if step.Kind != coda.StepChange || !step.Sent && !slices.Contains(w.plan.InDoubt, step.Index) {
			continue
		}
		for _, id := range changedRows(step) {
			values := make(map[string]any)
			for column, cell := range w.plan.Former(step, id) {
				v, ok := column.WriteBack(cell)
				if !ok {
					if name := kit.Clip(kit.OneLine(column.Name), 60); !slices.Contains(lost, name) {
						lost = append(lost, name)
					}
					continue
				}
				if s, isText := v.(string); isText && s == "" {
					v = nil
				}
				values[column.ID] = v // by id: its name may be another when it is undone
			}
			if len(values) == 0 {
				continue
			}
			change := rowChange{id, values}
			raw, err := kit.Marshal(change)
			if size += kit.Chars(string(raw)); err != nil || size > most {
				untold++
				continue
			}
			changes = append(changes, change)
		}
	}
	slices.Sort(lost)
	return changes, lost, untold
}
