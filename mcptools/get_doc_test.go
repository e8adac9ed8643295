package mcptools

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What an outline costs beside its listings is paid once, as long as the doc does not change.
func TestOutlineIsCheapTheSecondTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift()})
		const outline = `{"doc":"https://coda.io/d/_ddRoadmap01","values":true}`
		first := plain(w.call("coda_get_doc", outline))
		w.coda.ResetRequests()
		second := plain(w.call("coda_get_doc", outline))
		if n := w.coda.Requests().Count(); n != 4 || second != first {
			t.Errorf("the second outline cost %d requests: %v\n%s", n, w.coda.Requests().Counts(), second)
		}
		<-time.After(time.Second)
		w.call("coda_upsert_rows", `{"table":"Log","doc":"dRoadmap01","rows":{"Entry":"one more"}}`)
		if third := textOf(w.call("coda_get_doc", outline)); !strings.Contains(third, "table Log (grid-Log0000001), 2 rows") {
			t.Errorf("the outline is behind:\n%s", third)
		}
		w.coda.ResetRequests()
		<-time.After(5 * time.Minute)
		w.call("coda_get_doc", outline)
		if n := w.coda.Requests().Count("getTable"); n == 0 {
			t.Error("details are never asked for again")
		}
	})
}

// An outline that is too long for one answer is whole in the end, each line once.
func TestLongOutlineInPieces(t *testing.T) {
	longAndAlone(t)
	synctest.Test(t, func(t *testing.T) {
		const tens = 90
		w := newWorld(t, worldOptions{workspace: hugeDoc(tens), behavior: swift()})
		seen := make(map[string]int)
		arguments := map[string]any{"doc": "https://coda.io/d/_ddHugeDoc01"}
		for calls := 0; ; calls++ {
			result := w.call("coda_get_doc", arguments)
			checkSize(t, result)
			for line := range strings.Lines(textOf(result)) {
				if name, ok := strings.CutPrefix(strings.TrimSpace(line), "- "); ok {
					seen[name]++
				}
			}
			more := next(t, textOf(result))
			if more == nil {
				break
			}
			if arguments["offset"] = more["offset"]; calls > 100 {
				t.Fatal("it does not end")
			}
		}
		if len(seen) != 10*tens {
			t.Errorf("%d lines of %d", len(seen), 10*tens)
		}
		for name, n := range seen {
			if n != 1 {
				t.Errorf("%s comes %d times", name, n)
			}
		}
	})
}
