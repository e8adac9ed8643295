package keys

import (
	"context"
	"errors"
	"hash/maphash"
	"net/netip"
	"time"

	"github.com/bestviable/coda-gateway/gateway/ttl"
)

const (
	// refetchBurst and refetchEvery bound the fetches that tokens with an unknown key or a bad signature can cause.
	refetchBurst = 3
	refetchEvery = 10 * time.Second
	// reserve of the allowance is for callers who are known.
	reserve = 1
	// maxWait is how long a token waits for keys that may verify it: for the next fetch, whoever caused the last.
	maxWait = refetchEvery + 200*time.Millisecond

	// knownFor is how long somebody is known of whom a token was verified.
	knownFor = 24 * time.Hour
	// vainFor is how long a known caller may cause no fetch after one in vain.
	vainFor = 10 * time.Minute
	// maxKnown callers are remembered; who is forgotten is a stranger until the next token.
	maxKnown = 1 << 14

	// roomForKnown and roomForStrangers wait at most, roomForOne of them under one name.
	roomForKnown     = 4096
	roomForStrangers = 1024
	roomForOne       = 1024
)

// Caller is who presents a token, as far as that can be told before it is verified: Identity is what the token says,
// From where it came from. The first can be made up by whoever has heard of somebody, the second only by neighbours.
// So a name counts for the network that it was seen from, and beyond that for less: all who use it from elsewhere
// share one place.
type Caller struct {
	Identity string
	From     netip.Prefix
}

// lane is whose account a wait goes on.
type lane struct {
	key   uint64
	known bool
}

// acquaintances are callers of whom a token was verified.
type acquaintances struct {
	seed maphash.Seed
	kept *ttl.Cache[uint64, acquaintance]
}

// acquaintance is until when somebody is known, and when a fetch on their account was last in vain.
type acquaintance struct{ until, vain time.Time }

func newAcquaintances() *acquaintances {
	return &acquaintances{seed: maphash.MakeSeed(), kept: ttl.New[uint64, acquaintance](maxKnown, nil)}
}

func (a *acquaintances) key(c Caller) uint64 { return maphash.Comparable(a.seed, c) }

// remember takes note of a caller whose token was verified.
func (a *acquaintances) remember(c Caller, now time.Time) {
	for _, as := range []Caller{c, {Identity: c.Identity}} {
		k := a.key(as)
		known, _ := a.kept.Get(k, now)
		known.until = now.Add(knownFor)
		a.kept.Put(k, known, known.until)
	}
}

// lane finds what a caller is known as.
func (a *acquaintances) lane(c Caller, now time.Time) lane {
	for _, as := range []Caller{c, {Identity: c.Identity}} {
		k := a.key(as)
		if _, ok := a.kept.Get(k, now); ok {
			return lane{key: k, known: true}
		}
	}
	return lane{}
}

// inVain takes note of a token whose key is not there although the issuer was asked on its account.
func (a *acquaintances) inVain(c Caller, now time.Time) {
	if l := a.lane(c, now); l.known {
		known, _ := a.kept.Get(l.key, now)
		known.vain = now
		a.kept.Put(l.key, known, known.until)
	}
}

// trusted tells whether a lane may use the whole allowance.
func (a *acquaintances) trusted(l lane, now time.Time) bool {
	if !l.known {
		return false
	}
	known, ok := a.kept.Get(l.key, now)
	return ok && (known.vain.IsZero() || now.Sub(known.vain) >= vainFor)
}

// room bounds how many wait at a time. Strangers have a room of their own, so that they take nobody's place.
type room struct {
	known, strangers int
	lanes            map[uint64]int
}

func newRoom() room { return room{lanes: map[uint64]int{}} }

func (r *room) enter(l lane) bool {
	if !l.known {
		if r.strangers >= roomForStrangers {
			return false
		}
		r.strangers++
		return true
	}
	if r.known >= roomForKnown || r.lanes[l.key] >= roomForOne {
		return false
	}
	r.known++
	r.lanes[l.key]++
	return true
}

func (r *room) leave(l lane) {
	if !l.known {
		r.strangers--
		return
	}
	r.known--
	if r.lanes[l.key]--; r.lanes[l.key] == 0 {
		delete(r.lanes, l.key)
	}
}

var (
	errCrowded = errors.New("too many tokens with unknown keys are waiting for the next fetch of the issuer's keys")
	errWaited  = errors.New("the issuer's keys were fetched as often as allowed, and the token's key is not among " +
		"them yet")
)

// mayAsk takes a fetch from the allowance, or says how long to wait for one. The caller holds mu.
func (s *Set) mayAsk(l lane, now time.Time) (wait time.Duration) {
	need := 1.0
	if !s.known.trusted(l, now) {
		need += reserve
	}
	missing := need - s.allowance.TokensAt(now)
	if missing > 0 || !s.allowance.AllowN(now, 1) {
		return time.Duration(max(missing, 0)*float64(refetchEvery)) + time.Millisecond
	}
	return 0
}

// await waits until new keys are found good enough, or the issuer has answered a question that was asked after the
// fetches that had begun before: only then its keys are newer than the token.
func (s *Set) await(ctx context.Context, c Caller, before uint64, seen *keys, good func(*keys) bool) error {
	l := s.known.lane(c, s.now())
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.room.enter(l) {
		return s.unavailable(errCrowded)
	}
	defer s.room.leave(l)
	ctx, cancel := context.WithTimeoutCause(ctx, maxWait, errWaited)
	defer cancel()
	for {
		newer, decided := s.current.Load(), s.answered > before
		if newer != seen {
			seen = newer
			s.mu.Unlock()
			found := good(seen)
			s.mu.Lock()
			if found {
				return nil
			}
		}
		if decided {
			return nil
		}
		if err := s.waitForFetch(ctx, l); err != nil {
			return s.unavailable(err)
		}
	}
}

// waitForFetch begins a fetch where it may, and waits until one has ended or may begin. The caller holds mu.
func (s *Set) waitForFetch(ctx context.Context, l lane) error {
	var due <-chan time.Time
	if s.flight == nil {
		now := s.now()
		if s.failures > 0 && now.Before(s.nextAttempt) {
			return s.lastErr
		}
		if wait := s.mayAsk(l, now); wait > 0 {
			timer := time.NewTimer(wait)
			defer timer.Stop()
			due = timer.C
		} else {
			s.start()
		}
	}
	landed := s.landed
	s.mu.Unlock()
	defer s.mu.Lock()
	select {
	case <-landed:
	case <-due:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.life.Done():
		return s.life.Err()
	}
	return nil
}

// look asks the issuer again where that costs no wait, since a key may have been replaced under its name. Nobody is
// known by a bad signature, so this is on the strangers' account.
func (s *Set) look(ctx context.Context) {
	var l lane
	s.mu.Lock()
	if s.flight == nil {
		now := s.now()
		if s.failures > 0 && now.Before(s.nextAttempt) || s.mayAsk(l, now) > 0 {
			s.mu.Unlock()
			return
		}
		s.start()
	}
	if !s.room.enter(l) {
		s.mu.Unlock()
		return
	}
	f := s.flight
	s.mu.Unlock()
	_ = f.wait(ctx) // where it fails, the keys at hand have to do
	s.mu.Lock()
	s.room.leave(l)
	s.mu.Unlock()
}
