package token_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// Whichever form of discovery an issuer offers is found.
func TestDiscoveryForms(t *testing.T) {
	t.Parallel()
	for name, hide := range map[string][]string{
		"all": nil, "appended only": {"oauth", "inserted"}, "oauth only": {"appended", "inserted"}, "inserted " +
			"only": {"appended", "oauth"},
	} {
		for _, path := range []string{"/realms/test", "/application/o/coda/", "", "/"} {
			if name == "inserted only" && strings.Trim(path, "/") == "" {
				continue // the same place as the appended form
			}
			t.Run(name+path, func(t *testing.T) {
				t.Parallel()
				is := tokentest.NewIssuer(t, tokentest.Options{Algorithms: []string{"ES256"}, Path: path})
				is.HideDiscovery(hide...)
				v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}})
				wantReason(t, v, is.Token(resource), "")
				r, err := token.Discover(t.Context(), preset(t, is), nil)
				if err != nil || r.Document == nil || !r.S256() || len(r.Keys) != 1 || len(r.Keys[0].Algorithms) != 1 ||
					r.Keys[0].Algorithms[0] != "ES256" {
					t.Errorf("Discover: %+v, %v", r, err)
				}
			})
		}
	}
}

// An issuer that the discovery document does not let be used.
func TestDiscoveryRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		member string
		value  any
		want   string
	}{
		"another issuer":        {"issuer", "https://id.evil.example", "byte for byte"},
		"issuer with a slash":   {"issuer", "https://id.example.com/realms/test/", "byte for byte"},
		"issuer in capitals":    {"issuer", "https://ID.example.com/realms/test", "byte for byte"},
		"no issuer":             {"issuer", nil, "byte for byte"},
		"http keys":             {"jwks_uri", "http://id.example.com/keys", "must be https"},
		"loopback http keys":    {"jwks_uri", "http://127.0.0.1/keys", "neither https nor at the issuer's own host"},
		"loopback https keys":   {"jwks_uri", "https://127.0.0.1/keys", "not a public address"},
		"localhost keys":        {"jwks_uri", "https://localhost/keys", "not a public address"},
		"metadata service":      {"jwks_uri", "https://169.254.169.254/latest", "not a public address"},
		"private keys":          {"jwks_uri", "https://10.0.0.1/keys", "not a public address"},
		"private keys, IPv6":    {"jwks_uri", "https://[fd00::1]/keys", "not a public address"},
		"file keys":             {"jwks_uri", "file:///etc/passwd", "not an absolute https URL"},
		"keys with a password":  {"jwks_uri", "https://a:b@id.example.com/keys", "user name or password"},
		"no keys":               {"jwks_uri", nil, "no jwks_uri"},
		"relative keys":         {"jwks_uri", "/keys", "not an absolute https URL"},
		"http introspection":    {"introspection_endpoint", "http://id.example.com/i", "must be https"},
		"not even a discovery…": {"token_endpoint", json.RawMessage(`{"a":1,"a":2}`), "duplicate name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			is := inProcess(t, tokentest.Options{})
			is.SetDiscovery(c.member, c.value)
			v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
			_, err := v.Verify(t.Context(), is.Token(resource))
			if reasonOf(t, err) != token.ReasonKeysUnavailable || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Verify: %v, want %q", err, c.want)
			}
			if n := is.Counts().Keys; n != 0 {
				t.Errorf("%d key fetches", n)
			}
			if _, err := token.Discover(t.Context(), preset(t, is), is.Transport()); err == nil ||
				!strings.Contains(err.Error(), c.want) {
				t.Errorf("Discover: %v, want %q", err, c.want)
			}
		})
	}
}

// Only the issuer's own host may be http, and only what the operator names may be another loopback one.
func TestLoopbackEndpoints(t *testing.T) {
	t.Parallel()
	is := tokentest.NewIssuer(t, tokentest.Options{Algorithms: []string{"ES256"}})
	_, port, err := net.SplitHostPort(strings.TrimPrefix(is.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	other := "http://localhost:" + port + "/keys"
	is.SetDiscovery("jwks_uri", other)
	cfg := preset(t, is)
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{cfg}})
	wantReason(t, v, is.Token(resource), token.ReasonKeysUnavailable)
	cfg.JWKSURI = other
	v = newVerifier(t, token.Config{Issuers: []token.Issuer{cfg}})
	wantReason(t, v, is.Token(resource), "")
}

func TestExplicitKeys(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	is.HideDiscovery("appended", "oauth", "inserted")
	cfg := preset(t, is)
	cfg.JWKSURI = is.URL + "/keys"
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{cfg}, HTTP: is.Transport()})
	wantReason(t, v, is.Token(resource), "")
	if c := is.Counts(); c.Discovery != 0 || !v.Ready() {
		t.Errorf("%+v, %+v", c, v.Status())
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		location string
		good     bool
	}{
		"same host":      {"/moved/keys", true},
		"another host":   {"https://keys.example.net/keys", false},
		"another port":   {"https://id.example.com:8443/keys", false},
		"another scheme": {"http://id.example.com/keys", false},
		"to itself":      {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			is := inProcess(t, tokentest.Options{})
			var strayed bool
			rt := transport(func(r *http.Request) (*http.Response, error) {
				switch {
				case r.URL.Host != "id.example.com" || r.URL.Scheme != "https":
					strayed = true
				case r.URL.Path == "/realms/test/keys":
					rec := httptest.NewRecorder()
					http.Redirect(rec, r, c.location, http.StatusFound)
					res := rec.Result()
					res.Request = r
					return res, nil
				case r.URL.Path == "/moved/keys":
					r = r.Clone(r.Context())
					r.URL.Path = "/realms/test/keys"
				}
				return is.Transport().RoundTrip(r)
			})
			v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: rt})
			_, err := v.Verify(t.Context(), is.Token(resource))
			if (err == nil) != c.good {
				t.Errorf("%v", err)
			}
			if strayed {
				t.Error("the redirect was followed to another host")
			}
		})
	}
}

func TestDiscoverReports(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{Algorithms: []string{"ES256", "EdDSA"}, CacheControl: "max-age=300"})
	is.HideDiscovery("oauth")
	is.SetDiscovery("code_challenge_methods_supported", nil)
	is.PublishRaw(`{"kty":"oct","kid":"shared","k":"AAAA"}`)
	cfg := preset(t, is, func(i *token.Issuer) { i.Algorithms = []string{"ES256"} })
	r, err := token.Discover(t.Context(), cfg, is.Transport())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Tried) != 3 || r.Tried[0].Err != nil || r.Tried[1].Err == nil || r.Tried[2].Err != nil {
		t.Errorf("tried %+v", r.Tried)
	}
	if r.S256() || r.Document.RegistrationEndpoint == "" || !r.Document.ClientIDMetadataDocuments ||
		len(r.Document.ScopesSupported) != 4 {
		t.Errorf("document %+v", r.Document)
	}
	if len(r.Keys) != 2 || len(r.Keys[1].Algorithms) != 0 || len(r.SkippedKeys) != 1 ||
		!strings.Contains(r.SkippedKeys[0].Why, "shared") || r.TTL.Minutes() != 5 {
		t.Errorf("keys %+v, skipped %+v, TTL %s", r.Keys, r.SkippedKeys, r.TTL)
	}
	cfg.Algorithms = []string{"RS256"}
	if _, err := token.Discover(t.Context(), cfg, is.Transport()); err == nil ||
		!strings.Contains(err.Error(), "no key fits") {
		t.Errorf("no fitting key: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := token.Discover(ctx, cfg, is.Transport()); err == nil {
		t.Error("a cancelled context")
	}
	cfg.URL = "http://id.example.com"
	if _, err := token.Discover(t.Context(), cfg, is.Transport()); err == nil {
		t.Error("an http issuer")
	}
}
