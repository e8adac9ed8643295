package limit

import "time"

// A flood is whoever goes on calling many times over what they may: floodTimes the calls of the limit that refuses
// them, floodLeast at least, within its length of time. Such calls get no words, which nobody reads; their cost is that
// of finding out who asks.
const (
	floodTimes = 10
	floodLeast = 60
)

// floodOf is the rate of refusals beyond which somebody floods.
func floodOf(r Rate) Rate {
	if !r.limited() {
		return Rate{floodLeast, time.Minute}
	}
	return Rate{max(floodTimes*r.Calls, floodLeast), r.Per}
}

// noteRefusal counts a refusal, whosever limit it was: it was this person who went on. The lock is held.
func (l *Limiter) noteRefusal(person *entry, refused *Refused, now time.Duration) {
	rate := floodOf(refused.Rate)
	if rate.wait(person.refusals, now) > 0 {
		person.flood, person.flooding = now+refused.Wait, refused
		l.counts.flooded.Store(true)
		return
	}
	person.refusals = rate.after(person.refusals, now)
}

// crowded completes the refusal of a call for which there was no place, and counts it.
func (l *Limiter) crowded(person *entry, refused *Refused, by By, most int) *Refused {
	refused.By, refused.AtOnce = by, most
	if !refused.Gone {
		l.counts.mu.Lock()
		defer l.counts.mu.Unlock()
		l.noteRefusal(person, refused, time.Since(l.begin))
	}
	return refused
}

// Flood says that a person has gone on calling many times over what they may, and for how long their calls are not
// worth looking at; nil = they have not.
func (l *Limiter) Flood(issuer, subject string) *Refused {
	if !l.counts.flooded.Load() {
		return nil
	}
	l.counts.mu.Lock()
	defer l.counts.mu.Unlock()
	person := l.counts.people.peek(key{issuer: issuer, name: subject})
	if person == nil || person.flooding == nil {
		return nil
	}
	left := person.flood - time.Since(l.begin)
	if left <= 0 {
		person.flooding = nil
		return nil
	}
	refused := *person.flooding
	refused.Wait = left
	return &refused
}
