// Package aged is the one cache of the Coda client and of its tools whose entries grow old: what names mean, columns,
// who is in a document, exports. Whoever puts an entry says as of when it is, and whoever gets it hears how old it is
// by now and says what is still good: that depends on the reader, and on what was written since. There are so many
// entries and no more: the one that was used least recently goes first.
//
// It knows nothing of Coda, and runs nothing by itself. golang-lru's expirable has a clock of its own, one time for all
// entries, and a goroutine that nobody can end.
package aged

import (
	"math"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Never is the age of what is not there: it is above the life of anything.
const Never time.Duration = math.MaxInt64

// Cache maps keys to values as of some time. It is safe for concurrent use.
type Cache[K comparable, V any] struct{ kept *lru.Cache[K, entry[V]] }

type entry[V any] struct {
	value V
	at    time.Time
}

// New makes a cache of up to most entries, a number that is written in the code.
func New[K comparable, V any](most int) *Cache[K, V] {
	kept, err := lru.New[K, entry[V]](most)
	if err != nil {
		panic("aged: " + err.Error()) // a size that is not positive
	}
	return &Cache[K, V]{kept}
}

// Get returns what is kept under a key, and how old it is; its age is [Never] where there is nothing.
func (c *Cache[K, V]) Get(k K, now time.Time) (value V, age time.Duration) {
	e, ok := c.kept.Get(k)
	if !ok {
		return value, Never
	}
	return e.value, now.Sub(e.at)
}

// Put keeps a value as of a time, in the place of what was there.
func (c *Cache[K, V]) Put(k K, value V, at time.Time) { c.kept.Add(k, entry[V]{value, at}) }

// Forget drops the entries that which is true of, whatever their age, and reports whether there were any.
func (c *Cache[K, V]) Forget(which func(k K, value V, at time.Time) bool) (some bool) {
	for _, k := range c.kept.Keys() {
		if e, ok := c.kept.Peek(k); ok && which(k, e.value, e.at) {
			some = c.kept.Remove(k) || some
		}
	}
	return some
}
