package token_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

type claims = map[string]any

// Each setting, met and violated.
func TestSettings(t *testing.T) {
	t.Parallel()
	clock := func() time.Time { return time.Unix(1_800_000_000, 0) }
	is := inProcess(t, tokentest.Options{Now: clock})
	now := clock().Unix()
	set := func(f func(*token.Issuer)) func(*token.Issuer) { return f }
	cases := []struct {
		name    string
		setting func(*token.Issuer)
		header  claims
		change  claims
		want    token.Reason
	}{
		{name: "aud as list", change: claims{"aud": []string{"account", resource}}},
		{name: "aud canonical", change: claims{"aud": "HTTPS://MCP.example.com:443/mcp/"}},
		{name: "aud configured", setting: set(func(i *token.Issuer) { i.Audiences = []string{"3f8c"} }),
			change: claims{"aud": "3f8c"}},
		{name: "aud configured, other", setting: set(func(i *token.Issuer) { i.Audiences = []string{"3f8c"} }),
			change: claims{"aud": "3f8d"}, want: token.ReasonAudience},
		{name: "aud missing, allowed", setting: set(missingAllowed), change: claims{"aud": nil}},
		{name: "aud missing, allowed, other client", setting: set(missingAllowed),
			change: claims{"aud": nil, "client_id": "other"}, want: token.ReasonClient},
		{name: "aud missing, allowed, no client", setting: set(missingAllowed), change: claims{"aud": nil, "client_id": nil},
			want: token.ReasonClient},
		{name: "aud wrong, missing allowed", setting: set(missingAllowed), change: claims{"aud": "https://other.example"},
			want: token.ReasonAudience},
		{name: "aud empty, missing allowed", setting: set(missingAllowed), change: claims{"aud": ""},
			want: token.ReasonAudience},
		{name: "aud empty list, missing allowed", setting: set(missingAllowed), change: claims{"aud": []string{}},
			want: token.ReasonAudience},

		{name: "client accepted", setting: set(func(i *token.Issuer) { i.ClientIDs = []string{"a", tokentest.ClientID} })},
		{name: "client by azp", setting: set(func(i *token.Issuer) { i.ClientIDs = []string{"a"} }),
			change: claims{"client_id": nil, "azp": "a"}},
		{name: "client_id before azp", setting: set(func(i *token.Issuer) { i.ClientIDs = []string{"a"} }),
			change: claims{"client_id": "b", "azp": "a"}, want: token.ReasonClient},
		{name: "client as list", setting: set(func(i *token.Issuer) { i.ClientIDs = []string{"a"} }),
			change: claims{"client_id": []string{"a", "b"}}, want: token.ReasonClient},

		{name: "subject elsewhere", setting: set(subjectAt("oid", "sub")), change: claims{"sub": nil, "oid": "o-1"}},
		{name: "subject at the second place", setting: set(subjectAt("oid", "sub"))},
		{name: "subject elsewhere, missing", setting: set(subjectAt("oid")), want: token.ReasonNoSubject},
		{name: "subject elsewhere, no text", setting: set(subjectAt("oid")), change: claims{"oid": 7},
			want: token.ReasonMalformed},

		{name: "exp 60 s ago", change: claims{"exp": now - 60}},
		{name: "exp 61 s ago", change: claims{"exp": now - 61}, want: token.ReasonExpired},
		{name: "exp with a fraction", change: claims{"exp": float64(now) + 10.5}},
		{name: "exp 2^53-1", change: claims{"exp": json.Number("9007199254740991")}},
		{name: "exp 2^53", change: claims{"exp": json.Number("9007199254740992")}, want: token.ReasonMalformed},
		{name: "exp 2^53+1", change: claims{"exp": json.Number("9007199254740993")}, want: token.ReasonMalformed},
		{name: "iat 2^53+1", change: claims{"iat": json.Number("9007199254740993")}, want: token.ReasonMalformed},
		{name: "exp a little less than 2^53+1", change: claims{"exp": json.Number("9007199254740992.999999999")},
			want: token.ReasonMalformed},
		{name: "nbf 60 s ahead", change: claims{"nbf": now + 60}},
		{name: "nbf 61 s ahead", change: claims{"nbf": now + 61}, want: token.ReasonNotYetValid},
		{name: "iat 60 s ahead", change: claims{"iat": now + 60}},
		{name: "iat 61 s ahead", change: claims{"iat": now + 61}, want: token.ReasonNotYetValid},
		{name: "no nbf, no iat", change: claims{"nbf": nil, "iat": nil}},
		{name: "cut-off before iat", setting: set(func(i *token.Issuer) { i.NotBefore = time.Unix(now-10, 0) })},
		{name: "cut-off at iat", setting: set(func(i *token.Issuer) { i.NotBefore = time.Unix(now, 0) }),
			change: claims{"iat": now}},
		{name: "cut-off after iat", setting: set(func(i *token.Issuer) { i.NotBefore = time.Unix(now+10, 0) }),
			change: claims{"iat": now}, want: token.ReasonRevoked},
		{name: "cut-off, no iat", setting: set(func(i *token.Issuer) { i.NotBefore = time.Unix(now-10, 0) }),
			change: claims{"iat": nil}, want: token.ReasonRevoked},

		{name: "typ JWT", header: claims{"typ": "JWT"}},
		{name: "typ absent", header: claims{"typ": nil}},
		{name: "typ with prefix and case", header: claims{"typ": "application/AT+JWT"}},
		{name: "typ of Okta's own", header: claims{"typ": "application/okta-internal-at+jwt"}},
		{name: "at+jwt wanted", setting: set(func(i *token.Issuer) { i.TokenType = "at+jwt" }),
			header: claims{"typ": "at+jwt"}},
		{name: "at+jwt wanted, JWT", setting: set(func(i *token.Issuer) { i.TokenType = "at+jwt" }),
			header: claims{"typ": "JWT"}, want: token.ReasonType},
		{name: "at+jwt wanted, absent", setting: set(func(i *token.Issuer) { i.TokenType = "at+jwt" }),
			header: claims{"typ": nil}, want: token.ReasonType},
		{name: "alg narrowed", setting: set(func(i *token.Issuer) { i.Algorithms = []string{"RS256"} }),
			want: token.ReasonAlgorithm},

		{name: "ID token shape allowed", setting: set(func(i *token.Issuer) { i.AllowIDTokens = true }),
			change: claims{"nonce": "n", "at_hash": "h", "c_hash": "c"}},
		{name: "ID token by name even so", setting: set(func(i *token.Issuer) { i.AllowIDTokens = true }),
			change: claims{"token_use": "id"}, want: token.ReasonIDToken},
		{name: "Keycloak's Bearer", change: claims{"typ": "Bearer"}},
		{name: "Cognito's access", change: claims{"token_use": "access"}},
		{name: "cnf null", change: claims{"cnf": json.RawMessage("null")}},

		{name: "required string", setting: require("tenant", "umbrella", "acme")},
		{name: "required in list", setting: require("groups", "b"), change: claims{"groups": []string{"a", "b"}}},
		{name: "required not in list", setting: require("groups", "c"), change: claims{"groups": []string{"a", "b"}},
			want: token.ReasonRequiredClaim},
		{name: "required bool", setting: require("mfa", true), change: claims{"mfa": true}},
		{name: "required bool, as string", setting: require("mfa", true), change: claims{"mfa": "true"},
			want: token.ReasonRequiredClaim},
		{name: "required number", setting: require("level", json.Number("2")), change: claims{"level": 2.0}},
		{name: "required by pointer", setting: require("/org/id", "x"), change: claims{"org": claims{"id": "x"}}},
		{name: "required part of a string", setting: require("tenant", "ac"), want: token.ReasonRequiredClaim},
		{name: "required claim null", setting: require("tenant", "acme"), change: claims{"tenant": json.RawMessage("null")},
			want: token.ReasonRequiredClaim},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := preset(t, is)
			if c.setting != nil {
				c.setting(&cfg)
			}
			v := newVerifier(t, token.Config{Issuers: []token.Issuer{cfg}, HTTP: is.Transport(), Now: clock})
			body := is.Claims(resource)
			for k, val := range c.change {
				if val == nil {
					delete(body, k)
					continue
				}
				body[k] = val
			}
			bearer := is.Key("ES256").Mint(c.header, body)
			wantReason(t, v, bearer, c.want)
			if x := v.Explain(t.Context(), bearer); (x.Principal != nil) != (c.want == "") {
				t.Errorf("Explain disagrees: %+v", x.Steps)
			}
		})
	}
}

func missingAllowed(i *token.Issuer) {
	i.AllowMissingAudience, i.ClientIDs = true, []string{tokentest.ClientID}
}

func require(claim string, values ...any) func(*token.Issuer) {
	return func(i *token.Issuer) { i.RequiredClaims = token.Requirements{claim: values} }
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := func() token.Issuer {
		i, err := token.Preset("generic")
		if err != nil {
			t.Fatal(err)
		}
		i.URL = "https://id.example.com"
		return i
	}
	if _, err := token.New(token.Config{}); err == nil || !strings.Contains(err.Error(), "Resource") ||
		!strings.Contains(err.Error(), "no issuer") {
		t.Errorf("the zero value: %v", err)
	}
	if _, err := token.New(token.Config{Resource: resource, Issuers: []token.Issuer{good(), good()}}); err == nil ||
		!strings.Contains(err.Error(), "twice") {
		t.Errorf("an issuer twice: %v", err)
	}
	secret := &token.Introspection{ClientID: "g", ClientSecret: "s"}
	for want, change := range map[string]func(*token.Issuer){
		"":                     func(*token.Issuer) {},
		"not a URL":            func(i *token.Issuer) { i.URL = "https://%zz" },
		"not an absolute":      func(i *token.Issuer) { i.URL = "id.example.com" },
		"must be https":        func(i *token.Issuer) { i.URL = "http://id.example.com" },
		"no query":             func(i *token.Issuer) { i.URL = "https://id.example.com?x" },
		"no fragment":          func(i *token.Issuer) { i.URL = "https://id.example.com#" },
		"user name":            func(i *token.Issuer) { i.URL = "https://a:b@id.example.com" },
		`"HS256"`:              func(i *token.Issuer) { i.Algorithms = []string{"HS256"} },
		`"none"`:               func(i *token.Issuer) { i.Algorithms = []string{"none"} },
		"algorithms is empty":  func(i *token.Issuer) { i.Algorithms = nil },
		"token_type":           func(i *token.Issuer) { i.TokenType = "jwt" },
		"needs client_ids":     func(i *token.Issuer) { i.AllowMissingAudience = true },
		"empty string":         func(i *token.Issuer) { i.Audiences = []string{""} },
		"no accepted value":    func(i *token.Issuer) { i.RequiredClaims = token.Requirements{"a": nil} },
		"not []string":         func(i *token.Issuer) { i.RequiredClaims = token.Requirements{"a": {[]string{"b"}}} },
		"~1":                   func(i *token.Issuer) { i.RequiredClaims = token.Requirements{"/a~2": {"b"}} },
		"jwks_uri":             func(i *token.Issuer) { i.JWKSURI = "http://keys.example.com" },
		"client_id is empty":   func(i *token.Issuer) { i.Introspection = &token.Introspection{ClientSecret: "s"} },
		"client_secret is":     func(i *token.Issuer) { i.Introspection = &token.Introspection{ClientID: "g", Auth: "post"} },
		"unknown; it is basic": func(i *token.Issuer) { i.Introspection = &token.Introspection{ClientID: "g", Auth: "mtls"} },
		"no PEM block": func(i *token.Issuer) {
			i.Introspection = &token.Introspection{ClientID: "g", Auth: "private_key_jwt", PrivateKey: "sesame"}
		},
		"endpoint:": func(i *token.Issuer) {
			in := *secret
			in.Endpoint, i.Introspection = "http://id.example.com/i", &in
		},
		"google cannot work": func(i *token.Issuer) { i.Provider = "google" },
	} {
		i := good()
		change(&i)
		_, err := token.New(token.Config{Resource: resource, Issuers: []token.Issuer{i}})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("want %q, got %v", want, err)
		}
		if err != nil && (strings.Contains(err.Error(), "sesame") || strings.Contains(err.Error(), "a:b@")) {
			t.Errorf("a secret shows: %v", err)
		}
	}
	for _, url := range []string{"http://localhost:8080", "http://127.0.0.1:1/x", "http://[::1]:1",
		"http://id.localhost"} {
		i := good()
		i.URL = url
		if _, err := token.New(token.Config{Resource: resource, Issuers: []token.Issuer{i}}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// No way of printing a configuration shows a secret.
func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	in := token.Introspection{ClientID: "gateway", ClientSecret: "open-sesame", PrivateKey: "BEGIN open-sesame"}
	i := token.Issuer{Introspection: &in}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb, in, &in, i)
	}
	for _, v := range []any{in, &in, i} {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(data)
	}
	if text := out.String(); strings.Contains(text, "sesame") || strings.Contains(text, fmt.Sprintf("%x", "sesame")) {
		t.Errorf("a secret shows: %s", text)
	}
}

// The token's iss picks the issuer; one issuer's keys never verify another's tokens.
func TestSeveralIssuers(t *testing.T) {
	t.Parallel()
	a := tokentest.NewIssuer(t, tokentest.Options{Algorithms: []string{"ES256"}})
	b := tokentest.NewIssuer(t, tokentest.Options{Algorithms: []string{"ES256"}, Path: "/b/"})
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, a), preset(t, b)}})
	for _, is := range []*tokentest.Issuer{a, b} {
		p, err := v.Verify(t.Context(), is.Token(resource))
		if err != nil || p.Issuer != is.URL || p.ID() != is.URL+" ada" {
			t.Errorf("%+v, %v", p, err)
		}
	}
	wantReason(t, v, a.Token(resource, claims{"iss": b.URL}), token.ReasonUnknownKey)
	wantReason(t, v, b.Token(resource, claims{"iss": strings.TrimSuffix(b.URL, "/")}), token.ReasonUnknownIssuer)
	k := *a.Key("ES256")
	k.ID = b.Key("ES256").ID
	forged := b.Claims(resource)
	wantReason(t, v, k.Mint(nil, forged), token.ReasonSignature)
	if !v.Ready() || len(v.Status()) != 2 || v.Status()[1].URL != b.URL {
		t.Errorf("status %+v", v.Status())
	}
}

func subjectAt(texts ...string) func(*token.Issuer) {
	return func(i *token.Issuer) {
		i.Claims.Subject = nil
		for _, text := range texts {
			path, _ := token.ParsePath(text)
			i.Claims.Subject = append(i.Claims.Subject, path)
		}
	}
}
