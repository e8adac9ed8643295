package token

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

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
	// maxConcurrent introspections run at a time at an issuer of tokens that were active before, and as many of others.
	maxConcurrent = 16
)

// introspector asks an issuer about tokens that only the issuer can read (RFC 7662).
//
// Strangers can have it ask about whatever they make up, so three things keep them from shutting out everyone else: a budget
// for bad tokens, which tokens that were active before pass by; separate slots for those; and a breaker that opens only for
// what cannot be a token's fault.
type introspector struct {
	issuer *issuer
	auth   clientAuth
	now    func() time.Time
	log    zerolog.Logger
	life   context.Context
	calls  singleflight.Group
	// slots are for tokens in active, strangerSlots for others.
	slots, strangerSlots chan struct{}
	// refused holds the verdict on tokens that are not asked about for a while.
	refused *lru.Cache[digest, held]
	// active holds tokens whose last answer made them good.
	active  *lru.Cache[digest, struct{}]
	budget  *budget
	breaker breaker
}

// held is a verdict that stands for a while.
type held struct {
	verdict *Error
	until   time.Time
}

func newIntrospector(life context.Context, i *issuer, now func() time.Time, log zerolog.Logger) (*introspector, error) {
	auth, err := newClientAuth(i.Introspection, i.URL, now)
	if err != nil {
		return nil, fmt.Errorf("issuer %s: introspection: %w", quote(i.URL), err)
	}
	x := &introspector{
		issuer: i, auth: auth, now: now, log: log, life: life,
		slots: make(chan struct{}, maxConcurrent), strangerSlots: make(chan struct{}, maxConcurrent),
	}
	if x.refused, err = lru.New[digest, held](rememberedSize); err != nil {
		return nil, err
	}
	if x.active, err = lru.New[digest, struct{}](rememberedSize); err != nil {
		return nil, err
	}
	if x.budget, err = newBudget(); err != nil {
		return nil, err
	}
	return x, nil
}

// endpoint is where to ask; empty while discovery has not told.
func (x *introspector) endpoint() string {
	if x.issuer.Introspection.Endpoint != "" {
		return x.issuer.Introspection.Endpoint
	}
	if doc := x.issuer.directory.peek(); doc != nil {
		return doc.IntrospectionEndpoint
	}
	return ""
}

// question is a token to ask about.
type question struct {
	raw    string
	id     digest
	caller netip.Prefix
	// stranger: the token was not active before.
	stranger bool
}

// verify asks the issuer about a token, once for all who present it at the same time.
func (x *introspector) verify(ctx context.Context, raw string, id digest, rules []check) (*Principal, *Error) {
	if h, ok := x.refused.Get(id); ok {
		if !passed(h.until, x.now()) {
			verdict := *h.verdict
			return nil, &verdict
		}
		x.refused.Remove(id)
	}
	q := question{raw: raw, id: id, caller: callerOf(ctx), stranger: !x.active.Contains(id)}
	if err := x.affordable(q); err != nil {
		return nil, err
	}
	type outcome struct {
		principal *Principal
		err       *Error
	}
	ch := x.calls.DoChan(string(id[:]), func() (any, error) {
		ctx, cancel := context.WithTimeout(x.life, fetchTimeout)
		defer cancel()
		p, err := x.ask(ctx, q, rules)
		return outcome{p, err}, nil
	})
	select {
	case r := <-ch:
		o, ok := r.Val.(outcome)
		if !ok {
			return nil, x.unavailable(0, "the introspection broke off")
		}
		if o.err != nil {
			shared := *o.err
			return nil, &shared
		}
		return o.principal, nil
	case <-ctx.Done():
		return nil, x.unavailable(0, "%v", ctx.Err())
	}
}

func (x *introspector) unavailable(wait time.Duration, format string, args ...any) *Error {
	e := refuse(ReasonIntrospectionUnavailable, format, args...)
	e.Issuer = x.issuer.URL
	e.RetryAfter = wait.Truncate(time.Second) + time.Second
	return e
}

func (x *introspector) paused(wait time.Duration) *Error {
	return x.unavailable(wait, "introspection failed repeatedly and pauses for %s", wait.Round(time.Second))
}

func (x *introspector) affordable(q question) *Error {
	if q.stranger && !x.budget.left(q.caller, x.now()) {
		return x.unavailable(0, "too many bad tokens were presented; the issuer is not asked for each of them")
	}
	return nil
}

// slot waits until the issuer may be asked.
func (x *introspector) slot(ctx context.Context, q question) (release func(), _ *Error) {
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

func (x *introspector) ask(ctx context.Context, q question, rules []check) (*Principal, *Error) {
	if wait := x.breaker.pausing(x.now()); wait > 0 {
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
	if wait := x.breaker.closedIn(x.now()); wait > 0 {
		return nil, x.paused(wait)
	}
	claims, err := x.request(ctx, q.raw)
	now := x.now()
	var answer *answerError
	switch {
	case errors.As(err, &answer):
		x.breaker.succeeded()
		return nil, x.hold(q, answer, now)
	case err != nil:
		x.breaker.failed(now)
		x.log.Warn().Str("issuer", x.issuer.URL).Err(err).Msg("introspection failed")
		return nil, x.unavailable(x.breaker.closedIn(now), "introspection: %v", err)
	}
	x.breaker.succeeded()
	if claims["active"] != true {
		return nil, x.hold(q, nil, now)
	}
	c := &candidate{settings: &x.issuer.settings, claims: claims, now: now, introspected: true}
	for k := range rules {
		if r := &rules[k]; r.skip != nil && r.skip(c) != "" {
			continue
		}
		if err := rules[k].test(c); err != nil {
			x.bad(q, now)
			return nil, err
		}
	}
	x.active.Add(q.id, struct{}{})
	return newPrincipal(&x.issuer.settings, claims, now.Add(cacheTTL)), nil
}

// bad charges the caller for a token that is not good.
func (x *introspector) bad(q question, now time.Time) {
	x.active.Remove(q.id)
	x.budget.spend(q.caller, now)
}

// hold refuses a token for a while; answer nil is a plain `active: false`.
func (x *introspector) hold(q question, answer *answerError, now time.Time) *Error {
	h := held{until: now.Add(negativeTTL)}
	switch {
	case answer == nil:
		h.verdict = refuse(ReasonInactive, "the issuer calls the token inactive")
		x.bad(q, now)
	case answer.rejects():
		h.verdict = refuse(ReasonInactive, "the issuer rejects the token: %v", answer)
		x.bad(q, now)
	default:
		x.log.Warn().Str("issuer", x.issuer.URL).Err(answer).Msg("introspection answer not usable")
		h.until = now.Add(unusableTTL)
		h.verdict = x.unavailable(unusableTTL, "introspection: %v", answer)
		x.budget.spend(q.caller, now) // but the token may be good: one that was active stays known
	}
	x.refused.Add(q.id, h)
	return h.verdict
}

// request does the exchange of RFC 7662 §2.
func (x *introspector) request(ctx context.Context, raw string) (map[string]any, error) {
	endpoint := x.endpoint()
	if endpoint == "" {
		doc, err := x.issuer.directory.get(ctx, false)
		if err != nil {
			return nil, err
		}
		if endpoint = doc.IntrospectionEndpoint; endpoint == "" {
			return nil, errors.New("the discovery document names no introspection_endpoint; configure introspection.endpoint")
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
	data, _, err := x.issuer.client.do(req, maxIntrospection)
	if err != nil {
		return nil, x.sortAnswer(err)
	}
	claims, err := parseIntrospection(data)
	if err != nil {
		return nil, &answerError{err: err}
	}
	return claims, nil
}

// parseIntrospection reads an introspection answer as strictly as a token's claims.
func parseIntrospection(data []byte) (map[string]any, error) {
	claims, err := decodeObject(data)
	if err != nil {
		return nil, fmt.Errorf("the answer: %w", err)
	}
	if a, b, found := caseCollision(claims); found {
		return nil, fmt.Errorf("the answer's members %s and %s differ by case only", quote(a), quote(b))
	}
	if _, ok := claims["active"].(bool); !ok {
		return nil, errors.New("the answer has no boolean member active (RFC 7662 §2.2)")
	}
	return claims, nil
}
