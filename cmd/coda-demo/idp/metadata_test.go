package idp_test

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/cmd/coda-demo/idp"
)

func TestMetadata(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	openid, oauth := p.get("/.well-known/openid-configuration"), p.get("/.well-known/oauth-authorization-server")
	if openid.status != 200 || !bytes.Equal(openid.body, oauth.body) {
		t.Fatalf("the two forms differ or fail: %d %d", openid.status, oauth.status)
	}
	got := openid.json(t)
	for key, want := range map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
		"jwks_uri":              p.URL + "/keys",
		"registration_endpoint": p.URL + "/register", "introspection_endpoint": p.URL + "/introspect",
		"revocation_endpoint": p.URL + "/revoke", "device_authorization_endpoint": p.URL + "/device_authorization",
		"userinfo_endpoint": p.URL + "/userinfo", "client_id_metadata_document_supported": true,
		"authorization_response_iss_parameter_supported": true,
	} {
		if got[key] != want {
			t.Errorf("%s: got %v, want %v", key, got[key], want)
		}
	}
	for key, want := range map[string][]any{
		"protected_resources": {resource}, "code_challenge_methods_supported": {"S256"}, "response_types_supported": {"code"},
		"grant_types_supported": {"authorization_code", "refresh_token",
			"urn:ietf:params:oauth:grant-type:device_code"},
		"token_endpoint_auth_methods_supported": {"none", "client_secret_basic", "client_secret_post"},
		"scopes_supported":                      {"openid", "profile", "email", "offline_access", "coda:read", "coda:write"},
	} {
		if list, _ := got[key].([]any); !slices.Equal(list, want) {
			t.Errorf("%s: got %v, want %v", key, got[key], want)
		}
	}
	for _, key := range []string{"end_session_endpoint"} {
		if _, ok := got[key]; ok {
			t.Errorf("%s is announced but not there", key)
		}
	}
}

func TestBrowserClients(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	for _, path := range []string{"/.well-known/oauth-authorization-server", "/register", "/token", "/keys", "/userinfo"} {
		req := p.request("OPTIONS", path, nil)
		req.Header.Set("Origin", "http://localhost:6274")
		req.Header.Set("Access-Control-Request-Method", "POST")
		req.Header.Set("Access-Control-Request-Headers", "authorization,content-type,mcp-protocol-version")
		a := p.do(req)
		if a.status != http.StatusNoContent || a.header.Get("Access-Control-Allow-Origin") != "*" ||
			!strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "Mcp-Protocol-Version") {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
		if a.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s allows credentials", path)
		}
	}
	for _, path := range []string{"/signin?request=x", "/authorize", "/"} {
		if a := p.get(path); a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s is readable from anywhere", path)
		}
	}
}

func withResourceServer(c *idp.Config) {
	c.AutoApprove = "ada"
	c.Clients = []idp.StaticClient{{ID: "gateway", Secret: "s3cret:/+", Introspects: true}}
}

func (p provider) introspect(id, secret string, token any) answer {
	p.t.Helper()
	text, _ := token.(string)
	req := p.request("POST", "/introspect", strings.NewReader(url.Values{"token": {text}}.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if id != "" {
		req.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
	}
	return p.do(req)
}

func TestIntrospection(t *testing.T) {
	t.Parallel()
	p := start(t, withResourceServer)
	id := p.client()
	token := p.tokens(id, "scope", "coda:read coda:write", "login_hint", "ada")["access_token"]
	got := p.introspect("gateway", "s3cret:/+", token).json(t)
	if got["active"] != true || got["sub"] != "ada" || got["client_id"] != id ||
		got["scope"] != "coda:read coda:write" || got["iss"] != p.URL {
		t.Errorf("got %v", got)
	}
	if !slices.Equal(got["aud"].([]any), []any{resource}) || !slices.Equal(got["roles"].([]any),
		[]any{"reader", "editor"}) {
		t.Errorf("got %v", got)
	}
	if a := p.introspect("gateway", "s3cret:/+", "nonsense"); string(bytes.TrimSpace(a.body)) != `{"active":false}` {
		t.Errorf("unknown token: %s", a.body)
	}
	for name, a := range map[string]answer{
		"no client": p.introspect("", "", token), "wrong secret": p.introspect("gateway", "wrong", token),
		"unknown client": p.introspect("nobody", "x", token), "public client": p.introspect(id, "", token),
	} {
		if a.status/100 != 4 || strings.Contains(string(a.body), "active") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	other := p.register(
		`{"redirect_uris":["https://a.example/"],"token_endpoint_auth_method":"client_secret_basic"}`).json(t)
	if a := p.introspect(other["client_id"].(string), other["client_secret"].(string),
		token); a.json(t)["active"] != false {
		t.Errorf("another client learns about the token: %s", a.body)
	}
}

func TestRevocation(t *testing.T) {
	t.Parallel()
	p := start(t, withResourceServer)
	id := p.client()
	revoke := func(clientID string, token any) answer {
		return p.post("/revoke", url.Values{"client_id": {clientID}, "token": {token.(string)}})
	}
	active := func(token any) bool { return p.introspect("gateway", "s3cret:/+", token).json(t)["active"] == true }

	first := p.tokens(id, "scope", "coda:read offline_access")
	if a := revoke(p.client(), first["access_token"]); !active(first["access_token"]) {
		t.Errorf("another client revoked the token: %d", a.status)
	}
	if a := revoke(id, first["access_token"]); a.status != 200 || active(first["access_token"]) {
		t.Errorf("access token: %d, still active", a.status)
	}
	second := p.post("/token", refresh(id, first["refresh_token"])).json(t)
	if a := revoke(id, second["refresh_token"]); a.status != 200 || active(second["access_token"]) {
		t.Errorf("refresh token: %d, its access token still active", a.status)
	}
	if a := p.post("/token", refresh(id, second["refresh_token"])); a.status != 400 {
		t.Errorf("revoked refresh token works: %d", a.status)
	}
	if a := revoke(id, "nonsense"); a.status != 200 {
		t.Errorf("unknown token: %d, want 200 (RFC 7009 section 2.2)", a.status)
	}
}

func TestUserinfo(t *testing.T) {
	t.Parallel()
	p := start(t, autoApprove)
	info := func(token any) answer {
		req := p.request("GET", "/userinfo", nil)
		req.Header.Set("Authorization", "Bearer "+token.(string))
		return p.do(req)
	}
	id := p.client()
	if got := info(p.tokens(id, "scope", "openid profile email")["access_token"]).json(t); got["sub"] != "ada" ||
		got["name"] != "Ada" || got["email"] != "ada@example.com" {
		t.Errorf("got %v", got)
	}
	if got := info(p.tokens(id, "scope", "openid")["access_token"]).json(t); got["sub"] != "ada" || got["email"] != nil {
		t.Errorf("got %v", got)
	}
	if a := info(p.tokens(id)["access_token"]); a.status != http.StatusForbidden {
		t.Errorf("without openid: %d", a.status)
	}
	if a := info("nonsense"); a.status != http.StatusUnauthorized {
		t.Errorf("nonsense: %d", a.status)
	}
}
