package introspect

import (
	"testing"
	"time"
)

func TestBreaker(t *testing.T) {
	t.Parallel()
	var b breaker
	now := time.Unix(1_800_000_000, 0)
	for range breakerFailures - 1 {
		b.failed(now)
	}
	if b.closedIn(now) != 0 {
		t.Error("closed too early")
	}
	b.failed(now)
	if got := b.closedIn(now); got != breakerPause {
		t.Errorf("closed for %s, want %s", got, breakerPause)
	}
	now = now.Add(breakerPause)
	if b.closedIn(now) != 0 {
		t.Error("no probe after the pause")
	}
	if b.closedIn(now) == 0 {
		t.Error("two probes after the pause")
	}
	for range 10 {
		b.failed(now)
	}
	if got := b.closedIn(now); got != breakerMaxPause {
		t.Errorf("closed for %s, want %s", got, breakerMaxPause)
	}
	b.succeeded()
	if b.closedIn(now) != 0 {
		t.Error("closed after a success")
	}
}
