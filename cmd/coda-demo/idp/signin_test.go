package idp_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/cmd/coda-demo/flow"
	"github.com/bestviable/coda-gateway/cmd/coda-demo/idp"
)

var field = regexp.MustCompile(`name="(request|token)" value="([^"]+)"`)

// hidden reads a page's hidden fields.
func hidden(t *testing.T, a answer) url.Values {
	t.Helper()
	v := url.Values{}
	for _, m := range field.FindAllStringSubmatch(string(a.body), -1) {
		v.Set(m[1], m[2])
	}
	if v.Get("request") == "" || v.Get("token") == "" {
		t.Fatalf("no form: %d %s", a.status, a.body)
	}
	return v
}

// page starts an authorization request and returns the sign-in page's path.
func (p provider) page(pairs ...string) string {
	p.t.Helper()
	at, q := p.get("/authorize?" + authorization(p.client(), pairs...).Encode()).location(p.t)
	return at + "?" + q.Encode()
}

func TestSignInPages(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	path := p.page("scope", "coda:read coda:write offline_access")
	people := p.get(path)
	for _, want := range []string{"Ada", "Bob", "Eve", "Test", "No passwords"} {
		if !strings.Contains(string(people.body), want) {
			t.Errorf("people page lacks %q", want)
		}
	}
	policy := people.header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") ||
		people.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %v", people.header)
	}
	if regexp.MustCompile(`(?i)<script|src=|@import|https?://`).Match(people.body) {
		t.Error("the page runs or loads something")
	}
	chosen := p.post("/signin", with(hidden(t, people), "person", "bob"))
	if chosen.status != http.StatusSeeOther {
		t.Fatalf("choice: %d", chosen.status)
	}
	consent := p.get(path)
	for _, want := range []string{"May Test act for Bob?", "coda:read", "not write", "because Bob may not", resource,
		"a program on this computer (127.0.0.1:7777)", "nobody checked it", "stays signed in"} {
		if !strings.Contains(string(consent.body), want) {
			t.Errorf("consent page lacks %q:\n%s", want, consent.body)
		}
	}
	allowed := p.post("/signin", with(hidden(t, consent), "decision", "allow"))
	at, q := allowed.location(t)
	if allowed.status != http.StatusSeeOther || at != redirect || q.Get("code") == "" || q.Get("iss") != p.URL ||
		q.Get("state") != "s t&=ä" {
		t.Errorf("allow: %d %s %v", allowed.status, at, q)
	}
	if again := p.post("/signin", with(hidden(t, consent), "decision", "allow")); again.status != http.StatusGone {
		t.Errorf("the form works twice: %d", again.status)
	}
}

func TestDeny(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	path := p.page("login_hint", "ada")
	consent := p.get(path)
	if !strings.Contains(string(consent.body), "act for Ada?") {
		t.Fatalf("login_hint=ada does not choose: %s", consent.body)
	}
	at, q := p.post("/signin", with(hidden(t, consent), "decision", "deny")).location(t)
	if at != redirect || q.Get("error") != "access_denied" || q.Get("iss") != p.URL || q.Get("state") != "s t&=ä" ||
		q.Has("code") {
		t.Errorf("got %s %v", at, q)
	}
	if a := p.get(path); a.status != http.StatusGone {
		t.Errorf("the request is still there: %d", a.status)
	}
}

func TestSwitchPerson(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	path := p.page("login_hint", "ada")
	p.post("/signin", with(hidden(t, p.get(path)), "decision", "switch"))
	if a := p.get(path); !strings.Contains(string(a.body), "Who are you today?") {
		t.Errorf("got %s", a.body)
	}
}

func TestFormsRefused(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	form := hidden(t, p.get(p.page("login_hint", "ada")))
	clone := func(pairs ...string) url.Values {
		return with(url.Values{"request": form["request"], "token": form["token"]}, pairs...)
	}
	tests := []struct {
		name   string
		form   url.Values
		header map[string]string
		status int
	}{
		{"no form secret", clone("token", "", "decision", "allow"), nil, http.StatusForbidden},
		{"wrong form secret", clone("token", "x", "decision", "allow"), nil, http.StatusForbidden},
		{"unknown request", clone("request", "x", "decision", "allow"), nil, http.StatusGone},
		{"unknown person", clone("person", "mallory"), nil, http.StatusBadRequest},
		{"no decision", clone(), nil, http.StatusBadRequest},
		{"unknown decision", clone("decision", "maybe"), nil, http.StatusBadRequest},
		{"foreign site", clone("decision", "allow"), map[string]string{"Sec-Fetch-Site": "cross-site"}, http.StatusForbidden},
		{"foreign origin", clone("decision", "allow"), map[string]string{"Origin": "https://evil.example"},
			http.StatusForbidden},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req := p.request("POST", "/signin", strings.NewReader(tt.form.Encode()))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for k, v := range tt.header {
				req.Header.Set(k, v)
			}
			if a := p.do(req); a.status != tt.status || a.header.Get("Location") != "" {
				t.Errorf("got %d %s", a.status, a.body)
			}
		})
	}
	undecided := hidden(t, p.get(p.page()))
	if a := p.post("/signin", with(undecided, "decision", "allow")); a.status != http.StatusBadRequest {
		t.Errorf("allowed without a person: %d", a.status)
	}
}

func TestNamesAreEscaped(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	id := p.register(`{"client_name":"<script>alert(1)</script>` + strings.Repeat("x", 200) +
		`","token_endpoint_auth_method":"none","redirect_uris":["` + redirect + `"]}`).json(t)["client_id"].(string)
	at, q := p.get("/authorize?" + authorization(id).Encode()).location(t)
	a := p.get(at + "?" + q.Encode())
	if strings.Contains(string(a.body), "<script>") || strings.Contains(string(a.body), strings.Repeat("x", 150)) {
		t.Errorf("got %s", a.body)
	}
}

// A client that only speaks HTTP and HTML gets through the pages.
func TestHeadlessClient(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	for person, want := range map[string]string{"ada": "coda:read coda:write", "bob": "coda:read", "eve": "openid"} {
		got, err := flow.Token(t.Context(), flow.Config{Issuer: p.URL, Person: person,
			Scopes: []string{"coda:read", "coda:write"}, HTTP: p.Client()})
		if err != nil {
			t.Fatal(err)
		}
		_, payload := claims(t, got.Access)
		if payload["sub"] != person || payload["scope"] != want || strings.Join(got.Scopes, " ") != want {
			t.Errorf("%s: got %v %v", person, got.Scopes, payload)
		}
	}
	if _, err := flow.Token(t.Context(), flow.Config{Issuer: p.URL, Person: "mallory", HTTP: p.Client()}); err == nil ||
		!strings.Contains(err.Error(), "there are ada, bob, eve") {
		t.Errorf("got %v", err)
	}
}

// recorder serves a handler without a network, so that time can be faked.
type recorder struct{ http.Handler }

func (r recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	served := req.Clone(req.Context())
	if served.Body == nil {
		served.Body = http.NoBody
	}
	r.ServeHTTP(rec, served)
	resp := rec.Result()
	resp.Request = req
	return resp, nil
}

func TestLifetimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const issuer = "http://127.0.0.1:8081"
		provider, err := idp.New(idp.Config{
			Issuer: issuer, Resource: resource, Scopes: []idp.Scope{{Name: "coda:read"}}, People: people(), Log: zerolog.Nop(),
		})
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Transport: recorder{provider}, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}}
		got, err := flow.Token(t.Context(), flow.Config{Issuer: issuer, Person: "ada",
			Scopes: []string{"coda:read", "offline_access"}, HTTP: client})
		if err != nil {
			t.Fatal(err)
		}
		renew := func(token string) int {
			resp, err := client.PostForm(issuer+"/token", refresh(got.ClientID, token))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			return resp.StatusCode
		}
		time.Sleep(13 * time.Hour)
		if status := renew(got.Refresh); status != 400 {
			t.Errorf("a refresh token of 13 hours works: %d", status)
		}
		resp, err := client.Get(issuer + "/authorize?" + authorization(got.ClientID, "redirect_uri",
			"http://127.0.0.1/callback").Encode())
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		page := issuer + resp.Header.Get("Location")
		time.Sleep(9 * time.Minute)
		for _, want := range []int{http.StatusOK, http.StatusGone} {
			resp, err := client.Get(page)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("sign-in page: got %d, want %d", resp.StatusCode, want)
			}
			time.Sleep(2 * time.Minute)
		}
	})
}
