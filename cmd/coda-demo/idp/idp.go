// Package idp is the demo's identity provider: a small but real OpenID Connect provider whose people need no password.
//
// The protocol is github.com/zitadel/oidc's; this package adds what MCP clients expect of an authorization server and
// that library leaves to its user, one extension per file: mandatory PKCE (RFC 7636), resource indicators (RFC 8707),
// JWT access tokens (RFC 9068), dynamic registration and its end (RFC 7591, RFC 7592), client-ID metadata documents,
// device codes (RFC 8628), the issuer in
// authorization responses (RFC 9207), and the metadata that announces all this (RFC 8414, RFC 9728 §4). A sign-in
// page lists the people, a second one asks for consent. All state is in memory and bounded.
package idp

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// Config is what [New] needs.
type Config struct {
	// Issuer is the provider's own URL: scheme and host, without path or trailing slash. Required.
	Issuer string
	// Here is the host:port where it listens, where that is not the issuer's; it answers there, too.
	Here string
	// Resource is the protected resource (RFC 8707) that access tokens are for: the MCP URL, byte for byte. Required.
	Resource string
	// Scopes can be asked for beside openid, profile, email and offline_access. At least one.
	Scopes []Scope
	// People can sign in. At least one.
	People []Person
	// AutoApprove is the login of the person in whose name every authorization request is approved without a page;
	// a login_hint that names another person wins. Empty = people sign in themselves.
	AutoApprove string
	// Clients are known from the start; others register themselves.
	Clients []StaticClient
	// AccessTokenLifetime is how long an access token is valid; 0 = one hour.
	AccessTokenLifetime time.Duration
	// Documents fetches client-ID metadata documents; nil = a transport that refuses private networks.
	Documents http.RoundTripper
	// Log receives registrations, sign-ins and refusals; never a token, code or secret.
	Log zerolog.Logger
}

// Scope is something a client can be allowed to do.
type Scope struct {
	// Name is the scope as it stands in tokens.
	Name string
	// Words complete the sentence "The client may …" on the consent page.
	Words string
}

// Person can sign in.
type Person struct {
	// Login is the short name, used as `sub`, login_hint and in forms.
	Login string
	// Name is for display.
	Name  string
	Email string
	// About is one line on the sign-in page.
	About string
	// Roles become the `roles` claim.
	Roles []string
	// Scopes are those of [Config.Scopes] that this person can grant; others are left out of the token in silence
	// (RFC 6749 §3.3: the answer's `scope` tells).
	Scopes []string
}

// Provider serves the identity provider's endpoints.
type Provider struct {
	cfg     Config
	store   *store
	op      *op.Provider
	handler http.Handler
}

// New makes a provider with a fresh signing key.
func New(cfg Config) (*Provider, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.AccessTokenLifetime == 0 {
		cfg.AccessTokenLifetime = time.Hour
	}
	store, err := newStore(cfg)
	if err != nil {
		return nil, err
	}
	cryptoKey, err := randomKey()
	if err != nil {
		return nil, err
	}
	provider, err := op.NewProvider(&op.Config{
		CryptoKey:             cryptoKey,
		CodeMethodS256:        true,
		AuthMethodPost:        true,
		GrantTypeRefreshToken: true,
		SupportedScopes:       cfg.scopesSupported(),
		SupportedClaims:       claimsSupported(),
		DeviceAuthorization: op.DeviceAuthorizationConfig{Lifetime: requestLifetime, PollInterval: time.Second,
			UserFormPath: devicePath, UserCode: op.UserCodeBase20},
	}, store, op.StaticIssuer(cfg.Issuer), op.WithAllowInsecure())
	if err != nil {
		return nil, fmt.Errorf("identity provider: %w", err)
	}
	p := &Provider{cfg: cfg, store: store, op: provider}
	p.handler = p.routes()
	return p, nil
}

// ServeHTTP implements [http.Handler].
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

func (c Config) check() error {
	issuer, err := url.Parse(c.Issuer)
	if err != nil || issuer.Host == "" || issuer.Path != "" || issuer.RawQuery != "" || issuer.Fragment != "" {
		return fmt.Errorf("identity provider: issuer %q: want scheme://host[:port] without path", c.Issuer)
	}
	if _, err := canonicalResource(c.Resource); err != nil {
		return fmt.Errorf("identity provider: resource %q: %w", c.Resource, err)
	}
	if len(c.Scopes) == 0 {
		return errors.New("identity provider: no scopes")
	}
	if len(c.People) == 0 {
		return errors.New("identity provider: no people")
	}
	if c.AutoApprove != "" && c.person(c.AutoApprove) == nil {
		return fmt.Errorf("identity provider: nobody is called %q; there are %s", c.AutoApprove,
			strings.Join(c.logins(), ", "))
	}
	return nil
}

// person finds somebody by login; nil = nobody.
func (c Config) person(login string) *Person {
	i := slices.IndexFunc(c.People, func(p Person) bool { return p.Login == login })
	if i < 0 {
		return nil
	}
	return &c.People[i]
}

func (c Config) logins() []string {
	names := make([]string, len(c.People))
	for i, p := range c.People {
		names[i] = p.Login
	}
	return names
}

func (c Config) scopeNames() []string {
	names := make([]string, len(c.Scopes))
	for i, s := range c.Scopes {
		names[i] = s.Name
	}
	return names
}
