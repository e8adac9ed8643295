package token_test

import (
	"net/http"
	"strings"
	"testing"
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

// fixed is a clock that a slow machine does not outrun.
func fixed() time.Time { return time.Unix(1_800_000_000, 0) }

// elsewhere fails the test for a request to a host that is not the issuer's.
type elsewhere struct {
	t    *testing.T
	host string
}

func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != e.host {
		e.t.Errorf("a token caused a request to %s", r.URL)
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestHostileTokens(t *testing.T) {
	t.Parallel()
	is := tokentest.NewIssuer(t, tokentest.Options{Now: fixed})
	v := newVerifier(t, token.Config{
		Issuers: []token.Issuer{preset(t, is, strictSettings)},
		HTTP:    elsewhere{t, strings.TrimPrefix(is.URL, "http://")},
		Now:     fixed,
	})
	catalogue := tokentest.Hostile(is, resource)
	if len(catalogue) < 60 {
		t.Errorf("only %d hostile tokens", len(catalogue))
	}
	if _, err := v.Verify(t.Context(), is.Token(resource)); err != nil {
		t.Fatalf("the good token was refused: %v", err)
	}
	names := map[string]bool{}
	for _, h := range catalogue {
		if names[h.Name] {
			t.Errorf("the name %s is used twice", h.Name)
		}
		names[h.Name] = true
		p, err := v.Verify(t.Context(), h.Token)
		if err == nil {
			t.Errorf("%s: accepted as %+v", h.Name, p)
			continue
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
	t.Logf("%d hostile tokens", len(catalogue))
}

// TestHostileWithoutSettings shows that the tokens which a setting refuses are otherwise good, so that it is the setting that does it.
func TestHostileWithoutSettings(t *testing.T) {
	t.Parallel()
	is := tokentest.NewIssuer(t, tokentest.Options{Now: fixed})
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, Now: fixed})
	for _, h := range tokentest.Hostile(is, resource) {
		if _, err := v.Verify(t.Context(), h.Token); (err == nil) != (h.Setting != "") {
			t.Errorf("%s (setting %q): %v", h.Name, h.Setting, err)
		}
	}
}
