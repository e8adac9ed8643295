package journal

import (
	"net/netip"
	"slices"
	"time"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// How long requests of strangers belong together.
const (
	// oneWay is the longest pause on one client's way: people sign in meanwhile.
	oneWay = 10 * time.Minute
	// anotherTry is the pause after which a new first request, behind metadata that was read, begins another attempt.
	anotherTry = 30 * time.Second
	// librariesJoin is how close to each other requests come that share no more than an address.
	librariesJoin = time.Minute
	// comesBack is how long after the last request without a token somebody with one may be the same.
	comesBack = 20 * time.Minute
	// anew is the pause after which somebody who begins again begins another attempt.
	anew = 30 * time.Minute
)

// find is the attempt that a call belongs to; it begins one where there is none. nil = the call is no part of any.
func (j *Journal) find(c *call.Call, k kind) *attempt {
	from, shared := networkOf(c.Client)
	if c.Principal != nil {
		a := j.findPerson(c, k, from, shared)
		j.places.Add(from, a.id)
		return a
	}
	a := j.findStranger(c, k, from, shared)
	if k != page && k != look {
		j.places.Add(from, a.id)
	}
	return a
}

func (j *Journal) placeOf(from netip.Prefix) *place {
	p := j.around[from]
	if p == nil {
		p = &place{}
		j.around[from] = p
	}
	return p
}

// tidy forgets a place where nobody is at anything. Of a network that many share it is known when the metadata was
// read.
func (j *Journal) tidy(from netip.Prefix) {
	if p := j.around[from]; p != nil && len(p.open) == 0 && from.IsValid() && from != anthropic {
		delete(j.around, from)
	}
}

// tries is how many attempts of one client there are. One that begins again every minute makes no more.
const tries = 3

// goesRound is the newest attempt of a client that has begun too often.
func goesRound(open []*attempt, f family) *attempt {
	var newest *attempt
	n := 0
	for _, a := range open {
		if a.family == f {
			n, newest = n+1, a
		}
	}
	if n < tries {
		return nil
	}
	return newest
}

func (j *Journal) findStranger(c *call.Call, k kind, from netip.Prefix, shared bool) *attempt {
	p := j.placeOf(from)
	f := familyOf(c.UserAgent, from)
	for _, a := range slices.Backward(p.open) {
		if belongs(a, f, k, c.Time) {
			return a
		}
	}
	if again := goesRound(p.open, f); again != nil && !shared {
		return again
	}
	if len(p.open) >= maxAround {
		j.drop(p.open[worst(p.open)])
	}
	if j.strangers >= maxStrangers {
		j.dropStranger()
	}
	a := j.begin(c, from, shared, f)
	j.strangers++
	p = j.placeOf(from) // it may have been forgotten
	p.open = append(p.open, a)
	return a
}

// belongs tells whether a request of a stranger goes on with an attempt from the same place.
func belongs(a *attempt, f family, k kind, now time.Time) bool {
	pause := now.Sub(a.last)
	switch {
	case pause > oneWay:
		return false
	case !f.library && !a.family.library:
		if f.name != a.family.name {
			return false
		}
	case f != a.family && pause > librariesJoin:
		// A library's request may be anybody's from there, and so only what comes at once belongs together.
		return false
	case !f.fits(a.family):
		return false
	}
	return !(k == challenge && a.counts[resource] > 0 && pause > anotherTry)
}

func (j *Journal) begin(c *call.Call, from netip.Prefix, shared bool, f family) *attempt {
	a := &attempt{id: j.newID(), from: from, shared: shared, family: f, began: c.Time, last: c.Time, visible: -1,
		outcome: Waiting}
	j.byID[a.id] = a
	return a
}

// findPerson is the attempt that somebody who is known is at. What strangers did from the same place a moment before,
// with the same kind of client, was the way here.
func (j *Journal) findPerson(c *call.Call, k kind, from netip.Prefix, shared bool) *attempt {
	key := keyOf(c)
	now := j.current(key)
	mark := j.markOf(c.Principal)
	var before *attempt
	if now == nil || k == first && !shared || !now.well.Load() || now.token != mark {
		before = j.ledHere(c, from)
	}
	switch {
	case before != nil && now != nil && (!now.well.Load() || !before.signedIn()):
		// They went on with what they were at: a step up, or a token that was renewed.
		now.takeIn(before)
		j.drop(before)
	case before != nil:
		j.leavePlace(before)
		j.strangers--
		j.people++
		before.trouble = nil // it was overcome
		j.excuse(before)
		now = before
	case now == nil || k == first && !now.well.Load() && c.Time.Sub(now.last) > anew:
		now = j.begin(c, from, shared, familyOf(c.UserAgent, from))
		j.people++
		j.arrived(now)
	}
	pr := c.Principal
	now.person = &who{clip(pr.Issuer, maxText), clip(pr.Subject, maxText), clip(pr.Name, 100), clip(pr.ClientID, maxText)}
	now.key = key
	j.become(key, now, mark)
	if j.people > maxPeople {
		j.dropPerson(now)
	}
	return now
}

// signedIn says whether a client has read all that it takes to sign in anew.
func (a *attempt) signedIn() bool { return a.counts[resource] > 0 && a.counts[challenge] > 0 }

// looksFirst is how long before the attempt that ended well a client may have looked at the server: hosted Claude does
// so while people fill in a form.
const looksFirst = 3 * time.Minute

// excuse notes of attempts a moment before one that ended well that they may have been the same client's.
func (j *Journal) excuse(well *attempt) {
	if p := j.around[well.from]; p != nil {
		for _, a := range p.open {
			before := well.began.Sub(a.last)
			if a.family.fits(well.family) && before >= 0 && before < looksFirst {
				a.excused = true
			}
		}
	}
}

// arrived notes that somebody came with a token, and that it cannot be told which attempt led there.
func (j *Journal) arrived(a *attempt) {
	if p := j.around[a.from]; p != nil {
		for _, o := range p.open {
			o.excused = o.excused || o.family.fits(a.family)
		}
	}
}

// isKnown says whether somebody who is known used the same kind of client from the same place within the hour before.
func (j *Journal) isKnown(a *attempt) bool {
	for _, o := range j.byID {
		if o.person != nil && o.from == a.from && a.last.Sub(o.lastSeen()) < time.Hour && a.family.fits(o.family) {
			return true
		}
	}
	return false
}

// ledHere is the attempt of a stranger that somebody who comes with a token most likely made: one that waits, with the
// same kind of client; from the same address before others, one that has read the metadata before others, the newest.
func (j *Journal) ledHere(c *call.Call, from netip.Prefix) *attempt {
	p := j.around[from]
	if p == nil {
		return nil
	}
	f := familyOf(c.UserAgent, from)
	var found *attempt
	best := -1
	for _, a := range slices.Backward(p.open) {
		asked := a.counts[challenge] + a.counts[resource] + a.counts[badToken] + a.counts[unavailable]
		if asked == 0 || c.Time.Sub(a.last) > comesBack || !a.family.fits(f) {
			continue
		}
		fits := 0
		if slices.Contains(a.addresses, c.Client.Unmap()) {
			fits += 2
		}
		if a.counts[resource]+a.counts[badToken] > 0 {
			fits++
		}
		if fits > best {
			found, best = a, fits
		}
	}
	return found
}

// takeIn adds what a stranger's attempt has to the one of the person who made it.
func (a *attempt) takeIn(b *attempt) {
	a.events = append(a.events, b.events...)
	slices.SortStableFunc(a.events, func(x, y event) int { return x.At.Compare(y.At) })
	if over := len(a.events) - maxEvents; over > 0 {
		a.events = slices.Delete(a.events, keepFirst, keepFirst+over)
		a.dropped += over
	}
	a.dropped += b.dropped
	for k, n := range b.counts {
		a.counts[k] += n
	}
}

// nearly tells whether somebody signed in and came with a token that is refused for what it says: they were told the
// attempt's id, to read it out, while scanners bring no token, or one that is none.
func (a *attempt) nearly() bool {
	return a.trouble != nil && a.trouble.Kind == badToken && slices.Contains(nearlyReasons, token.Reason(a.trouble.Reason))
}

var nearlyReasons = []token.Reason{
	token.ReasonTenant, token.ReasonType, token.ReasonIDToken, token.ReasonAudience, token.ReasonExpired,
	token.ReasonNoExpiry, token.ReasonNotYetValid, token.ReasonRevoked, token.ReasonNoSubject, token.ReasonBoundToken,
	token.ReasonClient, token.ReasonRequiredClaim, token.ReasonUnknownKey, token.ReasonInactive, token.ReasonMismatch,
}

// worst is the attempt that is missed least: what is not of a client, then what came least far, then the oldest.
func worst(list []*attempt) int {
	rank := func(a *attempt) int {
		switch {
		case a.nearly():
			return 5
		case a.counts[page]+a.counts[look] == len(a.events):
			return 0
		case a.outcome != Waiting:
			return 1
		case a.counts[resource] == 0:
			return 2
		case a.counts[challenge] == 0:
			return 3
		}
		return 4
	}
	found := 0
	for i, a := range list {
		b := list[found]
		if ra, rb := rank(a), rank(b); ra < rb || ra == rb && a.last.Before(b.last) {
			found = i
		}
	}
	return found
}

func (j *Journal) dropStranger() {
	all := make([]*attempt, 0, maxStrangers)
	for _, a := range j.byID {
		if a.person == nil {
			all = append(all, a)
		}
	}
	if len(all) > 0 {
		j.drop(all[worst(all)])
	}
}

// dropPerson forgets the attempt of a person that was quiet for longest, but not one.
func (j *Journal) dropPerson(but *attempt) {
	var oldest *attempt
	for _, a := range j.byID {
		if a.person != nil && a != but && (oldest == nil || a.lastSeen().Before(oldest.lastSeen())) {
			oldest = a
		}
	}
	if oldest != nil {
		j.drop(oldest)
	}
}

// lastSeen is when anything of the attempt was last seen, calls that went on after it ended well among it.
func (a *attempt) lastSeen() time.Time {
	if t := time.Unix(0, a.lastCall.Load()); t.After(a.last) {
		return t
	}
	return a.last
}

// drop forgets an attempt.
func (j *Journal) drop(a *attempt) {
	if j.byID[a.id] != a {
		return
	}
	delete(j.byID, a.id)
	if a.person == nil {
		j.strangers--
		j.leavePlace(a)
	} else {
		j.people--
		sh := j.shardOf(a.key.subject)
		sh.mu.Lock()
		if sh.current[a.key] == a {
			delete(sh.current, a.key)
		}
		sh.mu.Unlock()
	}
	j.unkeep(a)
}

func (j *Journal) leavePlace(a *attempt) {
	if p := j.around[a.from]; p != nil {
		p.open = slices.DeleteFunc(p.open, func(o *attempt) bool { return o == a })
	}
	j.tidy(a.from)
}
