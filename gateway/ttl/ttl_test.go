package ttl

import (
	"testing"
	"time"
)

func TestCache(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	c := New[string](2, func(v string) int { return len(v) })
	usage := func(entries, bytes int) {
		t.Helper()
		if e, b := c.Usage(); e != entries || b != bytes {
			t.Errorf("%d entries of %d bytes, want %d of %d", e, b, entries, bytes)
		}
	}
	get := func(k string, now time.Time, want string) {
		t.Helper()
		if v, ok := c.Get(k, now); v != want || ok != (want != "") {
			t.Errorf("%s: %q %v, want %q", k, v, ok, want)
		}
	}
	c.Put("a", "one", now.Add(time.Minute))
	c.Put("b", "three", now.Add(time.Hour))
	usage(2, 8)
	c.Put("a", "seven", now.Add(time.Minute))
	usage(2, 10)
	get("a", now, "seven")
	c.Put("c", "x", now.Add(time.Hour)) // b was used least recently
	usage(2, 6)
	get("b", now, "")
	get("a", now.Add(59*time.Second), "seven")
	get("a", now.Add(time.Minute), "") // it ends, and is gone
	usage(1, 1)
	c.Remove("c")
	c.Remove("c")
	usage(0, 0)
}

// A clock that is set back makes nothing last longer.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	c := New[int, int](1, nil)
	begin := time.Now()
	c.Put(1, 1, begin.Add(time.Minute))
	if _, ok := c.Get(1, begin.Round(0).Add(-time.Hour)); !ok {
		t.Error("a wall clock that was set back ended it")
	}
	if _, ok := c.Get(1, begin.Add(time.Minute)); ok {
		t.Error("it did not end")
	}
}

func TestGetAllocatesNothing(t *testing.T) {
	c := New[[32]byte, *int](10, nil)
	now := time.Now()
	c.Put([32]byte{}, new(int), now.Add(time.Hour))
	if n := testing.AllocsPerRun(100, func() { c.Get([32]byte{}, now) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What was used least recently goes first where values take more than they may.
func TestLimit(t *testing.T) {
	t.Parallel()
	c := New[int](10, func(s string) int { return len(s) })
	c.Limit(10)
	end := time.Now().Add(time.Hour)
	for i := range 4 {
		c.Put(i, "four", end)
	}
	c.Put(3, "sixsix", end)
	if n, bytes := c.Usage(); n != 2 || bytes != 10 {
		t.Errorf("%d entries take %d", n, bytes)
	}
	if _, ok := c.Get(2, end.Add(-time.Minute)); !ok {
		t.Error("the newer of the two is gone")
	}
	c.Put(4, "far too much of it", end)
	if n, bytes := c.Usage(); n != 0 || bytes != 0 {
		t.Errorf("%d entries take %d", n, bytes)
	}
}
