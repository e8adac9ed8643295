package token_test

import (
	"fmt"
	"slices"
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

// Claims without a token are held to what holds of claims alone, and what they hold is told.
func TestExplainClaims(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	cfg := preset(t, is)
	cfg.ScopePrefix = "api/"
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{cfg}, HTTP: is.Transport()})
	all := is.Claims(resource)
	all["scope"], all["roles"] = "api/coda:read coda:write", "two words"
	for _, name := range []string{"exp", "nbf", "iat"} { // they are numbers of Go here
		delete(all, name)
	}
	x := v.ExplainClaims(all)
	if x.Principal == nil || step(x, "alg").Outcome != token.Skipped || step(x, "exp").Outcome != token.Skipped ||
		step(x, "signature").Outcome != token.Skipped || step(x, "typ").Outcome != token.Skipped {
		t.Errorf("%+v", x)
	}
	lists := map[string][]string{}
	for _, l := range x.Lists {
		lists[l.Kind] = append(lists[l.Kind], l.Values...)
	}
	if !slices.Equal(lists["scopes"], []string{"coda:read", "coda:write"}) ||
		!slices.Equal(lists["roles"], []string{"two words"}) {
		t.Errorf("%q", lists)
	}
	all["aud"] = "other"
	if x := v.ExplainClaims(all); x.Principal != nil || step(x, "aud").Reason != token.ReasonAudience {
		t.Errorf("another audience: %+v", x)
	}
	all["iss"] = "https://other.example.com"
	if x := v.ExplainClaims(all); x.Principal != nil || step(x, "issuer").Reason != token.ReasonUnknownIssuer ||
		x.Issuer != "" {
		t.Errorf("another issuer: %+v", x)
	}
}

// What no issuer signed is explained by what could be asked.
func TestExplainWhatIsNoJWT(t *testing.T) {
	t.Parallel()
	hosts := map[string]*tokentest.Issuer{}
	a, b := issuerAt(t, hosts, "https://a.example.com"), issuerAt(t, hosts, "https://b.example.com")
	asked := a
	introspected(&asked)
	const encrypted, garbage = "eyJlbmMiOiJ4In0.a.b.c.d", "eyJhbGciOiJub25lIn0.x"
	near := hosts["a.example.com"].Token(resource, claims{"iss": a.URL + "/"})
	nameless := hosts["a.example.com"].Token(resource, claims{"iss": nil})
	for name, test := range map[string]struct {
		issuers []token.Issuer
		bearer  string
		issuer  string
		asks    bool
		reason  token.Reason
	}{
		"opaque, of one":      {[]token.Issuer{a}, "opaque", a.URL, false, token.ReasonOpaque},
		"opaque, of several":  {[]token.Issuer{a, b}, "opaque", "", false, token.ReasonOpaque},
		"opaque, asked":       {[]token.Issuer{asked, b}, "opaque", a.URL, true, ""},
		"encrypted":           {[]token.Issuer{a}, encrypted, a.URL, false, token.ReasonEncrypted},
		"encrypted, asked":    {[]token.Issuer{asked}, encrypted, a.URL, true, ""},
		"garbage, asked":      {[]token.Issuer{asked}, garbage, a.URL, false, token.ReasonMalformed},
		"nameless":            {[]token.Issuer{a, b}, nameless, "", false, token.ReasonUnknownIssuer},
		"nameless, asked":     {[]token.Issuer{asked, b}, nameless, a.URL, true, ""},
		"of nobody, but near": {[]token.Issuer{asked}, near, "", false, token.ReasonUnknownIssuer},
	} {
		v := newVerifier(t, token.Config{Issuers: test.issuers, HTTP: reach(hosts)})
		x := v.Explain(t.Context(), test.bearer)
		var reason token.Reason
		for _, s := range x.Steps {
			if s.Outcome == token.Failed {
				reason = s.Reason
			}
		}
		if x.Issuer != test.issuer || (len(x.Introspected) > 0) != test.asks || reason != test.reason || x.Principal != nil {
			t.Errorf("%s: of %q, asks %q, %s", name, x.Issuer, x.Introspected, reason)
		}
	}
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{a, b}, HTTP: reach(hosts)})
	if got, want := step(v.Explain(t.Context(), nameless), "issuer").Wanted, "one of "+a.URL+" "+b.URL; got != want {
		t.Errorf("wanted is %q, not %q", got, want)
	}
	good := hosts["a.example.com"].Token(resource)
	if got := step(v.Explain(t.Context(), good[:len(good)-4]+"AAAA"), "signature"); !strings.Contains(got.Wanted,
		"one of the issuer's keys: ") || got.Reason != token.ReasonSignature {
		t.Errorf("%+v", got)
	}
	hosts["b.example.com"].SetOutage(true)
	if got := step(v.Explain(t.Context(), hosts["b.example.com"].Token(resource)), "signature"); got.Wanted !=
		"the issuer's keys" {
		t.Errorf("%+v", got)
	}
}

// An issuer that answers with keys of no use is not one that cannot be reached.
func TestExplainUnfitKeys(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	bearer := is.Token(resource, nil)
	key := *is.Key("ES256")
	key.Use = "enc"
	is.Unpublish()
	is.Publish(&key)
	cfg, err := token.Preset("generic")
	if err != nil {
		t.Fatal(err)
	}
	cfg.URL = is.URL
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{cfg}, HTTP: is.Transport()})
	s := step(v.Explain(t.Context(), bearer), "signature")
	if s.Reason != token.ReasonKeysUnavailable || !strings.Contains(s.Hint, "The issuer answers") {
		t.Errorf("%+v", s)
	}
}
