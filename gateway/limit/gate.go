package limit

import (
	"container/list"
	"context"
	"time"
)

// Ticket is a call that was let in.
type Ticket struct {
	counts         *counts
	person, client *entry
}

// Leave gives the places of a call to others. The zero Ticket has none.
func (t Ticket) Leave() {
	if t.counts == nil || t.person == nil && t.client == nil {
		return
	}
	t.counts.mu.Lock()
	defer t.counts.mu.Unlock()
	t.counts.leave(t.client)
	t.counts.leave(t.person)
}

// enter waits for one of so many places of e, in the order of arrival, and notes in held that it has one. The lock is
// held when it begins and where it lets in; it is not where it refuses.
func (c *counts) enter(ctx context.Context, e *entry, most int, held **entry) *Refused {
	if most == 0 {
		return nil
	}
	e.most = most
	if e.running < most && (e.waiting == nil || e.waiting.Len() == 0) {
		e.running++
		*held = e
		return nil
	}
	if e.waiting == nil {
		e.waiting = list.New()
	}
	if n := e.waiting.Len(); n >= maxWaitingEach || c.waiting >= maxWaiting {
		c.mu.Unlock()
		return &Refused{Queue: n, Wait: time.Second}
	}
	turn := make(chan struct{})
	place := e.waiting.PushBack(turn)
	c.waiting++
	c.mu.Unlock()

	begin := time.Now()
	timer := time.NewTimer(MaxWait)
	defer timer.Stop()
	refused := &Refused{Wait: time.Second}
	select {
	case <-turn:
	case <-timer.C:
	case <-ctx.Done():
		refused.Gone = true
	}
	c.waits.Add(1)
	c.waited.Add(int64(time.Since(begin)))

	c.mu.Lock()
	select {
	case <-turn:
		*held = e
		return nil
	default:
		e.waiting.Remove(place)
		c.waiting--
		c.mu.Unlock()
		return refused
	}
}

// leave gives a place back, or on to who waits longest. The lock is held.
func (c *counts) leave(e *entry) {
	if e == nil {
		return
	}
	e.running--
	for e.waiting != nil && e.waiting.Len() > 0 && e.running < e.most {
		turn, _ := e.waiting.Remove(e.waiting.Front()).(chan struct{})
		c.waiting--
		e.running++
		close(turn)
	}
}

// Usage is how things stand with those who wait for other calls of theirs to end.
type Usage struct {
	// Waiting is how many calls wait now.
	Waiting int
	// Waits and Waited are how many have waited, and for how long in all.
	Waits  uint64
	Waited time.Duration
}

// Usage tells how things stand.
func (l *Limiter) Usage() Usage {
	l.counts.mu.Lock()
	defer l.counts.mu.Unlock()
	return Usage{l.counts.waiting, l.counts.waits.Load(), time.Duration(l.counts.waited.Load())}
}
