package keys

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/rs/zerolog"
	"golang.org/x/time/rate"

	"github.com/bestviable/coda-gateway/gateway/token/claims"
	"github.com/bestviable/coda-gateway/gateway/ttl"
)

// Template in an issuer's URL, and in a key's `issuer`, stands for the tenant of a token (Entra).
const Template = "{tenantid}"

// staleKeys is how long keys are used beyond their TTL while the issuer gives no new ones.
const staleKeys = time.Hour

// ErrNoUsableKey means that the issuer answers, and that none of the keys it publishes can be used.
var ErrNoUsableKey = errors.New("the issuer's key set contains no key that could verify a signature")

// ErrNoKeySet means that the issuer's discovery document names no key set.
var ErrNoKeySet = errors.New("the issuer publishes no jwks_uri")

// Set are the keys of an issuer, with which a stranger cannot make us talk to it at will.
//
// The first fetch and the periodic ones are free. A token whose key is unknown or whose signature fails may cause
// another, as the keys may have been rotated just now, but only from a small allowance.
type Set struct {
	issuer string
	// load fetches the keys and says how long they may be used.
	load func(context.Context) (*answer, error)
	now  func() time.Time
	log  zerolog.Logger
	// cure says what to do about a failure; nil = nothing.
	cure func(causes ...error) string
	// life ends all fetches.
	life      context.Context
	allowance *rate.Limiter
	known     *acquaintances
	// maintained is set while Run keeps the keys fresh, so that Verify need not.
	maintained atomic.Bool
	// generation counts the changes of the keys.
	generation atomic.Uint64
	current    atomic.Pointer[keys]
	// begun counts the fetches, each from its beginning.
	begun atomic.Uint64

	mu     sync.Mutex
	flight *flight
	// answered is the number of the latest fetch that succeeded; landed is closed and replaced whenever one ends.
	answered uint64
	landed   chan struct{}
	room     room
	// fetched and failed count the fetches that have ended.
	fetched, failed uint64
	// failures are those since the last success.
	failures    int
	nextAttempt time.Time // not before, after a failure
	lastSuccess time.Time
	lastFailure time.Time
	lastErr     error
	// told are the keys passed over that were warned about.
	told map[string]bool
}

// answer is what the issuer gave.
type answer struct {
	list    []key
	skipped []Skipped
	ttl     time.Duration
}

// keys are one answer of the issuer, in use.
type keys struct {
	list    []key
	skipped []Skipped
	print   [sha256.Size]byte
	// generation changes with the keys, not with every fetch.
	generation uint64
	refresh    time.Time // when Run fetches anew
	fresh      time.Time // until
	usable     time.Time // until, when the issuer is down
}

// flight is a fetch that several callers wait for.
type flight struct {
	number uint64
	done   chan struct{}
	err    error
}

func newSet(life context.Context, issuer string, load func(context.Context) (*answer, error), now func() time.Time,
	log zerolog.Logger) *Set {
	return &Set{
		issuer: issuer, load: load, now: now, log: log, life: life,
		allowance: rate.NewLimiter(rate.Every(refetchEvery), refetchBurst),
		known:     newAcquaintances(), room: newRoom(),
		landed: make(chan struct{}), told: map[string]bool{},
	}
}

// Signed is a token that was read but not verified.
type Signed struct {
	Raw, KeyID, Algorithm string
	// Issuer is its `iss`. Tenant is what stands there for [Template]; empty where the issuer has none.
	Issuer, Tenant string
	Caller         Caller
	// jws is what go-jose makes of Raw; nil until a key may fit.
	jws *jose.JSONWebSignature
}

// parsed has go-jose read the token, once.
func (t *Signed) parsed() (*jose.JSONWebSignature, error) {
	if t.jws == nil {
		jws, err := jose.ParseSignedCompact(t.Raw, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(t.Algorithm)})
		if err != nil {
			return nil, &Error{Kind: Malformed, Detail: err.Error()}
		}
		t.jws = jws
	}
	return t.jws, nil
}

// Kind sorts an [Error].
type Kind int

// The kinds.
const (
	Unavailable Kind = iota // nobody knows: the keys are not at hand, or cannot be asked for now
	Unknown                 // the issuer has no such key
	Signature               // a key is there, and the signature is not its
	Malformed               // go-jose does not read the token
)

// Error is why a token was not verified.
type Error struct {
	Kind   Kind
	Detail string
	// RetryAfter is how long to wait where Kind is Unavailable.
	RetryAfter time.Duration
	// Unfit: the issuer answers, and the key that it publishes cannot be used for this token.
	Unfit bool
}

func (e *Error) Error() string { return e.Detail }

// Verify returns the payload that a key of the issuer signed, and the generation of the keys, or an [*Error]. It
// waits for the issuer no longer than ctx allows, and 10 s at most.
//
// RFC 9068 §4: "The resource server MUST validate the signature of all incoming JWT access tokens according to
// [RFC7515] using the algorithm specified in the JWT "alg" Header Parameter."
// RFC 9068 §4: "The resource server MUST use the keys provided by the authorization server."
// RFC 8725 §3.8: "the application MUST validate that the cryptographic keys used for the cryptographic operations in
// the JWT belong to the issuer."
// RFC 8725 §3.3: "All cryptographic operations used in the JWT MUST be validated and the entire JWT MUST be rejected
// if any of them fail to validate."
func (s *Set) Verify(ctx context.Context, t *Signed) (payload []byte, generation uint64, _ error) {
	since := s.begun.Load()
	ks, err := s.usableKeys(ctx, t.Caller)
	if err != nil {
		return nil, 0, err
	}
	payload, known, err := ks.verify(t)
	again := func(newer *keys) bool {
		ks = newer
		payload, known, err = ks.verify(t)
		return payload != nil || known || err != nil || ks.passedOver(t) != nil
	}
	switch {
	case payload != nil || err != nil || ks.passedOver(t) != nil:
	case known:
		if s.look(ctx); s.current.Load() != ks {
			again(s.current.Load())
		}
	default:
		if err := s.await(ctx, t.Caller, since, ks, again); err != nil {
			return nil, 0, err
		}
	}
	if payload != nil {
		s.known.remember(t.Caller, s.now())
		return payload, ks.generation, nil
	}
	return nil, 0, s.refusal(ks, t, known, err)
}

func (s *Set) refusal(ks *keys, t *Signed, known bool, err error) error {
	switch skip := ks.passedOver(t); {
	case err != nil:
		return err
	case skip != nil:
		return &Error{Kind: Unknown, Unfit: true, Detail: "the issuer's key for this token cannot be used: " + skip.Why}
	case known && !ks.fits(t):
		return &Error{Kind: Unknown, Unfit: true, Detail: fmt.Sprintf("the issuer's key with kid %s is not for alg %s",
			claims.Quote(t.KeyID), t.Algorithm)}
	case known:
		return &Error{Kind: Signature, Detail: noneVerifies(t)}
	}
	s.known.inVain(t.Caller, s.now())
	if ks.fits(t) { // it names no key, and the issuer was asked
		return &Error{Kind: Signature, Detail: noneVerifies(t)}
	}
	return &Error{Kind: Unknown, Detail: fmt.Sprintf("the issuer has no key with kid %s for alg %s", claims.Quote(t.KeyID),
		t.Algorithm)}
}

func noneVerifies(t *Signed) string {
	return fmt.Sprintf("no key of the issuer verifies the signature (kid %s, alg %s)", claims.Quote(t.KeyID), t.Algorithm)
}

// verify returns the verified payload, or whether the token's key is known. A token that names no key may have been
// signed with one that is not: nothing is known of it.
func (k *keys) verify(t *Signed) (payload []byte, known bool, _ error) {
	tried, known := candidates(k.list, t)
	if len(tried) == 0 {
		return nil, known, nil
	}
	jws, err := t.parsed()
	if err != nil {
		return nil, known, err
	}
	for _, key := range tried {
		if payload, err := jws.Verify(key.public); err == nil && saltFits(t, jws, key.public) {
			return payload, known, nil
		}
	}
	return nil, known, nil
}

func (k *keys) fits(t *Signed) bool {
	fit, _ := candidates(k.list, t)
	return len(fit) > 0
}

// passedOver finds the key that a token names among those that are not used.
func (k *keys) passedOver(t *Signed) *Skipped {
	if t.KeyID == "" {
		return nil
	}
	if _, known := candidates(k.list, t); known {
		return nil
	}
	for i := range k.skipped {
		if k.skipped[i].ID == t.KeyID {
			return &k.skipped[i]
		}
	}
	return nil
}

// Status is how things stand with an issuer's keys.
type Status struct {
	// Ready: keys were fetched once.
	Ready bool
	// Keys is how many are at hand that may verify signatures.
	Keys int
	// LastSuccess and LastFailure are the times of the last fetches; zero = never.
	LastSuccess, LastFailure time.Time
	// Fetched and Failed count the fetches by what came of them.
	Fetched, Failed uint64
	// LastError is what the last fetch ended in; nil after a success.
	LastError error
}

// Status tells how things stand.
func (s *Set) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Status{LastSuccess: s.lastSuccess, LastFailure: s.lastFailure, LastError: s.lastErr,
		Fetched: s.fetched, Failed: s.failed}
	if ks := s.current.Load(); ks != nil {
		st.Ready, st.Keys = true, len(ks.list)
	}
	return st
}

// Generation changes whenever the keys do: what was verified with others is to be verified again.
func (s *Set) Generation() uint64 { return s.generation.Load() }

// Fetched tells whether there are keys.
func (s *Set) Fetched() bool { return s.current.Load() != nil }

// Fresh is until when the keys at hand are believed without a look; zero where that is over or never was.
func (s *Set) Fresh(now time.Time) time.Time {
	if ks := s.current.Load(); ks != nil && !ttl.Passed(ks.fresh, now) {
		return ks.fresh
	}
	return time.Time{}
}

// Describe names the keys at hand, for a person.
func (s *Set) Describe() string {
	ks := s.current.Load()
	if ks == nil {
		return ""
	}
	if len(ks.list) == 0 {
		return "no key"
	}
	out := ""
	for i, key := range ks.list {
		if i == maxTried {
			return out[1:] + " …"
		}
		out += fmt.Sprintf(" %s", claims.Quote(key.id))
	}
	return out[1:]
}
