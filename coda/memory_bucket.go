package coda

import "time"

// bucket holds the tokens of one account's budget. A token that is used comes back one period later.
type bucket struct {
	rate Rate
	// uses are the tokens that have not come back yet, in the order in which they were taken.
	uses []*use
	// queue has those who wait for a token.
	queue queue
	// strikes are the refusals in a row, struck is when the last of them stops to count.
	strikes   int
	struck    time.Time
	coolUntil time.Time
	stuck     time.Time
	// shared: others use the account's tokens, too, processes of them in all. busyUntil is until when they have all, and
	// asking is set while a request asks for one.
	shared    bool
	processes int
	busyUntil time.Time
	asking    bool
	// probing is set while the one request is under way that finds out whether a stuck bucket works again.
	probing bool
	// nudge wakes whoever serves the queue; nil while nobody has to.
	nudge func()
}

// use is one use of a token.
type use struct {
	at time.Time
	of *person
	// keep is how many tokens had to be left for others.
	keep int
	// asks: it is not known yet whether other processes have left a token.
	asks bool
}

func newBucket(rate Rate) *bucket { return &bucket{rate: rate, queue: newQueue(), processes: 1} }

// restUntil is until when nobody may have a token.
func (b *bucket) restUntil() time.Time {
	if b.busyUntil.After(b.coolUntil) {
		return b.busyUntil
	}
	return b.coolUntil
}

func (b *bucket) limited() bool { return b.rate.Requests > 0 && b.rate.Per > 0 }

// expire takes back the tokens whose period is over, and forgets people who were not seen for long.
func (b *bucket) expire(now time.Time) {
	for len(b.uses) > 0 && (!b.limited() || !b.uses[0].at.Add(b.rate.Per).After(now)) {
		b.uses[0].of.used--
		b.uses[0] = nil
		b.uses = b.uses[1:]
	}
	b.queue.forget(now, b.rate.Per)
}

// may says whether a person may have a token now. The last tokens are for those who have had little lately.
func (b *bucket) may(p *person, now time.Time) bool {
	if b.asking || b.restUntil().After(now) {
		return false
	}
	return !b.limited() || b.rate.Requests-len(b.uses) > b.keep(p)
}

// keep is how many tokens somebody has to leave for others.
func (b *bucket) keep(p *person) int {
	if p.used < b.share() {
		return 0
	}
	return b.reserve()
}

// reserve is how many tokens are kept for those who have had less than their share, while there are others at all: a
// quarter, and at least one.
func (b *bucket) reserve() int {
	if b.queue.people() < 2 || b.rate.Requests < 2 {
		return 0
	}
	return max(1, b.rate.Requests/4)
}

// share is what a person has of a period before they count as somebody with much to do: as much as everybody would.
// What they do elsewhere is about the same.
func (b *bucket) share() int { return max(1, b.rate.Requests/max(1, b.queue.people()*b.processes)) }

// take uses a token.
func (b *bucket) take(p *person, now time.Time) *use {
	u := &use{at: now, of: p, keep: b.keep(p)}
	if b.limited() {
		p.used++
		b.uses = append(b.uses, u)
		b.asking, u.asks = b.shared, b.shared
	}
	return u
}

// giveBack undoes a use. Only this, which is rare, goes through the tokens.
func (b *bucket) giveBack(gone *use) {
	b.answered(gone)
	for i := len(b.uses) - 1; i >= 0; i-- {
		if b.uses[i] == gone {
			b.uses = append(b.uses[:i], b.uses[i+1:]...)
			gone.of.used--
			return
		}
	}
}

// answered lets the next request ask for a token of all processes.
func (b *bucket) answered(u *use) {
	if u.asks {
		u.asks, b.asking = false, false
		b.wakeServer()
	}
}

// serve gives tokens to those who wait, as many as there are.
func (b *bucket) serve(now time.Time) {
	for b.expire(now); ; {
		w := b.queue.next(func(p *person) bool { return b.may(p, now) })
		if w == nil {
			return
		}
		w.use = b.take(w.of, now)
		w.wake()
	}
}

// again is when there may be something to give to those who wait.
func (b *bucket) again(now time.Time) time.Time {
	if rest := b.restUntil(); rest.After(now) {
		return rest
	}
	if len(b.uses) == 0 || !b.limited() {
		return now.Add(time.Minute) // whoever asks wakes the server when they have an answer
	}
	return b.uses[0].at.Add(b.rate.Per)
}

// expect estimates when somebody gets a token before whom n others get one. It says at most what it would be if people
// were served in the order of their arrival.
func (b *bucket) expect(n int, now time.Time) time.Time {
	at := now
	if rest := b.restUntil(); rest.After(at) {
		at = rest
	}
	if !b.limited() {
		return at
	}
	usable := b.rate.Requests - b.reserve()
	if n -= max(0, usable-len(b.uses)); n < 0 {
		return at
	}
	if len(b.uses) == 0 {
		return at.Add(b.rate.Per * time.Duration(1+n/usable))
	}
	back := b.uses[n%len(b.uses)].at.Add(b.rate.Per * time.Duration(1+n/len(b.uses)))
	if back.After(at) {
		return back
	}
	return at
}

// strikesLast is how long the refusals of an account that no longer asks are remembered.
const strikesLast = time.Hour

func (b *bucket) idle(now time.Time) bool {
	b.expire(now)
	return (b.strikes == 0 || now.Sub(b.struck) > strikesLast) && len(b.uses) == 0 && b.queue.waiting == 0
}
