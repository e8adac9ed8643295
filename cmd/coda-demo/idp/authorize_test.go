package idp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// What fails after the redirect URI was recognised goes back to the client, with state and issuer.
func TestAuthorizationRefusedToClient(t *testing.T) {
	t.Parallel()
	p := start(t, autoApprove)
	id := p.client()
	tests := []struct {
		name   string
		change []string
		error  string
		says   string
	}{
		{"no PKCE", []string{"code_challenge", "", "code_challenge_method", ""}, "invalid_request", "requires PKCE"},
		{"plain by omission", []string{"code_challenge_method", ""}, "invalid_request", "S256"},
		{"plain", []string{"code_challenge_method", "plain"}, "invalid_request", "S256"},
		{"unknown method", []string{"code_challenge_method", "S512"}, "invalid_request", "not supported"},
		{"challenge of the wrong length", []string{"code_challenge", "short"}, "invalid_request", "43 characters"},
		{"unknown resource", []string{"resource", "https://elsewhere.example/mcp"}, "invalid_target", resource},
		{"resource of another path", []string{"resource", "http://127.0.0.1:8080/other"}, "invalid_target", resource},
		{"resource with fragment", []string{"resource", resource + "#x"}, "invalid_target", resource},
		{"relative resource", []string{"resource", "/mcp"}, "invalid_target", resource},
		{"implicit flow", []string{"response_type", "token"}, "unauthorized_client", "response type"},
		{"form_post", []string{"response_mode", "form_post"}, "invalid_request", "response_mode"},
		{"request object", []string{"request", "eyJ"}, "request_not_supported", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at, q := p.get("/authorize?" + authorization(id, tt.change...).Encode()).location(t)
			if at != redirect || q.Get("error") != tt.error || !strings.Contains(q.Get("error_description"), tt.says) {
				t.Errorf("got %s %v, want error %s saying %q", at, q, tt.error, tt.says)
			}
			if q.Get("state") != "s t&=ä" || q.Get("iss") != p.URL || q.Has("code") {
				t.Errorf("state, iss or code wrong: %v", q)
			}
		})
	}
}

func TestTwoResourcesAreRefused(t *testing.T) {
	t.Parallel()
	p := start(t, autoApprove)
	v := authorization(p.client())
	v.Add("resource", "https://elsewhere.example/")
	if _, q := p.get("/authorize?" + v.Encode()).location(t); q.Get("error") != "invalid_target" {
		t.Errorf("got %v", q)
	}
}

// What could be an attack on the redirect stays with the provider.
func TestAuthorizationRefusedHere(t *testing.T) {
	t.Parallel()
	p := start(t, autoApprove)
	id := p.client()
	tests := []struct {
		name   string
		change []string
		says   string
	}{
		{"unknown client", []string{"client_id", "nobody"}, "register again"},
		{"no client", []string{"client_id", ""}, "client_id"},
		{"no redirect", []string{"redirect_uri", ""}, "redirect_uri"},
		{"foreign redirect", []string{"redirect_uri", "https://evil.example/callback"}, "redirect_uri"},
		{"other path", []string{"redirect_uri", "http://127.0.0.1:7777/other"}, "redirect_uri"},
		{"user trick", []string{"redirect_uri", "http://127.0.0.1:7777@evil.example/callback"}, "redirect_uri"},
		{"scheme trick", []string{"redirect_uri", "javascript:alert(1)"}, "redirect_uri"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := "/authorize?" + authorization(id, tt.change...).Encode()
			a := p.get(path)
			if a.status/100 != 4 || a.header.Get("Location") != "" || !strings.Contains(string(a.body), tt.says) {
				t.Errorf("got %d, Location %q: %s", a.status, a.header.Get("Location"), a.body)
			}
			req := p.request("GET", path, nil)
			req.Header.Set("Accept", "text/html,*/*")
			page := p.do(req)
			if page.status != a.status || !strings.HasPrefix(page.header.Get("Content-Type"), "text/html") ||
				!strings.Contains(string(page.body), tt.says) {
				t.Errorf("page: got %d %s", page.status, page.body)
			}
		})
	}
}

func TestLoopbackPortMayVary(t *testing.T) {
	t.Parallel()
	p := start(t, autoApprove)
	at, q := p.get("/authorize?" + authorization(p.client(), "redirect_uri",
		"http://127.0.0.1:5555/callback").Encode()).location(t)
	if at != "http://127.0.0.1:5555/callback" || q.Get("code") == "" {
		t.Errorf("got %s %v", at, q)
	}
}

func TestPromptNoneNeedsSomebodySignedIn(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	if _, q := p.get("/authorize?" + authorization(p.client(), "prompt",
		"none").Encode()).location(t); q.Get("error") != "login_required" {
		t.Errorf("got %v", q)
	}
}

func TestAutoApproveAnswersAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t, autoApprove)
	id := p.client()
	at, q := p.get("/authorize?" + authorization(id).Encode()).location(t)
	if at != redirect || q.Get("code") == "" || q.Get("state") != "s t&=ä" || q.Get("iss") != p.URL {
		t.Errorf("got %s %v", at, q)
	}
	if _, payload := claims(t, p.tokens(id, "login_hint", "bob")["access_token"]); payload["sub"] != "bob" {
		t.Errorf("login_hint=bob signed in %v", payload["sub"])
	}
	if _, payload := claims(t, p.tokens(id, "login_hint", "somebody@else")["access_token"]); payload["sub"] != "ada" {
		t.Errorf("an unknown login_hint signed in %v", payload["sub"])
	}
}

func TestOversizedRequests(t *testing.T) {
	t.Parallel()
	p := start(t, autoApprove)
	if a := p.get("/authorize?" + authorization(p.client(), "state",
		strings.Repeat("x", 20_000)).Encode()); a.status != http.StatusRequestURITooLong {
		t.Errorf("query: got %d", a.status)
	}
	if a := p.post("/token", url.Values{"code": {strings.Repeat("x", 100_000)}}); a.status/100 != 4 {
		t.Errorf("form: got %d", a.status)
	}
	if a := p.register(`{"client_name":"` + strings.Repeat("x", 100_000) +
		`"}`); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("registration: got %d", a.status)
	}
}

func TestForeignHostIsMisdirected(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	for host, want := range map[string]int{
		"evil.example": http.StatusMisdirectedRequest, "127.0.0.1": http.StatusMisdirectedRequest,
		"127.0.0.1:1":              http.StatusMisdirectedRequest,
		p.Listener.Addr().String(): http.StatusOK, strings.Replace(p.Listener.Addr().String(), "127.0.0.1", "localhost",
			1): http.StatusOK,
	} {
		req := p.request("GET", "/", nil)
		req.Host = host
		if a := p.do(req); a.status != want {
			t.Errorf("Host %s: got %d, want %d", host, a.status, want)
		}
	}
}
