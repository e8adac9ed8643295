package token_test

import (
	"context"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// A verifier takes the keys over from the one before where they come from the same place, and only there; they stay
// when the one before ends.
func TestKeysAreTakenOver(t *testing.T) {
	t.Parallel()
	const resource = "https://mcp.example.com/mcp"
	issuer, err := tokentest.Start(tokentest.Options{Algorithms: []string{"ES256"}})
	if err != nil {
		t.Fatal(err)
	}
	defer issuer.Close()
	preset, err := token.Preset("generic")
	if err != nil {
		t.Fatal(err)
	}
	preset.URL = issuer.URL
	raw := issuer.Token(resource, map[string]any{"only_b": []string{"b"}})

	start := func(previous *token.Verifier, change func(*token.Issuer)) (*token.Verifier, func()) {
		cfg := preset
		change(&cfg)
		v, err := token.New(token.Config{Resource: resource, Issuers: []token.Issuer{cfg}, Previous: previous})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		v.Hold(ctx)
		go func() { done <- v.Run(ctx) }()
		return v, func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	verify := func(v *token.Verifier) *token.Principal {
		t.Helper()
		p, err := v.Verify(t.Context(), raw)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	first, endFirst := start(nil, func(*token.Issuer) {})
	if p := verify(first); len(p.Roles) != 0 {
		t.Errorf("roles %v", p.Roles)
	}
	path, err := token.ParsePath("/only_b")
	if err != nil {
		t.Fatal(err)
	}
	second, endSecond := start(first, func(i *token.Issuer) { i.Claims.Roles = []token.Path{path} })
	// It holds the keys from when it is made to, however late it runs.
	endFirst()
	if p := verify(second); len(p.Roles) != 1 {
		t.Errorf("roles %v of the cache before", p.Roles)
	}
	if n := issuer.Counts().Keys; n != 1 {
		t.Errorf("the keys were fetched %d times", n)
	}
	// The same key set at an address that is written down is another place to get it from.
	third, endThird := start(second, func(i *token.Issuer) { i.JWKSURI = issuer.URL + "/keys" })
	endSecond()
	verify(third)
	endThird()
	if n := issuer.Counts().Keys; n != 2 {
		t.Errorf("the keys were fetched %d times from two places", n)
	}
}
