package token

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/rs/zerolog"
	"golang.org/x/time/rate"
)

const (
	// staleKeys is how long keys are used beyond their TTL while the issuer gives no new ones.
	staleKeys = time.Hour
	// refetchBurst and refetchEvery bound the fetches that tokens with an unknown key or a bad signature can cause.
	refetchBurst = 3
	refetchEvery = 10 * time.Second

	minBackoff = time.Second
	maxBackoff = time.Minute
)

// errNoKeySet means that the issuer's discovery document names no key set.
var errNoKeySet = errors.New("the issuer publishes no jwks_uri")

// keySet is an [oidc.KeySet] that a stranger cannot make talk to the issuer at will.
//
// The first fetch and the periodic ones are free. A token whose key is unknown or whose signature fails may cause another,
// as the keys may have been rotated just now, but only from a small allowance.
type keySet struct {
	issuer string
	// load fetches the keys and says how long they may be used.
	load func(context.Context) ([]key, time.Duration, error)
	now  func() time.Time
	log  zerolog.Logger
	// life ends all fetches.
	life      context.Context
	allowance *rate.Limiter
	// maintained is set while Run keeps the keys fresh, so that Verify need not.
	maintained atomic.Bool
	// generation counts the changes of the keys.
	generation atomic.Uint64
	current    atomic.Pointer[keys]

	mu          sync.Mutex
	flight      *flight
	failures    int
	nextAttempt time.Time // not before, after a failure
	lastSuccess time.Time
	lastFailure time.Time
	lastErr     error
}

// keys are one answer of the issuer.
type keys struct {
	list  []key
	print [sha256.Size]byte
	// generation changes with the keys, not with every fetch.
	generation uint64
	refresh    time.Time // when Run fetches anew
	fresh      time.Time // until
	usable     time.Time // until, when the issuer is down
}

// flight is a fetch that several callers wait for.
type flight struct {
	done chan struct{}
	err  error
}

func newKeySet(life context.Context, issuer string, load func(context.Context) ([]key, time.Duration, error), now func() time.Time, log zerolog.Logger) *keySet {
	return &keySet{
		issuer: issuer, load: load, now: now, log: log, life: life,
		allowance: rate.NewLimiter(rate.Every(refetchEvery), refetchBurst),
	}
}

// attempt travels in the context through go-oidc, which keeps only the text of the key set's errors.
type attempt struct {
	token *jwt
	// generation of the keys that verified the token.
	generation uint64
	err        *Error
}

type attemptKey struct{}

var _ oidc.KeySet = (*keySet)(nil)

// VerifySignature implements [oidc.KeySet].
func (s *keySet) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	a, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok || a.token.raw != raw {
		return nil, errors.New("token: the key set serves its own verifier only")
	}
	payload, generation, err := s.verify(ctx, a.token)
	if err != nil {
		err.Issuer = s.issuer
		a.err = err
		return nil, err
	}
	a.generation = generation
	return payload, nil
}

func (s *keySet) verify(ctx context.Context, t *jwt) (payload []byte, generation uint64, _ *Error) {
	jws, err := jose.ParseSignedCompact(t.raw, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(t.alg)})
	if err != nil {
		return nil, 0, refuse(ReasonMalformed, "%v", err)
	}
	ks, uerr := s.usable(ctx)
	if uerr != nil {
		return nil, 0, uerr
	}
	payload, known := ks.verify(jws, t)
	if payload != nil {
		return payload, ks.generation, nil
	}
	again, ferr := s.refetch(ctx, ks)
	if again != nil {
		if payload, known = again.verify(jws, t); payload != nil {
			return payload, again.generation, nil
		}
	}
	switch {
	case known:
		return nil, 0, refuse(ReasonSignature, "no key of the issuer verifies the signature (kid %s, alg %s)", quote(t.kid), t.alg)
	case ferr != nil:
		return nil, 0, s.unavailable(ferr)
	}
	return nil, 0, refuse(ReasonUnknownKey, "the issuer has no key with kid %s for alg %s", quote(t.kid), t.alg)
}

// verify returns the verified payload, or whether there was a key to try.
func (k *keys) verify(jws *jose.JSONWebSignature, t *jwt) (payload []byte, known bool) {
	tried := candidates(k.list, t.kid, t.alg)
	for _, key := range tried {
		if payload, err := jws.Verify(key.public); err == nil {
			return payload, true
		}
	}
	return nil, len(tried) > 0
}

// usable returns the present keys, fetching them where there are none or where nobody else keeps them fresh.
func (s *keySet) usable(ctx context.Context) (*keys, *Error) {
	ks, now := s.current.Load(), s.now()
	if ks != nil && (now.Before(ks.fresh) || s.maintained.Load() && now.Before(ks.usable)) {
		return ks, nil
	}
	err := s.fetch(ctx, ks)
	if ks = s.current.Load(); ks != nil && now.Before(ks.usable) {
		return ks, nil
	}
	if err == nil {
		err = errors.New("the keys are too old")
	}
	return nil, s.unavailable(err)
}

func (s *keySet) unavailable(err error) *Error {
	s.mu.Lock()
	wait := s.nextAttempt.Sub(s.now())
	s.mu.Unlock()
	e := refuse(ReasonKeysUnavailable, "the issuer's keys are not at hand: %v", err)
	e.Issuer = s.issuer
	e.RetryAfter = max(wait, 0).Truncate(time.Second) + time.Second
	return e
}

// fetch gets new keys unless they were replaced since the caller looked, or a failure is too recent. Callers at the same
// time share one fetch.
func (s *keySet) fetch(ctx context.Context, seen *keys) error {
	s.mu.Lock()
	if s.current.Load() != seen {
		s.mu.Unlock()
		return nil
	}
	if s.flight == nil {
		if s.now().Before(s.nextAttempt) {
			defer s.mu.Unlock()
			return s.lastErr
		}
		s.start()
	}
	f := s.flight
	s.mu.Unlock()
	return f.wait(ctx)
}

// refetch gets new keys on a token's account. It returns nil where there are no newer ones, with an error where the issuer
// could not be asked: nil, nil means that the allowance is used up and the keys at hand have to do.
func (s *keySet) refetch(ctx context.Context, seen *keys) (*keys, error) {
	s.mu.Lock()
	if ks := s.current.Load(); ks != seen {
		s.mu.Unlock()
		return ks, nil
	}
	if s.flight == nil {
		now := s.now()
		if s.failures > 0 && now.Before(s.nextAttempt) {
			defer s.mu.Unlock()
			return nil, s.lastErr
		}
		if !s.allowance.AllowN(now, 1) {
			defer s.mu.Unlock()
			return nil, s.lastErr
		}
		s.start()
	}
	f := s.flight
	s.mu.Unlock()
	if err := f.wait(ctx); err != nil {
		return nil, err
	}
	return s.current.Load(), nil
}

func (f *flight) wait(ctx context.Context) error {
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// start begins a fetch. The caller holds mu.
func (s *keySet) start() {
	f := &flight{done: make(chan struct{})}
	s.flight = f
	go func() {
		ctx, cancel := context.WithTimeout(s.life, fetchTimeout)
		defer cancel()
		list, ttl, err := s.load(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		f.err = s.finish(list, ttl, err)
		s.flight = nil
		close(f.done)
	}()
}

// finish takes in the outcome of a fetch. The caller holds mu.
func (s *keySet) finish(list []key, ttl time.Duration, err error) error {
	now, old := s.now(), s.current.Load()
	if err == nil && len(list) == 0 && old == nil {
		err = errors.New("the issuer's key set holds no key that could verify a signature")
	}
	if err != nil {
		s.failures++
		s.lastErr, s.lastFailure = err, now
		s.nextAttempt = now.Add(backoff(s.failures))
		if s.life.Err() == nil {
			s.log.Warn().Str("issuer", s.issuer).Err(err).Int("failures", s.failures).Time("next_attempt", s.nextAttempt).Msg("issuer keys not fetched")
		}
		return err
	}
	ks := &keys{list: list, print: fingerprint(list), fresh: now.Add(ttl), usable: now.Add(ttl + staleKeys)}
	ks.refresh = now.Add(ttl*3/4 + rand.N(ttl/10))
	switch {
	case old == nil:
		ks.generation = s.generation.Add(1)
		s.log.Info().Str("issuer", s.issuer).Int("keys", len(list)).Dur("ttl", ttl).Msg("issuer keys fetched")
	case ks.print != old.print:
		ks.generation = s.generation.Add(1)
		s.log.Info().Str("issuer", s.issuer).Int("keys", len(list)).Dur("ttl", ttl).Msg("issuer keys changed")
	default:
		ks.generation = old.generation
	}
	s.current.Store(ks)
	s.failures, s.lastErr, s.nextAttempt, s.lastSuccess = 0, nil, time.Time{}, now
	return nil
}

// backoff doubles from minBackoff to maxBackoff, give or take a fifth, so that replicas do not knock together.
func backoff(failures int) time.Duration {
	d := min(minBackoff<<min(failures-1, 10), maxBackoff)
	return d - d/5 + rand.N(2*d/5)
}

// maintain keeps the keys fresh until ctx ends.
func (s *keySet) maintain(ctx context.Context) {
	s.maintained.Store(true)
	defer s.maintained.Store(false)
	for ctx.Err() == nil {
		due, ks := s.due()
		if wait := due.Sub(s.now()); wait > 0 {
			timer := time.NewTimer(wait)
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-timer.C:
			}
			continue // another caller may have fetched meanwhile
		}
		_ = s.fetch(ctx, ks) // logged and kept for Status
	}
}

// due says when the next background fetch is, and which keys it is to replace.
func (s *keySet) due() (time.Time, *keys) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ks := s.current.Load()
	if ks == nil || s.failures > 0 {
		return s.nextAttempt, ks
	}
	return ks.refresh, ks
}

func (s *keySet) status(st *IssuerStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ks := s.current.Load(); ks != nil {
		st.Ready, st.Keys = true, len(ks.list)
	}
	st.LastSuccess, st.LastFailure = s.lastSuccess, s.lastFailure
	if s.lastErr != nil {
		st.LastError = s.lastErr.Error()
	}
}

// describe names the keys at hand, for a person.
func (k *keys) describe() string {
	if len(k.list) == 0 {
		return "no key"
	}
	out := ""
	for i, key := range k.list {
		if i == maxTried {
			return out + " …"
		}
		out += fmt.Sprintf(" %s", quote(key.id))
	}
	return out[1:]
}
