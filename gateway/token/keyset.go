package token

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
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

// vouched is a token whose signature the keys verified. It travels in the context through go-oidc.
type vouched struct {
	raw     string
	payload []byte
}

type vouchedKey struct{}

var _ oidc.KeySet = (*keySet)(nil)

// VerifySignature implements [oidc.KeySet] for the token that [keySet.verify] verified a moment ago, and for no other. A bad
// signature, which a stranger makes for nothing, thus never costs go-oidc's parsing.
func (s *keySet) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	v, ok := ctx.Value(vouchedKey{}).(*vouched)
	if !ok || v.payload == nil || v.raw != raw {
		return nil, errors.New("token: the key set serves its own verifier only")
	}
	return v.payload, nil
}

// verify returns the payload that a key of the issuer signed, and the generation of the keys.
func (s *keySet) verify(ctx context.Context, t *jwt) (payload []byte, generation uint64, _ *Error) {
	ks, uerr := s.usable(ctx)
	if uerr != nil {
		return nil, 0, uerr
	}
	payload, known, err := ks.verify(t)
	if payload != nil {
		return payload, ks.generation, nil
	}
	if err != nil {
		return nil, 0, err
	}
	again, ferr := s.refetch(ctx, ks)
	if again != nil {
		if payload, known, err = again.verify(t); payload != nil {
			return payload, again.generation, nil
		}
	}
	switch {
	case err != nil:
		return nil, 0, err
	case known:
		return nil, 0, refuse(ReasonSignature, "no key of the issuer verifies the signature (kid %s, alg %s)", quote(t.kid), t.alg)
	case ferr != nil:
		return nil, 0, s.unavailable(ferr)
	}
	return nil, 0, refuse(ReasonUnknownKey, "the issuer has no key with kid %s for alg %s", quote(t.kid), t.alg)
}

// verify returns the verified payload, or whether there was a key to try.
func (k *keys) verify(t *jwt) (payload []byte, known bool, _ *Error) {
	tried := candidates(k.list, t.kid, t.alg)
	if len(tried) == 0 {
		return nil, false, nil
	}
	jws, err := t.signed()
	if err != nil {
		return nil, true, err
	}
	for _, key := range tried {
		if payload, err := jws.Verify(key.public); err == nil {
			return payload, true, nil
		}
	}
	return nil, true, nil
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
