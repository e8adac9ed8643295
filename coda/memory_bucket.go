package coda

import "time"

// bucket holds the tokens of one account's budget. Each token comes back one period after its last use, and the tokens
// are taken in turn, so that the one to take next is known without looking at the others.
type bucket struct {
	rate Rate
	// uses is the last use of each token that was ever taken, booked ones included: a ring whose oldest entry is at next
	// once all tokens are in it.
	uses []*use
	next int
	// strikes are the refusals in a row, struck is when the last of them stops to count.
	strikes   int
	struck    time.Time
	coolUntil time.Time
	stuck     time.Time
	// probing is set while the one request is under way that finds out whether a stuck bucket works again.
	probing bool
}

// use is one use of a token: when, and when the token was used before.
type use struct {
	at, before time.Time
}

func (b *bucket) limited() bool { return b.rate.Requests > 0 && b.rate.Per > 0 }

// full reports whether every token has been taken at least once.
func (b *bucket) full() bool { return len(b.uses) == b.rate.Requests }

// newest is the use that was booked last; nil if none was.
func (b *bucket) newest() *use {
	if len(b.uses) == 0 {
		return nil
	}
	return b.uses[(b.next+len(b.uses)-1)%len(b.uses)]
}

// free is the earliest time from now on at which the next token can be used, behind all that wait already.
func (b *bucket) free(now time.Time) time.Time {
	at := now
	if b.coolUntil.After(at) {
		at = b.coolUntil
	}
	if !b.limited() {
		return at
	}
	if u := b.newest(); u != nil && u.at.After(at) {
		at = u.at
	}
	if b.full() {
		if back := b.uses[b.next].at.Add(b.rate.Per); back.After(at) {
			at = back
		}
	}
	return at
}

// take books the next token for a time.
func (b *bucket) take(at time.Time) *use {
	u := &use{at: at}
	switch {
	case !b.limited():
	case !b.full():
		b.uses = append(b.uses, u)
	default:
		u.before = b.uses[b.next].at
		b.uses[b.next] = u
		b.next = (b.next + 1) % len(b.uses)
	}
	return u
}

// giveBack undoes a booking that was not used: its token is the next to take again. Only this, which is rare, goes
// through the tokens.
func (b *bucket) giveBack(gone *use) {
	order := make([]*use, 0, len(b.uses))
	if !gone.before.IsZero() {
		order = append(order, &use{at: gone.before})
	}
	found := false
	for i := range b.uses {
		u := b.uses[(b.next+i)%len(b.uses)]
		if u == gone {
			found = true
			continue
		}
		order = append(order, u)
	}
	if found {
		b.uses, b.next = order, 0
	}
}

// setRate changes the rate. The newest uses are kept, as many as there are tokens now.
func (b *bucket) setRate(rate Rate) {
	order := append(b.uses[b.next:len(b.uses):len(b.uses)], b.uses[:b.next]...)
	if b.rate = rate; !b.limited() {
		order = nil
	}
	b.uses, b.next = order[max(len(order)-max(rate.Requests, 0), 0):], 0
}

// strikesLast is how long the refusals of an account that no longer asks are remembered.
const strikesLast = time.Hour

func (b *bucket) idle(now time.Time) bool {
	u := b.newest()
	return (b.strikes == 0 || now.Sub(b.struck) > strikesLast) && (u == nil || now.Sub(u.at) > b.rate.Per)
}
