package token

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/token/claims"
	"github.com/rs/zerolog"
)

// FuzzDecodeObject holds the strict decoder against encoding/json: what it reads, the other reads the same way.

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
	var every []settings
	for _, p := range provider.Names() {
		i, err := Preset(p)
		if err != nil {
			f.Fatal(err)
		}
		i.URL = "https://id.example.com"
		every = append(every, compile(i, "https://mcp.example.com/mcp"))
	}
	now := time.Unix(1_800_000_000, 0)
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := claims.Object(data)
		if err != nil {
			return
		}
		for n := range every {
			for _, introspected := range []bool{false, true} {
				c := &candidate{settings: &every[n], claims: all, now: now, alg: "ES256", introspected: introspected}
				good := true
				for _, r := range rules {
					if r.skip != nil {
						_ = r.skip(c)
					}
					_, _ = r.got(c), r.wanted(c)
					good = good && r.test(c) == nil
				}
				p := newPrincipal(&every[n], all, now)
				if good && (p.Subject == "" || !introspected && p.Expires.Before(now.Add(-Skew))) {
					t.Fatalf("%s accepts %s as %+v", every[n].Provider, data, p)
				}
			}
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
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: readCloser{strings.NewReader(body)}, Request: r},
		nil
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }
