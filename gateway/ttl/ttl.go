// Package ttl is the one cache of the gateway whose entries end: verified tokens, verdicts of an issuer, challenges,
// callers who are known, where documents lie. Whoever puts an entry says when it ends, and there are so many of them
// and no more: the one that was used least recently goes first.
//
// It is for what may be forgotten at any time. Elsewhere other things are wanted: golang-lru itself holds what does not
// end (tokens that were active, warnings that were given, encoded answers), the state store what must not be lost, and
// what strangers do to the log is summed up in windows. What Coda told is in coda/aged, whose readers say how old it
// may be: its end is not known when it is put, and neither of the gateway and the Coda client imports the other.
// golang-lru's expirable has one time for all entries and a goroutine that nobody can end.
package ttl

import (
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Passed reports whether t lies behind now by the wall clock or by the monotonic one, where both have a reading of
// it. The monotonic clock stands still while the machine sleeps, the wall clock may be set back.
func Passed(t, now time.Time) bool {
	return !now.Before(t) || !now.Before(t.Round(0))
}

// Cache maps keys to values that end. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	size func(V) int
	// most is how many bytes all values may take; 0 = any number.
	most int

	mu    sync.Mutex
	lru   *simplelru.LRU[K, entry[V]]
	bytes int
}

type entry[V any] struct {
	value V
	until time.Time
	bytes int
}

// New makes a cache of up to most entries, at least one. size tells what a value takes, for [Cache.Usage]; nil = nobody
// asks.
func New[K comparable, V any](most int, size func(V) int) *Cache[K, V] {
	c := &Cache[K, V]{size: size}
	lru, err := simplelru.NewLRU(max(most, 1), func(_ K, e entry[V]) { c.bytes -= e.bytes })
	if err != nil {
		panic(err) // only for a size below 1
	}
	c.lru = lru
	return c
}

// Limit bounds what all values take together, by the size that New was told. Call it before the cache is used.
func (c *Cache[K, V]) Limit(bytes int) { c.most = bytes }

// Get returns what is kept under a key and has not ended.
func (c *Cache[K, V]) Get(k K, now time.Time) (value V, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.lru.Get(k)
	if !ok {
		return value, false
	}
	if Passed(e.until, now) {
		c.lru.Remove(k)
		return value, false
	}
	return e.value, true
}

// Put keeps a value until its time ends, in the place of what was there.
func (c *Cache[K, V]) Put(k K, value V, until time.Time) {
	e := entry[V]{value: value, until: until}
	if c.size != nil {
		e.bytes = c.size(value)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if before, ok := c.lru.Peek(k); ok {
		c.bytes -= before.bytes // the list tells of what leaves it, not of what is replaced
	}
	c.bytes += e.bytes
	c.lru.Add(k, e)
	for c.most > 0 && c.bytes > c.most {
		c.lru.RemoveOldest()
	}
}

// Remove forgets a key.
func (c *Cache[K, V]) Remove(k K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lru.Remove(k)
}

// Usage is how many entries there are, also such as have ended and were not asked for since, and the bytes that they
// take.
func (c *Cache[K, V]) Usage() (entries, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lru.Len(), c.bytes
}
