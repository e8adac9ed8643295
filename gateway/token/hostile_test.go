package token_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// strictSettings are those that the catalogue's setting-dependent tokens violate.
func strictSettings(i *token.Issuer) {
	i.ClientIDs = []string{tokentest.ClientID}
	i.RequiredClaims = token.Requirements{"tenant": {"acme"}}
	i.NotBefore = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
}

// elsewhere fails the test for a request to a host that is not the issuer's.
type elsewhere struct {
	t  *testing.T
	is *tokentest.Issuer
}

func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.String(), e.is.URL+"/") {
		e.t.Errorf("a token caused a request to %s", r.URL)
	}
	return e.is.Transport().RoundTrip(r)
}

func TestHostileTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testHostileTokens)
}

// tellingTime lets fake time come to a year in which tokens may be issued.
func tellingTime() { time.Sleep(time.Until(time.Date(2027, 1, 15, 0, 0, 0, 0, time.UTC))) }

func testHostileTokens(t *testing.T) {
	tellingTime()
	is := inProcess(t, tokentest.Options{Algorithms: []string{"RS256", "ES256", "EdDSA"}})
	// Each has a verifier of its own, whose allowance nobody else has spent: else some would have to wait too long.
	fresh := func() *token.Verifier {
		return newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is, strictSettings)}, HTTP: elsewhere{t, is}})
	}
	all := tokentest.Hostile(is, resource)
	if len(all) < 60 {
		t.Errorf("only %d hostile tokens", len(all))
	}
	if _, err := fresh().Verify(t.Context(), is.Token(resource)); err != nil {
		t.Fatalf("the good token was refused: %v", err)
	}
	names := map[string]bool{}
	var wg sync.WaitGroup
	for _, h := range all {
		if names[h.Name] {
			t.Errorf("the name %s is used twice", h.Name)
		}
		names[h.Name] = true
		wg.Go(func() { testHostileToken(t, fresh(), h) })
	}
	wg.Wait()
	t.Logf("%d hostile tokens", len(all))
}

func testHostileToken(t *testing.T, v *token.Verifier, h tokentest.HostileToken) {
	p, err := v.Verify(t.Context(), h.Token)
	if err == nil {
		t.Errorf("%s: accepted as %+v", h.Name, p)
		return
	}
	if got := reasonOf(t, err); got != h.WantReason {
		t.Errorf("%s: refused as %s (%v), want %s", h.Name, got, err, h.WantReason)
	}
	for _, part := range strings.Split(h.Token, ".") {
		if len(part) > 24 && strings.Contains(err.Error(), part) {
			t.Errorf("%s: the error holds a part of the token: %v", h.Name, err)
		}
	}
	x := v.Explain(t.Context(), h.Token)
	if x.Principal != nil {
		t.Errorf("%s: Explain accepts it", h.Name)
	}
	named := false
	for _, s := range x.Steps {
		named = named || s.Reason == h.WantReason
	}
	if !named {
		t.Errorf("%s: Explain does not name %s: %+v", h.Name, h.WantReason, x.Steps)
	}
}

// TestHostileWithoutSettings shows that the tokens which a setting refuses are otherwise good, so that it is the
// setting that does it.
func TestHostileWithoutSettings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tellingTime()
		is := inProcess(t, tokentest.Options{Algorithms: []string{"RS256", "ES256", "EdDSA"}})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
		var wg sync.WaitGroup
		for _, h := range tokentest.Hostile(is, resource) {
			wg.Go(func() {
				if _, err := v.Verify(t.Context(), h.Token); (err == nil) != (h.Setting != "") {
					t.Errorf("%s (setting %q): %v", h.Name, h.Setting, err)
				}
			})
		}
		wg.Wait()
	})
}
