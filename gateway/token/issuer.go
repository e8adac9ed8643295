package token

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token/claims"
	"github.com/bestviable/coda-gateway/gateway/token/fetch"
	"github.com/bestviable/coda-gateway/gateway/token/introspect"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// issuer is a configured issuer at work.
type issuer struct {
	settings
	*source
	asker *introspect.Asker // nil = none
	now   func() time.Time
}

// place says where the issuer's documents are.
func (i *Issuer) place() *keys.Place {
	return &keys.Place{
		Issuer: i.fetched(), Names: []string{i.URL}, DocumentURL: i.DiscoveryURL, SignIn: i.SignIn, JWKSURI: i.JWKSURI,
		NeedsDocument: i.Introspection != nil && i.Introspection.Endpoint == "", AllowHTTP: i.AllowHTTP,
	}
}

// clientConfig is that of the client for the issuer's documents and endpoints.
func (i *Issuer) clientConfig(rt http.RoundTripper) fetch.Config {
	urls := []string{i.fetched(), i.DiscoveryURL, i.SignIn, i.JWKSURI}
	if i.Introspection != nil {
		urls = append(urls, i.Introspection.Endpoint)
	}
	return fetch.Config{URLs: urls, CA: i.CA, AllowHTTP: i.AllowHTTP, Transport: rt}
}

// Client talks to the issuer's endpoints under the rules of package fetch, for whoever does more than verify tokens. rt
// replaces its transport; nil = its own.
func (i *Issuer) Client(rt http.RoundTripper) (*fetch.Client, error) { return i.newClient(rt) }

func (i *Issuer) newClient(rt http.RoundTripper) (*fetch.Client, error) {
	c, err := fetch.New(i.clientConfig(rt))
	if err != nil {
		return nil, fmt.Errorf("issuer %s: ca_file: %w", claims.Quote(i.URL), err)
	}
	return c, nil
}

func newIssuer(life context.Context, cfg Issuer, all *Config, now func() time.Time) (*issuer, error) {
	from, err := newSource(&cfg, all.Previous, all.HTTP, now, all.Log)
	if err != nil {
		return nil, err
	}
	i := &issuer{settings: compile(cfg, all.Resource), source: from, now: now}
	in := cfg.Introspection
	if in == nil {
		return i, nil
	}
	i.asker, err = introspect.New(introspect.Config{
		Settings:  in.settings(),
		Issuer:    cfg.fetched(),
		Directory: i.directory, Client: i.client, Now: now, Log: all.Log, Life: life,
	})
	if err != nil {
		return nil, fmt.Errorf("issuer %s: introspection: %w", claims.Quote(i.URL), err)
	}
	return i, nil
}

func compile(cfg Issuer, resource string) settings {
	accepted := append([]string{resource}, cfg.Audiences...)
	s := settings{
		Issuer: cfg, accepted: accepted, audiences: newAudiences(accepted...), required: cfg.RequiredClaims.Compile(),
		tenancy: newTenancy(&cfg), reads: map[string]bool{},
	}
	c := cfg.Claims
	for _, paths := range [][]Path{c.Scopes, c.Roles, c.Groups, c.ClientID, c.Email, c.Name, c.subject()} {
		for _, p := range paths {
			s.reads[claims.Fold(p.Root())] = true
		}
	}
	for text := range cfg.RequiredClaims {
		if p, err := ParsePath(text); err == nil {
			s.reads[claims.Fold(p.Root())] = true
		}
	}
	return s
}

// opaqueOnly tells that the issuer has no keys to verify with, so that introspection is the only way.
func (i *issuer) opaqueOnly() bool {
	if i.asker == nil || i.JWKSURI != "" || i.keys.Fetched() {
		return false
	}
	if doc := i.directory.Peek(); doc != nil {
		return doc.JWKSURI == ""
	}
	return i.directory.None()
}

// asks tells that the issuer is asked about a JWT that it signed: where that is wanted of all, or where something is
// missing that the answer may say.
func (i *issuer) asks(all map[string]any) bool {
	return i.asker != nil && (i.Introspection.Always || i.saysTooLittle(all))
}

// saysTooLittle tells of a token that the issuer has to complete.
func (s *settings) saysTooLittle(all map[string]any) bool {
	subject, _ := s.subjectOf(all)
	return subject == nil || all["aud"] == nil
}

// verify checks a JWT that names this issuer.
func (i *issuer) verify(ctx context.Context, t *jwt, id digest, rules []check, now time.Time) (*Principal, uint64,
	*Error) {
	asks := i.asks(t.claims)
	c := &candidate{settings: &i.settings, claims: t.claims, now: now, alg: t.alg, typ: t.typ, pending: asks}
	if err := i.test(c, rules); err != nil {
		return nil, 0, err
	}
	generation, err := i.signature(ctx, t)
	if err != nil {
		return nil, 0, err
	}
	if !asks {
		return newPrincipal(&i.settings, t.claims, time.Time{}), generation, nil
	}
	p, err := i.ask(ctx, t.raw, id, t, rules)
	if err != nil {
		return nil, 0, err
	}
	return p, generation, nil
}

// signature has the keys verify the token, and returns their generation. Afterwards the claims that were read before
// are the verified ones: what was signed is the token as it came, and they come from the same bytes.
func (i *issuer) signature(ctx context.Context, t *jwt) (generation uint64, _ *Error) {
	iss, _ := t.claims["iss"].(string)
	sub, _ := t.claims["sub"].(string)
	signed := &keys.Signed{
		Raw: t.raw, KeyID: t.kid, Algorithm: t.alg, Issuer: iss,
		Caller: keys.Caller{Identity: iss + " " + sub, From: callerOf(ctx)},
	}
	if i.tenancy != nil {
		signed.Tenant, _ = i.tenancy.of(iss)
	}
	payload, generation, err := i.keys.Verify(ctx, signed)
	if err != nil {
		return 0, i.keyError(err)
	}
	if !bytes.Equal(payload, t.payload) { // cannot be: both are the second part of the token
		e := refuse(ReasonMalformed, "the signed text is not the text that was read")
		e.Issuer = i.URL
		return 0, e
	}
	return generation, nil
}

// keyError gives what the keys say a reason.
func (i *issuer) keyError(err error) *Error {
	e := &Error{Reason: ReasonKeysUnavailable, Detail: err.Error(), Issuer: i.URL}
	k, ok := err.(*keys.Error)
	if !ok {
		return e
	}
	e.RetryAfter, e.unfit = k.RetryAfter, k.Unfit
	switch k.Kind {
	case keys.Unknown:
		e.Reason = ReasonUnknownKey
	case keys.Signature:
		e.Reason = ReasonSignature
	case keys.Malformed:
		e.Reason = ReasonMalformed
	case keys.Unavailable:
	}
	return e
}

// ask has the issuer say what it knows about a token. signed is the token itself where the issuer's signature on it
// was verified: the answer then completes and limits it. Else, nil, the answer is all that is known.
func (i *issuer) ask(ctx context.Context, raw string, id digest, signed *jwt, rules []check) (*Principal, *Error) {
	var p *Principal
	judge := func(said map[string]any) error {
		var err *Error
		if p, err = i.judge(said, signed, rules); err != nil {
			return err
		}
		return nil
	}
	said, err := i.asker.Ask(ctx, introspect.Question{Raw: raw, ID: id, From: callerOf(ctx), Signed: signed != nil,
		Judge: judge})
	if err != nil {
		return nil, i.askError(err)
	}
	if p == nil { // another caller's question was answered
		var verdict *Error
		if p, verdict = i.judge(said, signed, rules); verdict != nil {
			return nil, verdict
		}
	}
	return p, nil
}

// judge holds what the issuer said, and what it makes of the token, to the rules.
func (i *issuer) judge(said map[string]any, signed *jwt, rules []check) (*Principal, *Error) {
	now := i.now()
	textToDates(said)
	all, own := said, map[string]any(nil)
	if signed != nil {
		own = signed.claims
		if err := i.test(&candidate{settings: &i.settings, claims: said, now: now, introspected: true, pending: true},
			rules); err != nil {
			return nil, err
		}
		var err *Error
		if all, err = i.complete(own, said); err != nil {
			err.Issuer = i.URL
			return nil, err
		}
	}
	if err := i.test(&candidate{settings: &i.settings, claims: all, now: now, introspected: true}, rules); err != nil {
		return nil, err
	}
	p := newPrincipal(&i.settings, all, now.Add(cacheTTL))
	if signed != nil {
		p.limit(&i.settings, own, said)
	}
	return p, nil
}

// askError gives what came of a question a reason.
func (i *issuer) askError(err error) *Error {
	if verdict, ok := err.(*Error); ok {
		shared := *verdict
		return &shared
	}
	e := &Error{Reason: ReasonIntrospectionUnavailable, Detail: err.Error(), Issuer: i.URL}
	if x, ok := err.(*introspect.Error); ok {
		e.RetryAfter = x.RetryAfter
		switch x.Kind {
		case introspect.Unusable:
			e.Reason = ReasonIntrospectionUnusable
		case introspect.Inactive:
			e.Reason = ReasonInactive
		case introspect.Unavailable:
		}
	}
	return e
}

// test applies the rules up to the first that fails.
func (i *issuer) test(c *candidate, rules []check) *Error {
	for k := range rules {
		if c.introspected && rules[k].skip != nil && rules[k].skip(c) != "" {
			continue
		}
		if err := rules[k].test(c); err != nil {
			err.Issuer = i.URL
			return err
		}
	}
	return nil
}
