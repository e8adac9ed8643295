// Package introspect asks an issuer about tokens that only the issuer can read, or that it wants to have the last
// word on (RFC 7662).
package introspect

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token/claims"
	"github.com/bestviable/coda-gateway/gateway/token/fetch"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
	"github.com/bestviable/coda-gateway/gateway/ttl"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/rs/zerolog"
	"golang.org/x/sync/singleflight"
)

const (
	// maxIntrospection bounds an introspection answer.
	maxIntrospection = 64 << 10
	// negativeTTL is how long an inactive token is not asked about again.
	negativeTTL = 10 * time.Second
	// unusableTTL is the same for a token that the issuer gave no usable answer about.
	unusableTTL = 5 * time.Second
	// rememberedSize bounds the cache of tokens not to ask about, and that of tokens which were active.
	rememberedSize = 10_000
	// maxConcurrent introspections run at a time at an issuer of tokens that were active before, and as many of
	// others.
	maxConcurrent = 16
)

// Settings say how to ask an issuer about a token (RFC 7662).
type Settings struct {
	ClientID string
	// ClientSecret is used by the methods basic and post.
	ClientSecret string
	// PrivateKey is a PEM-encoded key for private_key_jwt (RFC 7523 §2.2).
	PrivateKey string
	// Endpoint is empty where the discovery document names it.
	Endpoint string
	// Auth is basic (the default), post or private_key_jwt.
	Auth string
}

// Config is what an [Asker] needs.
type Config struct {
	Settings
	// Issuer is the identifier, for the log and for client assertions.
	Issuer    string
	Directory *keys.Directory
	Client    *fetch.Client
	Now       func() time.Time
	Log       zerolog.Logger
	// Life ends all questions.
	Life context.Context
}

// Asker asks an issuer about tokens that only the issuer can read (RFC 7662).
//
// Strangers can have it ask about whatever they make up, so three things keep them from shutting out everyone else: a
// budget for bad tokens, which tokens that were active before pass by; separate slots for those; and a breaker that
// opens only for what cannot be a token's fault.
type Asker struct {
	cfg   Config
	auth  clientAuth
	calls singleflight.Group
	// slots are for tokens in active, strangerSlots for others.
	slots, strangerSlots chan struct{}
	// refused holds the verdict on tokens that are not asked about for a while.
	refused *ttl.Cache[ID, *Error]
	// active holds tokens whose last answer made them good.
	active  *lru.Cache[ID, struct{}]
	budget  *budget
	breaker breaker
}

// ID stands for a token, which is kept nowhere: its SHA-256.
type ID [sha256.Size]byte

// Kind sorts an [Error].
type Kind int

// The kinds.
const (
	Unavailable Kind = iota // the issuer could not be asked, or not now
	Unusable                // it answered, and the answer says nothing about the token
	Inactive                // the token is not good
)

// Error is why the issuer's answer is not at hand, or what it is.
type Error struct {
	Kind   Kind
	Detail string
	// RetryAfter is how long to wait, but for Inactive.
	RetryAfter time.Duration
}

func (e *Error) Error() string { return e.Detail }

// New makes an asker. It asks nothing.
func New(cfg Config) (*Asker, error) {
	auth, err := newClientAuth(&cfg.Settings, cfg.Issuer, cfg.Now)
	if err != nil {
		return nil, err
	}
	x := &Asker{
		cfg: cfg, auth: auth,
		slots: make(chan struct{}, maxConcurrent), strangerSlots: make(chan struct{}, maxConcurrent),
	}
	x.refused = ttl.New[ID, *Error](rememberedSize, nil)
	if x.active, err = lru.New[ID, struct{}](rememberedSize); err != nil {
		return nil, err
	}
	if x.budget, err = newBudget(); err != nil {
		return nil, err
	}
	return x, nil
}

// Endpoint is where to ask; empty while discovery has not told.
func (x *Asker) Endpoint() string {
	if x.cfg.Endpoint != "" {
		return x.cfg.Endpoint
	}
	if doc := x.cfg.Directory.Peek(); doc != nil {
		return doc.IntrospectionEndpoint
	}
	return ""
}

// Question is a token to ask about.
type Question struct {
	Raw string
	ID  ID
	// From is the network that presents it.
	From netip.Prefix
	// Signed: the issuer's signature was verified, so no stranger made it up.
	Signed bool
	// Judge looks at the claims of an active token. What it refuses was a bad token, which counts against the budget.
	Judge func(claims map[string]any) error
	// stranger: the token was not active before.
	stranger bool
}

// Ask returns what the issuer says about an active token that Judge has nothing against. Else it returns an [*Error]
// or what Judge returned. It asks once for all who present a token at the same time.
func (x *Asker) Ask(ctx context.Context, q Question) (map[string]any, error) {
	if held, ok := x.refused.Get(q.ID, x.cfg.Now()); ok {
		verdict := *held
		return nil, &verdict
	}
	q.stranger = !q.Signed && !x.active.Contains(q.ID)
	if err := x.affordable(q); err != nil {
		return nil, err
	}
	ch := x.calls.DoChan(string(q.ID[:]), func() (any, error) {
		ctx, cancel := context.WithTimeout(x.cfg.Life, fetch.Timeout)
		defer cancel()
		return x.ask(ctx, q)
	})
	select {
	case r := <-ch:
		answer, ok := r.Val.(map[string]any)
		if r.Err == nil && !ok {
			return nil, x.unavailable(0, "the introspection was interrupted")
		}
		return answer, r.Err
	case <-ctx.Done():
		return nil, x.unavailable(0, "%v", ctx.Err())
	}
}

func (x *Asker) unavailable(wait time.Duration, format string, args ...any) *Error {
	return &Error{Kind: Unavailable, Detail: fmt.Sprintf(format, args...), RetryAfter: wait.Truncate(time.Second) +
		time.Second}
}

func (x *Asker) paused(wait time.Duration) *Error {
	return x.unavailable(wait, "introspection failed repeatedly and pauses for %s", wait.Round(time.Second))
}

func (x *Asker) affordable(q Question) error {
	if q.stranger && !x.budget.left(q.From, x.cfg.Now()) {
		return x.unavailable(0, "too many bad tokens were presented; the issuer is not asked for each of them")
	}
	return nil
}

// slot waits until the issuer may be asked.
func (x *Asker) slot(ctx context.Context, q Question) (release func(), _ error) {
	slots := x.slots
	if q.stranger {
		slots = x.strangerSlots
	}
	select {
	case slots <- struct{}{}:
		return func() { <-slots }, nil
	case <-ctx.Done():
		return nil, x.unavailable(0, "all %d introspection slots are busy", maxConcurrent)
	}
}

func (x *Asker) ask(ctx context.Context, q Question) (map[string]any, error) {
	if wait := x.breaker.pausing(x.cfg.Now()); wait > 0 {
		return nil, x.paused(wait)
	}
	release, refusal := x.slot(ctx, q)
	if refusal != nil {
		return nil, refusal
	}
	defer release()
	// Others may have spent the budget while this one waited.
	if err := x.affordable(q); err != nil {
		return nil, err
	}
	if wait := x.breaker.closedIn(x.cfg.Now()); wait > 0 {
		return nil, x.paused(wait)
	}
	said, err := x.request(ctx, q.Raw)
	now := x.cfg.Now()
	var odd *answerError
	switch {
	case errors.As(err, &odd):
		x.breaker.succeeded()
		return nil, x.hold(q, odd, now)
	case err != nil:
		x.breaker.failed(now)
		x.cfg.Log.Warn().Str("issuer", x.cfg.Issuer).Err(err).Msg("introspection failed")
		return nil, x.unavailable(x.breaker.closedIn(now), "introspection: %v", err)
	}
	x.breaker.succeeded()
	if said["active"] != true {
		return nil, x.hold(q, nil, now)
	}
	if err := q.Judge(said); err != nil {
		x.bad(q, now)
		return nil, err
	}
	x.active.Add(q.ID, struct{}{})
	return said, nil
}

// bad charges the caller for a token that is not good.
func (x *Asker) bad(q Question, now time.Time) {
	x.active.Remove(q.ID)
	x.budget.spend(q.From, now)
}

// hold refuses a token for a while; odd nil is a plain `active: false`.
func (x *Asker) hold(q Question, odd *answerError, now time.Time) *Error {
	var verdict *Error
	life := negativeTTL
	switch {
	case odd == nil:
		verdict = &Error{Kind: Inactive, Detail: "the issuer calls the token inactive"}
		x.bad(q, now)
	case odd.rejects():
		verdict = &Error{Kind: Inactive, Detail: fmt.Sprintf("the issuer rejects the token: %v", odd)}
		x.bad(q, now)
	default:
		x.cfg.Log.Warn().Str("issuer", x.cfg.Issuer).Err(odd).Msg("introspection answer not usable")
		life = unusableTTL
		verdict = x.unavailable(unusableTTL, "introspection: %v", odd)
		verdict.Kind = Unusable
		x.budget.spend(q.From, now) // but the token may be good: one that was active stays known
	}
	x.refused.Put(q.ID, verdict, now.Add(life))
	return verdict
}

// request asks and reads the answer (RFC 7662 §2).
//
// RFC 7662 §2.1: "The protected resource calls the introspection endpoint using an HTTP POST [RFC7231] request with
// parameters sent as "application/x-www-form-urlencoded" data"
// RFC 7662 §2: "The introspection endpoint MUST be protected by a transport-layer security mechanism"
func (x *Asker) request(ctx context.Context, raw string) (map[string]any, error) {
	endpoint := x.Endpoint()
	if endpoint == "" {
		doc, err := x.cfg.Directory.Get(ctx, false)
		if err != nil {
			return nil, err
		}
		if endpoint = doc.IntrospectionEndpoint; endpoint == "" {
			return nil, errors.New("the discovery document names no introspection_endpoint; configure " +
				"introspection.endpoint")
		}
	}
	form := url.Values{"token": {raw}, "token_type_hint": {"access_token"}}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if err := x.auth(form, header); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header = header
	data, _, err := x.cfg.Client.Do(req, maxIntrospection)
	if err != nil {
		return nil, x.sortAnswer(err)
	}
	said, err := parse(data)
	if err != nil {
		return nil, &answerError{err: err}
	}
	return said, nil
}

// readBy are the members of an answer that are read here, so that no other spelling of one may stand beside it.
func readBy(folded string) bool { return folded == claims.Fold("active") || claims.Registered(folded) }

// parse reads an answer as strictly as a token's claims.
//
// RFC 7662 §2.2: "REQUIRED. Boolean indicator of whether or not the presented token is currently active."
// RFC 7662 §3.1.1: "Names that match other registered names in a case insensitive manner SHOULD NOT be accepted."
func parse(data []byte) (map[string]any, error) {
	said, err := claims.Document(data)
	if err != nil {
		return nil, fmt.Errorf("the answer: %w", err)
	}
	if a, b, found := claims.CaseCollision(said, readBy); found {
		return nil, fmt.Errorf("the answer's members %s and %s differ only by case", claims.Quote(a), claims.Quote(b))
	}
	if _, ok := said["active"].(bool); !ok {
		return nil, errors.New("the answer has no boolean member active (RFC 7662 §2.2)")
	}
	return said, nil
}
