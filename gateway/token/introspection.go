package token

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/rs/zerolog"
	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"
)

const (
	// maxIntrospection bounds an introspection answer.
	maxIntrospection = 64 << 10
	// negativeTTL is how long an inactive token is not asked about again.
	negativeTTL = 10 * time.Second
	// negativeSize bounds the cache of inactive tokens.
	negativeSize = 10_000
	// maxConcurrent introspections of an issuer run at a time.
	maxConcurrent = 32
	// inactiveBurst and inactiveEvery bound how many inactive tokens an issuer is asked about: opaque garbage cannot be told
	// from a good token without asking.
	inactiveBurst = 100
	inactiveEvery = 50 * time.Millisecond
)

// introspector asks an issuer about tokens that only the issuer can read (RFC 7662).
type introspector struct {
	issuer   *issuer
	auth     clientAuth
	now      func() time.Time
	log      zerolog.Logger
	life     context.Context
	calls    singleflight.Group
	slots    chan struct{}
	inactive *lru.Cache[digest, time.Time] // until
	budget   *rate.Limiter
	breaker  breaker
}

func newIntrospector(life context.Context, i *issuer, now func() time.Time, log zerolog.Logger) (*introspector, error) {
	auth, err := newClientAuth(i.Introspection, i.URL, now)
	if err != nil {
		return nil, fmt.Errorf("issuer %s: introspection: %w", quote(i.URL), err)
	}
	inactive, err := lru.New[digest, time.Time](negativeSize)
	if err != nil {
		return nil, err
	}
	return &introspector{
		issuer: i, auth: auth, now: now, log: log, life: life, inactive: inactive,
		slots:  make(chan struct{}, maxConcurrent),
		budget: rate.NewLimiter(rate.Every(inactiveEvery), inactiveBurst),
	}, nil
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

// verify asks the issuer about a token, once for all who present it at the same time.
func (x *introspector) verify(ctx context.Context, raw string, id digest, rules []check) (*Principal, *Error) {
	if until, ok := x.inactive.Get(id); ok {
		if x.now().Before(until) {
			return nil, refuse(ReasonInactive, "the issuer called the token inactive a moment ago")
		}
		x.inactive.Remove(id)
	}
	type outcome struct {
		principal *Principal
		err       *Error
	}
	ch := x.calls.DoChan(string(id[:]), func() (any, error) {
		ctx, cancel := context.WithTimeout(x.life, fetchTimeout)
		defer cancel()
		p, err := x.ask(ctx, raw, id, rules)
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

func (x *introspector) ask(ctx context.Context, raw string, id digest, rules []check) (*Principal, *Error) {
	if x.budget.TokensAt(x.now()) < 1 {
		return nil, x.unavailable(0, "too many inactive tokens were presented; the issuer is not asked for each of them")
	}
	if wait := x.breaker.closedIn(x.now()); wait > 0 {
		return nil, x.unavailable(wait, "introspection failed repeatedly and pauses for %s", wait.Round(time.Second))
	}
	select {
	case x.slots <- struct{}{}:
		defer func() { <-x.slots }()
	case <-ctx.Done():
		return nil, x.unavailable(0, "all %d introspection slots are busy", maxConcurrent)
	}
	claims, err := x.request(ctx, raw)
	if err != nil {
		x.breaker.failed(x.now())
		x.log.Warn().Str("issuer", x.issuer.URL).Err(err).Msg("introspection failed")
		return nil, x.unavailable(x.breaker.closedIn(x.now()), "introspection: %v", err)
	}
	x.breaker.succeeded()
	now := x.now()
	if claims["active"] != true {
		x.budget.AllowN(now, 1)
		x.inactive.Add(id, now.Add(negativeTTL))
		return nil, refuse(ReasonInactive, "the issuer calls the token inactive")
	}
	c := &candidate{settings: &x.issuer.settings, claims: claims, now: now, introspected: true}
	for k := range rules {
		if r := &rules[k]; r.skip != nil && r.skip(c) != "" {
			continue
		}
		if err := rules[k].test(c); err != nil {
			x.budget.AllowN(now, 1)
			return nil, err
		}
	}
	return newPrincipal(&x.issuer.settings, claims, now.Add(cacheTTL)), nil
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
	var status *statusError
	switch {
	case errors.As(err, &status) && (status.status == http.StatusUnauthorized || status.status == http.StatusForbidden):
		return nil, fmt.Errorf("%w: the issuer does not accept the gateway's own client credentials (introspection.client_id %s, auth %s)", err, quote(x.issuer.Introspection.ClientID), x.issuer.Introspection.Auth)
	case err != nil:
		return nil, err
	}
	return parseIntrospection(data)
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
