package hunt

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

var undoID = regexp.MustCompile(`coda_undo id=(ch-[a-z0-9.]*[a-z0-9])`)

// takenBack is one call of coda_undo, with what it met and made.
type takenBack struct {
	answer
	before, after state
	effect        effect
}

// callUndo takes a change back, and lets all of it be applied.
func (w *world) callUndo(id string) (takenBack, error) {
	u := takenBack{before: w.state()}
	v := &verdict{first: w.coda.Requests().Count() + 1}
	var err error
	u.answer, err = w.converse(&call{tool: "coda_undo", arguments: map[string]any{"id": id}})
	v.last = w.coda.Requests().Count()
	w.coda.Settle()
	u.after, u.effect = w.state(), w.effectOf(v)
	return u, err
}

// takeBack takes a change of rows back by coda_undo, half of the times after somebody has edited what the call left,
// and then sometimes takes that back as well. What the answer does not except has to be as it was.
func (w *world) takeBack(r *rand.Rand, v *verdict) {
	m := undoID.FindStringSubmatch(v.text)
	if m == nil || inDoubt.MatchString(v.text) {
		return
	}
	e := w.effectOf(v)
	first := firstBefore(e, v.table.id)
	foreign := map[string]string{} // row to the column that somebody edited
	if r.IntN(2) == 0 {
		w.edit(r, v, first, foreign)
	}
	u, err := w.callUndo(m[1])
	v.story += " [and coda_undo: " + strings.ReplaceAll(u.text, "\n", " ") + "]"
	if err != nil {
		v.lie("coda_undo ended in %v", err)
		return
	}
	w.judgeBack(v, u, e, first, foreign)
	again := undoID.FindStringSubmatch(u.text)
	if again == nil || len(v.lies) > 0 || u.failed || r.IntN(2) == 0 {
		return
	}
	redo, err := w.callUndo(again[1])
	v.story += " [and once more: " + strings.ReplaceAll(redo.text, "\n", " ") + "]"
	if err != nil || redo.failed && !saysCannot.MatchString(redo.text) && !saysLeft.MatchString(redo.text) {
		v.lie("an undo cannot be undone: %v %s", err, redo.text)
		return
	}
	v.judgeClaims(redo)
	v.judgeOthers(redo, "the redo")
}

// saysLeft are the words of coda_undo for what it leaves.
var saysLeft = says(`left as it is`, `changed since`, `deleted since`, `nothing to take back`, `cannot be taken back`)

// edit is what somebody does to a row that the call left.
func (w *world) edit(r *rand.Rand, v *verdict, first map[string]map[string]any, foreign map[string]string) {
	now := w.state()[v.table.id]
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(first)), func(id string) bool { return now[id] == nil })
	columns := slices.DeleteFunc(slices.Clone(v.table.columns), func(c column) bool {
		return !c.written || c.kind == "lookup" // the other end of a relation would change too
	})
	if len(ids) == 0 || len(columns) == 0 {
		return
	}
	id, col := pick(r, ids), pick(r, columns)
	before := now[id][col.id]
	ifThere(func() {
		w.coda.Doc(w.doc).Table(v.table.id).SetCells(id, map[string]any{col.id: w.fixture(r, col)})
	})
	w.coda.Settle()
	// An empty checkbox and one that somebody unchecks look the same to whoever reads them.
	if is := w.state()[v.table.id][id][col.id]; plain(is) != plain(before) && !sameEmpty(col, is, before) {
		foreign[id] = col.id
		v.story += fmt.Sprintf(" [then somebody writes into row %s, column %s]", id, col.name)
	}
}

// judgeBack holds what coda_undo says against what it did.
func (w *world) judgeBack(v *verdict, u takenBack, e effect, first map[string]map[string]any,
	foreign map[string]string) {
	table := v.table.id
	v.judgeClaims(u)
	v.judgeOthers(u, "the undo")
	for _, id := range slices.Sorted(maps.Keys(foreign)) {
		col := foreign[id]
		if now := u.after[table][id]; now == nil || plain(now[col]) != plain(u.before[table][id][col]) {
			v.lie("the undo overwrote what somebody had written into row %s, column %s", id, col)
		}
	}
	if u.failed {
		return
	}
	if len(foreign) == 0 && !v.raced && !v.overtaken && !v.disturbed && strings.Contains(u.text, "changed since:") {
		v.lie("coda_undo says that somebody has changed what nobody has")
	}
	for _, id := range slices.Sorted(maps.Keys(first)) {
		was, now := first[id], u.after[table][id]
		told := v.raced || v.overtaken || strings.Contains(u.text, id) && saysLeft.MatchString(u.text) ||
			strings.Contains(u.text, " more.")
		switch {
		case told:
		case was == nil && now != nil:
			v.lie("after coda_undo the added row %s is still there, without a word", id)
		case was == nil:
		case now == nil && !slices.Contains(e.of(table, codatest.Deleted), id):
			v.lie("after coda_undo the row %s is gone", id)
		case now != nil:
			for col, x := range was {
				c, _ := v.table.column(col)
				if c.written && foreign[id] != col && fmt.Sprint(now[col]) != fmt.Sprint(x) && !sameEmpty(c, now[col], x) {
					v.lie("after coda_undo row %s, column %s (%s) holds %v instead of %v", id, c.name, c.kind, now[col], x)
				}
			}
		}
	}
	w.judgeReadded(v, u, e)
}

// judgeReadded looks for rows that were deleted among those that were added again.
func (w *world) judgeReadded(v *verdict, u takenBack, e effect) {
	table := v.table.id
	for _, gone := range e.rows {
		if gone.Table != table || gone.Kind != codatest.Deleted || v.raced || saysLeft.MatchString(u.text) ||
			strings.Contains(u.text, "cannot be brought back as it was") {
			continue
		}
		found := false
		for _, id := range u.effect.of(table, codatest.Added) {
			same := true
			for _, c := range v.table.columns {
				was, now := gone.Before[c.id], u.after[table][id][c.id]
				same = same && (!c.written || c.kind == "lookup" || fmt.Sprint(was) == fmt.Sprint(now) || sameEmpty(c, now, was))
			}
			found = found || same
		}
		if !found {
			v.lie("after coda_undo nothing is like the deleted row %s", gone.Row)
		}
	}
}

// judgeClaims counts.
func (v *verdict) judgeClaims(u takenBack) {
	if saysNothing.MatchString(u.text) && !u.effect.none() {
		v.lie("coda_undo says that nothing was done, and it did: %s", u.effect.short())
	}
	status, _ := u.data["status"].(string)
	if u.failed && !u.effect.none() {
		v.lie("coda_undo failed, and did: %s", u.effect.short())
	}
	if status == "unchanged" && !u.effect.none() {
		v.lie("coda_undo says that nothing changed, and it did: %s", u.effect.short())
	}
	if u.failed {
		return
	}
	counts, _ := u.data["effect"].(map[string]any)
	for name, kind := range map[string]string{"changed": codatest.Changed, "deleted": codatest.Deleted,
		"added": codatest.Added} {
		n, _ := counts[name].(float64)
		if did := len(u.effect.of(v.table.id, kind)); did != int(n) {
			v.lie("coda_undo counts %v rows %s, and it were %d", n, name, did)
		}
	}
}

// judgeOthers: rows that the call had not touched stay as they are.
func (v *verdict) judgeOthers(u takenBack, what string) {
	touched := map[string]bool{}
	for _, kind := range []string{codatest.Changed, codatest.Added, codatest.Deleted} {
		for _, id := range u.effect.of(v.table.id, kind) {
			touched[id] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(u.before[v.table.id])) {
		if u.after[v.table.id][id] == nil && !touched[id] {
			v.lie("%s lost the row %s", what, id)
		}
	}
}
