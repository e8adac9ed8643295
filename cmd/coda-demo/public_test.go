package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
)

// A client that reaches the demo through a tunnel only finds all of it at the tunnel's one address.
func TestPublic(t *testing.T) {
	t.Parallel()
	u := runDemo(t, "--sign-in-as=ada", "--public=https://Example.com/")
	if u.MCP != "https://example.com/mcp" || u.Issuer != "https://example.com" {
		t.Fatalf("%+v", u)
	}
	to, err := url.Parse(u.Tunnel)
	if err != nil {
		t.Fatal(err)
	}
	tunnel := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}})
	t.Cleanup(tunnel.Close)
	transport := tunnel.Client().Transport.(*http.Transport).Clone()
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, tunnel.Listener.Addr().String())
	}
	ada := connectThrough(t, u, "ada", transport)
	if text, failed := ada.call("coda_find_docs", map[string]any{"query": "roadmap"}); failed ||
		!strings.Contains(text, "Product roadmap") {
		t.Errorf("ada reads: %v %s", failed, text)
	}
	for path, want := range map[string]string{
		"/": "Coda demo", "/connect": "Sign in", "/.well-known/openid-configuration": "S256",
	} {
		resp, err := ada.http.Get("https://example.com" + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("%s: %d, %v: %.300s", path, resp.StatusCode, err, body)
		}
	}
}

// Nobody's real documents are shown to the world, and an address that cannot be a tunnel's is refused.
func TestPublicRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ public, token, want string }{
		{"https://demo.example.com", "a-real-token", "anybody who knows the address could sign in"},
		{"http://demo.example.com", "", "want the tunnel's https://HOST, without a path"},
		{"https://demo.example.com/mcp", "", "want the tunnel's https://HOST, without a path"},
		{"demo.example.com", "", "want the tunnel's https://HOST, without a path"},
	} {
		var stderr strings.Builder
		env := func(name string) (string, bool) { return tt.token, name == codaTokenVariable && tt.token != "" }
		if code := run(t.Context(), []string{"--public", tt.public}, io.Discard, &stderr, env); code == exitOK ||
			!strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%s: %d, %s", tt.public, code, &stderr)
		}
	}
}

// What the screen names prints this very gateway's file.
func TestPublicConfigFlags(t *testing.T) {
	t.Parallel()
	o := defaultOptions()
	o.public, o.logLevel = "https://demo.example.com", "info"
	got := o.configFlags(urls{MCP: "https://demo.example.com/mcp", Issuer: "https://demo.example.com",
		Coda: "http://127.0.0.1:8082/apis/v1", Admin: "http://127.0.0.1:8083", Tunnel: "http://127.0.0.1:9000"})
	if want := " --public https://demo.example.com --listen 127.0.0.1:9000"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
