package token_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

func step(x *token.Explanation, name string) token.Step {
	for _, s := range x.Steps {
		if s.Name == name {
			return s
		}
	}
	return token.Step{}
}

// A token with several faults is told all of them, each with the provider's cure.
func TestExplainNamesEveryFault(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	cfg, err := token.Preset("keycloak")
	if err != nil {
		t.Fatal(err)
	}
	cfg.URL = is.URL
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{cfg}, HTTP: is.Transport()})
	bearer := is.Token(resource, claims{"aud": nil, "sub": nil, "exp": 1_700_000_000})
	x := v.Explain(t.Context(), bearer)
	if x.Principal != nil || x.Issuer != is.URL || x.Provider != "keycloak" || x.Header["alg"] != "ES256" {
		t.Errorf("%+v", x)
	}
	for name, want := range map[string]struct {
		outcome           token.Outcome
		got, wanted, hint string
	}{
		"shape":           {token.OK, "signed JWT", "", ""},
		"issuer":          {token.OK, is.URL, "", ""},
		"alg":             {token.OK, "ES256", "", ""},
		"aud":             {token.Failed, "absent", resource, "Included Custom Audience = " + resource},
		"exp":             {token.Failed, "2023-11-14T22:13:20Z", "later than", "fresh token"},
		"sub":             {token.Failed, "absent", "non-empty", "client scope `basic`"},
		"client":          {token.Skipped, "any client", "", ""},
		"required_claims": {token.Skipped, "none", "", ""},
		"signature":       {token.OK, "alg ES256", "", ""},
	} {
		s := step(x, name)
		if s.Outcome != want.outcome || !strings.Contains(s.Got, want.got) || !strings.Contains(s.Wanted, want.wanted) ||
			!strings.Contains(s.Hint, want.hint) {
			t.Errorf("%s: %+v, want %+v", name, s, want)
		}
	}
	for _, part := range strings.Split(bearer, ".") {
		if strings.Contains(fmt.Sprintf("%+v", x), part) {
			t.Error("the explanation holds a part of the token")
		}
	}
}

func TestExplainGood(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is, strictSettings)}, HTTP: is.Transport()})
	x := v.Explain(t.Context(), is.Token(resource))
	if x.Principal == nil || x.Principal.Subject != "ada" {
		t.Fatalf("%+v", x)
	}
	for _, s := range x.Steps {
		if s.Outcome == token.Failed || s.Hint != "" {
			t.Errorf("%+v", s)
		}
	}
}

func TestExplainWithoutKeys(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	is.SetOutage(true)
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
	x := v.Explain(t.Context(), is.Token(resource))
	if s := step(x, "signature"); x.Principal != nil || s.Reason != token.ReasonKeysUnavailable ||
		!strings.Contains(s.Hint, "check --online") {
		t.Errorf("%+v", s)
	}
}

// Each provider's best-known trouble meets its own cure.
func TestHints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		provider string
		reason   token.Reason
		want     string
	}{
		{"keycloak", token.ReasonAudience, "mapper of the type Audience"},
		{"auth0", token.ReasonOpaque, "Resource Parameter Compatibility Profile"},
		{"auth0", token.ReasonUnknownIssuer, "ends in a slash"},
		{"entra", token.ReasonAudience, "requestedAccessTokenVersion: 2"},
		{"okta", token.ReasonUnknownIssuer, "/oauth2/"},
		{"cognito", token.ReasonAudience, "allow_missing_audience: true"},
		{"authentik", token.ReasonAlgorithm, "Signing Key"},
		{"zitadel", token.ReasonOpaque, "JWT"},
		{"dex", token.ReasonAudience, "`audiences"},
		{"hydra", token.ReasonAudience, "`resource`"},
		{"authelia", token.ReasonOpaque, "access_token_signed_response_alg"},
		{"pocketid", token.ReasonAudience, "API"},
		{"workos", token.ReasonAudience, "resource indicator"},
		{"dex", token.ReasonExpired, "clocks"},
		{"unheard-of", token.ReasonExpired, "clocks"},
	} {
		if got := provider.Advise(c.provider, provider.Case{Reason: string(c.reason)}); !strings.Contains(got, c.want) {
			t.Errorf("%s, %s: %q has no %q", c.provider, c.reason, got, c.want)
		}
	}
}
