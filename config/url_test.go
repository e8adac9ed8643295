package config

import (
	"strings"
	"testing"
)

func TestPublicURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		raw  string
		want PublicURL
	}{
		{"https://mcp.example.com/mcp", PublicURL{Origin: "https://mcp.example.com", Host: "mcp.example.com", Path: "/mcp"}},
		{"https://mcp.example.com", PublicURL{Origin: "https://mcp.example.com", Host: "mcp.example.com", Path: ""}},
		{"https://mcp.example.com/", PublicURL{Origin: "https://mcp.example.com", Host: "mcp.example.com", Path: "/"}},
		{"https://mcp.example.com:8443/a/b-c_d.e~f", PublicURL{Origin: "https://mcp.example.com:8443",
			Host: "mcp.example.com:8443", Path: "/a/b-c_d.e~f"}},
		{"https://MCP.Example.com:443/Mcp", PublicURL{Origin: "https://mcp.example.com", Host: "mcp.example.com",
			Path: "/Mcp"}},
		{"http://localhost:80/mcp", PublicURL{Origin: "http://localhost", Host: "localhost", Path: "/mcp"}},
		{"http://gateway.localhost/mcp", PublicURL{Origin: "http://gateway.localhost", Host: "gateway.localhost",
			Path: "/mcp"}},
		{"http://127.9.9.9:8080/mcp", PublicURL{Origin: "http://127.9.9.9:8080", Host: "127.9.9.9:8080", Path: "/mcp"}},
		{"http://[::1]:8080/mcp", PublicURL{Origin: "http://[::1]:8080", Host: "[::1]:8080", Path: "/mcp"}},
		{"https://[2001:db8::1]/mcp", PublicURL{Origin: "https://[2001:db8::1]", Host: "[2001:db8::1]", Path: "/mcp"}},
		{"https://xn--bcher-kva.example/mcp", PublicURL{Origin: "https://xn--bcher-kva.example",
			Host: "xn--bcher-kva.example", Path: "/mcp"}},
		{"https://mcp.example.com/.well-knownish", PublicURL{Origin: "https://mcp.example.com", Host: "mcp.example.com",
			Path: "/.well-knownish"}},
	} {
		c.want.Raw = c.raw
		var p publicURL
		if err := p.UnmarshalText([]byte(c.raw)); err != nil || p.PublicURL != c.want {
			t.Errorf("%s is %+v, %v", c.raw, p.PublicURL, err)
		}
	}
}

func TestPublicURLRefused(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":                                        "not an absolute URL",
		"mcp.example.com/mcp":                     "not an absolute URL",
		"//mcp.example.com/mcp":                   "not an absolute URL",
		"https:mcp.example.com":                   "not an absolute URL",
		"https:///mcp":                            "not an absolute URL",
		"HTTPS://mcp.example.com/mcp":             "scheme in capitals",
		"ftp://mcp.example.com/mcp":               `scheme "ftp"`,
		"http://mcp.example.com/mcp":              `write "https://mcp.example.com/mcp"`,
		"http://10.0.0.1/mcp":                     "plain http",
		"http://localhost.example.com/mcp":        "plain http",
		"http://127.0.0.1.example.com/mcp":        "plain http",
		"https://mcp.example.com/mcp?":            `has a query; write "https://mcp.example.com/mcp"`,
		"https://mcp.example.com/mcp?x=1":         "has a query",
		"https://mcp.example.com/mcp#":            "has a fragment",
		"https://mcp.example.com/mcp#x":           "has a fragment",
		"https://u:the-password@mcp.example.com/": "user name or a password",
		"https://u@mcp.example.com/":              "user name or a password",
		"https://mcp.example.com/mcp/":            `write "https://mcp.example.com/mcp"`,
		"https://mcp.example.com//":               "ends with a slash",
		"https://mcp.example.com//mcp":            `write "https://mcp.example.com/mcp"`,
		"https://mcp.example.com/a/../mcp":        `write "https://mcp.example.com/mcp"`,
		"https://mcp.example.com/./mcp":           ". or .. segment",
		"https://mcp.example.com/..":              ". or .. segment",
		"https://mcp.example.com/m%63p":           "percent-encoding",
		"https://mcp.example.com/mcp%2F":          "percent-encoding",
		"https://mcp.example.com/m\u00fcp":        "percent-encoding",
		"https://mcp.example.com/a b":             "is not a URL",
		"https://mcp.example.com/{id}":            "is not a URL",
		"https://mcp.example.com/.well-known":     "/.well-known",
		"https://mcp.example.com/.well-known/mcp": "/.well-known",
		"https://mcp.example.com:/mcp":            "no valid port",
		"https://mcp.example.com:0/mcp":           "no valid port",
		"https://mcp.example.com:65536/mcp":       "no valid port",
		"https://mcp.example.com:080/mcp":         "no valid port",
		"https://b\u00fccher.example/mcp":         "no valid host",
		"https://mcp_.-.example/mcp":              "no valid host",
		"https://mcp.example.com./mcp":            "no valid host",
		"https://mcp..example.com/mcp":            "no valid host",
		"https://[fe80::1%25eth0]/mcp":            "no valid host",
		"https://" + strings.Repeat("a", 64):      "no valid host",
	} {
		var p publicURL
		err := p.UnmarshalText([]byte(raw))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", raw, err)
		}
		if err != nil && strings.Contains(err.Error(), "the-password") {
			t.Errorf("%q: the error shows the password", raw)
		}
	}
}

// The issuer is compared with the token's iss byte for byte, so nothing may be normalized.
func TestIssuerIsKept(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"https://tenant.eu.auth0.com/", "https://id.example.com", "http://localhost:8081", "http://127.0.0.1:8081/",
		"https://ID.example.com:443/Realms/x%20y/",
	} {
		cfg, _, err := Parse("i.yaml", []byte("public_url: http://localhost/mcp\nissuers: [{url: \""+raw+
			"\"}]\ncoda: {token: x}\n"), testOptions())
		if err != nil || cfg.Issuers[0].URL != raw || cfg.Token().Issuers[0].URL != raw {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

// Loopback hosts may be reached by http; whatever else is fetched is https.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	file := func(host string) []byte {
		return []byte("public_url: http://" + host + "/mcp\nissuers: [{url: \"http://" + host + "\", jwks_uri: \"http://" +
			host + "/k\", introspection: {client_id: a, client_secret: b, endpoint: \"http://" + host + "/i\"}}]\n" +
			"coda: {token: x, base_url: \"http://" + host + "/v1\"}\n")
	}
	for _, host := range []string{"localhost", "localhost:1", "127.0.0.1:8080", "127.1.2.3", "[::1]:9",
		"[::ffff:127.0.0.1]", "LOCALHOST", "idp.localhost"} {
		if _, _, err := Parse("h.yaml", file(host), testOptions()); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	for _, host := range []string{"example.com", "10.0.0.1", "0.0.0.0", "[::]", "192.168.0.1:80",
		"localhost.example.com", "notlocalhost", "128.0.0.1"} {
		_, _, err := Parse("h.yaml", file(host), testOptions())
		if err == nil || strings.Count(err.Error(), "is plain http") != 5 {
			t.Errorf("%s: %v", host, err)
		}
	}
}
