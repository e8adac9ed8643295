package idp_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/bestviable/coda-gateway/cmd/coda-demo/idp"
)

// lives tells whether an answer says so, give or take what passed between the token and the answer.
func lives(answer map[string]any, seconds float64) bool {
	in, ok := answer["expires_in"].(float64)
	return ok && in <= seconds && in > seconds-60
}

func TestTokens(t *testing.T) {
	t.Parallel()
	p := start(t, autoApprove)
	id := p.client()
	tests := []struct {
		name, person, scope string
		granted             string
		refresh, idToken    bool
		roles               []any
	}{
		{"ada gets both", "ada", "coda:read coda:write", "coda:read coda:write", false, false, []any{"reader", "editor"}},
		{"ada asks for one", "ada", "coda:read", "coda:read", false, false, []any{"reader", "editor"}},
		{"bob never writes", "bob", "coda:read coda:write", "coda:read", false, false, []any{"reader"}},
		{"bob asks to write alone", "bob", "coda:write", "openid", false, true, []any{"reader"}},
		{"eve gets nothing", "eve", "coda:read coda:write", "openid", false, true, []any{}},
		{"default scopes", "ada", "", "coda:read coda:write", false, false, []any{"reader", "editor"}},
		{"unknown scopes and blanks fall away", "ada", " coda:read  coda:admin other", "coda:read", false, false,
			[]any{"reader", "editor"}},
		{"refresh and identity", "ada", "openid offline_access coda:read", "openid offline_access coda:read", true, true,
			[]any{"reader", "editor"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := p.tokens(id, "login_hint", tt.person, "scope", tt.scope, "nonce", "n1")
			if got["scope"] != tt.granted || got["token_type"] != "Bearer" || !lives(got, 3600) {
				t.Errorf("answer: %v", got)
			}
			if _, ok := got["refresh_token"]; ok != tt.refresh {
				t.Errorf("refresh token given: %v", ok)
			}
			header, payload := claims(t, got["access_token"])
			if header["alg"] != "RS256" || header["typ"] != "at+jwt" || header["kid"] == "" {
				t.Errorf("header: %v", header)
			}
			if payload["scope"] != tt.granted || payload["client_id"] != id || payload["iss"] != p.URL ||
				payload["sub"] != tt.person {
				t.Errorf("payload: %v", payload)
			}
			if !slices.Equal(payload["aud"].([]any), []any{resource}) || !slices.Equal(payload["roles"].([]any), tt.roles) {
				t.Errorf("aud or roles: %v", payload)
			}
			if payload["email"] != tt.person+"@example.com" || payload["email_verified"] != true || payload["jti"] == "" {
				t.Errorf("payload: %v", payload)
			}
			idToken, ok := got["id_token"]
			if ok != tt.idToken {
				t.Fatalf("ID token given: %v", ok)
			}
			if ok {
				if _, payload := claims(t, idToken); !slices.Equal(payload["aud"].([]any), []any{id}) || payload["nonce"] != "n1" {
					t.Errorf("ID token: %v", payload)
				}
			}
		})
	}
}

// Spellings of the resource that mean the same give the published one.
func TestResourceSpellings(t *testing.T) {
	t.Parallel()
	p := start(t, func(c *idp.Config) { c.AutoApprove, c.Resource = "ada", "https://mcp.example.com/mcp" })
	id := p.client()
	for _, spelling := range []string{
		"", "https://mcp.example.com/mcp", "https://mcp.example.com/mcp/", "HTTPS://MCP.example.com/mcp",
		"https://mcp.example.com:443/mcp",
	} {
		code := p.code(authorization(id, "resource", spelling))
		a := p.post("/token", exchange(id, code, "resource", spelling))
		if a.status != http.StatusOK {
			t.Fatalf("%q: %d %s", spelling, a.status, a.body)
		}
		if _, payload := claims(t, a.json(t)["access_token"]); !slices.Equal(payload["aud"].([]any),
			[]any{"https://mcp.example.com/mcp"}) {
			t.Errorf("%q: aud %v", spelling, payload["aud"])
		}
	}
}

func TestAccessTokenVerifies(t *testing.T) {
	t.Parallel()
	p := start(t, autoApprove)
	token := p.tokens(p.client())["access_token"].(string)
	ctx := oidc.ClientContext(t.Context(), p.Client())
	discovered, err := oidc.NewProvider(ctx, p.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := discovered.VerifierContext(ctx, &oidc.Config{ClientID: resource}).Verify(ctx, token); err != nil {
		t.Error(err)
	}
	if _, err := discovered.VerifierContext(ctx, &oidc.Config{ClientID: resource}).Verify(ctx,
		token[:len(token)-4]+"AAAA"); err == nil {
		t.Error("a broken signature was accepted")
	}
}

func TestExchangeRefused(t *testing.T) {
	t.Parallel()
	p := start(t, autoApprove)
	id, other := p.client(), p.client()
	tests := []struct {
		name   string
		change []string
		status int
		error  string
	}{
		{"no verifier", []string{"code_verifier", ""}, 400, "invalid_request"},
		{"wrong verifier", []string{"code_verifier", strings.Repeat("w", 43)}, 400, "invalid_grant"},
		{"wrong redirect", []string{"redirect_uri", "http://127.0.0.1:7777/other"}, 400, "invalid_grant"},
		{"other client", []string{"client_id", other}, 400, "invalid_grant"},
		{"unknown client", []string{"client_id", "nobody"}, 401, "invalid_client"},
		{"unknown resource", []string{"resource", "https://elsewhere.example/"}, 400, "invalid_target"},
		{"unknown code", []string{"code", "nonsense"}, 400, "invalid_grant"},
		{"no code", []string{"code", ""}, 400, "invalid_request"},
		{"no grant type", []string{"grant_type", ""}, 400, "invalid_request"},
		{"client credentials", []string{"grant_type", "client_credentials"}, 400, "unsupported_grant_type"},
		{"token exchange", []string{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"}, 400,
			"unauthorized_client"},
		{"JWT bearer", []string{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion", "a.b.c"}, 400,
			"unsupported_grant_type"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := p.post("/token", exchange(id, p.code(authorization(id)), tt.change...))
			if a.status != tt.status || a.json(t)["error"] != tt.error || a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("got %d %s, want %d %s", a.status, a.body, tt.status, tt.error)
			}
		})
	}
	if a := p.get("/token?" + exchange(id, p.code(authorization(id))).Encode()); a.status != http.StatusMethodNotAllowed {
		t.Errorf("GET: got %d", a.status)
	}
}

func TestCodeIsGoodOnce(t *testing.T) {
	t.Parallel()
	p := start(t, autoApprove)
	id := p.client()
	code := p.code(authorization(id, "scope", "openid offline_access coda:read"))
	first := p.post("/token", exchange(id, code)).json(t)
	if again := p.post("/token", exchange(id, code)); again.status != 400 || again.json(t)["error"] != "invalid_grant" {
		t.Errorf("second use: %d %s", again.status, again.body)
	}
	if a := p.post("/token", refresh(id, first["refresh_token"])); a.status != 400 {
		t.Errorf("the first use's refresh token still works: %d", a.status)
	}
}

func refresh(id string, token any, pairs ...string) url.Values {
	text, _ := token.(string)
	return with(url.Values{"grant_type": {"refresh_token"}, "client_id": {id}, "refresh_token": {text}}, pairs...)
}

func TestRefreshRotation(t *testing.T) {
	t.Parallel()
	p := start(t, autoApprove)
	id := p.client()
	first := p.tokens(id, "scope", "offline_access coda:read coda:write")

	narrowed := p.post("/token", refresh(id, first["refresh_token"], "scope", "coda:read", "resource", resource)).json(t)
	if narrowed["scope"] != "coda:read" || narrowed["refresh_token"] == first["refresh_token"] {
		t.Fatalf("narrowed: %v", narrowed)
	}
	full := p.post("/token", refresh(id, narrowed["refresh_token"])).json(t)
	if full["scope"] != "offline_access coda:read coda:write" {
		t.Fatalf("the grant was narrowed for good: %v", full)
	}
	if _, payload := claims(t, full["access_token"]); !slices.Equal(payload["aud"].([]any), []any{resource}) {
		t.Errorf("aud after refresh: %v", payload["aud"])
	}
	for name, form := range map[string]url.Values{
		"wider scope":    refresh(id, full["refresh_token"], "scope", "coda:read openid"),
		"other client":   refresh(p.client(), full["refresh_token"]),
		"other resource": refresh(id, full["refresh_token"], "resource", "https://elsewhere.example/"),
		"unknown token":  refresh(id, "nonsense"),
	} {
		if a := p.post("/token", form); a.status != 400 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := p.post("/token", refresh(id, first["refresh_token"])); a.status != 400 ||
		a.json(t)["error"] != "invalid_grant" {
		t.Errorf("the old token still works: %d %s", a.status, a.body)
	}
	if a := p.post("/token", refresh(id, full["refresh_token"])); a.status != 400 {
		t.Errorf("reuse of an old token left its successor alive: %d", a.status)
	}
}

func TestAccessTokenLifetime(t *testing.T) {
	t.Parallel()
	p := start(t, func(c *idp.Config) { c.AutoApprove, c.AccessTokenLifetime = "ada", 90*time.Second })
	got := p.tokens(p.client())
	_, payload := claims(t, got["access_token"])
	if !lives(got, 90) || payload["exp"].(float64)-payload["iat"].(float64) != 90 {
		t.Errorf("expires_in %v, payload %v", got["expires_in"], payload)
	}
}
