package introspect

import (
	"sync"
	"time"
)

const (
	breakerFailures = 5
	breakerPause    = 5 * time.Second
	breakerMaxPause = time.Minute
)

// breaker stops asking an endpoint that failed breakerFailures times in a row, for a pause that doubles. After each
// pause one caller may try. Only what is the endpoint's fault counts: an answer on account of a single token, however
// odd, shows that the endpoint works.
type breaker struct {
	mu       sync.Mutex
	failures int
	pause    time.Duration
	until    time.Time
}

// closedIn says how long not to ask; 0 = ask now. At the end of a pause it lets one caller through and closes behind.
func (b *breaker) closedIn(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < breakerFailures {
		return 0
	}
	if wait := b.until.Sub(now); wait > 0 {
		return wait
	}
	b.until = now.Add(b.pause)
	return 0
}

// pausing says how much of the pause is left, without being the caller that may try.
func (b *breaker) pausing(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(b.until.Sub(now), 0)
}

func (b *breaker) failed(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures++; b.failures < breakerFailures {
		return
	}
	b.pause = min(max(2*b.pause, breakerPause), breakerMaxPause)
	b.until = now.Add(b.pause)
}

func (b *breaker) succeeded() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures, b.pause, b.until = 0, 0, time.Time{}
}
