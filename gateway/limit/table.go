package limit

import (
	"container/list"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// key names a person, a client or a person with a tool.
type key struct{ issuer, name, tool string }

// entry is what is known of one of them. Moments are counted from the limiter's beginning.
type entry struct {
	// until is when its bucket is full again.
	until time.Duration
	// refusals is when nothing is known of refusals any more, as a bucket of its own; flood is until when the person
	// floods, and why.
	refusals, flood time.Duration
	flooding        *Refused
	// running is how many calls run, most how many may.
	running, most int
	// waiting are those who wait for one to end, a chan struct{} each that is closed when it is their turn; nil before
	// the first.
	waiting *list.List
}

// table remembers entries, those that were asked for last.
type table struct{ lru *simplelru.LRU[key, *entry] }

func newTable() *table {
	lru, err := simplelru.NewLRU[key, *entry](maxEntries, nil)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &table{lru}
}

// entry finds or makes one. One that runs calls and is forgotten meanwhile lives on in their tickets.
func (t *table) entry(k key) *entry {
	if e, ok := t.lru.Get(k); ok {
		return e
	}
	e := &entry{}
	t.lru.Add(k, e)
	return e
}

// peek finds one.
func (t *table) peek(k key) *entry {
	e, _ := t.lru.Peek(k)
	return e
}
