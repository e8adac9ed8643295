package connect

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

func newRefusal(words string) func(*token.Principal) string {
	return func(*token.Principal) string { return words }
}

func newRevoked(subject string) func(*token.Principal) bool {
	return func(p *token.Principal) bool { return p.Subject == subject }
}

// An answer of the provider counts only in the browser where the sign-in began, once, in time, and from the provider
// that was asked.
func TestAnswersThatAreNotToThisSignIn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		// change changes the provider's answer, before does something before it comes.
		change func(url.Values)
		before func(*world, *browser)
		reason string
		// promised: the provider says that it always names itself.
		promised bool
	}{
		"another state": {change: func(q url.Values) { q.Set("state", "another") },
			reason: "the state"},
		"no state": {change: func(q url.Values) { q.Del("state") },
			reason: "the state"},
		"two states": {change: func(q url.Values) { q.Add("state", "another") },
			reason: "state twice"},
		"two codes": {change: func(q url.Values) { q.Add("code", "another") },
			reason: "code twice"},
		"another provider": {change: func(q url.Values) { q.Set("iss", "https://evil.example.com") },
			reason: "has iss"},
		"two providers": {change: func(q url.Values) { q.Add("iss", "https://evil.example.com") },
			reason: "iss twice"},
		"no code": {change: func(q url.Values) { q.Del("code") },
			reason: "neither a code nor an error"},
		"another code": {change: func(q url.Values) { q.Set("code", "stolen") },
			reason: "invalid_grant"},
		"a refusal": {change: func(q url.Values) { q.Set("error", "access_denied") },
			reason: "access_denied"},
		"no provider, where one is promised": {change: func(q url.Values) { q.Del("iss") },
			reason: "has no iss", promised: true},
		"another browser": {before: func(_ *world, b *browser) { clear(b.cookies) },
			reason: "without the cookie"},
		"too late": {before: func(w *world, _ *browser) { w.now.pass(signInLife + time.Second) },
			reason: "without the cookie"},
		"a cookie of somebody else beside it": {before: func(_ *world, b *browser) {
			second := *b.cookies["__Host-"+signInCookie]
			b.cookies["second"] = &second
		}, reason: "without the cookie"},
		"a forged cookie": {before: func(_ *world, b *browser) {
			for name := range b.cookies {
				b.cookies[name].Value = "AAAA" + b.cookies[name].Value[4:]
			}
		}, reason: "without the cookie"},
		"a session's cookie for a sign-in's": {before: func(w *world, b *browser) {
			other := w.browser()
			other.signIn()
			b.cookies["__Host-"+signInCookie].Value = other.cookies["__Host-"+sessionCookie].Value
		}, reason: "without the cookie"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if c.promised {
				w.provider.SetDiscovery("authorization_response_iss_parameter_supported", true)
			}
			b := w.browser()
			answer := b.answer(c.change)
			if c.before != nil {
				c.before(w, b)
			}
			page := b.get("/connect/callback?" + answer)
			last := w.calls[len(w.calls)-1]
			if page.Code < 400 || page.Code >= 500 || last.Reason != call.SignIn || !strings.Contains(last.Detail, c.reason) {
				t.Errorf("%d, the log has %s %q, want %q\n%s", page.Code, last.Reason, last.Detail, c.reason, page.Body)
			}
			if strings.Contains(b.get("/connect").Body.String(), "signed in as") {
				t.Error("somebody is signed in")
			}
		})
	}
}

// An answer counts once: its sign-in is over with it.
func TestAnAnswerCountsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	answer := b.answer(nil)
	b.get("/connect/callback?" + answer)
	if page := b.get("/connect/callback?" + answer); page.Code != http.StatusBadRequest || len(w.provider.redeems) != 1 {
		t.Errorf("%d, and the provider was asked %d times", page.Code, len(w.provider.redeems))
	}
}

// What comes from the token endpoint has to be what was asked for.
func TestTokensThatAreNotForThisSignIn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		id, access map[string]any
		answer     func(http.ResponseWriter, url.Values)
		reason     string
	}{
		"another nonce": {id: map[string]any{"nonce": "another"},
			reason: "nonce"},
		"no nonce": {id: map[string]any{"nonce": nil},
			reason: "nonce"},
		"another client": {id: map[string]any{"aud": "another"},
			reason: "audience"},
		"several clients": {id: map[string]any{"aud": []string{"another", clientID}},
			reason: "another client"},
		"another issuer": {id: map[string]any{"iss": "https://evil.example.com"},
			reason: "evil.example.com"},
		"expired": {id: map[string]any{"exp": 1000},
			reason: "expired"},
		"another access token": {id: map[string]any{"at_hash": hashOf("another")},
			reason: "access token"},
		"for another resource": {access: map[string]any{"aud": "https://other.example.com/mcp"},
			reason: "audience"},
		"an expired access token": {access: map[string]any{"exp": 1000},
			reason: "expired"},
		"no ID token": {answer: func(w http.ResponseWriter, _ url.Values) {
			_, _ = w.Write([]byte(`{"access_token":"x","token_type":"Bearer"}`))
		}, reason: "ID token"},
		"a forged ID token": {answer: func(w http.ResponseWriter, _ url.Values) {
			_, _ = w.Write([]byte(`{"access_token":"x","token_type":"Bearer","id_token":"eyJhbGciOiJub25lIn0.e30."}`))
		}, reason: "ID token"},
		"a bound token": {answer: func(w http.ResponseWriter, _ url.Values) {
			_, _ = w.Write([]byte(`{"access_token":"x","token_type":"DPoP"}`))
		}, reason: "DPoP"},
		"a page": {answer: func(w http.ResponseWriter, _ url.Values) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(`<h1>Welcome</h1>`))
		}, reason: "token endpoint"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.provider.idToken, w.provider.access, w.provider.answer = c.id, c.access, c.answer
			b := w.browser()
			page := b.signIn()
			last := w.calls[len(w.calls)-1]
			if page.Code < 400 || !strings.Contains(last.Detail, c.reason) || len(b.cookies) != 0 {
				t.Errorf("%d, the log has %q, want %q", page.Code, last.Detail, c.reason)
			}
		})
	}
}

// A session that somebody else put into the browser ends with the sign-in, and so does the secret of its forms.
func TestASignInMakesANewSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn()
	planted, form := b.cookies["__Host-"+sessionCookie].Value, b.form()
	b.signIn()
	if b.cookies["__Host-"+sessionCookie].Value == planted || b.form() == form {
		t.Error("the session is the one from before")
	}
	if page := b.do(http.MethodPost, "/connect/remove", url.Values{"form": {form}}); page.Code != http.StatusForbidden {
		t.Errorf("a form of the session before: %d", page.Code)
	}
}

func TestTwoSessionsAreNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn()
	attacker := w.browser()
	attacker.signIn()
	tossed := *attacker.cookies["__Host-"+sessionCookie]
	b.cookies["second"] = &tossed
	if page := b.get("/connect").Body.String(); strings.Contains(page, "signed in as") {
		t.Error("one of two sessions counts")
	}
}

func TestASessionEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn()
	form := b.form()
	w.now.pass(sessionLife)
	if page := b.do(http.MethodPost, "/connect/token", url.Values{"form": {form}, "token": {codaToken}}); page.Code !=
		http.StatusForbidden || len(w.asked) != 0 {
		t.Errorf("%d, Coda was asked %d times", page.Code, len(w.asked))
	}
}

// Forms of other pages do nothing, whatever they know.
func TestForeignForms(t *testing.T) {
	t.Parallel()
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) {
			if r.Header.Del(name); value != "" {
				r.Header.Set(name, value)
			}
		}
	}
	for name, c := range map[string]struct {
		change []func(*http.Request)
		form   string
		ok     bool
	}{
		"the page's own": {ok: true},
		"named by Origin": {
			change: []func(*http.Request){header("Origin", "https://mcp.example.com")}, ok: true},
		"an older browser's": {change: []func(*http.Request){header("Origin", "https://mcp.example.com"),
			header("Sec-Fetch-Site", "")}, ok: true},
		"a program's": {
			change: []func(*http.Request){header("Origin", ""), header("Sec-Fetch-Site", "")}, ok: true},
		"of another site": {
			change: []func(*http.Request){header("Sec-Fetch-Site", "cross-site")}},
		"of a sibling": {
			change: []func(*http.Request){header("Sec-Fetch-Site", "same-site")}},
		"of nowhere": {
			change: []func(*http.Request){header("Sec-Fetch-Site", "none")}},
		"of another origin": {
			change: []func(*http.Request){header("Origin", "https://evil.example.com")}},
		"of a sandbox": {change: []func(*http.Request){header("Sec-Fetch-Site", "")}}, // Origin: null
		"of http": {
			change: []func(*http.Request){header("Origin", "http://mcp.example.com"),
				header("Sec-Fetch-Site", "")}},
		"of two origins": {change: []func(*http.Request){header("Sec-Fetch-Site", ""), func(r *http.Request) {
			r.Header["Origin"] = []string{"https://mcp.example.com", "https://evil.example.com"}
		}}},
		"without the secret":  {form: "-"},
		"with another secret": {form: "AAAAAAAAAAAAAAAAAAAAAAAAAA"},
		"as JSON": {
			change: []func(*http.Request){header("Content-Type", "application/json")}},
		"as text": {
			change: []func(*http.Request){header("Content-Type", "text/plain")}},
		"without a session": {change: []func(*http.Request){header("Cookie", "")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, action := range []string{"remove", "save", "token", "discard", "sign-out"} {
				w := newWorld(t)
				b := w.browser()
				b.signIn()
				b.post("token", url.Values{"token": {codaToken}})
				if action == "remove" {
					b.post("save", nil)
				}
				before, asked := w.own(), len(w.asked)
				form := url.Values{"form": {b.form()}}
				if c.form != "" {
					form.Set("form", c.form)
				}
				if action == "token" {
					form.Set("token", codaToken)
				}
				page := b.do(http.MethodPost, "/connect/"+action, form, c.change...)
				if c.ok != (page.Code == http.StatusSeeOther) {
					t.Errorf("%s: %d", action, page.Code)
				}
				if !c.ok && (w.own() != before || len(w.asked) != asked || len(b.last.Result().Cookies()) != 0) {
					t.Errorf("%s did something", action)
				}
			}
		})
	}
}

// Nothing in a request decides where a browser is led.
func TestRedirectsLeadToFixedPlaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn()
	for _, change := range []func(*http.Request){
		func(r *http.Request) { r.Host = "evil.example.com" },
		func(r *http.Request) { r.URL.RawQuery = "return_to=https://evil.example.com&next=//evil.example.com" },
		func(r *http.Request) { r.Header.Set("X-Forwarded-Host", "evil.example.com") },
		func(r *http.Request) { r.Header.Set("Referer", "https://evil.example.com/") },
	} {
		for _, answer := range []*httptest.ResponseRecorder{b.get("/connect/sign-in", change),
			b.post("discard", nil, change)} {
			to := answer.Header().Get("Location")
			if to != "/connect" && !strings.HasPrefix(to, issuerURL+"/authorize?") || strings.Contains(to, "evil") {
				t.Errorf("leads to %s", to)
			}
		}
	}
	for _, path := range []string{"/connect//evil.example.com", "/connect/%2f%2fevil.example.com", "/connect/../x"} {
		if page := b.get(path); page.Code != http.StatusNotFound || page.Header().Get("Location") != "" {
			t.Errorf("%s: %d to %s", path, page.Code, page.Header().Get("Location"))
		}
	}
}

func TestTheProvidersPageIsHTTPS(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"http://id.example.com/authorize", "javascript:alert(1)", "/authorize",
		"https://user@id.example.com/authorize", ""} {
		w := newWorld(t)
		w.provider.SetDiscovery("authorization_endpoint", page)
		if answer := w.browser().get("/connect/sign-in"); answer.Code != http.StatusServiceUnavailable ||
			answer.Header().Get("Location") != "" {
			t.Errorf("%s: %d", page, answer.Code)
		}
	}
}

// What strangers, people and programs can make the gateway do has a bound.
func TestBounds(t *testing.T) {
	t.Parallel()
	t.Run("a form", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		b := w.browser()
		b.signIn()
		if page := b.post("token", url.Values{"token": {strings.Repeat("x", maxForm)}}); page.Code !=
			http.StatusRequestEntityTooLarge {
			t.Errorf("%d", page.Code)
		}
		if page := b.post("token", url.Values{"token": {strings.Repeat("x", maxToken+1)}}); page.Code !=
			http.StatusUnprocessableEntity || len(w.asked) != 0 {
			t.Errorf("%d", page.Code)
		}
	})
	t.Run("tries of a person", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		b := w.browser()
		b.signIn()
		for range triesOfPerson {
			if page := b.post("token", url.Values{"token": {"guess"}}); page.Code != http.StatusUnprocessableEntity {
				t.Fatalf("%d", page.Code)
			}
		}
		if page := b.post("token", url.Values{"token": {"guess"}}); page.Code != http.StatusTooManyRequests ||
			page.Header().Get("Retry-After") != "30" || len(w.asked) != triesOfPerson {
			t.Errorf("%d %v, asked %d times", page.Code, page.Header(), len(w.asked))
		}
		w.now.pass(triesEvery)
		if page := b.post("token", url.Values{"token": {codaToken}}); page.Code != http.StatusSeeOther {
			t.Errorf("after the wait: %d", page.Code)
		}
	})
	t.Run("sign-ins of an address", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		for range signInsOfAddress {
			b := w.browser()
			b.from = "2001:db8::1"
			b.get("/connect/sign-in")
		}
		b := w.browser()
		b.from = "2001:db8::2"
		if page := b.get("/connect/sign-in"); page.Code != http.StatusTooManyRequests {
			t.Errorf("the same network: %d", page.Code)
		}
		b.from = "2001:db8:0:1::1"
		if page := b.get("/connect/sign-in"); page.Code != http.StatusSeeOther {
			t.Errorf("another network: %d", page.Code)
		}
	})
	t.Run("what a provider says of somebody", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.provider.access = map[string]any{"name": strings.Repeat("Ä", 3000)}
		b := w.browser()
		if page := b.signIn(); page.Code != http.StatusSeeOther {
			t.Errorf("%d %s", page.Code, page.Body)
		}
	})
	t.Run("a subject that fits into no cookie", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.provider.access = map[string]any{"sub": strings.Repeat("x", 4000)}
		b := w.browser()
		if page := b.signIn(); page.Code != http.StatusBadRequest || len(b.cookies) != 0 {
			t.Errorf("%d", page.Code)
		}
	})
}

// Where something is away, nothing is said that is not so.
func TestAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn()
	if page := b.post("token", url.Values{"token": {"away"}}); page.Code != http.StatusServiceUnavailable ||
		!strings.Contains(page.Body.String(), "Nothing was saved") || strings.Contains(page.Body.String(), "value=\"away\"") {
		t.Errorf("Coda: %d\n%s", page.Code, page.Body)
	}
	b.post("token", url.Values{"token": {"blind"}})
	if page := b.get("/connect").Body.String(); !strings.Contains(page, "not read.") {
		t.Errorf("a token that may not read:\n%s", page)
	}
	w.cfg.Tokens.rooms.tokens = brokenRoom{w.cfg.Tokens.rooms.tokens}
	if page := b.get("/connect"); !strings.Contains(page.Body.String(), "store cannot be reached") {
		t.Errorf("the store: %d\n%s", page.Code, page.Body)
	}
	for _, action := range []string{"save", "remove"} {
		form := b.w.sessionOf(b).Form
		if page := b.do(http.MethodPost, "/connect/"+action, url.Values{"form": {form}}); page.Code !=
			http.StatusServiceUnavailable {
			t.Errorf("%s: %d", action, page.Code)
		}
	}
	w.provider.SetOutage(true)
	other := newWorld(t)
	other.provider.SetOutage(true)
	if page := other.browser().get("/connect/sign-in"); page.Code != http.StatusServiceUnavailable {
		t.Errorf("the provider: %d", page.Code)
	}
}

func (w *world) sessionOf(b *browser) *session {
	s := &session{}
	if !w.open(sessionCookie, b.cookies["__Host-"+sessionCookie].Value, s) {
		w.t.Fatal("no session")
	}
	return s
}

var errStore = errors.New("the disk is gone")

// The store knows nothing of who is who by the names of its records.
func TestNamesOfRecordsAreDistinct(t *testing.T) {
	t.Parallel()
	if nameOf("a", "bc") == nameOf("ab", "c") || nameOf("a", "b") == nameOf("b", "a") ||
		strings.Contains(nameOf(issuerURL, tokentest.Subject), tokentest.Subject) {
		t.Error("names run together")
	}
}
