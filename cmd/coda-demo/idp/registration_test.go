package idp_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// The bodies that real clients send.
func TestRegistrationBodies(t *testing.T) {
	t.Parallel()
	p := start(t, autoApprove)
	tests := []struct {
		name, body, redirect string
		method               string
		refresh              bool
	}{
		{
			"hosted Claude",
			`{"client_name":"Claude","grant_types":["authorization_code","refresh_token"],"response_types":["code"],"token_endpoint_auth_method":"client_secret_post","redirect_uris":["https://claude.ai/api/mcp/auth_callback"]}`,
			"https://claude.ai/api/mcp/auth_callback", "client_secret_post", true,
		},
		{
			"Claude Code",
			`{"client_name":"Claude Code (demo)","redirect_uris":["http://localhost:51234/callback"],"grant_types":["authorization_code","refresh_token"],"response_types":["code"],"token_endpoint_auth_method":"none"}`,
			"http://localhost:51234/callback", "none", true,
		},
		{
			"VS Code",
			`{"client_name":"Visual Studio Code","client_uri":"https://code.visualstudio.com","grant_types":["authorization_code","refresh_token","urn:ietf:params:oauth:grant-type:device_code"],"response_types":["code"],"redirect_uris":["http://127.0.0.1:40001/","http://127.0.0.1/","http://127.0.0.1:33418/","https://vscode.dev/redirect","https://insiders.vscode.dev/redirect"],"scope":"coda:read","token_endpoint_auth_method":"none","application_type":"native"}`,
			"http://127.0.0.1:33418/", "none", true,
		},
		{
			"Inspector",
			`{"redirect_uris":["http://127.0.0.1:6276/oauth/callback"],"token_endpoint_auth_method":"none","grant_types":["authorization_code","refresh_token"],"response_types":["code"],"client_name":"MCP Inspector","client_uri":"https://github.com/modelcontextprotocol/inspector","scope":"coda:read"}`,
			"http://127.0.0.1:6276/oauth/callback", "none", true,
		},
		{
			"ChatGPT",
			`{"client_name":"ChatGPT","grant_types":["authorization_code","refresh_token"],"response_types":["code"],"token_endpoint_auth_method":"none","redirect_uris":["https://chatgpt.com/connector_platform_oauth_redirect"]}`,
			"https://chatgpt.com/connector_platform_oauth_redirect", "none", true,
		},
		{
			"Cursor",
			`{"client_name":"Cursor","token_endpoint_auth_method":"none","grant_types":["authorization_code","refresh_token"],"response_types":["code"],"redirect_uris":["cursor://anysphere.cursor-mcp/oauth/callback","https://www.cursor.com/agents/mcp/oauth/callback","http://localhost:8787/callback"]}`,
			"cursor://anysphere.cursor-mcp/oauth/callback", "none", true,
		},
		{"the least", `{"redirect_uris":["https://app.example/cb"]}`, "https://app.example/cb", "client_secret_basic", false},
		{"a loopback IPv6 redirect", `{"redirect_uris":["http://[::1]:9/cb"],"token_endpoint_auth_method":"none"}`,
			"http://[::1]:9/cb", "none", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := p.register(tt.body)
			got := a.json(t)
			if a.status != http.StatusCreated || got["token_endpoint_auth_method"] != tt.method ||
				a.header.Get("Cache-Control") != "no-store" {
				t.Fatalf("got %d %s", a.status, a.body)
			}
			grants, _ := got["grant_types"].([]any)
			if slices.Contains(grants, any("refresh_token")) != tt.refresh ||
				strings.Contains(string(a.body), "device_code") != strings.Contains(tt.body, "device_code") {
				t.Errorf("grant_types %v", grants)
			}
			secret, confidential := got["client_secret"].(string)
			if confidential != (tt.method != "none") || confidential && got["client_secret_expires_at"] != 0.0 {
				t.Errorf("secret: %s", a.body)
			}
			id := got["client_id"].(string)

			// Whatever scopes it registered with, it may ask for others later.
			code := p.code(authorization(id, "redirect_uri", tt.redirect, "scope", "coda:read coda:write"))
			form := exchange(id, code, "redirect_uri", tt.redirect)
			req := func(form url.Values, basic bool) answer {
				r := p.request("POST", "/token", strings.NewReader(form.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				if basic {
					r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
				}
				return p.do(r)
			}
			if confidential {
				if a := req(form, false); a.status != http.StatusUnauthorized || a.json(t)["error"] != "invalid_client" {
					t.Errorf("without a secret: %d %s", a.status, a.body)
				}
				if tt.method == "client_secret_post" {
					form.Set("client_secret", secret)
				} else {
					form.Del("client_id")
				}
			}
			if a := req(form, tt.method == "client_secret_basic"); a.status != http.StatusOK ||
				a.json(t)["scope"] != "coda:read coda:write" {
				t.Errorf("token: %d %s", a.status, a.body)
			}
		})
	}
}

func TestRegistrationRefused(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	uri := func(u string) string { return `{"redirect_uris":["` + u + `"]}` }
	tests := []struct{ name, body, error, says string }{
		{"not JSON", `redirect_uris=x`, "invalid_client_metadata", "RFC 7591"},
		{"no redirects", `{}`, "invalid_redirect_uri", "want 1 to 20"},
		{"too many", `{"redirect_uris":[` + strings.Repeat(`"https://a.example/",`, 20) + `"https://a.example/"]}`,
			"invalid_redirect_uri", "got 21"},
		{"too long", uri("https://a.example/" + strings.Repeat("x", 2000)), "invalid_redirect_uri", "2000 bytes"},
		{"http elsewhere", uri("http://a.example/cb"), "invalid_redirect_uri", "use https"},
		{"fragment", uri("https://a.example/cb#x"), "invalid_redirect_uri", "fragment"},
		{"user", uri("https://u:p@a.example/cb"), "invalid_redirect_uri", "user"},
		{"relative", uri("/cb"), "invalid_redirect_uri", "absolute"},
		{"script", uri("javascript:alert(1)"), "invalid_redirect_uri", "own scheme"},
		{"script in capitals", uri("JavaScript:alert(1)"), "invalid_redirect_uri", "own scheme"},
		{"data", uri("data:text/html,x"), "invalid_redirect_uri", "own scheme"},
		{"file", uri("file:///etc/passwd"), "invalid_redirect_uri", "own scheme"},
		{"key client", `{"redirect_uris":["https://a.example/"],"token_endpoint_auth_method":"private_key_jwt"}`,
			"invalid_client_metadata", "private_key_jwt"},
		{"machine client", `{"redirect_uris":["https://a.example/"],"grant_types":["client_credentials"]}`,
			"invalid_client_metadata", "authorization_code"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := p.register(tt.body)
			got := a.json(t)
			if a.status != http.StatusBadRequest || got["error"] != tt.error ||
				!strings.Contains(got["error_description"].(string), tt.says) {
				t.Errorf("got %d %s", a.status, a.body)
			}
		})
	}
}

// A client that registered itself can be deleted with what came back, and with nothing else (RFC 7592).
func TestUnregister(t *testing.T) {
	t.Parallel()
	p := start(t, autoApprove)
	got := p.register(`{"redirect_uris":["` + redirect + `"],"token_endpoint_auth_method":"none"}`).json(t)
	other := p.register(`{"redirect_uris":["` + redirect + `"],"token_endpoint_auth_method":"none"}`).json(t)
	at, ok := strings.CutPrefix(got["registration_client_uri"].(string), p.URL)
	if !ok {
		t.Fatalf("registration_client_uri: %v", got)
	}
	remove := func(token any) answer {
		req := p.request("DELETE", at, nil)
		req.Header.Set("Authorization", "Bearer "+token.(string))
		return p.do(req)
	}
	for _, wrong := range []any{"", "nonsense", other["registration_access_token"]} {
		if a := remove(wrong); a.status != http.StatusUnauthorized {
			t.Errorf("with %q: %d", wrong, a.status)
		}
	}
	id := got["client_id"].(string)
	if p.code(authorization(id)) == "" {
		t.Error("the client is gone too early")
	}
	if a := remove(got["registration_access_token"]); a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := p.get("/authorize?" + authorization(id).Encode()); a.status/100 != 4 {
		t.Errorf("the client is still known: %d", a.status)
	}
	if a := remove(got["registration_access_token"]); a.status != http.StatusUnauthorized {
		t.Errorf("deleted twice: %d", a.status)
	}
}
