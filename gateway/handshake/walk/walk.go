// Package walk goes the way of an MCP client from a URL to a tool call, from outside, and tells what it met: each
// request, its answer, what the clients make of it, and what is wrong with it, as findings of package handshake.
//
// A walk is polite and bounded: one connection to a host at a time, a limit for the number of requests, for the bytes
// of an answer and for the time of all. It never follows a redirect without saying so. The host that somebody typed
// may be anywhere; hosts that only a document names may not be in a private network, unless that is allowed, since a
// document from outside must not send the walk around inside.
//
// A step is a stage: a function over the walker, which holds what the stages before it found.
package walk

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// The bounds of a walk.
const (
	// DefaultTimeout is for all of it.
	DefaultTimeout = 60 * time.Second
	// DefaultRequestTimeout is for one request, connecting included: what Claude waits for metadata.
	DefaultRequestTimeout = 10 * time.Second
	// slow is what Anthropic asks metadata to stay under.
	slow = 5 * time.Second
	// maxBody is what is read of an answer.
	maxBody = 256 << 10
	// maxRequests of all hosts together.
	maxRequests = 160
	// waitBetween is how long it waits before it looks again, with Wait.
	waitBetween = 2 * time.Second
)

// Config says where to walk, and how.
type Config struct {
	// URL is what a person types into a client: absolute, http or https.
	URL string
	// Clients are those to walk as; empty = all.
	Clients []handshake.Profile
	// AllowPrivate lets hosts that only a document names be in a private network.
	AllowPrivate bool
	// Timeout bounds a walk; 0 = [DefaultTimeout].
	Timeout time.Duration
	// RequestTimeout bounds one request; 0 = [DefaultRequestTimeout].
	RequestTimeout time.Duration
	// Wait is how long to look again where nothing answers yet; 0 = once.
	Wait time.Duration
	// Known is what the server's configuration says should be; nil = it is not known.
	Known *Expectation
	// Token is an access token to call with; empty = the walk ends before the first call, or SignIn gets one.
	Token string
	// SignIn gets an access token from a person, at an authorization server, and calls use with it while the client that
	// it was given to is there; nil = nobody is asked. Its errors are a [Refusal] where it knows the reason.
	SignIn func(ctx context.Context, at SignIn, use func(context.Context, Grant)) error
	// Register lets it register clients at the authorization server, and delete them again.
	Register bool
	// ClientID is a client that the authorization server knows, to ask for its sign-in page with; empty = none.
	ClientID string

	// Roots are the authorities of certificates; nil = the system's.
	Roots *x509.CertPool
	// Proxy is the http proxy for a request; nil = none.
	Proxy func(*http.Request) (*url.URL, error)
	// Resolve looks a host's addresses up; nil = as the system does.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Dial connects to an address; nil = over the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Now is the clock; nil = the system's.
	Now func() time.Time
	// Pause waits before looking again, and tells whether to; nil = by the system's clock.
	Pause func(context.Context, time.Duration) bool
}

// Expectation is what a configuration says.
type Expectation struct {
	// File is the configuration's name, for texts.
	File string
	// PublicURL is public_url.
	PublicURL string
	// Issuers are those of the configuration, in its order.
	Issuers []ExpectedIssuer
	// Scopes are those that clients ask for, as they ask for them.
	Scopes []string
	// Explain goes through the checks that the configuration makes of a token; nil = through those of any server.
	Explain func(ctx context.Context, token string) *token.Explanation
}

// ExpectedIssuer is one of issuers.
type ExpectedIssuer struct {
	// URL is issuers[].url, Advertised where clients are sent (sign_in), empty = nowhere.
	URL, Advertised string
	// DiscoveryURL is discovery_url; empty = it is found.
	DiscoveryURL string
	// Provider is the preset's name.
	Provider string
	// AllowHTTP is allow_http.
	AllowHTTP bool
	// KeysElsewhere: jwks_uri or introspection says how tokens are verified.
	KeysElsewhere bool
}

// SignIn is where a person signs in.
type SignIn struct {
	// Issuer is the authorization server, Resource what the token is for, Scopes what to ask for.
	Issuer, Resource string
	Scopes           []string
}

// stage walks one step. It returns false where no client can go on.
type stage struct {
	step handshake.Step
	run  func(*walker, context.Context) bool
}

// stages are the steps that can be walked, in order.
func stages() []stage {
	return []stage{
		{handshake.Reach, (*walker).reach},
		{handshake.Challenge, (*walker).firstRequest},
		{handshake.ResourceMetadata, (*walker).resourceMetadata},
		{handshake.ServerMetadata, (*walker).serverMetadata},
		// What follows is tried where that is wanted, and says itself how far it came.
		{handshake.ServerMetadata, (*walker).registration},
		{handshake.ServerMetadata, (*walker).signedIn},
	}
}

// Walk goes as far as it can. What it meets is in the report; an error is only returned for a URL that is none.
func Walk(ctx context.Context, cfg Config) (*handshake.Report, error) {
	cfg.URL = InASCII(cfg.URL)
	at, err := parseTyped(cfg.URL)
	if err != nil {
		return nil, err
	}
	cfg = withDefaults(cfg)
	until := cfg.Now().Add(cfg.Wait)
	for {
		r := once(ctx, cfg, at)
		if !passing(r) || !cfg.Now().Add(waitBetween).Before(until) {
			return r, nil
		}
		if !cfg.Pause(ctx, waitBetween) {
			return r, nil
		}
	}
}

// once walks one time.
func once(ctx context.Context, cfg Config, at *url.URL) *handshake.Report {
	return run(ctx, cfg, at, func(*walker) []stage { return stages() })
}

// run walks the stages that begin makes, until one says that no client can go on.
func run(ctx context.Context, cfg Config, at *url.URL, begin func(*walker) []stage) *handshake.Report {
	ctx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	w := newWalker(cfg, at)
	defer w.close()
	for _, s := range begin(w) {
		w.step = s.step
		if !s.run(w, ctx) {
			break
		}
		w.reached = max(w.reached, s.step)
	}
	return w.tell(ctx)
}

// passing tells whether a report ends at what may pass by itself: a server that is starting.
func passing(r *handshake.Report) bool {
	return slices.ContainsFunc(r.Findings(), func(f handshake.Finding) bool {
		return slices.Contains([]handshake.Code{handshake.DNSNotFound, handshake.DNSFailed, handshake.TCPRefused,
			handshake.TCPTimeout, handshake.TCPReset, handshake.BadGateway, handshake.AnswerTimeout}, f.Code)
	})
}
