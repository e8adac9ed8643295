package token

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// Verifier turns bearer tokens into principals. It is safe for concurrent use.
type Verifier struct {
	issuers []*issuer
	byURL   map[string]*issuer
	rules   []check
	cache   *cache
	now     func() time.Time
	log     zerolog.Logger
	life    context.Context
	end     context.CancelFunc
	running atomic.Bool
}

// IssuerStatus is how things stand with an issuer.
type IssuerStatus struct {
	URL string
	// Document is where the issuer's discovery document was found; empty before that, and where none is needed.
	Document string
	// Ready: keys were fetched once; or, of an issuer without keys, the introspection endpoint is known.
	Ready bool
	// Keys is how many keys are at hand that may verify signatures.
	Keys int
	// LastSuccess and LastFailure are the times of the last fetches of the keys; zero = never.
	LastSuccess, LastFailure time.Time
	// LastError is the text of the failure that the last fetch ended in; empty after a success.
	LastError string
}

// New makes a verifier. It does no I/O and fails for a configuration that cannot work, naming every problem.
func New(cfg Config) (*Verifier, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	v := &Verifier{byURL: map[string]*issuer{}, rules: checks(), now: cfg.Now, log: cfg.Log}
	if v.now == nil {
		v.now = time.Now
	}
	v.life, v.end = context.WithCancel(context.Background())
	var err error
	if v.cache, err = newCache(cfg.CacheSize); err != nil {
		v.end()
		return nil, err
	}
	for _, c := range cfg.Issuers {
		i, err := newIssuer(v.life, c, cfg.Resource, cfg.HTTP, v.now, cfg.Log)
		if err != nil {
			v.end()
			return nil, err
		}
		v.issuers = append(v.issuers, i)
		v.byURL[c.URL] = i
	}
	return v, nil
}

// Run discovers the issuers and keeps their keys fresh until ctx ends, then stops all fetches and returns nil. It is called
// once. Without it Verify fetches keys itself when it needs them.
func (v *Verifier) Run(ctx context.Context) error {
	if !v.running.CompareAndSwap(false, true) {
		return errors.New("token: Run was called before")
	}
	defer v.end()
	var wg sync.WaitGroup
	for _, i := range v.issuers {
		wg.Go(func() { i.keys.maintain(ctx) })
	}
	wg.Wait()
	for _, i := range v.issuers {
		i.client.close()
	}
	return nil
}

// Verify returns the principal that bearer speaks for, or an [*Error]. A JWT is verified with its issuer's keys, also where that
// issuer has introspection configured, and with [Introspection].Always introspected as well. What is no JWT is introspected at the
// issuers that are configured for it, in their order. Verify waits for a fetch no longer than ctx allows, and 10 s at most.
func (v *Verifier) Verify(ctx context.Context, bearer string) (*Principal, error) {
	p, err := v.verify(ctx, bearer)
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (v *Verifier) verify(ctx context.Context, bearer string) (*Principal, *Error) {
	if len(bearer) > MaxTokenBytes {
		_, err := shapeOf(bearer)
		return nil, err
	}
	now := v.now()
	id := digestOf(bearer)
	if p, ok := v.cache.get(id, now); ok {
		return p, nil
	}
	// People who are known go first: on a busy core, strangers' tokens would otherwise hold up each step of their calls for as
	// long as a signature takes.
	runtime.Gosched()
	shape, err := shapeOf(bearer)
	if err != nil {
		return nil, err
	}
	if shape == shapeOpaque {
		return v.introspect(ctx, bearer, id, v.introspecting())
	}
	t, err := parseJWT(bearer)
	if err != nil {
		return nil, err
	}
	i, err := v.issuerOf(t.claims)
	if err != nil {
		return nil, err
	}
	if i.opaqueOnly() {
		return v.introspect(ctx, bearer, id, []*issuer{i})
	}
	p, generation, err := i.verify(ctx, t, v.rules, now)
	if err != nil {
		return nil, err
	}
	if i.asksAlways() {
		if _, err := i.introspector.verify(ctx, bearer, id, v.rules); err != nil {
			err.Issuer = i.URL
			return nil, err
		}
	}
	v.cache.put(id, p, i, generation, now)
	return p, nil
}

// issuerOf picks the issuer that the claims name, byte for byte.
func (v *Verifier) issuerOf(claims map[string]any) (*issuer, *Error) {
	iss, ok := claims["iss"].(string)
	if i := v.byURL[iss]; ok && i != nil {
		return i, nil
	}
	return nil, refuse(ReasonUnknownIssuer, "iss is %s, which is none of the configured issuers", describe(claims["iss"]))
}

func (v *Verifier) introspecting() []*issuer {
	return slices.DeleteFunc(slices.Clone(v.issuers), func(i *issuer) bool { return i.introspector == nil })
}

// introspect asks the issuers in their order, until one knows the token.
func (v *Verifier) introspect(ctx context.Context, bearer string, id digest, issuers []*issuer) (*Principal, *Error) {
	if len(issuers) == 0 {
		return nil, refuse(ReasonOpaque, "the token is not a JWT, and no issuer has introspection configured; have the issuer issue JWT access tokens for this resource, or configure introspection")
	}
	var verdict *Error
	for _, i := range issuers {
		generation := i.keys.generation.Load()
		p, err := i.introspector.verify(ctx, bearer, id, v.rules)
		if err == nil {
			v.cache.put(id, p, i, generation, v.now())
			return p, nil
		}
		err.Issuer = i.URL
		if err.Reason != ReasonInactive && !err.Unavailable() {
			return nil, err // the issuer knows the token, and it is not for us
		}
		if verdict == nil || err.Unavailable() {
			verdict = err
		}
	}
	return nil, verdict
}

// Ready reports whether every issuer is.
func (v *Verifier) Ready() bool {
	return !slices.ContainsFunc(v.Status(), func(s IssuerStatus) bool { return !s.Ready })
}

// Status tells how things stand with each issuer, in the order of the configuration.
func (v *Verifier) Status() []IssuerStatus {
	out := make([]IssuerStatus, len(v.issuers))
	for n, i := range v.issuers {
		out[n].URL = i.URL
		if doc := i.directory.peek(); doc != nil {
			out[n].Document = doc.URL
		}
		i.keys.status(&out[n])
		if !out[n].Ready && i.opaqueOnly() && i.introspector.endpoint() != "" {
			out[n].Ready, out[n].LastError = true, ""
		}
	}
	return out
}
