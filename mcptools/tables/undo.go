package tables

import (
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

// undoChars bounds the former values in one half of an answer.
const undoChars = 30_000

// undo takes back what was changed and added. note says what of it cannot be taken back.
func (w *rowsWrite) undo() (undo any, note string) {
	changes, lost, untold := w.formerValues()
	var notes []string
	if !w.plan.Proven && w.plan.Count(coda.StepChange) > 0 {
		notes = append(notes, "There is no undo: the former values are not proven, because "+reasonStale(w.plan.Unproven)+".")
	}
	if len(lost) > 0 {
		notes = append(notes, fmt.Sprintf("The former values of %s cannot be brought back as they were: formatted text and "+
			"named links are not written as they are read.",
			strings.Join(lost, ", ")))
	}
	if untold > 0 {
		notes = append(notes, fmt.Sprintf("The former values of the last %s are too long to be told, so that they cannot "+
			"be brought back by undo.", kit.Plural(untold, "row")))
	}
	note = strings.Join(notes, " ")
	if w.byID {
		return changes, note
	}
	if w.plan.Count(coda.StepChange) == 0 {
		return nil, note // what was added is told by its ids alone
	}
	return w.undoCalls(changes), note
}

// undoCalls are calls that take no more rows each than their tools do.
func (w *rowsWrite) undoCalls(changes []rowChange) (calls []undoCall) {
	where := func(rows any) map[string]any {
		return map[string]any{"doc": w.target.Doc, "table": w.target.ID, "rows": rows}
	}
	for some := range slices.Chunk(changes, mostUpdates) {
		calls = append(calls, undoCall{"coda_update_rows", where(some)})
	}
	for some := range slices.Chunk(w.addedIDs(mostRowIDs), mostDeletes) {
		calls = append(calls, undoCall{"coda_delete_rows", where(some)})
	}
	return calls
}

// formerValues are the rows that were changed, as they were. lost are columns whose values do not come back by writing,
// and untold counts rows for which there is no room.
func (w *rowsWrite) formerValues() (changes []rowChange, lost []string, untold int) {
	size := 0
	for _, step := range w.plan.Steps {
		// What may have happened is taken back too: where it did not, that changes nothing.
		if step.Kind != coda.StepChange || !step.Sent && !slices.Contains(w.plan.InDoubt, step.Index) {
			continue
		}
		for _, id := range step.Rows {
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
				values[writeName(w.plan.Schema, column)] = v
			}
			if len(values) == 0 {
				continue
			}
			change := rowChange{id, values}
			raw, err := kit.Marshal(change)
			if size += kit.Chars(string(raw)); err != nil || size > undoChars {
				untold++
				continue
			}
			changes = append(changes, change)
		}
	}
	slices.Sort(lost)
	return changes, lost, untold
}

// writeName is the column's name where it finds the column again, else its id.
func writeName(schema *coda.Schema, column *coda.Column) string {
	if name := uniqueColumn(schema, column); name == column.Name {
		return name
	}
	return column.ID
}
