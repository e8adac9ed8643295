package edge

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestHosts(t *testing.T) {
	t.Parallel()
	hosts := NewHosts("mcp.example.com", "internal:8080")
	tests := map[string]bool{
		"mcp.example.com":              true,
		"MCP.Example.com":              true,
		"mcp.example.com:443":          true,
		"mcp.example.com:8443":         false,
		"internal:8080":                true,
		"internal":                     false,
		"internal:443":                 false,
		"localhost":                    true,
		"LOCALHOST:9999":               true,
		"127.0.0.1:8080":               true,
		"127.8.9.1":                    true,
		"[::1]:8080":                   true,
		"[::1]":                        true,
		"[::ffff:127.0.0.1]":           true,
		"":                             false,
		"evil.example":                 false,
		"mcp.example.com.evil.example": false,
		"mcp.example.com@evil.example": false,
		"localhost.evil.example":       false,
		"10.0.0.1":                     false,
	}
	for host, want := range tests {
		if got := hosts.Allow(host); got != want {
			t.Errorf("Allow(%q) = %v, want %v", host, got, want)
		}
	}
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	origins := NewOrigins("https://claude.ai", "https://mcp.example.com")
	tests := map[string]bool{
		"https://claude.ai":               true,
		"https://CLAUDE.ai":               true,
		"http://claude.ai":                false,
		"https://claude.ai.evil.example":  false,
		"https://mcp.example.com":         true,
		"https://mcp.example.com:8443":    false,
		"http://localhost:6274":           true,
		"http://127.0.0.1":                true,
		"http://[::1]:6274":               true,
		"https://localhost":               true,
		"ftp://localhost":                 false,
		"http://localhost/path":           false,
		"http://user@localhost":           false,
		"http://localhost.evil.example":   false,
		"null":                            false,
		"":                                false,
		"vscode-webview://localhost":      false,
		"http://evil.example#@localhost/": false,
	}
	for origin, want := range tests {
		if got := origins.Allow(origin); got != want {
			t.Errorf("Allow(%q) = %v, want %v", origin, got, want)
		}
	}
}

func TestClientAddr(t *testing.T) {
	t.Parallel()
	proxies := NewProxies([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"),
		netip.MustParsePrefix("10.0.0.0/8")})
	tests := []struct {
		name, peer string
		header     http.Header
		want       string
	}{
		{"direct", "203.0.113.7:1234", nil, "203.0.113.7"},
		{"a stranger's header is not believed", "203.0.113.7:1234", http.Header{"X-Forwarded-For": {"198.51.100.1"}},
			"203.0.113.7"},
		{"one proxy", "127.0.0.1:1", http.Header{"X-Forwarded-For": {"198.51.100.1"}}, "198.51.100.1"},
		{"right to left", "127.0.0.1:1", http.Header{"X-Forwarded-For": {"1.2.3.4, 198.51.100.1, 10.1.1.1"}}, "198.51.100.1"},
		{"several lines", "127.0.0.1:1", http.Header{"X-Forwarded-For": {"1.2.3.4", "198.51.100.1,10.1.1.1"}},
			"198.51.100.1"},
		{"garbage ends the chain", "127.0.0.1:1", http.Header{"X-Forwarded-For": {"198.51.100.1, unknown, 10.1.1.1"}},
			"10.1.1.1"},
		{"only proxies", "127.0.0.1:1", http.Header{"X-Forwarded-For": {"10.2.2.2"}}, "10.2.2.2"},
		{"IPv6 with port", "[::1]:1", http.Header{"X-Forwarded-For": {"[2001:db8::1]:4711"}}, "2001:db8::1"},
		{"mapped peer", "[::ffff:127.0.0.1]:1", http.Header{"X-Forwarded-For": {"198.51.100.1"}}, "198.51.100.1"},
		{"Forwarded", "127.0.0.1:1", http.Header{"Forwarded": {`for=1.2.3.4, For="[2001:db8::1]:4711";proto=https;by=10.0.0.1`}}, "2001:db8::1"},
		{"Forwarded, hidden", "127.0.0.1:1", http.Header{"Forwarded": {`for=_hidden`}}, "127.0.0.1"},
		{"X-Forwarded-For first", "127.0.0.1:1", http.Header{"Forwarded": {"for=1.1.1.1"}, "X-Forwarded-For": {"2.2.2.2"}},
			"2.2.2.2"},
		{"Unix socket", "@", http.Header{"X-Forwarded-For": {"198.51.100.1"}}, "198.51.100.1"},
		{"Unix socket, nothing said", "", nil, "invalid IP"},
		{"endless header", "127.0.0.1:1", http.Header{"X-Forwarded-For": {"198.51.100.1" +
			strings.Repeat(",10.0.0.1", 10000)}}, "10.0.0.1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := &http.Request{RemoteAddr: test.peer, Header: test.header}
			if got := proxies.ClientAddr(r).String(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestAnswerPreflight(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("OPTIONS", "/mcp", nil)
	r.Header.Set("Origin", "https://claude.ai")
	if IsPreflight(r) {
		t.Error("without a requested method it is no preflight")
	}
	r.Header.Set("Access-Control-Request-Method", "POST")
	r.Header.Set("Access-Control-Request-Headers", "authorization,Mcp-Param-Doc, x-evil, mcp-param-b\u00e4d, "+
		"mcp-param-<script>")
	if !IsPreflight(r) {
		t.Error("not seen as a preflight")
	}
	w := httptest.NewRecorder()
	AnswerPreflight(w, r)
	h := w.Result().Header
	if w.Code != 204 || h.Get("Access-Control-Allow-Origin") != "https://claude.ai" ||
		h.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("got %d %v", w.Code, h)
	}
	if got, want := h.Get("Access-Control-Allow-Headers"), "Authorization, Content-Type, Accept, Mcp-Protocol-Version, "+
		"Mcp-Method, Mcp-Name, Mcp-Session-Id, Last-Event-ID, mcp-param-doc"; got != want {
		t.Errorf("allowed headers\n got %s\nwant %s", got, want)
	}
}

func FuzzClientAddr(f *testing.F) {
	f.Add("127.0.0.1:1", "1.2.3.4, 10.0.0.1", `for="[2001:db8::1]:1"`)
	f.Fuzz(func(t *testing.T, peer, forwardedFor, forwarded string) {
		p := NewProxies([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})
		for _, h := range []http.Header{{"X-Forwarded-For": {forwardedFor}}, {"Forwarded": {forwarded}}} {
			p.ClientAddr(&http.Request{RemoteAddr: peer, Header: h})
		}
	})
}

func FuzzAllow(f *testing.F) {
	f.Add("http://localhost:1")
	f.Add("[::1]:8080")
	f.Fuzz(func(t *testing.T, value string) {
		NewHosts("mcp.example.com").Allow(value)
		if NewOrigins().Allow(value) && !strings.HasPrefix(strings.ToLower(value), "http") {
			t.Fatalf("allowed %q", value)
		}
	})
}
