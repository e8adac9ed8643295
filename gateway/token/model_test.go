package token_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

const (
	tenantA = "6f1c6d1e-2f8e-4a6c-9a53-0123456789ab"
	tenantB = "7f1c6d1e-2f8e-4a6c-9a53-0123456789ab"
)

// entra is an issuer of several tenants, with documents as Entra's.
func entra(t *testing.T, tenants ...string) (*tokentest.Issuer, token.Issuer) {
	t.Helper()
	is := tokentest.NewIssuer(t, tokentest.Options{URL: "https://login.microsoftonline.com/organizations/v2.0",
		Algorithms: []string{"RS256"}})
	is.SetDiscovery("issuer", "https://login.microsoftonline.com/{tenantid}/v2.0")
	cfg, err := token.Preset("entra")
	if err != nil {
		t.Fatal(err)
	}
	cfg.URL, cfg.Tenants = "https://login.microsoftonline.com/{tenantid}/v2.0", tenants
	cfg.Audiences, cfg.ScopePrefix = []string{"11111111-2222-3333-4444-555555555555"},
		"api://11111111-2222-3333-4444-555555555555/"
	return is, cfg
}

func entraToken(is *tokentest.Issuer, tenant string, changes claims) string {
	c := claims{
		"iss": "https://login.microsoftonline.com/" + tenant + "/v2.0", "tid": tenant,
		"aud": "11111111-2222-3333-4444-555555555555",
		"scp": "coda:read coda:write", "scope": nil, "azp": "claude", "client_id": nil,
	}
	for k, v := range changes {
		c[k] = v
	}
	return is.Token(resource, c)
}

func TestTenants(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tenants []string
		tenant  string
		change  claims
		want    token.Reason
	}{
		"listed":                     {tenants: []string{tenantA, tenantB}, tenant: tenantB},
		"listed in capitals":         {tenants: []string{strings.ToUpper(tenantA), tenantB}, tenant: tenantA},
		"another":                    {tenants: []string{tenantA}, tenant: tenantB, want: token.ReasonTenant},
		"any":                        {tenants: []string{"any"}, tenant: tenantB},
		"any, but personal accounts": {tenants: []string{"any"}, tenant: token.ConsumerTenant, want: token.ReasonTenant},
		"tid of another": {tenants: []string{tenantA, tenantB}, tenant: tenantA, change: claims{"tid": tenantB},
			want: token.ReasonTenant},
		"no tid": {tenants: []string{"any"}, tenant: tenantA, change: claims{"tid": nil},
			want: token.ReasonTenant},
		"tid no text": {tenants: []string{"any"}, tenant: tenantA, change: claims{"tid": 7},
			want: token.ReasonTenant},
		"the template is no value": {tenants: []string{"any"}, tenant: "{tenantid}", want: token.ReasonUnknownIssuer},
		"a domain": {tenants: []string{"any"}, tenant: "contoso.onmicrosoft.com",
			want: token.ReasonUnknownIssuer},
		"common":                     {tenants: []string{"any"}, tenant: "common", want: token.ReasonUnknownIssuer},
		"a path instead of a tenant": {tenants: []string{"any"}, tenant: tenantA + "/x", want: token.ReasonUnknownIssuer},
		"capitals in iss": {tenants: []string{"any"}, tenant: strings.ToUpper(tenantA),
			want: token.ReasonUnknownIssuer},
		"another version of the same": {tenants: []string{"any"}, tenant: tenantA,
			change: claims{"iss": "https://login.microsoftonline.com/" + tenantA + "/v1.0"}, want: token.ReasonUnknownIssuer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			is, cfg := entra(t, c.tenants...)
			if len(c.tenants) == 1 && c.tenants[0] != "any" {
				is.SetDiscovery("issuer", "https://login.microsoftonline.com/"+c.tenants[0]+"/v2.0")
			}
			v := newVerifier(t, token.Config{Issuers: []token.Issuer{cfg}, HTTP: rewrite(is, c.tenants)})
			bearer := entraToken(is, c.tenant, c.change)
			wantReason(t, v, bearer, c.want)
			if x := v.Explain(t.Context(), bearer); (x.Principal != nil) != (c.want == "") {
				t.Errorf("Explain: %+v", x.Steps)
			}
			if c.want != "" {
				return
			}
			p, err := v.Verify(t.Context(), bearer)
			if err != nil || p.Configured != cfg.URL || p.Issuer != "https://login.microsoftonline.com/"+c.tenant+"/v2.0" {
				t.Errorf("%+v, %v", p, err)
			}
		})
	}
}

// rewrite serves an issuer of one tenant at that tenant's address.
func rewrite(is *tokentest.Issuer, tenants []string) http.RoundTripper {
	return transport(func(r *http.Request) (*http.Response, error) {
		again := r.Clone(r.Context())
		for _, t := range tenants {
			again.URL.Path = strings.Replace(again.URL.Path, "/"+strings.ToLower(t)+"/", "/organizations/", 1)
		}
		return is.Transport().RoundTrip(again)
	})
}

// A key that says whose it is verifies tokens of that issuer only.
func TestKeysOfTenants(t *testing.T) {
	t.Parallel()
	for owner, want := range map[string]token.Reason{
		"https://login.microsoftonline.com/{tenantid}/v2.0":                   "",
		"https://login.microsoftonline.com/" + tenantA + "/v2.0":              "",
		"https://login.microsoftonline.com/" + token.ConsumerTenant + "/v2.0": token.ReasonUnknownKey,
	} {
		is, cfg := entra(t, "any")
		k, err := tokentest.NewKey("RS256")
		if err != nil {
			t.Fatal(err)
		}
		var jwk map[string]any
		if err := json.Unmarshal(encode(t, k.JWK()), &jwk); err != nil {
			t.Fatal(err)
		}
		jwk["issuer"] = owner
		is.PublishRaw(string(encode(t, jwk)))
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{cfg}, HTTP: is.Transport()})
		c := is.Claims("11111111-2222-3333-4444-555555555555")
		c["iss"], c["tid"] = "https://login.microsoftonline.com/"+tenantA+"/v2.0", tenantA
		wantReason(t, v, k.Mint(nil, c), want)
	}
}

// Scopes are asked for in full, come back short or in full, and are short everywhere else.
func TestScopePrefix(t *testing.T) {
	t.Parallel()
	is, cfg := entra(t, tenantA, tenantB)
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{cfg}, HTTP: is.Transport()})
	const prefix = "api://11111111-2222-3333-4444-555555555555/"
	for scp, want := range map[string][]string{
		"coda:read coda:write":                                  {"coda:read", "coda:write"},
		prefix + "coda:read coda:read " + prefix + "coda:write": {"coda:read", "coda:write"},
		"api://other/coda:read":                                 {"api://other/coda:read"},
		prefix:                                                  {},
	} {
		p, err := v.Verify(t.Context(), entraToken(is, tenantA, claims{"scp": scp}))
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Scopes) != len(want) || len(want) > 0 && !reflect.DeepEqual(p.Scopes, want) {
			t.Errorf("%q: %q, want %q", scp, p.Scopes, want)
		}
		asked := v.Ask(p, []string{"coda:read", "offline_access", prefix + "coda:write"})
		if !reflect.DeepEqual(asked, []string{prefix + "coda:read", "offline_access", prefix + "coda:write"}) {
			t.Errorf("asked for %q", asked)
		}
	}
	if got := v.AuthorizationServers(); !reflect.DeepEqual(got,
		[]string{"https://login.microsoftonline.com/organizations/v2.0"}) {
		t.Errorf("sign-in at %q", got)
	}
}

// Dex lets nobody sign in who does not ask for openid, which is no scope of ours.
func TestAskAlso(t *testing.T) {
	t.Parallel()
	cfg, err := token.Preset("dex")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ ask, want []string }{
		{nil, []string{"openid"}},
		{[]string{"groups"}, []string{"groups", "openid"}},
		{[]string{"openid", "groups"}, []string{"openid", "groups"}},
	} {
		if got := cfg.Ask(c.ask); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q becomes %q, want %q", c.ask, got, c.want)
		}
	}
}

// AD FS: the place of sign-in and of the document is another than the issuer of tokens, which is http and fetched by
// nobody.
func TestPlacesThatDiffer(t *testing.T) {
	t.Parallel()
	const host = "https://fs.example.com"
	for name, c := range map[string]struct {
		url, signIn, discovery, document string
		want                             token.Reason
		servers                          []string
	}{
		"AD FS": {url: "http://fs.example.com/adfs/services/trust", signIn: host + "/adfs",
			document: host + "/adfs", servers: []string{host + "/adfs"}},
		"AD FS, named": {url: "http://fs.example.com/adfs/services/trust", signIn: host + "/adfs",
			discovery: host + "/adfs/.well-known/openid-configuration", document: host + "/adfs",
			servers: []string{host + "/adfs"}},
		"B2C": {url: host + "/" + tenantA + "/v2.0/", signIn: host + "/adfs", document: host + "/" + tenantA +
			"/v2.0/", servers: []string{host + "/adfs"}},
		"machines": {url: host + "/machines", signIn: "none",
			discovery: host + "/adfs/.well-known/openid-configuration", document: host + "/machines"},
		"somebody else's": {url: host + "/x", signIn: host + "/adfs", document: host + "/other",
			want: token.ReasonKeysUnavailable, servers: []string{host + "/adfs"}},
		"no issuer at all": {url: host + "/x", signIn: host + "/adfs", document: "", want: token.ReasonKeysUnavailable,
			servers: []string{host + "/adfs"}},
		"the literal brace": {url: host + "/x", signIn: host + "/adfs", document: host + "/{tenantid}",
			want: token.ReasonKeysUnavailable, servers: []string{host + "/adfs"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			is := tokentest.NewIssuer(t, tokentest.Options{URL: host + "/adfs", Algorithms: []string{"RS256"}})
			is.SetDiscovery("issuer", c.document)
			cfg, err := token.Preset("adfs")
			if err != nil {
				t.Fatal(err)
			}
			cfg.URL, cfg.SignIn, cfg.DiscoveryURL = c.url, c.signIn, c.discovery
			v := newVerifier(t, token.Config{Issuers: []token.Issuer{cfg}, HTTP: is.Transport()})
			wantReason(t, v, is.Token(resource, claims{"iss": c.url}), c.want)
			if c.want == "" {
				wantReason(t, v, is.Token(resource, claims{"iss": c.signIn}), token.ReasonUnknownIssuer)
			}
			if got := v.AuthorizationServers(); !reflect.DeepEqual(got, c.servers) {
				t.Errorf("sign-in at %q, want %q", got, c.servers)
			}
			if v.Ready() != (c.want == "") {
				t.Errorf("ready: %v", v.Ready())
			}
		})
	}
}

// The largest token that Entra makes passes, one beyond the limit does not.
func TestLongTokens(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
	groups := make([]string, 200)
	for i := range groups {
		groups[i] = fmt.Sprintf("6f1c6d1e-2f8e-4a6c-9a53-%012d", i)
	}
	p, err := v.Verify(t.Context(), is.Token(resource, claims{"groups": groups}))
	if err != nil || len(p.Groups) != 200 || p.GroupsOverage {
		t.Errorf("%v", err)
	}
	wantReason(t, v, is.Token(resource, claims{"pad": strings.Repeat("x", 23000)}), "")
	wantReason(t, v, is.Token(resource, claims{"pad": strings.Repeat("x", 25000)}), token.ReasonTooLong)
}

func TestGroupsOverage(t *testing.T) {
	t.Parallel()
	source := claims{"src1": claims{"endpoint": "https://graph.example.com/x"}}
	is := inProcess(t, tokentest.Options{})
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
	for name, c := range map[string]struct {
		change claims
		want   bool
	}{
		"none":              {claims{}, false},
		"_claim_names":      {claims{"_claim_names": claims{"groups": "src1"}, "_claim_sources": source}, true},
		"hasgroups":         {claims{"hasgroups": true}, true},
		"hasgroups as text": {claims{"hasgroups": "true"}, true},
		"hasgroups false":   {claims{"hasgroups": false}, false},
		"groups are there":  {claims{"hasgroups": true, "groups": []string{"g"}}, false},
		"another claim":     {claims{"_claim_names": claims{"address": "src1"}, "_claim_sources": source}, false},
	} {
		p, err := v.Verify(t.Context(), is.Token(resource, c.change))
		if err != nil || p.GroupsOverage != c.want {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

// What stands beside a key is not needed, and does not harm it.
func TestKeysWithOddCertificates(t *testing.T) {
	t.Parallel()
	for name, odd := range map[string]map[string]any{
		"x5c unreadable":   {"x5c": []string{"AAAA"}},
		"x5c no list":      {"x5c": "AAAA"},
		"x5t odd":          {"x5t": "%%%"},
		"x5t too short":    {"x5t": "AAAA", "x5t#S256": "AAAA"},
		"x5u":              {"x5u": "ftp://nowhere"},
		"unknown members":  {"nbf": "x", "exp": []int{1}},
		"padded":           {"padded": true},
		"use sig, key_ops": {"use": "sig", "key_ops": []string{"verify"}},
	} {
		is := inProcess(t, tokentest.Options{})
		k, err := tokentest.NewKey("RS256")
		if err != nil {
			t.Fatal(err)
		}
		var jwk map[string]any
		if err := json.Unmarshal(encode(t, k.JWK()), &jwk); err != nil {
			t.Fatal(err)
		}
		if odd["padded"] != nil {
			jwk["e"] = "AQAB==="
			odd = nil
		}
		for member, v := range odd {
			jwk[member] = v
		}
		is.PublishRaw(string(encode(t, jwk)))
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
		if _, err := v.Verify(t.Context(), k.Mint(nil, is.Claims(resource))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestByteOrderMark(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is, introspected)},
		HTTP: garbledBody(is, "\ufeff")})
	wantReason(t, v, is.Token(resource), "")
	wantReason(t, v, is.Opaque(is.Claims(resource)), "")
}

// garbledBody serves an issuer with something before each document.
func garbledBody(is *tokentest.Issuer, before string) http.RoundTripper {
	return transport(func(r *http.Request) (*http.Response, error) {
		res, err := is.Transport().RoundTrip(r)
		if err == nil {
			body, rerr := io.ReadAll(res.Body)
			if rerr != nil {
				return nil, rerr
			}
			res.Body = io.NopCloser(strings.NewReader(before + string(body)))
		}
		return res, err
	})
}
