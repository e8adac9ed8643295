package token_test

import (
	"context"
	"crypto"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

func BenchmarkVerifyCached(b *testing.B) {
	is := inProcess(b, tokentest.Options{Algorithms: []string{"RS256"}})
	v := newVerifier(b, token.Config{Issuers: []token.Issuer{preset(b, is)}, HTTP: is.Transport()})
	benchmarkVerify(b, v, is.Token(resource))
}

func BenchmarkVerifyUncached(b *testing.B) {
	for _, alg := range []string{"RS256", "ES256", "EdDSA"} {
		is := inProcess(b, tokentest.Options{Algorithms: []string{alg}})
		bearer := is.Token(resource)
		b.Run(alg, func(b *testing.B) {
			v := newVerifier(b, token.Config{Issuers: []token.Issuer{preset(b, is)}, HTTP: is.Transport(), CacheSize: -1})
			benchmarkVerify(b, v, bearer)
		})
		b.Run(alg+"/bare-go-oidc", func(b *testing.B) {
			keys := &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{is.Key(alg).Private.Public()}}
			v := oidc.NewVerifier(is.URL, keys, &oidc.Config{ClientID: resource, SupportedSigningAlgs: []string{alg},
				SkipExpiryCheck: true})
			b.ReportAllocs()
			for b.Loop() {
				t, err := v.Verify(context.Background(), bearer)
				if err != nil {
					b.Fatal(err)
				}
				var claims map[string]any
				if err := t.Claims(&claims); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Garbage must be cheap: it is refused before a signature is computed, but for a bad signature, which costs little
// more than finding that out.
func BenchmarkRefuse(b *testing.B) {
	is := inProcess(b, tokentest.Options{Algorithms: []string{"RS256"}})
	v := newVerifier(b, token.Config{Issuers: []token.Issuer{preset(b, is)}, HTTP: is.Transport()})
	good := is.Token(resource)
	for name, bearer := range map[string]string{
		"bad-signature":  good[:len(good)-4] + "AAAA",
		"wrong-audience": is.Token("https://other.example"),
		"no-jwt":         "garbage",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(context.Background(), bearer); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}

func benchmarkVerify(b *testing.B, v *token.Verifier, bearer string) {
	b.Helper()
	ctx := context.Background()
	if _, err := v.Verify(ctx, bearer); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(ctx, bearer); err != nil {
			b.Fatal(err)
		}
	}
}
