package aged

import (
	"testing"
	"time"
)

func TestCache(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	c := New[string, int](2)
	get := func(k string, want int, old time.Duration) {
		t.Helper()
		if v, age := c.Get(k, now); v != want || age != old {
			t.Errorf("%s: %d of age %v, want %d of %v", k, v, age, want, old)
		}
	}
	get("a", 0, Never)
	c.Put("a", 1, now.Add(-time.Minute))
	c.Put("b", 2, now)
	get("a", 1, time.Minute)
	c.Put("a", 3, now.Add(time.Second)) // by a clock that was set back
	get("a", 3, -time.Second)
	c.Put("c", 4, now) // b was used least recently
	get("b", 0, Never)
	get("c", 4, 0)
	none := func(string, int, time.Time) bool { return false }
	if c.Forget(none) {
		t.Error("something was forgotten")
	}
	if !c.Forget(func(k string, v int, at time.Time) bool { return k == "a" && v == 3 && at.After(now) }) {
		t.Error("nothing was forgotten")
	}
	get("a", 0, Never)
	get("c", 4, 0)
}
