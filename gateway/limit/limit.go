// Package limit says how much people may do: so many calls in a length of time, and so many at once, of a person, of an
// OAuth client, and of a person with one tool. The network that somebody comes from never counts: all people of a
// hosted client come from one.
//
// Calls are counted as letsencrypt/boulder does it, by the generic cell rate algorithm: one moment in time says all
// about a bucket, so that a call costs the same whatever was before. As many calls as the rate has may come at once;
// after that they come back evenly. A call counts in all of its buckets or in none, and one that is refused counts in
// none, so that waiting as long as was said is enough.
//
// Who has as many calls running as they may waits their turn, for [MaxWait] at most. Who goes on calling many times
// over what they may is a flood ([Limiter.Flood]), which is not worth words.
package limit

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Rate is a number of calls per length of time. The zero Rate is no limit.
type Rate struct {
	Calls int
	Per   time.Duration
}

func (r Rate) limited() bool { return r.Calls > 0 && r.Per > 0 }

// Rule is what somebody may do.
type Rule struct {
	// Calls is how many calls there may be in a length of time; zero = any number.
	Calls Rate
	// AtOnce is how many calls may run at the same time; 0 = any number.
	AtOnce int
}

// Config says what is limited. The zero value limits nothing.
type Config struct {
	// Person is for each person, whatever client they use.
	Person Rule
	// Client is for each OAuth client, all people together.
	Client Rule
	// Tools is for each person and tool, by the tool's name.
	Tools map[string]Rate
	// Shared counts calls per length of time together with other replicas; nil = this process counts. Calls at once are
	// each process's own matter.
	Shared Shared
}

// Shared counts for several processes.
type Shared interface {
	// Take counts a call in all buckets, or in none: then blocked is the index of the one that has no room for longest,
	// and wait how long; -1 = it counted. counted is false where nobody could count.
	Take(ctx context.Context, buckets []Bucket) (blocked int, wait time.Duration, counted bool)
	// Replicas is how many processes there are, and whether this one keeps to its part of each rate.
	Replicas() (n int, alone bool)
}

// Bucket is what a call counts in.
type Bucket struct {
	By                 By
	Issuer, Name, Tool string
	Rate               Rate
}

// Caller is on whose behalf a call is made, and of what.
type Caller struct {
	// Issuer and Subject are the person.
	Issuer, Subject string
	// Client is the OAuth client; empty where nobody knows it, which is then one client.
	Client string
	// Tool is the tool; empty for none.
	Tool string
}

// MaxWait is how long a call waits for others of the same person or client to end.
const MaxWait = 10 * time.Second

// Bounds of what is remembered and of who waits.
const (
	// maxEntries is how many people, how many clients, and how many people with a tool are remembered. Who was quiet for
	// longest is forgotten first, and begins anew.
	maxEntries = 16 << 10
	// maxWaitingEach is how many calls of one person or client wait, maxWaiting how many in all.
	maxWaitingEach, maxWaiting = 100, 4096
)

// Limiter counts. It is safe for concurrent use.
type Limiter struct {
	cfg    Config
	counts *counts
	// begin is what moments are counted from.
	begin time.Time
}

// counts is what all limiters of a process share, one after the other.
type counts struct {
	mu                     sync.Mutex
	people, clients, tools *table
	// waiting is how many calls wait for others to end.
	waiting int
	// flooded is whether anybody has ever flooded: there is nothing to look up until then.
	flooded atomic.Bool

	begin  time.Time
	waits  atomic.Uint64
	waited atomic.Int64
}

// New makes a limiter. What previous has counted goes on; previous may be nil.
func New(cfg Config, previous *Limiter) *Limiter {
	if previous != nil {
		return &Limiter{cfg: cfg, counts: previous.counts, begin: previous.begin}
	}
	c := &counts{people: newTable(), clients: newTable(), tools: newTable(), begin: time.Now()}
	return &Limiter{cfg: cfg, counts: c, begin: c.begin}
}

// Enter counts a call, and waits for a place where the caller has as many calls running as they may. The caller leaves
// the ticket when the call has ended, and does nothing of the call where it was refused.
func (l *Limiter) Enter(ctx context.Context, who Caller) (Ticket, *Refused) {
	here := verdict{parts: 1}
	if l.cfg.Shared != nil {
		here = l.together(ctx, who)
	}
	c := l.counts
	c.mu.Lock()
	now := time.Since(l.begin)
	person := c.people.entry(key{issuer: who.Issuer, name: who.Subject})
	takes := l.takes(person, who, here.parts)
	refused := here.refused
	if refused == nil && !here.counted {
		refused = takes.blocked(now)
	}
	if refused != nil {
		l.noteRefusal(person, refused, now)
		c.mu.Unlock()
		return Ticket{}, refused
	}
	takes.take(now)
	ticket := Ticket{counts: c}
	if refused := c.enter(ctx, person, l.cfg.Person.AtOnce, &ticket.person); refused != nil {
		return Ticket{}, l.crowded(person, refused, ByPerson, l.cfg.Person.AtOnce)
	}
	if most := l.cfg.Client.AtOnce; most > 0 {
		client := c.clients.entry(key{issuer: who.Issuer, name: who.Client})
		if refused := c.enter(ctx, client, most, &ticket.client); refused != nil {
			refused = l.crowded(person, refused, ByClient, most)
			ticket.Leave()
			return Ticket{}, refused
		}
	}
	c.mu.Unlock()
	return ticket, nil
}

// takes finds the buckets that a call counts in here, each with a part of its rate. The lock is held.
func (l *Limiter) takes(person *entry, who Caller, parts int) (t takes) {
	if l.cfg.Person.Calls.limited() {
		t.add(ByPerson, l.cfg.Person.Calls.part(parts), person)
	}
	if l.cfg.Client.Calls.limited() {
		client := l.counts.clients.entry(key{issuer: who.Issuer, name: who.Client})
		t.add(ByClient, l.cfg.Client.Calls.part(parts), client)
	}
	if rate := l.cfg.Tools[who.Tool]; rate.limited() {
		t.add(ByTool, rate.part(parts), l.counts.tools.entry(key{who.Issuer, who.Subject, who.Tool}))
	}
	return t
}

// takes are the buckets of one call, in the order in which they are named where several are empty.
type takes struct {
	n   int
	all [3]take
}

type take struct {
	by   By
	rate Rate
	of   *entry
}

func (t *takes) add(by By, rate Rate, of *entry) {
	t.all[t.n] = take{by, rate, of}
	t.n++
}

// blocked says which bucket has no room now; nil = all have. It is the one with the longest wait.
func (t *takes) blocked(now time.Duration) (refused *Refused) {
	for _, b := range t.all[:t.n] {
		if wait := b.rate.wait(b.of.until, now); wait > 0 && (refused == nil || wait > refused.Wait) {
			refused = &Refused{By: b.by, Rate: b.rate, Wait: wait}
		}
	}
	return refused
}

func (t *takes) take(now time.Duration) {
	for _, b := range t.all[:t.n] {
		b.of.until = b.rate.after(b.of.until, now)
	}
}

// wait is how long a bucket has no room; until is when it is full again.
func (r Rate) wait(until, now time.Duration) time.Duration {
	if until = r.clamp(until, now); until <= now {
		return 0
	}
	return until + r.each() - now - r.Per
}

// after is when a bucket is full again once one more call was taken.
func (r Rate) after(until, now time.Duration) time.Duration {
	return max(r.clamp(until, now), now) + r.each()
}

// each is how long a call takes to come back.
func (r Rate) each() time.Duration { return r.Per / time.Duration(r.Calls) }

// clamp forgets what a rate before this one has left beyond what this one can.
func (r Rate) clamp(until, now time.Duration) time.Duration { return min(until, now+r.Per) }
