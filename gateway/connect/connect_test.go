package connect

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

func TestPath(t *testing.T) {
	t.Parallel()
	for public, want := range map[string]string{"": "/connect", "/": "/connect", "/mcp": "/connect", "/mcp/": "/connect",
		"/a/mcp": "/a/connect", "/a/b/mcp": "/a/b/connect"} {
		if got := Path(public); got != want {
			t.Errorf("beside %q: %q, want %q", public, got, want)
		}
	}
}

// The whole way: sign in, paste, see, save, replace, remove, sign out. Nothing of a token is ever shown.
func TestSomebodyBringsReplacesAndRemovesAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	want := func(texts ...string) {
		t.Helper()
		page := b.get("/connect").Body.String()
		for _, text := range texts {
			if !strings.Contains(page, text) {
				t.Errorf("the page does not say %q:\n%s", text, page)
			}
		}
	}
	step := func(status int, location string) {
		t.Helper()
		if b.last.Code != status || b.last.Header().Get("Location") != location {
			t.Fatalf("%d to %q, want %d to %q\n%s", b.last.Code, b.last.Header().Get("Location"), status, location, b.last.Body)
		}
	}
	want("Sign in", "id.example.com")
	b.signIn()
	step(http.StatusSeeOther, "/connect")
	want("Ada Lovelace (ada@example.com)", "You have not stored a token")
	b.post("token", url.Values{"token": {" " + codaToken + "\n"}})
	step(http.StatusSeeOther, "/connect")
	want("not saved yet", "ada@coda.example.com", "Acme", "for &lt;Claude&gt;", "read everything that this account "+
		"can open")
	if w.own() != "" {
		t.Fatal("saved before anybody said so")
	}
	b.post("discard", nil)
	want("You have not stored a token")
	b.post("token", url.Values{"token": {codaToken}})
	b.post("save", nil)
	step(http.StatusSeeOther, "/connect")
	want("Your token is saved", "ada@coda.example.com", "Stored since")
	if strings.Contains(b.get("/connect").Body.String(), "Your token is saved") {
		t.Error("said twice")
	}
	if got := w.own(); got != codaToken {
		t.Errorf("kept %q", got)
	}
	b.post("token", url.Values{"token": {"scoped"}})
	want("one doc or table", "It will replace the token of", "ada@coda.example.com")
	b.post("save", nil)
	if got := w.own(); got != "scoped" {
		t.Errorf("after replacing: %q", got)
	}
	b.post("remove", nil)
	want("Your token is removed", "You have not stored a token")
	if got := w.own(); got != "" {
		t.Errorf("after removing: %q", got)
	}
	b.post("sign-out", nil)
	step(http.StatusSeeOther, "/connect")
	want("Sign in")
	if log := w.log.String(); strings.Contains(log, "canary") || !strings.Contains(log, "has connected their own "+
		"Coda token") {
		t.Errorf("log: %s", log)
	}
}

// What the provider is asked is what an MCP client asks, for the gateway itself, and more.
func TestTheProviderIsAskedForAnAccessTokenForThisGateway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.answer(nil)
	q := w.provider.asked
	for name, want := range map[string]string{"response_type": "code", "client_id": clientID, "resource": publicURL,
		"redirect_uri": "https://mcp.example.com/connect/callback", "scope": "coda:read coda:write openid",
		"code_challenge_method": "S256"} {
		if q.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, q.Get(name), want)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(q.Get(name)) < 20 {
			t.Errorf("%s is %q", name, q.Get(name))
		}
	}
	if q.Has("client_secret") || q.Has("code_verifier") {
		t.Error("secrets went to the browser")
	}
}

func TestWhoeverSignsInIsThePrincipalOfTheirAccessToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provider.access = map[string]any{"sub": "the-subject-for-the-resource"}
	w.provider.idToken = map[string]any{"sub": "a-pairwise-subject-for-the-client"}
	b := w.browser()
	b.signIn()
	b.post("token", url.Values{"token": {codaToken}})
	b.post("save", nil)
	kept, ok, err := w.cfg.Tokens.Own(t.Context(), issuerURL, "the-subject-for-the-resource")
	if err != nil || !ok || kept != codaToken {
		t.Errorf("%q %v %v", kept, ok, err)
	}
	if c := w.calls[len(w.calls)-1]; c.Principal == nil || c.Principal.Subject != "the-subject-for-the-resource" {
		t.Errorf("the record of the call names %+v", c.Principal)
	}
}

func TestEveryAnswerKeepsToItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	signedIn := w.browser()
	signedIn.signIn()
	for _, answer := range []http.Header{
		b.get("/connect").Header(), b.get("/connect/sign-in").Header(), b.get("/connect/callback?code=x").Header(),
		b.get("/connect/nowhere").Header(), b.do(http.MethodPost, "/connect/save", url.Values{}).Header(),
		b.do(http.MethodDelete, "/connect", nil).Header(), signedIn.get("/connect").Header(),
		signedIn.post("token", url.Values{"token": {codaToken}}).Header(), signedIn.get("/connect").Header(),
	} {
		for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
			"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff"} {
			if answer.Get(name) != want {
				t.Errorf("%s: %q, want %q", name, answer.Get(name), want)
			}
		}
		policy := answer.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self'",
			"base-uri 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("Content-Security-Policy lacks %s: %s", want, policy)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Error(policy)
		}
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		origin, path, prefix, cookiePath string
		secure                           bool
	}{
		"an origin of our own":       {"https://mcp.example.com", "/connect", "__Host-", "/", true},
		"a path beside others":       {"https://mcp.example.com", "/a/connect", "__Secure-", "/a/connect", true},
		"plain http on this machine": {"http://127.0.0.1:8080", "/connect", "", "/connect", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(cfg *Config) { cfg.Origin, cfg.Path = c.origin, c.path })
			b := w.browser()
			b.get(c.path + "/sign-in")
			for _, cookie := range b.last.Result().Cookies() {
				if cookie.Name != c.prefix+signInCookie || cookie.Path != c.cookiePath || cookie.Secure != c.secure ||
					!cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Domain != "" || cookie.MaxAge <= 0 {
					t.Errorf("%+v", cookie)
				}
			}
			if len(b.cookies) != 1 {
				t.Errorf("%d cookies", len(b.cookies))
			}
		})
	}
}

// Any replica serves any request, as long as they have the same keys, also while a key is being changed.
func TestAnotherReplicaGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn()
	fresh := slices.Concat([][]byte{[]byte("new key new key new key new key ")}, w.cfg.Keys)
	cfg := w.cfg
	cfg.Keys = fresh
	another, err := New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.Handler = another
	if page := b.get("/connect").Body.String(); !strings.Contains(page, "Ada Lovelace") {
		t.Errorf("another replica does not know her:\n%s", page)
	}
	cfg.Keys = fresh[:1]
	if w.Handler, err = New(cfg, nil); err != nil {
		t.Fatal(err)
	}
	if page := b.get("/connect").Body.String(); strings.Contains(page, "Ada Lovelace") {
		t.Error("a key that was taken out still opens")
	}
}

func TestWhoMayUseNothingIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(cfg *Config) { cfg.Refused = newRefusal("no rule <applies> to you") })
	b := w.browser()
	if page := b.signIn(); page.Code != http.StatusForbidden || !strings.Contains(page.Body.String(),
		"no rule &lt;applies&gt; to you") || len(b.cookies) != 0 {
		t.Errorf("%d %v\n%s", page.Code, b.cookies, page.Body)
	}
}

func TestWhoIsRevokedIsSignedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn()
	cfg := w.cfg
	cfg.Revoked = newRevoked(tokentest.Subject)
	var err error
	if w.Handler, err = New(cfg, w.Handler); err != nil {
		t.Fatal(err)
	}
	if page := b.get("/connect").Body.String(); strings.Contains(page, "Ada Lovelace") {
		t.Error("still signed in")
	}
}
