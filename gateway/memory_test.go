package gateway

import (
	"runtime"
	"testing"
	"time"
)

// Little may grow as the configuration says; what is large grows to roomyHeap, and to twice itself at least.
func TestPercentFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		wanted int
		alive  uint64
		want   int
	}{
		{400, 0, 400}, {400, 3 << 20, 400}, {400, roomyHeap / 5, 400}, {400, roomyHeap / 3, 200}, {400, roomyHeap / 2, 100},
		{400, roomyHeap, 100}, {400, 10 * roomyHeap, 100}, {150, roomyHeap / 3, 150}, {100, roomyHeap / 9, 100},
		{50, roomyHeap, 50}, {-1, roomyHeap, -1},
	} {
		if got := percentFor(c.wanted, c.alive); got != c.want {
			t.Errorf("%d%% with %d bytes alive: %d, want %d", c.wanted, c.alive, got, c.want)
		}
	}
}

// The percentage follows what is alive, in both directions.
func TestPercentFollows(t *testing.T) {
	p := pacer{}
	p.use(400)
	t.Cleanup(func() { p.use(100) })
	set := func() int {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.now
	}
	until := func(what string, done func() bool) {
		t.Helper()
		for end := time.Now().Add(time.Minute); time.Now().Before(end); {
			if runtime.GC(); done() {
				return
			}
			runtime.Gosched()
		}
		t.Fatalf("%s: %d%%", what, set())
	}
	until("little", func() bool { return set() == 400 })
	held := make([]byte, roomyHeap)
	until("much", func() bool { return set() == plainPercent })
	runtime.KeepAlive(held)
	until("little again", func() bool { return set() == 400 })
}
