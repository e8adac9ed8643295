package token

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// FuzzDecodeObject holds the strict decoder against encoding/json: what it reads, the other reads the same way.
func FuzzDecodeObject(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":[1,2.5e-3,true,null,{"b":"\u00e9\ud83d\ude00"}]}`, `{"a":1,"a":2}`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}", `{"a":01}`, ` {"x" : [ ] } `} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := decodeObject(data)
		if err != nil {
			return
		}
		d := json.NewDecoder(strings.NewReader(string(data)))
		d.UseNumber()
		var want map[string]any
		if err := d.Decode(&want); err != nil {
			t.Fatalf("read %q as %v, encoding/json says %v", data, got, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("read %q as %v, encoding/json as %v", data, got, want)
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := decodeObject(again); err != nil || !reflect.DeepEqual(back, got) {
			t.Fatalf("%q does not survive: %v, %v", data, back, err)
		}
		caseCollision(got)
	})
}

// FuzzParseJWT: whatever is sent, nothing panics, nothing unsigned is accepted, and no error holds the token.
func FuzzParseJWT(f *testing.F) {
	enc := b64.EncodeToString
	for _, s := range []string{
		"", "..", "a.b.c", enc([]byte(`{"alg":"none"}`)) + "." + enc([]byte(`{}`)) + ".",
		enc([]byte(`{"alg":"ES256","kid":"k","typ":"at+jwt"}`)) + "." + enc([]byte(`{"iss":"https://id.example.com","aud":"https://mcp.example.com/mcp","exp":1800000300,"sub":"a"}`)) + "." + enc(make([]byte, 64)),
		enc([]byte(`{"alg":"RSA-OAEP","enc":"A128GCM"}`)) + ".a.b.c.d", "eyJ", "eyJ.eyJ.eyJ",
	} {
		f.Add(s)
	}
	v := fuzzVerifier(f)
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := v.Verify(context.Background(), raw)
		if err == nil {
			t.Fatalf("accepted %q as %+v", raw, p)
		}
		var e *Error
		if !errors.As(err, &e) || e.Reason == "" {
			t.Fatalf("%q: %v", raw, err)
		}
		if len(raw) > 40 && strings.Contains(err.Error(), raw) {
			t.Fatalf("the error holds the token: %v", err)
		}
		if x := v.Explain(context.Background(), raw); x.Principal != nil || len(x.Steps) == 0 {
			t.Fatalf("%q: Explain %+v", raw, x)
		}
	})
}

// FuzzClaims runs all checks over claims of any shape, in every provider's reading.
func FuzzClaims(f *testing.F) {
	f.Add([]byte(`{"iss":"https://id.example.com","aud":["https://mcp.example.com/mcp"],"exp":1800000300,"sub":"a","scope":"x y","roles":{"a":1},"email":"a@b.c"}`))
	f.Add([]byte(`{"exp":1e400,"nbf":-1,"iat":"x","aud":{"a":1},"sub":1,"cnf":null}`))
	f.Add([]byte(`{"ext":{"roles":["a"]},"realm_access":{"roles":"x"},"urn:zitadel:iam:org:project:roles":{"r":{}}}`))
	rules := checks()
	var all []settings
	for _, p := range Providers() {
		i, err := Preset(p)
		if err != nil {
			f.Fatal(err)
		}
		i.URL = "https://id.example.com"
		all = append(all, compile(i, "https://mcp.example.com/mcp"))
	}
	now := time.Unix(1_800_000_000, 0)
	f.Fuzz(func(t *testing.T, data []byte) {
		claims, err := decodeObject(data)
		if err != nil {
			return
		}
		for n := range all {
			for _, introspected := range []bool{false, true} {
				c := &candidate{settings: &all[n], claims: claims, now: now, alg: "ES256", introspected: introspected}
				good := true
				for _, r := range rules {
					if r.skip != nil {
						_ = r.skip(c)
					}
					_, _ = r.got(c), r.wanted(c)
					good = good && r.test(c) == nil
				}
				p := newPrincipal(&all[n], claims, now)
				if good && (p.Subject == "" || !introspected && p.Expires.Before(now.Add(-Skew))) {
					t.Fatalf("%s accepts %s as %+v", all[n].Provider, data, p)
				}
			}
		}
	})
}

func FuzzParsePath(f *testing.F) {
	for _, s := range []string{"", "a", "/a/b", "/a~1b/~0", "/~2", "/~", "/0/1", "https://ns/x"} {
		f.Add(s)
	}
	doc := map[string]any{"a": map[string]any{"b": []any{"c"}}, "": "e"}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePath(s)
		if err != nil {
			return
		}
		if p.String() != s {
			t.Fatalf("%q prints as %q", s, p)
		}
		if v, ok := p.Lookup(doc); ok != (v != nil) {
			t.Fatalf("%q: %v, %v", s, v, ok)
		}
		p.sibling("x").Lookup(doc)
	})
}

func FuzzIntrospectionAnswer(f *testing.F) {
	for _, s := range []string{`{"active":true,"sub":"a"}`, `{"active":false}`, `{"active":"true"}`, `{"Active":true,"active":true}`, `[]`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		claims, err := parseIntrospection(data)
		if err != nil {
			return
		}
		if _, ok := claims["active"].(bool); !ok {
			t.Fatalf("%q was read as %v", data, claims)
		}
	})
}

func FuzzKeySet(f *testing.F) {
	for _, s := range []string{
		`{"keys":[]}`, `{"keys":[{"kty":"oct","k":"AAAA"}]}`, `{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`, `{"keys":null}`, `{}`, `[]`,
		`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"k","use":"sig"}]}`,
		`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		keys, _, err := parseKeySet(data)
		if err != nil {
			return
		}
		fingerprint(keys)
		for i := range keys {
			n := 0
			for _, alg := range Algorithms() {
				if keys[i].fits(alg) {
					n++
				}
			}
			if n == 0 && keys[i].alg == "" {
				t.Fatalf("%q: key %+v fits nothing", data, keys[i])
			}
			if keys[i].fits("none") || keys[i].fits("HS256") {
				t.Fatalf("%q: key %+v fits too much", data, keys[i])
			}
		}
	})
}

func FuzzDiscovery(f *testing.F) {
	for _, s := range []string{
		`{"issuer":"https://id.example.com","jwks_uri":"https://id.example.com/keys"}`, `{"issuer":"https://id.example.com","jwks_uri":"http://x"}`,
		`{"issuer":1}`, `{}`, `<html>`, `{"issuer":"https://id.example.com","scopes_supported":"a b","jwks_uri":[]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := parseDiscovery(data, "https://id.example.com")
		if err != nil {
			return
		}
		for _, u := range []string{d.JWKSURI, d.IntrospectionEndpoint} {
			if u != "" && !strings.HasPrefix(strings.ToLower(u), "https://") {
				t.Fatalf("%q: endpoint %q", data, u)
			}
		}
		if d.Issuer != "https://id.example.com" {
			t.Fatalf("%q: issuer %q", data, d.Issuer)
		}
	})
}

func fuzzVerifier(f *testing.F) *Verifier {
	f.Helper()
	i, err := Preset("generic")
	if err != nil {
		f.Fatal(err)
	}
	i.URL = "https://id.example.com"
	i.JWKSURI = "https://id.example.com/keys"
	v, err := New(Config{
		Resource: "https://mcp.example.com/mcp", Issuers: []Issuer{i}, Log: zerolog.Nop(),
		Now:  func() time.Time { return time.Unix(1_800_000_000, 0) },
		HTTP: noKeys{},
	})
	if err != nil {
		f.Fatal(err)
	}
	return v
}

// noKeys is an issuer that has one key, which nobody can sign with.
type noKeys struct{}

func (noKeys) RoundTrip(r *http.Request) (*http.Response, error) {
	body := `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"k"}]}`
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: readCloser{strings.NewReader(body)}, Request: r}, nil
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }
