package token

import (
	"testing"
	"time"
	"unsafe"

	"github.com/bestviable/coda-gateway/gateway/token/keys"
	"github.com/bestviable/coda-gateway/gateway/ttl"
	"github.com/rs/zerolog"
)

// asleep is the time after a sleep of the machine: the wall clock went on, the monotonic reading is the same.
func asleep(t *testing.T, at time.Time, d time.Duration) time.Time {
	t.Helper()
	after := at
	// the wall clock's seconds beside a monotonic reading
	*(*uint64)(unsafe.Pointer(&after)) += uint64(d/time.Second) << 30
	if after.Sub(at) != 0 || after.Round(0).Sub(at.Round(0)) != d {
		t.Fatalf("%v after %v", after, at)
	}
	return after
}

func TestPassed(t *testing.T) {
	t.Parallel()
	now := time.Now()
	wall := now.Round(0)
	for name, c := range map[string]struct {
		t    time.Time
		want bool
	}{
		"now": {now, true}, "earlier": {now.Add(-1), true}, "later": {now.Add(1), false},
		"now, wall": {wall, true}, "earlier, wall": {wall.Add(-1), true}, "later, wall": {wall.Add(1), false},
		"later, before a sleep":                       {asleep(t, now.Add(time.Minute), -time.Hour), true},
		"earlier, before the wall clock was set back": {asleep(t, now.Add(-time.Minute), time.Hour), true},
	} {
		if got := ttl.Passed(c.t, now); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Nothing is believed past its exp, also where the machine slept meanwhile.
func TestCacheAfterASleep(t *testing.T) {
	t.Parallel()
	now := time.Now()
	c := newCache(0, nil)
	i := &issuer{source: &source{keys: keys.New(t.Context(), &keys.Place{}, nil, nil, time.Now, zerolog.Nop())}}
	for name, p := range map[string]*Principal{
		"exp in half an hour":          {Expires: now.Round(0).Add(30 * time.Minute)},
		"exp from the monotonic clock": {Expires: now.Add(30 * time.Second)},
	} {
		id := digestOf(name)
		c.put(id, p, i, 0, now)
		if _, ok := c.get(id, now.Add(29*time.Second)); !ok {
			t.Errorf("%s: not cached", name)
		}
		if _, ok := c.get(id, asleep(t, now, time.Hour)); ok {
			t.Errorf("%s: believed after a sleep", name)
		}
	}
}
