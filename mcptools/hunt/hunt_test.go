package hunt

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	calls = flag.Int("calls", 300, "how many calls the hunt makes")
	first = flag.Uint64("seed", 1, "the seed of the first world")
	most  = flag.Int("lies", 3, "after how many kinds of lies the hunt ends")
	// strict lets lies fail the test that are known and being mended.
	strict = flag.Bool("strict", false, "fail for known lies, too")
	show   = flag.Bool("show", false, "print all calls with their answers")
)

// perWorld is how many calls are made in one world.
const perWorld = 20

// known are the kinds of lies that somebody is mending, with what they wait for. The hunt tells of them and goes on.
var known = map[string]string{}

// TestHunt makes calls and looks for lies.
func TestHunt(t *testing.T) {
	made, done := 0, 0
	kinds := map[string]int{}
	calls := *calls
	if testing.Short() {
		calls /= 3
	}
	for seed := *first; made < calls && len(kinds) < *most; seed++ {
		report := huntIn(t, seed, nil)
		made, done = made+report.made, done+report.done
		if *show {
			t.Logf("seed %d:\n%s", seed, report.script)
		}
		if len(report.lies) == 0 {
			continue
		}
		kind := report.lies[0].kind
		if kinds[kind]++; kinds[kind] > 1 {
			continue
		}
		if reason := known[kind]; reason != "" && !*strict {
			t.Logf("known: %s (%s)", kind, reason)
			continue
		}
		report = shorten(t, seed, report)
		t.Errorf("seed %d: %s\n%s", seed, report.lies[0].text, report.script)
	}
	t.Logf("%d calls, of which %d changed something", made, done)
	for kind, n := range kinds {
		t.Logf("%d times: %s", n, kind)
	}
	if len(kinds) == 0 && made >= 200 && done < made/3 {
		t.Errorf("of %d calls only %d changed something: what is refused cannot lie", made, done)
	}
}

// report is what came of one world.
type report struct {
	made   int
	done   int // those that changed something
	script string
	lies   []lie
	// kept are the numbers of the calls up to the lie.
	kept []int
}

// shorten leaves out calls that the lie does not need.
func shorten(t *testing.T, seed uint64, found report) report {
	for i := 0; i < len(found.kept)-1; {
		without := append(append([]int{}, found.kept[:i]...), found.kept[i+1:]...)
		if again := huntIn(t, seed, without); len(again.lies) > 0 && again.lies[0].kind == found.lies[0].kind {
			found = again
			continue
		}
		i++
	}
	return found
}

// huntIn makes the calls of a world: all, or those whose numbers are kept.
func huntIn(t *testing.T, seed uint64, kept []int) (out report) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, seed)
		var script strings.Builder
		numbers := kept
		if numbers == nil {
			for n := range perWorld {
				numbers = append(numbers, n)
			}
		}
		for i, n := range numbers {
			r := rand.New(rand.NewPCG(seed, uint64(n)))
			v := w.step(r, n)
			out.made++
			if !w.effectOf(v).none() {
				out.done++
			}
			fmt.Fprintf(&script, "%s\n", v)
			if len(v.lies) > 0 {
				out.lies, out.kept = v.lies, numbers[:i+1]
				break
			}
		}
		out.script = script.String()
	})
	return out
}

// step makes one call, lets its writes be applied, and judges it.
func (w *world) step(r *rand.Rand, n int) *verdict {
	v := &verdict{number: n, settled: r.IntN(2) == 0}
	if v.settled {
		w.coda.Settle()
	} else {
		time.Sleep(time.Duration(r.IntN(20)) * time.Second)
		v.settled = w.coda.Pending() == 0 && w.coda.Behavior().SnapshotEvery == 0
	}
	v.call = w.nextCall(r)
	end, story := w.disturb(r)
	v.story, v.disturbed = story, story != ""
	v.before, v.pages, v.factsBefore = w.state(), w.coda.Doc(w.doc).Pages(), w.coda.Facts()
	v.first = w.coda.Requests().Count() + 1
	begun := time.Now()
	a, err := w.converse(v.call)
	v.last = w.coda.Requests().Count()
	end()
	v.answer, v.raced, v.overtaken = a, w.raced(v), w.overtaken(v)
	if w.falsify != nil {
		w.falsify(v)
	}
	if err != nil {
		v.lie("the call ended in %v", err)
		return v
	}
	applied := w.appliedOf(v)
	checked, checkedApplied := w.check(v)
	w.coda.Settle()
	all := w.appliedOf(v)
	v.unapplied = all - applied
	if checked == "applied" && checkedApplied < all {
		v.lie("coda_check_write says applied, and %d writes were not", all-checkedApplied)
	}
	w.judge(v)
	if v.tool == "coda_upsert_rows" && v.keys == nil && !v.failed && v.status() == "applied" {
		w.added, w.addedAt = v.call, begun
	}
	if len(v.lies) > 0 || v.failed || r.IntN(2) == 0 {
		return v
	}
	if w.resume(v) {
		return v
	}
	switch {
	case v.table != nil && r.IntN(2) == 0:
		w.takeBack(r, v)
	case v.table != nil:
		w.undo(v)
	case v.page != "":
		w.undoPage(v)
	}
	return v
}

// appliedOf counts the writes of a call that are applied by now.
func (w *world) appliedOf(v *verdict) int {
	w.coda.Pending() // lets happen what is due
	return len(w.effectOf(v).changes)
}

// check follows up a write that is pending.
func (w *world) check(v *verdict) (status string, applied int) {
	ids := list(v.data["request_ids"])
	if v.failed || v.status() != "pending" || len(ids) == 0 || len(ids) > 20 {
		return "", 0
	}
	a, err := w.call("coda_check_write", map[string]any{"doc": w.doc, "request_ids": ids})
	if err != nil {
		v.lie("coda_check_write ended in %v", err)
	}
	status, _ = a.data["status"].(string)
	return status, w.appliedOf(v)
}

// raced reports whether somebody changed something in between, and the call did not read behind that with proof.
func (w *world) raced(v *verdict) bool {
	w.mu.Lock()
	at := w.meddled
	w.mu.Unlock()
	if at < v.first {
		return false
	}
	read := false // some of the rows, one by one
	for _, q := range w.coda.Requests()[v.first-1 : v.last] {
		if q.Operation == "getRow" && q.Version != "" && q.Status == http.StatusOK {
			if q.Seq > at && read {
				return true // what was changed may have been read before, and the others behind it
			}
			read = true
		}
		if q.Seq > at && q.Operation == "updateRow" {
			return true // what is read behind a write by id tells of its effect, not of what was there before
		}
		if q.Seq > at && q.Method == http.MethodGet && q.Version != "" && q.Status == http.StatusOK {
			return false
		}
	}
	return true
}

// overtaken reports whether somebody changed something behind the last look of a call that wrote by keys.
func (w *world) overtaken(v *verdict) bool {
	w.mu.Lock()
	at := w.meddled
	w.mu.Unlock()
	looked := at < v.first
	for _, q := range w.coda.Requests()[v.first-1 : v.last] {
		looked = looked || q.Seq > at && q.Operation == "listRows" && q.Version != "" && q.Status == http.StatusOK
		if q.Operation == "upsertRows" && !looked {
			return true
		}
	}
	return false
}

// converse makes a call, and again with what it asks to be confirmed.
func (w *world) converse(c *call) (answer, error) {
	a, err := w.call(c.tool, c.arguments)
	if confirm, ok := a.data["confirm"]; ok && err == nil && !a.failed {
		c.arguments["confirm"] = confirm
		return w.call(c.tool, c.arguments)
	}
	return a, err
}

// String is the call and its answer as they stand in a script.
func (v *verdict) String() string {
	raw, err := json.Marshal(v.arguments)
	if err != nil {
		raw = []byte(err.Error())
	}
	begin := "as things stand"
	if v.settled {
		begin = "once all is settled"
	}
	text := v.text
	if len(text) > 900 {
		text = text[:900] + "…"
	}
	text = strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n      ")
	return fmt.Sprintf("#%d %s:%s\n   %s %s\n   -> %s", v.number, begin, v.story, v.tool, raw, text)
}
