package token

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/rs/zerolog"
)

// issuer is a configured issuer at work.
type issuer struct {
	settings
	client       *client
	directory    *directory
	keys         *keySet
	oidc         *oidc.IDTokenVerifier
	introspector *introspector // nil = none
}

func newIssuer(life context.Context, cfg Issuer, resource string, rt http.RoundTripper, now func() time.Time, log zerolog.Logger) (*issuer, error) {
	i := &issuer{settings: compile(cfg, resource), client: newClient(&cfg, rt)}
	i.directory = &directory{issuer: cfg.URL, client: i.client, now: now}
	i.keys = newKeySet(life, cfg.URL, i.loadKeys, now, log)
	i.oidc = oidc.NewVerifier(cfg.URL, i.keys, &oidc.Config{
		SupportedSigningAlgs: cfg.Algorithms,
		// Audience and times are checked by our own rules, before any signature is.
		SkipClientIDCheck: true,
		SkipExpiryCheck:   true,
		Now:               now,
	})
	if cfg.Introspection != nil {
		var err error
		if i.introspector, err = newIntrospector(life, i, now, log); err != nil {
			return nil, err
		}
	}
	return i, nil
}

func compile(cfg Issuer, resource string) settings {
	accepted := append([]string{resource}, cfg.Audiences...)
	return settings{Issuer: cfg, accepted: accepted, audiences: newAudiences(accepted...), required: cfg.RequiredClaims.Compile()}
}

// loadKeys fetches the issuer's keys. Where they are not at the place known so far, discovery is asked again: they may have moved.
func (i *issuer) loadKeys(ctx context.Context) ([]key, time.Duration, error) {
	discovers := i.JWKSURI == "" || i.Introspection != nil && i.Introspection.Endpoint == ""
	uri := i.JWKSURI
	var known bool
	if discovers {
		known = i.directory.peek() != nil
		doc, err := i.directory.get(ctx, false)
		if err != nil && uri == "" {
			return nil, 0, err
		}
		if uri == "" {
			uri = doc.JWKSURI
		}
	}
	if uri == "" {
		return nil, 0, errNoKeySet
	}
	list, ttl, err := i.fetchKeys(ctx, uri)
	if err == nil || i.JWKSURI != "" || !known {
		return list, ttl, err
	}
	doc, derr := i.directory.get(ctx, true)
	if derr != nil || doc.JWKSURI == uri || doc.JWKSURI == "" {
		return nil, 0, err
	}
	return i.fetchKeys(ctx, doc.JWKSURI)
}

func (i *issuer) fetchKeys(ctx context.Context, uri string) ([]key, time.Duration, error) {
	data, header, err := i.client.get(ctx, uri)
	if err != nil {
		return nil, 0, err
	}
	list, skipped, err := parseKeySet(data)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", uri, err)
	}
	for _, s := range skipped {
		i.keys.log.Debug().Str("issuer", i.URL).Str("skipped", s).Msg("a key of the issuer is not used")
	}
	return list, keyTTL(header), nil
}

// opaqueOnly tells that the issuer has no keys to verify with, so that introspection is the only way.
func (i *issuer) opaqueOnly() bool {
	if i.introspector == nil || i.JWKSURI != "" || i.keys.current.Load() != nil {
		return false
	}
	if doc := i.directory.peek(); doc != nil {
		return doc.JWKSURI == ""
	}
	return i.directory.none()
}

// asksAlways tells that the issuer is asked about good JWTs too.
func (i *issuer) asksAlways() bool { return i.introspector != nil && i.Introspection.Always }

// verify checks a JWT that names this issuer.
func (i *issuer) verify(ctx context.Context, t *jwt, rules []check, now time.Time) (*Principal, uint64, *Error) {
	if err := i.test(&candidate{settings: &i.settings, claims: t.claims, now: now, alg: t.alg, typ: t.typ}, rules); err != nil {
		return nil, 0, err
	}
	generation, err := i.signature(ctx, t)
	if err != nil {
		return nil, 0, err
	}
	return newPrincipal(&i.settings, t.claims, time.Time{}), generation, nil
}

// signature has the keys verify the token and go-oidc the rest, and returns the generation of the keys. Afterwards the claims
// that were read before are the verified ones: they come from the same bytes.
func (i *issuer) signature(ctx context.Context, t *jwt) (generation uint64, _ *Error) {
	payload, generation, refusal := i.keys.verify(ctx, t)
	if refusal != nil {
		refusal.Issuer = i.URL
		return 0, refusal
	}
	ctx = context.WithValue(ctx, vouchedKey{}, &vouched{raw: t.raw, payload: payload})
	if _, err := i.oidc.Verify(ctx, t.raw); err != nil {
		e := refuse(ReasonMalformed, "%s", quote(err.Error()))
		e.Issuer = i.URL
		return 0, e
	}
	return generation, nil
}

func (i *issuer) test(c *candidate, rules []check) *Error {
	for k := range rules {
		if err := rules[k].test(c); err != nil {
			err.Issuer = i.URL
			return err
		}
	}
	return nil
}
