package token

import (
	"context"
	"errors"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/token/claims"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// Verifier turns bearer tokens into principals. It is safe for concurrent use.
type Verifier struct {
	issuers []*issuer
	byURL   map[string]*issuer
	// opaque is the issuer to ask about tokens that do not say whose they are; nil = none.
	opaque  *issuer
	rules   []check
	keep    []string
	cache   *cache
	now     func() time.Time
	log     zerolog.Logger
	life    context.Context
	end     context.CancelFunc
	running atomic.Bool
	held    sync.Once
}

// IssuerStatus is how things stand with an issuer.
type IssuerStatus struct {
	URL string
	// Advertised: people are sent there to sign in.
	Advertised bool
	// Document is where the issuer's discovery document was found; empty before that, and where none is needed.
	Document string
	// SignIn is where clients are sent; empty where they are not.
	SignIn string
	// Said is what the issuer says of itself there; nil where nothing has been read.
	Said *keys.Discovery
	// Ready: keys were fetched once; or, of an issuer without keys, the introspection endpoint is known.
	Ready bool
	// Keys is how many keys are at hand that may verify signatures.
	Keys int
	// Fetched and Failed count the fetches of the keys by what came of them.
	Fetched, Failed uint64
	// LastSuccess and LastFailure are the times of the last fetches of the keys; zero = never.
	LastSuccess, LastFailure time.Time
	// LastError is the text of the failure that the last fetch ended in; empty after a success.
	LastError string
	// Cure says what to do about it.
	Cure string
}

// New makes a verifier. It does no I/O and fails for a configuration that cannot work, naming every problem.
func New(cfg Config) (*Verifier, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	v := &Verifier{byURL: map[string]*issuer{}, rules: checks(), keep: cfg.Keep, now: cfg.Now, log: cfg.Log}
	if v.now == nil {
		v.now = time.Now
	}
	v.life, v.end = context.WithCancel(context.Background())
	v.cache = newCache(cfg.CacheSize, cfg.Previous)
	for _, c := range cfg.Issuers {
		i, err := newIssuer(v.life, c, &cfg, v.now)
		if err != nil {
			v.end()
			return nil, err
		}
		v.issuers = append(v.issuers, i)
		v.byURL[c.URL] = i
		if i.asker != nil && (v.opaque == nil || c.Introspection.Opaque) {
			v.opaque = i
		}
	}
	return v, nil
}

// Hold begins what [Verifier.Run] goes on with, and returns at once: from now on the keys that were taken over stay,
// though the verifier before ends. Run must follow, since it alone lets go of them.
func (v *Verifier) Hold(ctx context.Context) {
	v.held.Do(func() {
		for _, i := range v.issuers {
			i.hold(ctx)
		}
	})
}

// Run discovers the issuers and keeps their keys fresh until ctx ends, then stops all fetches and returns nil. It is
// called once. Without it Verify fetches keys itself when it needs them.
func (v *Verifier) Run(ctx context.Context) error {
	if !v.running.CompareAndSwap(false, true) {
		return errors.New("token: Run was called before")
	}
	defer v.end()
	v.Hold(ctx)
	<-ctx.Done()
	for _, i := range v.issuers {
		i.release()
	}
	return nil
}

// Verify returns the principal that bearer speaks for, or an [*Error]. A JWT is verified with its issuer's keys; with
// introspection configured for that issuer, it is asked about one that lacks `sub` or `aud` as well, and with
// [Introspection].Always about each. What is no JWT, or an encrypted one, or does not say whose it is, is
// introspected. Verify waits for the issuer no longer than ctx allows, and some 10 s at most.
//
// RFC 9068 §4: "Resource servers receiving a JWT access token MUST validate it in the following manner."
// RFC 9068 §4: "The resource server MUST handle errors as described in Section 3.1 of [RFC6750]."
// MCP 2026-07-28, basic/authorization: "MCP servers, acting in their role as an OAuth 2.1 resource server, MUST
// validate access tokens as described in OAuth 2.1 Section 5.2."
// MCP 2026-07-28, basic/authorization: "MCP servers MUST only accept tokens that are valid for use with their own
// resources."
// MCP 2026-07-28, basic/authorization: "MCP servers MUST NOT accept or transit any other tokens."
func (v *Verifier) Verify(ctx context.Context, bearer string) (*Principal, error) {
	return v.VerifyFrom(ctx, netip.Addr{}, bearer)
}

// VerifyFrom is Verify for a token that the client at an address presents, not at that of a proxy before it. With it no
// single address can spend what all strangers together may ask an issuer about opaque tokens. IPv6 addresses count by
// their /64, which one subscriber has to himself. Without an address, the zero one, only the common bound holds.
func (v *Verifier) VerifyFrom(ctx context.Context, client netip.Addr, bearer string) (*Principal, error) {
	p, err := v.verify(ctx, client, bearer)
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (v *Verifier) verify(ctx context.Context, client netip.Addr, bearer string) (*Principal, *Error) {
	if len(bearer) > MaxTokenBytes {
		_, err := shapeOf(bearer)
		return nil, err
	}
	if v.opaque == nil && strings.IndexByte(bearer, '.') < 0 {
		return nil, v.refuseOpaque(bearer)
	}
	now := v.now()
	id := digestOf(bearer)
	if p, ok := v.cache.get(id, now); ok {
		return p, nil
	}
	if client.IsValid() {
		ctx = WithCaller(ctx, client)
	}
	// People who are known go first: on a busy core, strangers' tokens would otherwise hold up each step of their
	// calls for as long as a signature takes.
	runtime.Gosched()
	shape, err := shapeOf(bearer)
	if err != nil {
		return nil, err
	}
	if shape == shapeOpaque {
		return v.introspect(ctx, bearer, id, v.opaque)
	}
	t, err := parseJWT(bearer)
	if err != nil {
		if err.Reason == ReasonEncrypted && v.opaque != nil {
			return v.introspect(ctx, bearer, id, v.opaque)
		}
		return nil, err
	}
	if t.claims["iss"] == nil && v.opaque != nil {
		return v.introspect(ctx, bearer, id, v.opaque)
	}
	i, err := v.issuerOf(t.claims)
	if err != nil {
		return nil, err
	}
	if i.opaqueOnly() {
		return v.introspect(ctx, bearer, id, i)
	}
	p, generation, err := i.verify(ctx, t, id, v.rules, now)
	if err != nil {
		return nil, err
	}
	p.keep(v.keep)
	v.cache.put(id, p, i, generation, now)
	return p, nil
}

// refuseOpaque refuses a token that is no JWT where nobody could be asked about it. Such a token is never verified, so
// it is not looked for in the cache: a stranger can send any number.
func (v *Verifier) refuseOpaque(bearer string) *Error {
	v.cache.looks.misses.Add(1)
	runtime.Gosched() // people who are known go first, as in verify
	if _, err := shapeOf(bearer); err != nil {
		return err
	}
	return errOpaque()
}

func errOpaque() *Error {
	return refuse(ReasonOpaque, "the token is not a JWT, and no issuer has introspection configured; "+
		"have the issuer issue JWT access tokens for this resource, or configure introspection")
}

// issuerOf picks the issuer that the claims name: byte for byte, or as its template says.
func (v *Verifier) issuerOf(all map[string]any) (*issuer, *Error) {
	iss, ok := all["iss"].(string)
	if i := v.byURL[iss]; ok && i != nil && i.tenancy == nil {
		return i, nil
	}
	for _, i := range v.issuers {
		if ok && i.tenancy != nil && i.issues(iss) {
			return i, nil
		}
	}
	return nil, refuse(ReasonUnknownIssuer, "iss is %s, which is not a configured issuer",
		claims.Describe(all["iss"]))
}

// introspect has an issuer say whose a token is that cannot be read here.
func (v *Verifier) introspect(ctx context.Context, bearer string, id digest, i *issuer) (*Principal, *Error) {
	if i == nil {
		return nil, errOpaque()
	}
	generation := i.keys.Generation()
	p, err := i.ask(ctx, bearer, id, nil, v.rules)
	if err != nil {
		err.Issuer = i.URL
		return nil, err
	}
	p.keep(v.keep)
	v.cache.put(id, p, i, generation, v.now())
	return p, nil
}

// Ready reports whether people can sign in: at least one issuer that they are sent to is ready, or, where they are
// sent to none, any issuer.
func (v *Verifier) Ready() bool {
	advertised, ready, other := false, false, false
	for _, s := range v.Status() {
		advertised = advertised || s.Advertised
		ready = ready || s.Ready && s.Advertised
		other = other || s.Ready
	}
	return ready || other && !advertised
}

// AuthorizationServers are the issuers that clients are sent to, in the order of the configuration.
//
// RFC 9728 §2: "Protected resources MAY choose not to advertise some supported authorization servers even when this
// parameter is used."
func (v *Verifier) AuthorizationServers() []string {
	var out []string
	for _, i := range v.issuers {
		if a := i.Advertised(); a != "" && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// Document is where the metadata of the first of them is: where it was found, or, before that, where OpenID Connect
// puts it.
func (v *Verifier) Document() string {
	for _, i := range v.issuers {
		a := i.Advertised()
		if a == "" {
			continue
		}
		if doc := i.directory.Peek(); doc != nil {
			return doc.URL
		}
		if i.DiscoveryURL != "" {
			return i.DiscoveryURL
		}
		return strings.TrimSuffix(a, "/") + "/.well-known/openid-configuration"
	}
	return ""
}

// Ask gives scopes the form in which somebody's client is to ask for them; of nobody (nil), that of the first issuer
// that clients are sent to.
func (v *Verifier) Ask(p *Principal, scopes []string) []string {
	for _, i := range v.issuers {
		if p == nil && i.Advertised() != "" || p != nil && i.URL == p.Configured {
			return i.Ask(scopes)
		}
	}
	return scopes
}

// Status tells how things stand with each issuer, in the order of the configuration.
func (v *Verifier) Status() []IssuerStatus {
	out := make([]IssuerStatus, len(v.issuers))
	for n, i := range v.issuers {
		out[n].URL, out[n].Advertised, out[n].SignIn = i.URL, i.Advertised() != "", i.Advertised()
		if doc := i.directory.Peek(); doc != nil {
			out[n].Document, out[n].Said = doc.URL, doc
		}
		st := i.keys.Status()
		out[n].Ready, out[n].Keys, out[n].LastSuccess, out[n].LastFailure = st.Ready, st.Keys, st.LastSuccess, st.LastFailure
		out[n].Fetched, out[n].Failed = st.Fetched, st.Failed
		if st.LastError != nil {
			out[n].LastError, out[n].Cure = st.LastError.Error(), i.Cure(keys.Causes(st.LastError)...)
		}
		if !out[n].Ready && i.opaqueOnly() && i.asker.Endpoint() != "" {
			out[n].Ready, out[n].LastError, out[n].Cure = true, "", ""
		}
	}
	return out
}
