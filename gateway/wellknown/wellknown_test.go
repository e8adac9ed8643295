package wellknown

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func config(path string) Config {
	return Config{
		Resource: "https://mcp.example.com" + path, Origin: "https://mcp.example.com", Path: path,
		Issuers: []string{"https://id.example.com/realms/company"}, Scopes: []string{"coda:read", "coda:write"},
		Name: "Coda & <friends>", Documentation: "https://docs.example.com/",
		IssuerDocument: func() string {
			return "https://id.example.com/realms/company/.well-known/openid-configuration"
		},
	}
}

func serve(t *testing.T, h http.Handler, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	r.Host = "evil.example"
	r.Header.Set("X-Forwarded-Proto", "http")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	tests := []struct {
		public, path string
		status       int
	}{
		{"/mcp", "/.well-known/oauth-protected-resource", 200},
		{"/mcp", "/.well-known/oauth-protected-resource/", 200},
		{"/mcp", "/.well-known/oauth-protected-resource/mcp", 200},
		{"/mcp", "/.well-known/oauth-protected-resource/mcp/", 200},
		{"/mcp", "/.well-known/oauth-protected-resource/other", 404},
		{"/mcp", "/.well-known/oauth-protected-resource/mcp/x", 404},
		{"/mcp", "/.well-known/oauth-protected-resourceful", 404},
		{"/a/b", "/.well-known/oauth-protected-resource/a/b", 200},
		{"", "/.well-known/oauth-protected-resource", 200},
		{"/", "/.well-known/oauth-protected-resource/", 200},
		{"/mcp", "/.well-known/oauth-authorization-server", 404},
		{"/mcp", "/.well-known/openid-configuration", 404},
		{"/mcp", "/.well-known/openid-configuration/mcp", 404},
		{"/mcp", "/.well-known/anything", 404},
	}
	for _, test := range tests {
		t.Run(test.public+" "+test.path, func(t *testing.T) {
			t.Parallel()
			h, err := New(config(test.public))
			if err != nil {
				t.Fatal(err)
			}
			if resp := serve(t, h, "OPTIONS", test.path); resp.StatusCode != 204 ||
				resp.Header.Get("Access-Control-Allow-Origin") != "*" ||
				!strings.Contains(resp.Header.Get("Access-Control-Allow-Headers"), "Mcp-Protocol-Version") {
				t.Errorf("OPTIONS: %d %v", resp.StatusCode, resp.Header)
			}
			for _, method := range []string{"GET", "HEAD"} {
				resp := serve(t, h, method, test.path)
				if resp.StatusCode != test.status || resp.Header.Get("Content-Type") != "application/json" ||
					resp.Header.Get("Access-Control-Allow-Origin") != "*" {
					t.Errorf("%s: %d %v", method, resp.StatusCode, resp.Header)
				}
				if test.status != 200 || method == "HEAD" {
					continue
				}
				var doc map[string]any
				if err := json.NewDecoder(resp.Body).Decode(&doc); err != nil {
					t.Fatal(err)
				}
				if doc["resource"] != "https://mcp.example.com"+test.public || resp.Header.Get("Cache-Control") != "max-age=300" {
					t.Errorf("%v %v", doc, resp.Header)
				}
			}
		})
	}
}

func TestMetadataMethods(t *testing.T) {
	t.Parallel()
	h, err := New(config("/mcp"))
	if err != nil {
		t.Fatal(err)
	}
	if resp := serve(t, h, "OPTIONS", "/.well-known/oauth-protected-resource/mcp"); resp.StatusCode != 204 ||
		resp.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("OPTIONS: %d %v", resp.StatusCode, resp.Header)
	}
	if resp := serve(t, h, "POST", "/.well-known/oauth-protected-resource/mcp"); resp.StatusCode != 405 ||
		resp.Header.Get("Allow") == "" {
		t.Errorf("POST: %d %v", resp.StatusCode, resp.Header)
	}
}

func TestRedirectToTheIssuer(t *testing.T) {
	t.Parallel()
	cfg := config("/mcp")
	cfg.Redirect = true
	h, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration",
		"/.well-known/oauth-authorization-server/mcp"} {
		resp := serve(t, h, "GET", path)
		if resp.StatusCode != 307 || resp.Header.Get("Location") != cfg.IssuerDocument() {
			t.Errorf("%s: %d %v", path, resp.StatusCode, resp.Header)
		}
	}
	if resp := serve(t, h, "GET", "/.well-known/other"); resp.StatusCode != 404 {
		t.Errorf("other: %d", resp.StatusCode)
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	page, err := NewPage(config("/mcp"))
	if err != nil {
		t.Fatal(err)
	}
	resp := serve(t, page, "GET", "/", "Accept", "text/html,application/xhtml+xml,*/*")
	var body strings.Builder
	resp.Write(&body)
	for _, want := range []string{"https://mcp.example.com/mcp", "https://id.example.com/realms/company",
		"Coda &amp; &lt;friends&gt;", "Content-Security-Policy: default-src 'none'; style-src 'sha256-", "<style>:root{"} {
		if !strings.Contains(body.String(), want) {
			t.Errorf("%q is missing in\n%s", want, body.String())
		}
	}
	_, style, _ := strings.Cut(body.String(), "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	sum := sha256.Sum256([]byte(style))
	if hash := base64.StdEncoding.EncodeToString(sum[:]); !strings.Contains(resp.Header.Get("Content-Security-Policy"),
		hash) {
		t.Errorf("the policy does not allow the style %s", hash)
	}
	if strings.Contains(body.String(), "evil.example") || strings.Contains(body.String(), "http://") {
		t.Errorf("something of the request shows:\n%s", body.String())
	}
	if strings.Contains(body.String(), "this machine or network only") {
		t.Error("hosted clients are sent away from a public address")
	}
	local := config("/mcp")
	local.Origin, local.Resource = "http://127.0.0.1:8080", "http://127.0.0.1:8080/mcp"
	near, err := NewPage(local)
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	serve(t, near, "GET", "/", "Accept", "text/html").Write(&said)
	if !strings.Contains(said.String(), "so they cannot use it") || !strings.Contains(said.String(), "--public") {
		t.Errorf("hosted clients are sent to this machine:\n%s", said.String())
	}
	if resp := serve(t, page, "HEAD", "/"); resp.StatusCode != 200 || resp.ContentLength <= 0 {
		t.Errorf("HEAD: %d, %d bytes", resp.StatusCode, resp.ContentLength)
	}
	if resp := serve(t, page, "GET", "/", "Accept",
		"application/json"); resp.Header.Get("Content-Type") != "application/json" {
		t.Errorf("JSON: %v", resp.Header)
	}
	resp = serve(t, page, "POST", "/")
	body.Reset()
	resp.Write(&body)
	if resp.StatusCode != 405 || !strings.Contains(body.String(), "the MCP endpoint is https://mcp.example.com/mcp") {
		t.Errorf("POST:\n%s", body.String())
	}
}
