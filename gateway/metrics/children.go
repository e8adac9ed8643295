package metrics

import (
	"maps"
	"sync"
	"sync/atomic"
)

// children keeps what a vector of prometheus finds by its labels, since to look for it there takes longer than to
// count. What was found is read without a lock. There are as many as the vector has: labels are of closed lists.
type children[L comparable, C any] struct {
	find  func(L) C
	mu    sync.Mutex
	found atomic.Pointer[map[L]C]
}

func newChildren[L comparable, C any](find func(L) C) *children[L, C] {
	c := &children[L, C]{find: find}
	c.found.Store(&map[L]C{})
	return c
}

// of finds the child of some labels.
func (c *children[L, C]) of(labels L) C {
	if child, ok := (*c.found.Load())[labels]; ok {
		return child
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	more := maps.Clone(*c.found.Load())
	child, ok := more[labels]
	if !ok {
		child = c.find(labels)
		more[labels] = child
		c.found.Store(&more)
	}
	return child
}
