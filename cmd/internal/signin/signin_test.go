package signin_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/bestviable/coda-gateway/cmd/internal/signin"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/fetch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	issuer   = "https://id.example.com"
	resource = "https://mcp.example.com/mcp"
)

// fake is a provider without a network: each path has an answer, which may look at the request.
type fake struct {
	mu      sync.Mutex
	answers map[string]func(r *http.Request, form url.Values) (int, any)
	seen    []string
	forms   map[string]url.Values
	meta    map[string]any
}

func newFake() *fake {
	f := &fake{forms: map[string]url.Values{}, answers: map[string]func(*http.Request, url.Values) (int, any){}}
	f.meta = map[string]any{
		"issuer": issuer, "jwks_uri": issuer + "/keys", "authorization_endpoint": issuer + "/authorize",
		"token_endpoint": issuer + "/token", "registration_endpoint": issuer + "/register",
		"device_authorization_endpoint": issuer + "/device", "authorization_response_iss_parameter_supported": true,
	}
	f.says("/.well-known/openid-configuration", 200, f.meta)
	f.says("/register", 201, map[string]any{"client_id": "made", "token_endpoint_auth_method": "none",
		"registration_client_uri": issuer + "/register/made", "registration_access_token": "manages"})
	f.says("/register/made", 204, nil)
	f.says("/device", 200, map[string]any{"device_code": "dc", "user_code": "AB-CD", "interval": 5, "expires_in": 600,
		"verification_uri": issuer + "/activate"})
	f.says("/token", 200, map[string]any{"access_token": "at", "token_type": "Bearer", "scope": "coda:read"})
	return f
}

func (f *fake) says(path string, status int, body any) {
	f.answers[path] = func(*http.Request, url.Values) (int, any) { return status, body }
}

func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	form := url.Values{}
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if form, err = url.ParseQuery(string(b)); err != nil {
			form = url.Values{}
		}
	}
	f.seen = append(f.seen, r.Method+" "+r.URL.Path)
	f.forms[r.URL.Path] = form
	w := httptest.NewRecorder()
	if answer := f.answers[r.URL.Path]; answer == nil {
		w.WriteHeader(http.StatusNotFound)
	} else {
		status, body := answer(r, form)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if text, ok := body.(string); ok {
			_, _ = io.WriteString(w, text)
		} else if body != nil {
			_ = json.NewEncoder(w).Encode(body)
		}
	}
	res := w.Result()
	res.Request = r
	return res, nil
}

func (f *fake) deleted() bool {
	for _, s := range f.seen {
		if s == "DELETE /register/made" {
			return true
		}
	}
	return false
}

// signIn runs a sign-in whose person comes back with an answer, which is made from what the browser was sent with.
func (f *fake) signIn(t *testing.T, change func(*signin.Config), answer func(q url.Values) url.Values) (
	*signin.Result, []string, error) {
	t.Helper()
	var notes []string
	cfg := signin.Config{
		Issuer: token.Issuer{URL: issuer, Algorithms: []string{"RS256"}}, Resource: resource,
		Scopes: []string{"coda:read", "coda:write"}, Transport: f, Timeout: 20 * time.Second,
		Note: func(s string) { notes = append(notes, s) },
		Show: func(p signin.Prompt) {
			if answer == nil {
				return
			}
			u, err := url.Parse(p.URL)
			if err != nil {
				t.Error(err)
				return
			}
			come(t, p.Redirect, answer(u.Query()))
		},
	}
	if change != nil {
		change(&cfg)
	}
	r, err := signin.Token(t.Context(), cfg)
	return r, notes, err
}

// come is the browser that comes back.
func come(t *testing.T, redirect string, q url.Values) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, redirect+"?"+q.Encode(), nil)
	if err != nil {
		t.Error(err)
		return 0
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

func good(q url.Values) url.Values {
	return url.Values{"code": {"c"}, "state": {q.Get("state")}, "iss": {issuer}}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	f := newFake()
	var asked url.Values
	got, notes, err := f.signIn(t, nil, func(q url.Values) url.Values { asked = q; return good(q) })
	if err != nil || got.AccessToken != "at" || len(got.Granted) != 1 || len(notes) > 0 {
		t.Fatalf("%+v %v %v", got, notes, err)
	}
	if asked.Get("code_challenge_method") != "S256" || len(asked.Get("code_challenge")) != 43 ||
		asked.Get("resource") != resource || asked.Get("scope") != "coda:read coda:write" ||
		asked.Get("client_id") != "made" {
		t.Errorf("authorization request: %v", asked)
	}
	form := f.forms["/token"]
	if len(form.Get("code_verifier")) < 43 || form.Get("resource") != resource || form.Get("client_id") != "made" ||
		form.Get("redirect_uri") != asked.Get("redirect_uri") || form.Has("client_secret") {
		t.Errorf("token request: %v", form)
	}
	if !f.deleted() {
		t.Errorf("the client is still there: %v", f.seen)
	}
}

// What goes wrong is told by what came, with what to do, and a client that was made is deleted each time.
func TestRefusals(t *testing.T) {
	t.Parallel()
	refused := func(code string) map[string]any { return map[string]any{"error": code, "error_description": "why"} }
	with := func(key, value string) func(url.Values) url.Values {
		return func(q url.Values) url.Values {
			v := good(q)
			v.Del(key)
			if value != "" {
				v.Set(key, value)
			}
			return v
		}
	}
	failing := func(code string) func(url.Values) url.Values {
		return func(q url.Values) url.Values {
			return url.Values{"error": {code}, "error_description": {"why"}, "state": {q.Get("state")}, "iss": {issuer}}
		}
	}
	for _, tt := range []struct {
		name        string
		provider    func(*fake)
		config      func(*signin.Config)
		answer      func(url.Values) url.Values
		text, cure  string
		nothingMade bool
	}{
		{name: "denied", answer: failing("access_denied"), text: `"access_denied", and says "why"`, cure: "press Allow"},
		{name: "scope", answer: failing("invalid_scope"), text: "invalid_scope", cure: "scopes coda:read coda:write"},
		{name: "resource", answer: failing("invalid_target"), text: "invalid_target", cure: resource},
		{name: "unknown error", answer: failing("weird\x1b[2J"), text: `"weird\x1b[2J"`, cure: "provider's documentation"},
		{name: "another issuer", answer: with("iss", "https://evil.example"), text: "RFC 9207", cure: "in between"},
		{name: "no issuer", answer: with("iss", ""), text: `iss ""`, cure: "public hostname"},
		{name: "an issuer that was not promised", provider: func(f *fake) {
			delete(f.meta, "authorization_response_iss_parameter_supported")
		}, answer: with("iss", "https://evil.example"), text: "RFC 9207", cure: "in between"},
		{name: "no code", answer: with("code", ""), text: "neither a code nor an error", cure: "response_mode query"},
		{name: "two codes", answer: func(q url.Values) url.Values {
			v := good(q)
			v.Add("code", "other")
			return v
		}, text: "says code twice", cure: "RFC 6749"},
		{name: "code refused", provider: func(f *fake) { f.says("/token", 400, refused("invalid_grant")) }, answer: good,
			text: `"invalid_grant"`, cure: "clocks"},
		{name: "client refused", provider: func(f *fake) { f.says("/token", 401, refused("invalid_client")) }, answer: good,
			text: `"invalid_client"`, cure: "--client-secret-file"},
		{name: "token endpoint down", provider: func(f *fake) { f.says("/token", 502, "<html>") }, answer: good,
			text: "/token answered 502", cure: "provider's log"},
		{name: "no token in the answer", provider: func(f *fake) { f.says("/token", 200, map[string]any{}) }, answer: good,
			text: "cannot be used", cure: "RFC 6749"},
		{name: "bound to a key", provider: func(f *fake) {
			f.says("/token", 200, map[string]any{"access_token": "at", "token_type": "DPoP"})
		}, answer: good, text: "DPoP", cure: "bearer tokens"},
		{name: "no registration", provider: func(f *fake) { delete(f.meta, "registration_endpoint") },
			text: "no registration_endpoint", cure: "redirect URI http://127.0.0.1/callback", nothingMade: true},
		{name: "no registration, documents", provider: func(f *fake) {
			delete(f.meta, "registration_endpoint")
			f.meta["client_id_metadata_document_supported"] = true
		}, text: "no registration_endpoint", cure: "--client-metadata-url", nothingMade: true},
		{name: "registration for some", provider: func(f *fake) { f.says("/register", 401, nil) },
			text: "(401)", cure: "initial access token", nothingMade: true},
		{name: "scopes policy", provider: func(f *fake) {
			f.says("/register", 403, map[string]any{"error": "insufficient_scope",
				"error_description": "Policy 'Allowed Client Scopes' rejected request"})
		}, text: "(403)", cure: "Allowed Client Scopes and", nothingMade: true},
		{name: "too many clients", provider: func(f *fake) {
			f.says("/register", 403, map[string]any{"error": "insufficient_scope",
				"error_description": "There are max 200 clients per realm"})
		}, text: "(403)", cure: "Max Clients", nothingMade: true},
		{name: "redirect refused", provider: func(f *fake) { f.says("/register", 400, refused("invalid_redirect_uri")) },
			text: "invalid_redirect_uri", cure: "RFC 8252", nothingMade: true},
		{name: "registration elsewhere", provider: func(f *fake) { delete(f.answers, "/register") },
			text: "(404)", cure: "switch dynamic registration on", nothingMade: true},
		{name: "no client id", provider: func(f *fake) { f.says("/register", 201, map[string]any{}) },
			text: "holds no client_id", cure: "operator", nothingMade: true},
		{name: "a page by http", provider: func(f *fake) { f.meta["authorization_endpoint"] = "http://id.example.com/a" },
			text: "which is not https", cure: "public hostname", nothingMade: true},
		{name: "a page that is a program", provider: func(f *fake) { f.meta["authorization_endpoint"] = "file:///bin/sh" },
			text: "which is not https", nothingMade: true},
		{name: "no sign-in", provider: func(f *fake) { delete(f.meta, "authorization_endpoint") },
			text: "no authorization_endpoint", nothingMade: true},
		{name: "no metadata", provider: func(f *fake) { delete(f.answers, "/.well-known/openid-configuration") },
			text: "metadata cannot be read", cure: "check --online", nothingMade: true},
		{name: "nobody comes", config: func(c *signin.Config) { c.Timeout = 50 * time.Millisecond },
			text: "nobody came back", cure: "that is the reason"},
		{name: "a client by hand, nobody comes", config: func(c *signin.Config) {
			c.Timeout, c.ClientID = 50*time.Millisecond, "by-hand"
		}, text: "nobody came back", cure: "give the client the redirect URI http://127.0.0.1:", nothingMade: true},
		{name: "no device codes", provider: func(f *fake) { delete(f.meta, "device_authorization_endpoint") },
			config: func(c *signin.Config) { c.Device = true }, text: "no device codes", cure: "ssh -L", nothingMade: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			if tt.provider != nil {
				tt.provider(f)
			}
			_, _, err := f.signIn(t, tt.config, tt.answer)
			r, ok := errors.AsType[*signin.Refusal](err)
			if !ok || !strings.Contains(r.Text, tt.text) || !strings.Contains(r.Cure, tt.cure) || r.Cure == "" {
				t.Fatalf("got %v", err)
			}
			if strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Errorf("steers a terminal: %q", err)
			}
			if f.deleted() == tt.nothingMade {
				t.Errorf("requests: %v", f.seen)
			}
		})
	}
}

// Answers that are not ours end nothing.
func TestStrangers(t *testing.T) {
	t.Parallel()
	f := newFake()
	got, _, err := f.signIn(t, func(c *signin.Config) {
		c.Show = func(p signin.Prompt) {
			u, err := url.Parse(p.URL)
			if err != nil {
				t.Error(err)
				return
			}
			for want, v := range map[int]url.Values{
				400: {"code": {"evil"}, "state": {"another"}},
			} {
				if status := come(t, p.Redirect, v); status != want {
					t.Errorf("%v: %d", v, status)
				}
			}
			if status := come(t, strings.TrimSuffix(p.Redirect, "/callback")+"/favicon.ico", nil); status != 404 {
				t.Errorf("another path: %d", status)
			}
			if status := come(t, strings.Replace(p.Redirect, "127.0.0.1", "localhost", 1), good(u.Query())); status != 421 {
				t.Errorf("another host: %d", status)
			}
			if status := come(t, p.Redirect, good(u.Query())); status != 200 {
				t.Errorf("ours: %d", status)
			}
			if status := come(t, p.Redirect, good(u.Query())); status != 410 {
				t.Errorf("ours, again: %d", status)
			}
		}
	}, nil)
	if err != nil || got.AccessToken != "at" || f.forms["/token"].Get("code") != "c" {
		t.Errorf("%v %v", got, err)
	}
}

// A client of one's own is neither registered nor deleted; its secret goes where the provider wants it.
func TestOwnClient(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		methods []any
		header  bool
	}{{nil, true}, {[]any{"client_secret_basic", "client_secret_post"}, true}, {[]any{"client_secret_post"}, false}} {
		f := newFake()
		if tt.methods != nil {
			f.meta["token_endpoint_auth_methods_supported"] = tt.methods
		}
		inHeader := false
		f.answers["/token"] = func(r *http.Request, _ url.Values) (int, any) {
			id, secret, ok := r.BasicAuth()
			inHeader = ok && id == "own" && secret == "s3cret"
			return 200, map[string]any{"access_token": "at", "token_type": "bearer"}
		}
		got, _, err := f.signIn(t, func(c *signin.Config) { c.ClientID, c.ClientSecret = "own", "s3cret" }, good)
		if err != nil || got.Granted != nil || inHeader != tt.header ||
			(f.forms["/token"].Get("client_secret") == "s3cret") == tt.header {
			t.Errorf("%v: %v, header %v, form %v", tt.methods, err, inHeader, f.forms["/token"])
		}
		for _, s := range f.seen {
			if strings.Contains(s, "/register") {
				t.Errorf("%v", f.seen)
			}
		}
	}
	f := newFake()
	_, notes, err := f.signIn(t, func(c *signin.Config) { c.ClientID = "https://client.example.com/me.json" }, good)
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0], "client_id_metadata_document_supported") {
		t.Errorf("a metadata document: %v %v", notes, err)
	}
}

// What the registration answers counts, not what was asked for.
func TestRegisteredWithSecret(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.says("/register", 201, map[string]any{"client_id": "made", "client_secret": "s3cret",
		"token_endpoint_auth_method": "client_secret_post"})
	_, notes, err := f.signIn(t, nil, good)
	if err != nil || f.forms["/token"].Get("client_secret") != "s3cret" {
		t.Errorf("%v %v", f.forms["/token"], err)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], `"made"`) || !strings.Contains(notes[0], "no way to delete") {
		t.Errorf("notes: %v", notes)
	}
	f = newFake()
	f.says("/register/made", 403, nil)
	if _, notes, _ := f.signIn(t, nil, good); len(notes) != 1 || !strings.Contains(notes[0], "deleting it was 403") {
		t.Errorf("notes: %v", notes)
	}
}

// Ctrl-C, also while the client is being registered: the client is deleted, and nothing else happens.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"/register", "show"} {
		f := newFake()
		ctx, cancel := context.WithCancel(t.Context())
		registered := f.answers["/register"]
		f.answers["/register"] = func(r *http.Request, form url.Values) (int, any) {
			if at == "/register" {
				cancel()
			}
			return registered(r, form)
		}
		_, err := signin.Token(ctx, signin.Config{
			Issuer: token.Issuer{URL: issuer, Algorithms: []string{"RS256"}}, Resource: resource, Transport: f,
			Note: func(s string) { t.Error(s) }, Show: func(signin.Prompt) { cancel() },
		})
		cancel()
		if err == nil || !strings.HasPrefix(err.Error(), "interrupted") || !f.deleted() {
			t.Errorf("%s: %v %v", at, err, f.seen)
		}
	}
}

// The pace is the provider's (RFC 8628 §3.5), and each end has its words.
func TestDevice(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		codes []string
		polls int
		took  time.Duration
		text  string
	}{
		{"at once", []string{""}, 1, 5 * time.Second, ""},
		{"slower", []string{"authorization_pending", "slow_down", "authorization_pending", ""}, 4, 30 * time.Second, ""},
		{"denied", []string{"authorization_pending", "access_denied"}, 2, 10 * time.Second, `"access_denied"`},
		{"expired there", []string{"expired_token"}, 1, 5 * time.Second, `"expired_token"`},
		{"expired here", []string{"authorization_pending"}, 119, 10 * time.Minute, "expired before anybody used it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				polls := 0
				f.answers["/token"] = func(_ *http.Request, form url.Values) (int, any) {
					code := tt.codes[min(polls, len(tt.codes)-1)]
					polls++
					if form.Get("device_code") != "dc" || form.Get("resource") != resource {
						t.Errorf("token request: %v", form)
					}
					if code == "" {
						return 200, map[string]any{"access_token": "at", "token_type": "Bearer"}
					}
					return 400, map[string]any{"error": code}
				}
				// x/oauth2 leaves a body open, whose timer of package fetch then has to run out.
				defer func() { <-time.After(fetch.Timeout) }()
				began := time.Now()
				var shown signin.Prompt
				got, _, err := f.signIn(t, func(c *signin.Config) {
					c.Device, c.Timeout = true, time.Hour
					c.Show = func(p signin.Prompt) { shown = p }
				}, nil)
				if shown.Code != "AB-CD" || shown.URL != issuer+"/activate" || shown.Redirect != "" {
					t.Errorf("shown: %+v", shown)
				}
				if tt.text == "" && (err != nil || got.AccessToken != "at") ||
					tt.text != "" && (err == nil || !strings.Contains(err.Error(), tt.text)) {
					t.Errorf("%v %v", got, err)
				}
				if polls < tt.polls || polls > tt.polls+1 || time.Since(began) != tt.took {
					t.Errorf("%d polls in %s", polls, time.Since(began))
				}
				if !f.deleted() {
					t.Errorf("requests: %v", f.seen)
				}
			})
		})
	}
}

func TestCheckRedirect(t *testing.T) {
	t.Parallel()
	for uri, good := range map[string]bool{
		"http://127.0.0.1/callback": true, "http://localhost:8765/cb": true, "http://[::1]:1/x": true,
		"http://127.0.0.1":   true,
		"https://127.0.0.1/": false, "http://example.com/": false, "http://127.0.0.1/?x": false, "http://u@127.0.0.1/": false,
		"": false, "/callback": false,
	} {
		if err := signin.CheckRedirect(uri); (err == nil) != good {
			t.Errorf("%q: %v", uri, err)
		}
	}
}
