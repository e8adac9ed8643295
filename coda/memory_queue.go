package coda

import (
	"container/list"
	"context"
	"time"
)

// Bounds of who waits for a token of one bucket, and of who is remembered.
const (
	maxWaitingEach, maxWaiting = 256, 4096
	maxPeople                  = 1024
	// activeFor is how long somebody counts as one of those among whom a budget is shared, in periods of the budget, and
	// at least.
	activeFor, activeAtLeast = 10, time.Minute
)

// queue has those who wait for a token, and hands tokens out in turn: one to each person who waits, then the next.
type queue struct {
	known map[string]*person
	// seen has the people, who asked last in front.
	seen *list.List
	// round has the people who wait, in the order of their turns.
	round *list.List
	// waiting is how many requests wait.
	waiting int
}

// person is somebody who asks for tokens.
type person struct {
	key  string
	last time.Time
	// used is how many tokens they have that have not come back.
	used int
	// requests are those that wait, of *waiter, in the order of their arrival.
	requests list.List
	// place is the person's in seen, turn in round; turn is nil while nothing of theirs waits.
	place, turn *list.Element
}

// waiter is a request that waits.
type waiter struct {
	of *person
	// place is the request's among the person's; nil when it does not wait any more.
	place *list.Element
	// use is the token once it was given.
	use *use
	// ctx is the context of the wait, and wake ends it.
	ctx  context.Context
	wake context.CancelFunc
}

func newQueue() queue {
	return queue{known: map[string]*person{}, seen: list.New(), round: list.New()}
}

// people is how many have asked lately.
func (q *queue) people() int { return len(q.known) }

// person finds somebody, and notes that they ask.
func (q *queue) person(key string, now time.Time) *person {
	p := q.known[key]
	if p == nil {
		p = &person{key: key}
		p.place = q.seen.PushFront(p)
		q.known[key] = p
	}
	p.last = now
	q.seen.MoveToFront(p.place)
	return p
}

// forget lets go of those who asked longest ago, where that is long ago or they are too many.
func (q *queue) forget(now time.Time, per time.Duration) {
	for n := q.seen.Len(); n > 0; n-- {
		p, _ := q.seen.Back().Value.(*person)
		if now.Sub(p.last) <= max(activeFor*per, activeAtLeast) && len(q.known) <= maxPeople {
			return
		}
		if p.turn != nil {
			q.seen.MoveToFront(p.place)
			continue
		}
		q.seen.Remove(p.place)
		delete(q.known, p.key)
	}
}

// ahead estimates how many others get a token before one more request of somebody.
func (q *queue) ahead(p *person) int {
	people := q.round.Len()
	if p.turn == nil {
		people++
	}
	return min(q.waiting, p.requests.Len()*people+people-1)
}

// join has a request wait, behind all others, or first of all.
func (q *queue) join(w *waiter, first bool) {
	if w.of.turn == nil {
		w.of.turn = q.round.PushBack(w.of)
	}
	if first {
		q.round.MoveToFront(w.of.turn)
		w.place = w.of.requests.PushFront(w)
	} else {
		w.place = w.of.requests.PushBack(w)
	}
	q.waiting++
}

// leave takes a request out.
func (q *queue) leave(w *waiter) {
	w.of.requests.Remove(w.place)
	w.place = nil
	q.waiting--
	if w.of.requests.Len() == 0 {
		q.round.Remove(w.of.turn)
		w.of.turn = nil
	}
}

// next takes out the request whose turn it is: the oldest of the first person in the round who may have a token. Nil =
// there is none.
func (q *queue) next(may func(*person) bool) *waiter {
	for e := q.round.Front(); e != nil; e = e.Next() {
		p, _ := e.Value.(*person)
		if !may(p) {
			continue
		}
		w, _ := p.requests.Front().Value.(*waiter)
		q.round.MoveToBack(e)
		q.leave(w)
		return w
	}
	return nil
}

// dismiss wakes everybody without a token.
func (q *queue) dismiss() {
	for e := q.round.Front(); e != nil; e = q.round.Front() {
		p, _ := e.Value.(*person)
		w, _ := p.requests.Front().Value.(*waiter)
		q.leave(w)
		w.wake()
	}
}
