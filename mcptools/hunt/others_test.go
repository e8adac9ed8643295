package hunt

import (
	"fmt"
	"math/rand/v2"
	"net/http"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// disturb prepares what comes in between the next call: faults, and somebody else's edits. It returns a function that
// ends it and words for the script.
func (w *world) disturb(r *rand.Rand) (end func(), story string) {
	var ends []func()
	end = func() {
		for _, e := range ends {
			e()
		}
		w.mu.Lock()
		w.meddle = nil
		w.mu.Unlock()
	}
	inject := func(f codatest.Fault, words string) {
		ends = append(ends, w.coda.Inject(f))
		story += " [" + words + "]"
	}
	writes := []string{"upsertRows", "updateRow", "deleteRows", "deleteRow", "updatePage", "createPage", "pushButton"}
	op := pick(r, writes)
	f := codatest.Fault{Operation: op, Skip: r.IntN(2), Times: 1}
	switch r.IntN(12) {
	case 0:
		f.Kind = codatest.FaultDropAfter
		inject(f, "the answer to "+op+" is lost")
	case 1:
		f.Kind = codatest.FaultDrop
		inject(f, "the connection of "+op+" is lost")
	case 2:
		f = codatest.Fault{Kind: codatest.FaultRespond, Status: http.StatusTooManyRequests, Every: 3, Times: 4}
		inject(f, "429 now and then")
	case 3:
		f = codatest.Fault{Kind: codatest.FaultRespond, Status: http.StatusServiceUnavailable, Every: 4, Times: 3}
		inject(f, "503 now and then")
	case 4:
		f.Kind, f.Status = codatest.FaultRespond, http.StatusBadRequest
		f.Body = `{"statusCode":400,"statusMessage":"Bad Request","message":"The doc is locked."}`
		inject(f, op+" is refused")
	case 5:
		f.Kind, f.Status = codatest.FaultRespondAfter, http.StatusBadGateway
		inject(f, op+" is done and answered 502")
	}
	if r.IntN(3) == 0 {
		act, words := w.others(r)
		behind := 1 + r.IntN(6)
		w.mu.Lock()
		w.meddle, w.behind = act, behind
		w.mu.Unlock()
		story += fmt.Sprintf(" [behind request %d somebody %s]", behind, words)
	}
	return end, story
}

// others is what somebody in the browser does.
func (w *world) others(r *rand.Rand) (act func(), words string) {
	t := pick(r, w.tables)
	view := w.coda.Doc(w.doc).Table(t.id)
	ids := w.rowIDs(t)
	display := t.columns[0]
	switch n := r.IntN(14); {
	case n >= 12:
		i := 1 + r.IntN(len(t.columns)-1)
		name := fmt.Sprintf("Renamed %d", r.IntN(1000))
		return func() {
			view.RenameColumn(t.columns[i].id, name)
			t.columns[i].name = name
		}, fmt.Sprintf("renames column %s of %s to %s", t.columns[i].name, t.name, name)
	case n >= 10 && len(ids) > 0:
		id, col := pick(r, ids), pick(r, t.columns)
		if !col.written {
			col = display
		}
		v := w.fixture(r, col)
		set := func() { view.SetCells(id, map[string]any{col.id: v}) }
		return func() { ifThere(set) }, fmt.Sprintf("writes %v into row %s, column %s of %s", v, id, col.name, t.name)
	case n < 4 && len(ids) > 0:
		id, name := pick(r, ids), fmt.Sprintf("Item %d", r.IntN(15))
		call := func() { view.SetCells(id, map[string]any{display.id: name}) }
		return func() { ifThere(call) }, fmt.Sprintf("calls row %s of %s %q", id, t.name, name)
	case n < 6 && len(ids) > 0:
		id := pick(r, ids)
		return func() { view.DeleteRows(id) }, fmt.Sprintf("deletes row %s of %s", id, t.name)
	case n < 9:
		name := fmt.Sprintf("Item %d", r.IntN(15))
		return func() { view.AddRow(map[string]any{display.id: name}) }, fmt.Sprintf("adds %q to %s", name, t.name)
	}
	page := pick(r, w.pages)
	rename := func() { w.coda.Doc(w.doc).RenamePage(page, "Same name") }
	return func() { ifThere(rename) }, "renames page " + page + " to Same name"
}

// ifThere lets an edit of something that is gone by now be none.
func ifThere(edit func()) {
	defer func() { _ = recover() }()
	edit()
}
