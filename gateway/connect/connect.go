// Package connect is the page where people bring their own Coda token: they sign in at the identity provider, paste the
// token, see whose it is and what it may do, and save, replace or remove it.
//
// The gateway is a client of the provider here, and still no authorization server. It asks for an access token for
// itself (RFC 8707) and hands that to the verifier of all bearer tokens, so that the person is the same one, issuer and
// subject, as the one on whose behalf Claude calls; an ID token would name them for another audience, and at some
// providers differently. The access token is then let go of.
//
// There is no session at the server: who signed in, and a token that was tried and not saved yet, are sealed in a
// cookie with keys made of state.keys, so that any replica serves any request. A page works without scripts, and
// nothing of a token is ever shown again.
//
// What is held off: forms of other pages (Sec-Fetch-Site or Origin, and a secret of the session in each form), sessions
// that somebody else began (a cookie under the __Host- prefix where that is possible, a new one at each sign-in, and
// none of two that come together), answers of a sign-in that began elsewhere or at another provider (state, nonce,
// PKCE, RFC 9207), frames, redirects (there are none but to fixed places), and whoever would try out tokens or bother
// the provider by it (rates).
package connect

import (
	"context"
	"crypto/cipher"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// Config is what a [Handler] needs. All but Name, Now and Log is required.
type Config struct {
	// Resource is public_url, for which access tokens are asked; Origin its scheme://host[:port].
	Resource, Origin string
	// Path is where the page is, see [Path].
	Path string
	// Name is what the page calls the gateway; empty = Coda.
	Name string
	// ClientID and ClientSecret are the gateway's own client at the identity provider; without a secret it is a
	// public one.
	ClientID, ClientSecret string
	// Scopes are those of the first challenge, short.
	Scopes []string
	// SignIn is the provider where people sign in.
	SignIn *token.SignIn
	// Verify is the verifier of bearer tokens.
	Verify func(ctx context.Context, client netip.Addr, bearer string) (*token.Principal, error)
	// Refused says in words why somebody who has just signed in may bring no token; empty = they may.
	Refused func(*token.Principal) string
	// Revoked is asked at each later request, and knows of the person what a session does.
	Revoked func(*token.Principal) bool
	// Keys seal cookies, 32 bytes each: the first one seals, all open.
	Keys [][]byte
	// Tokens are kept there.
	Tokens *Tokens
	// Coda asks Coda about a token.
	Coda Coda
	// Now is the clock; nil = [time.Now].
	Now func() time.Time
	// Log receives what operators need; never a token.
	Log zerolog.Logger
}

// Account is whose a Coda token is and what it may do, as far as Coda says.
type Account struct {
	Name      string `json:"name"`
	Login     string `json:"login,omitempty"`
	TokenName string `json:"token_name,omitempty"`
	Workspace string `json:"workspace,omitempty"`
	// Scoped: it is restricted to a document or a table.
	Scoped bool `json:"scoped,omitempty"`
	// NoReading: it may not read.
	NoReading bool `json:"no_reading,omitempty"`
}

// Coda asks Coda whose a token is. The error is [ErrRefused] where Coda does not accept the token.
type Coda func(ctx context.Context, token string) (*Account, error)

// ErrRefused is a token that Coda does not accept.
var ErrRefused = errors.New("Coda does not accept the token")

// Handler serves the page. It is safe for concurrent use.
type Handler struct {
	cfg    Config
	seals  []cipher.AEAD
	rates  *rates
	look   look
	signin *client
}

// Path is where the page is beside a public URL's path: in the place of its last segment.
func Path(public string) string {
	public = strings.TrimSuffix(public, "/")
	return public[:max(0, strings.LastIndexByte(public, '/'))] + "/" + page
}

// page is the last segment of the page's own path.
const page = "connect"

// CallbackPath is where the provider sends people back to, below the page.
const CallbackPath = "/callback"

// New makes a handler. What previous remembers of rates goes on; previous may be nil.
func New(cfg Config, previous *Handler) (*Handler, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Name == "" {
		cfg.Name = "Coda"
	}
	h := &Handler{cfg: cfg, look: newLook(cfg), signin: &client{cfg: cfg}}
	for _, key := range cfg.Keys {
		aead, err := newSeal(key)
		if err != nil {
			return nil, err
		}
		h.seals = append(h.seals, aead)
	}
	if len(h.seals) == 0 {
		return nil, errors.New("connect: Config.Keys is needed")
	}
	if previous != nil {
		h.rates = previous.rates
		return h, nil
	}
	var err error
	h.rates, err = newRates()
	return h, err
}

// URL is where people find the page.
func (h *Handler) URL() string { return h.cfg.Origin + h.cfg.Path }

// Serves tells whether an escaped path is the page's or below it.
func (h *Handler) Serves(path string) bool {
	rest, ok := strings.CutPrefix(path, h.cfg.Path)
	return ok && (rest == "" || rest[0] == '/')
}

// visit is one request.
type visit struct {
	w http.ResponseWriter
	r *http.Request
	c *call.Call
	// who is the session; nil where nobody is signed in.
	who *session
}

// ServeHTTP serves the page and what is below it, and notes in c who asked.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, c *call.Call) {
	harden(w.Header(), h.look.policy)
	rest := strings.TrimPrefix(r.URL.EscapedPath(), h.cfg.Path)
	for _, route := range []struct {
		path, method string
		serve        func(*visit)
	}{
		{"", http.MethodGet, h.show},
		{"/", http.MethodGet, h.show},
		{"/sign-in", http.MethodGet, h.begin},
		{CallbackPath, http.MethodGet, h.callback},
		{"/token", http.MethodPost, h.form(h.try)},
		{"/save", http.MethodPost, h.form(h.save)},
		{"/discard", http.MethodPost, h.form(h.discard)},
		{"/remove", http.MethodPost, h.form(h.remove)},
		{"/sign-out", http.MethodPost, h.form(h.signOut)},
	} {
		if route.path != rest {
			continue
		}
		if r.Method != route.method && !(r.Method == http.MethodHead && route.method == http.MethodGet && rest == "") {
			w.Header().Set("Allow", route.method)
			h.say(&visit{w: w, r: r, c: c}, http.StatusMethodNotAllowed, saying{Title: "That does not work here",
				Text: "Open the page again."})
			return
		}
		v := &visit{w: w, r: r, c: c}
		v.who = h.session(v)
		if v.who != nil {
			c.Principal = v.who.principal()
		}
		route.serve(v)
		return
	}
	h.say(&visit{w: w, r: r, c: c}, http.StatusNotFound, saying{Title: "There is no such page",
		Text: "Open the page again."})
}

// harden sets what keeps a page to itself.
func harden(h http.Header, policy string) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Robots-Tag", "noindex")
}
