package walk

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/idna"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// walker is a walk under way: what the stages share.
type walker struct {
	cfg    Config
	net    *network
	events []*handshake.Event
	// mcp is the URL that was typed, and typed how it was written.
	mcp   *url.URL
	typed string
	// step is the one that is walked now, reached the last one that was walked whole.
	step, reached handshake.Step
	requests      int
	// wantsCertificate is set where the server asked for a client's certificate.
	wantsCertificate bool

	// first is the answer to the first MCP request, and challenge what it says.
	first     *answer
	challenge challenge
	// resource is the resource's metadata, and server the authorization server's; nil = not found.
	resource *resource
	server   *server
	// scopes are those that clients ask for: the challenge's, or the metadata's.
	scopes []string
	// skew is how far the server's clock is ahead, and skewed the event that tells of it; nil = it is right.
	skew   time.Duration
	skewed *handshake.Event
	// within: it is the configuration's side, where whoever asks has looked at the keys as serve does.
	within bool
	// clients are those that the provider was made to know, or is said to.
	clients []client
}

// resource is the document of RFC 9728.
type resource struct {
	// URL is where it was read.
	URL string
	// Resource is the identifier, Servers the issuers, Scopes those that are supported.
	Resource string
	Servers  []string
	Scopes   []string
	// noList: authorization_servers is something else than a list.
	noList bool
	// wrong are the members of a wrong shape, methods how tokens may be sent (nil = it does not say), bound whether
	// they must be bound to a key (DPoP).
	wrong, methods []string
	bound          bool
}

// server is the document of RFC 8414 or OpenID Connect Discovery.
type server struct {
	// URL is where it was read, Asked the issuer that was asked for.
	URL, Asked string
	Issuer     string
	// The endpoints; empty = none.
	Authorization, Token, Registration, DeviceAuthorization, Introspection, JWKS string
	// The lists; nil = the document does not say.
	Scopes, GrantTypes, ResponseTypes, GrantProfiles, AuthMethods, CodeChallengeMethods, Algorithms []string
	// demands are what it wants and no client does, wrong the members of a wrong shape.
	demands, wrong []string
	// Documents: it takes client ID metadata documents. IssuerInAnswer: RFC 9207.
	Documents, IssuerInAnswer bool
}

func newWalker(cfg Config, at *url.URL) *walker {
	if len(cfg.Clients) == 0 {
		cfg.Clients = handshake.Profiles()
	}
	w := &walker{cfg: cfg, mcp: at, typed: cfg.URL, reached: handshake.Reach}
	w.net = newNetwork(&w.cfg, at)
	return w
}

func (w *walker) close() { w.net.close() }

// event tells of something that happens at the step that is walked now.
func (w *walker) event(request string) *handshake.Event {
	e := &handshake.Event{Step: w.step, Request: request}
	w.events = append(w.events, e)
	return e
}

// found adds what is wrong to an event. The last event takes what belongs to none.
func (w *walker) found(e *handshake.Event, f handshake.Finding) {
	if f.Code == "" {
		return
	}
	if e == nil {
		if len(w.events) == 0 {
			w.event("the walk")
		}
		e = w.events[len(w.events)-1]
	}
	e.Findings = append(e.Findings, f)
}

// tell makes the report.
func (w *walker) tell(ctx context.Context) *handshake.Report {
	r := handshake.Report{URL: w.typed, Reached: w.reached}
	for _, e := range w.events {
		r.Events = append(r.Events, *e)
	}
	switch err := ctx.Err(); {
	case errors.Is(err, context.DeadlineExceeded):
		r.Notes = append(r.Notes, fmt.Sprintf("The walk was stopped after %s, before it was complete; give it more time "+
			"with --timeout.",
			w.cfg.Timeout))
	case err != nil:
		r.Notes = append(r.Notes, "The walk was interrupted before it was complete.")
	}
	if w.requests > maxRequests {
		r.Notes = append(r.Notes, fmt.Sprintf("The walk was stopped after %d requests, before it was complete.", maxRequests))
	}
	over := len(r.Notes) > 0
	r.Settle(w.cfg.Clients)
	r.OK = r.OK && !over
	if note := w.unseen(&r); note != "" {
		r.Notes = append(r.Notes, note)
	}
	return &r
}

// unseen says what cannot be seen from here about clients that connect from their makers' networks.
func (w *walker) unseen(r *handshake.Report) string {
	var from []string
	for _, p := range w.cfg.Clients {
		connects := slices.ContainsFunc(r.Verdicts, func(v handshake.Verdict) bool {
			return v.Client == p.ID && v.Outcome == handshake.Connects
		})
		if p.Hosted && connects {
			from = append(from, p.Name+" from "+p.Egress)
		}
	}
	if len(from) == 0 {
		return ""
	}
	hosts := w.mcp.Hostname()
	if w.server != nil && hostname(w.server.Issuer) != hosts {
		hosts += " and " + clip(hostname(w.server.Issuer))
	}
	return "This command cannot see whether a firewall lets hosted clients through to " + hosts + ": " +
		strings.Join(from, "; ") + "."
}

// has tells whether one of the clients is walked as.
func (w *walker) has(ids ...string) bool {
	return slices.ContainsFunc(w.cfg.Clients, func(p handshake.Profile) bool { return slices.Contains(ids, p.ID) })
}

// who lists the ids of the clients that need something.
func (w *walker) who(need func(handshake.Profile) bool) []string {
	var out []string
	for _, p := range w.cfg.Clients {
		if need(p) {
			out = append(out, p.ID)
		}
	}
	return out
}

// CheckURL says what is wrong with a URL to walk to.
func CheckURL(text string) error {
	_, err := parseTyped(text)
	return err
}

// InASCII is text with the host as name servers know it (bücher.example: xn--bcher-kva.example). Clients turn it so
// themselves; the resolver below would ask nobody, and say that the name is not known.
func InASCII(text string) string {
	u, err := url.Parse(text)
	if err != nil || !strings.ContainsFunc(u.Hostname(), func(r rune) bool { return r > unicode.MaxASCII }) {
		return text
	}
	host, err := idna.Lookup.ToASCII(u.Hostname())
	if err != nil {
		return text
	}
	if port := u.Port(); port != "" {
		host = net.JoinHostPort(host, port)
	}
	u.Host = host
	return u.String()
}

// parseTyped reads what a person types.
func parseTyped(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%q is not a URL", handshake.Clean(text, 200))
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return nil, fmt.Errorf("%q is not an http or https URL with a host", handshake.Clean(text, 200))
	case !isPort(u.Port()):
		return nil, fmt.Errorf("%s is no port; ports are 1 to 65535", handshake.Clean(u.Port(), 20))
	case u.User != nil:
		return nil, errors.New("an MCP server's URL has no user name or password; remove them")
	case u.Fragment != "":
		return nil, errors.New("an MCP server's URL has no #; remove it")
	}
	return u, nil
}

// isPort tells whether text is a port, or none is named.
func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return text == "" || err == nil && n >= 1 && n <= math.MaxUint16
}
