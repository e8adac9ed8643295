package keys

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

var (
	adaAtHome   = Caller{Identity: "ada", From: netip.MustParsePrefix("198.51.100.0/24")}
	adaAway     = Caller{Identity: "ada", From: netip.MustParsePrefix("203.0.113.0/24")}
	adaAbroad   = Caller{Identity: "ada", From: netip.MustParsePrefix("192.0.2.0/24")}
	eveNextDoor = Caller{Identity: "eve", From: adaAtHome.From}
)

// Who was verified is known for a day from the same network, and shares a place with all others of the name from
// elsewhere. Who had the issuer asked in vain is not trusted for a while.
func TestAcquaintances(t *testing.T) {
	t.Parallel()
	a, start := newAcquaintances(), time.Unix(1_800_000_000, 0)
	if a.lane(adaAtHome, start).known {
		t.Error("known before anything was verified")
	}
	a.inVain(adaAtHome, start)
	if a.lane(adaAtHome, start).known {
		t.Error("known by asking in vain")
	}
	a.remember(adaAtHome, start)
	home, away := a.lane(adaAtHome, start), a.lane(adaAway, start)
	if !home.known || !away.known || home.key == away.key || away != a.lane(adaAbroad, start) {
		t.Errorf("at home %+v, away %+v, abroad %+v", home, away, a.lane(adaAbroad, start))
	}
	a.inVain(adaAtHome, start.Add(time.Hour))
	a.remember(adaAtHome, start.Add(time.Hour)) // is no pardon
	for _, test := range []struct {
		name         string
		of           Caller
		after        time.Duration
		known, trust bool
	}{
		{"a neighbour", eveNextDoor, 0, false, false},
		{"before it was in vain", adaAway, 0, true, true},
		{"just after it was in vain", adaAtHome, time.Hour, true, false},
		{"others of the name", adaAway, time.Hour, true, true},
		{"nearly forgiven", adaAtHome, time.Hour + vainFor - 1, true, false},
		{"forgiven", adaAtHome, time.Hour + vainFor, true, true},
		{"nearly forgotten", adaAtHome, time.Hour + knownFor - 1, true, true},
		{"forgotten", adaAtHome, time.Hour + knownFor + 1, false, false},
		{"forgotten elsewhere", adaAway, time.Hour + knownFor + 1, false, false},
	} {
		now := start.Add(test.after)
		l := a.lane(test.of, now)
		if trust := a.trusted(l, now); l.known != test.known || trust != test.trust {
			t.Errorf("%s: known %v, trusted %v; want %v, %v", test.name, l.known, trust, test.known, test.trust)
		}
	}
	if a.trusted(home, start.Add(time.Hour+knownFor+1)) || a.trusted(lane{key: home.key}, start) {
		t.Error("a place is trusted whose caller is not known")
	}
}

// One fetch of the allowance is kept for callers who are known; who may not ask is told when.
func TestMayAsk(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	s, start := setOf(t, io.Discard, nil), time.Unix(1_800_000_000, 0)
	s.known.remember(adaAtHome, start)
	ada, nobody := s.known.lane(adaAtHome, start), lane{}
	for n, test := range []struct {
		of    lane
		after time.Duration
		wait  time.Duration
	}{
		{nobody, 0, 0}, {nobody, 0, 0}, {nobody, 0, refetchEvery + ms}, // one is left
		{ada, 0, 0}, {ada, 0, refetchEvery + ms}, {nobody, 0, 2*refetchEvery + ms},
		{ada, 5 * time.Second, 5*time.Second + ms}, {nobody, 5 * time.Second, 15*time.Second + ms},
		{ada, 10 * time.Second, 0}, {nobody, 29 * time.Second, 1*time.Second + ms}, {nobody, 30 * time.Second, 0},
		// After a long time there are no more of them than at first, all of them for who is known.
		{ada, time.Hour, 0}, {ada, time.Hour, 0}, {ada, time.Hour, 0}, {ada, time.Hour, refetchEvery + ms},
	} {
		if got := s.mayAsk(test.of, start.Add(test.after)).Round(ms); got != test.wait {
			t.Errorf("question %d: wait %s, want %s", n, got, test.wait)
		}
	}
}

// A bad signature has the issuer asked where that may be, but not after a failure, nor from what is kept for others.
// Whoever waits for the answer takes a place among the strangers for so long.
func TestLookAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before func(s *Set)
		asked  int
		waits  bool
	}{
		"at first":      {func(*Set) {}, 1, true},
		"after failing": {func(s *Set) { s.failures, s.nextAttempt = 1, time.Now().Add(time.Second) }, 0, false},
		"later":         {func(s *Set) { s.failures, s.nextAttempt = 1, time.Now() }, 1, true},
		"one is kept":   {func(s *Set) { s.allowance.AllowN(time.Now(), refetchBurst-reserve) }, 0, false},
		"in a crowd":    {func(s *Set) { s.room.strangers = roomForStrangers }, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				asked := 0
				s := setOf(t, io.Discard, func(context.Context) (*answer, error) {
					asked++
					time.Sleep(time.Second) // of the bubble
					return &answer{ttl: time.Hour}, nil
				})
				s.current.Store(&keys{})
				test.before(s)
				there, start := s.room.strangers, time.Now()
				done := make(chan struct{})
				go func() { defer close(done); s.look(t.Context()) }()
				synctest.Wait()
				s.mu.Lock()
				if waits := s.room.strangers > there; waits != test.waits {
					t.Errorf("waits: %v, want %v", waits, test.waits)
				}
				s.mu.Unlock()
				<-done
				if waited := time.Since(start) > 0; asked != test.asked || waited != test.waits || s.room.strangers != there {
					t.Errorf("asked %d times, waited %v, %d strangers are left", asked, waited, s.room.strangers-there)
				}
				time.Sleep(2 * time.Second) // until the fetch has ended
			})
		})
	}
}

// Nobody waits for an issuer that failed just now, and nobody for ever for one that does not answer.
func TestAwait(t *testing.T) {
	t.Parallel()
	away := errors.New("away")
	for name, test := range map[string]struct {
		before func(s *Set)
		load   func(context.Context) (*answer, error)
		want   error
		waited time.Duration
	}{
		"failed just now": {func(s *Set) { s.failures, s.nextAttempt, s.lastErr = 1, time.Now().Add(time.Minute), away },
			nil, away, 0},
		"fails": {func(*Set) {}, func(context.Context) (*answer, error) { return nil, away }, away, 0},
		"answers": {func(s *Set) { s.failures, s.nextAttempt, s.lastErr = 1, time.Now(), away },
			func(context.Context) (*answer, error) { return &answer{ttl: time.Hour}, nil }, nil, 0},
		"never answers": {func(*Set) {}, func(ctx context.Context) (*answer, error) { <-ctx.Done(); return nil, away },
			away, 10 * time.Second},
		"is asked once more": {func(s *Set) { s.allowance.AllowN(time.Now(), refetchBurst) },
			func(context.Context) (*answer, error) { return &answer{ttl: time.Hour}, nil }, errWaited, maxWait},
		"a crowd": {func(s *Set) { s.room.strangers = roomForStrangers }, nil, errCrowded, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := setOf(t, io.Discard, test.load)
				ks := &keys{}
				s.current.Store(ks)
				test.before(s)
				start := time.Now()
				err := s.await(t.Context(), eveNextDoor, s.begun.Load(), ks, func(*keys) bool { return false })
				if waited := time.Since(start).Round(100 * time.Millisecond); waited != test.waited.Round(100*time.Millisecond) {
					t.Errorf("waited %s, want %s", waited, test.waited)
				}
				if test.want == nil && err != nil || test.want != nil && (err == nil || err.Error() !=
					"the issuer's keys are not available: "+test.want.Error()) {
					t.Errorf("%v, want %v", err, test.want)
				}
				if len(s.room.lanes) != 0 || s.room.known != 0 || s.room.strangers%roomForStrangers != 0 {
					t.Errorf("%+v is left", s.room)
				}
				synctest.Wait()
			})
		})
	}
}
