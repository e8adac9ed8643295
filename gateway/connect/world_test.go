package connect

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/state"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	publicURL = "https://mcp.example.com/mcp"
	issuerURL = "https://id.example.com/realms/company"
	clientID  = "coda-gateway"
	secret    = "the gateway's secret"
	// codaToken is one that Coda accepts; nothing may ever show it.
	codaToken = "11111111-canary-2222-3333-444444444444"
)

// world is the page, with a provider and a Coda, all in process.
type world struct {
	*Handler
	t        *testing.T
	provider *provider
	log      *bytes.Buffer
	store    *state.Store
	now      *clock
	verifier *token.Verifier
	// calls are the records of the requests, the last one last.
	calls []*call.Call
	// asked are the tokens that Coda was asked about.
	asked []string
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// provider is the token endpoint; everything else is tokentest's.
type provider struct {
	*tokentest.Issuer
	t *testing.T
	// idToken and access change the claims of the tokens that are given next; nil removes one.
	idToken, access map[string]any
	// answer replaces the whole answer.
	answer func(http.ResponseWriter, url.Values)
	// asked is the last authorization request; the code that it gets is its state.
	asked url.Values
	// redeems are the requests to the token endpoint.
	redeems []url.Values
}

func (p *provider) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/token") {
		return p.Issuer.Transport().RoundTrip(r)
	}
	rec := httptest.NewRecorder()
	p.token(rec, r)
	res := rec.Result()
	res.Request = r
	return res, nil
}

// token holds the gateway to what a provider would.
func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		p.t.Error(err)
	}
	form := r.PostForm
	p.redeems = append(p.redeems, form)
	w.Header().Set("Content-Type", "application/json")
	if p.answer != nil {
		p.answer(w, form)
		return
	}
	id, password, _ := r.BasicAuth()
	challenge := sha256.Sum256([]byte(form.Get("code_verifier")))
	for name, ok := range map[string]bool{
		"client": id == clientID && password == url.QueryEscape(secret), "code": form.Get("code") == "code-of-ada",
		"redirect_uri": form.Get("redirect_uri") == p.asked.Get("redirect_uri"),
		"resource":     form.Get("resource") == publicURL,
		"verifier":     base64.RawURLEncoding.EncodeToString(challenge[:]) == p.asked.Get("code_challenge"),
	} {
		if !ok {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"invalid_grant","error_description":"`+name+`"}`)
			return
		}
	}
	access := p.Token(publicURL, map[string]any{"client_id": clientID}, p.access)
	claims := map[string]any{"iss": p.URL, "sub": tokentest.Subject, "aud": clientID, "nonce": p.asked.Get("nonce"),
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(), "at_hash": hashOf(access)}
	maps.Copy(claims, p.idToken)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	answer := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": p.Mint(claims)}
	_ = json.NewEncoder(w).Encode(answer) // it is in memory
}

func hashOf(access string) string {
	sum := sha256.Sum256([]byte(access))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

var errAway = errors.New("connection refused")

// newWorld makes a world; change may change the configuration.
func newWorld(t *testing.T, change ...func(*Config)) *world {
	t.Helper()
	w := &world{t: t, log: &bytes.Buffer{}, now: &clock{at: time.Now()}}
	w.provider = &provider{Issuer: tokentest.NewIssuer(t, tokentest.Options{URL: issuerURL,
		Algorithms: []string{"ES256"}}), t: t}
	trusted, err := token.Preset("generic")
	if err != nil {
		t.Fatal(err)
	}
	trusted.URL = issuerURL
	w.verifier, err = token.New(token.Config{Resource: publicURL, Issuers: []token.Issuer{trusted}, HTTP: w.provider})
	if err != nil {
		t.Fatal(err)
	}
	if w.store, err = state.Open(t.Context(), state.Config{}); err != nil {
		t.Fatal(err)
	}
	cfg := Config{
		Resource: publicURL, Origin: "https://mcp.example.com", Path: "/connect", Name: "Coda",
		ClientID: clientID, ClientSecret: secret, Scopes: []string{"coda:read", "coda:write"},
		SignIn: w.verifier.SignIn(), Verify: w.verifier.VerifyFrom,
		Refused: func(*token.Principal) string { return "" }, Revoked: func(*token.Principal) bool { return false },
		Keys:   [][]byte{bytes.Repeat([]byte("k"), 32)},
		Tokens: NewTokens(w.store.Room(TokensRoom, state.Kept), w.store.Room(UsedRoom, state.Kept), w.now.now),
		Coda:   w.coda, Now: w.now.now, Log: zerolog.New(w.log),
	}
	for _, f := range change {
		f(&cfg)
	}
	if w.Handler, err = New(cfg, nil); err != nil {
		t.Fatal(err)
	}
	return w
}

// coda knows one token, and is away for another.
func (w *world) coda(_ context.Context, token string) (*Account, error) {
	w.asked = append(w.asked, token)
	switch token {
	case codaToken:
		return &Account{Name: "Ada Lovelace", Login: "ada@coda.example.com", TokenName: "for <Claude>",
			Workspace: "Acme"}, nil
	case "scoped":
		return &Account{Name: "Ada Lovelace", Login: "ada@coda.example.com", Scoped: true}, nil
	case "blind":
		return &Account{Name: "Ada Lovelace", NoReading: true}, nil
	case "away":
		return nil, errAway
	}
	return nil, ErrRefused
}

// browser keeps cookies and follows nothing.
type browser struct {
	w       *world
	cookies map[string]*http.Cookie
	// from is its address.
	from string
	// last is the last page.
	last *httptest.ResponseRecorder
}

func (w *world) browser() *browser {
	return &browser{w: w, cookies: map[string]*http.Cookie{}, from: "192.0.2.1"}
}

// do sends a request; change may change it.
func (b *browser) do(method, target string, form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	b.w.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequestWithContext(b.w.t.Context(), method, "https://mcp.example.com"+target, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "null") // as browsers say under the page's referrer policy
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range b.cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	for _, f := range change {
		f(r)
	}
	c := &call.Call{Client: netip.MustParseAddr(b.from), Time: time.Now()}
	b.last = httptest.NewRecorder()
	b.w.ServeHTTP(b.last, r, c)
	b.w.calls = append(b.w.calls, c)
	for _, set := range b.last.Result().Cookies() {
		if set.MaxAge < 0 {
			delete(b.cookies, set.Name)
		} else {
			b.cookies[set.Name] = set
		}
	}
	return b.last
}

func (b *browser) get(target string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	b.w.t.Helper()
	return b.do(http.MethodGet, target, nil, change...)
}

// signIn walks to the provider and back.
func (b *browser) signIn() *httptest.ResponseRecorder {
	b.w.t.Helper()
	return b.get("/connect/callback?" + b.answer(nil))
}

// answer begins a sign-in and gives what the provider answers; change may change it.
func (b *browser) answer(change func(url.Values)) string {
	b.w.t.Helper()
	begun := b.get("/connect/sign-in")
	if begun.Code != http.StatusSeeOther {
		b.w.t.Fatalf("sign-in: %d %s", begun.Code, begun.Body)
	}
	at, err := url.Parse(begun.Header().Get("Location"))
	if err != nil {
		b.w.t.Fatal(err)
	}
	b.w.provider.asked = at.Query()
	answer := url.Values{"code": {"code-of-ada"}, "state": {at.Query().Get("state")}, "iss": {issuerURL}}
	if change != nil {
		change(answer)
	}
	return answer.Encode()
}

var formSecret = regexp.MustCompile(`name="form" value="([^"]+)"`)

// form is the secret of the page's forms.
func (b *browser) form() string {
	b.w.t.Helper()
	m := formSecret.FindStringSubmatch(b.get("/connect").Body.String())
	if m == nil {
		b.w.t.Fatalf("the page has no form:\n%s", b.last.Body)
	}
	return m[1]
}

// post sends a form of the page.
func (b *browser) post(name string, fields url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	b.w.t.Helper()
	form := url.Values{"form": {b.form()}}
	maps.Copy(form, fields)
	return b.do(http.MethodPost, "/connect/"+name, form, change...)
}

// own is the token that is kept of ada.
func (w *world) own() string {
	w.t.Helper()
	text, _, err := w.cfg.Tokens.Own(w.t.Context(), issuerURL, tokentest.Subject)
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}
