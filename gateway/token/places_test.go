package token

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/token/fetch"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// A tenant is what stands for the template in an issuer that is like it from beginning to end, and `tid` must be it.
func TestTenantOfAnIssuer(t *testing.T) {
	t.Parallel()
	const guid, other = "09afbc12-0123-4567-89ab-cdef01234567", "11111111-0123-4567-89ab-cdef01234567"
	s := generic(t, func(i *Issuer) {
		i.URL, i.Tenants = "https://login.example.com/"+TenantTemplate+"/v2.0", []string{guid}
	})
	at := func(tenant string) string { return "https://login.example.com/" + tenant + "/v2.0" }
	for iss, want := range map[string]bool{
		at(guid): true, at(other): true, at("common"): false, "https://login.example.com/" + guid: false,
		"https://x.example.com/" + guid + "/v2.0": false, at(TenantTemplate): false, "": false,
	} {
		if tenant, ok := s.tenancy.of(iss); ok != want || ok && iss != at(tenant) {
			t.Errorf("%s: %s, %v", iss, tenant, ok)
		}
	}
	for name, test := range map[string]struct {
		all     object
		pending bool
		want    Reason
	}{
		"good":               {object{"iss": at(guid), "tid": guid}, false, ""},
		"another tid":        {object{"iss": at(guid), "tid": other}, false, ReasonTenant},
		"another, asked for": {object{"iss": at(guid), "tid": other}, true, ReasonTenant},
		"none":               {object{"iss": at(guid)}, false, ReasonTenant},
		"none, asked for":    {object{"iss": at(guid)}, true, ""},
		"not let in":         {object{"iss": at(other), "tid": other}, false, ReasonTenant},
		"no issuer":          {object{"tid": guid}, false, ""},
	} {
		err := testTenant(&candidate{settings: s, claims: test.all, pending: test.pending})
		if err != nil && err.Reason != test.want || err == nil && test.want != "" {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	for url, want := range map[string]bool{s.URL: true, "https://id.example.com": false} {
		x := &Explanation{}
		x.from(&issuer{settings: *generic(t, func(i *Issuer) { i.URL, i.Tenants = url, s.Tenants })})
		if x.at.SeveralTenants != want || x.Issuer != url {
			t.Errorf("%s: %+v", url, x.at)
		}
	}
}

// An issuer must have a place where something is fetched, and one template at most.
func TestPlacesThatDo(t *testing.T) {
	t.Parallel()
	secret := func(endpoint string) *Introspection {
		return &Introspection{ClientID: "gateway", ClientSecret: "hush", Endpoint: endpoint}
	}
	for name, test := range map[string]struct {
		change func(*Issuer)
		want   string // what is wrong; empty = nothing
	}{
		"good":        {func(*Issuer) {}, ""},
		"identifier":  {func(i *Issuer) { i.URL, i.SignIn = "http://id.example.com", "none" }, "nothing is fetched from"},
		"with keys":   {func(i *Issuer) { i.URL, i.SignIn, i.JWKSURI = "http://id.example.com", "none", "https://x/k" }, ""},
		"sign_in":     {func(i *Issuer) { i.URL, i.SignIn = "http://id.example.com", "https://x.example.com" }, ""},
		"odd sign_in": {func(i *Issuer) { i.SignIn = "ftp://x" }, "sign_in:"},
		"asked": {func(i *Issuer) {
			i.URL, i.SignIn, i.Introspection = "http://id.example.com", "none", secret("https://x.example.com/ask")
		}, ""},
		"asked nowhere": {func(i *Issuer) {
			i.URL, i.SignIn, i.Introspection = "http://id.example.com", "none", secret("")
		}, "nothing is fetched from"},
		"asked at an odd place": {func(i *Issuer) { i.Introspection = secret("ftp://x") }, "endpoint:"},
		"an odd key": {func(i *Issuer) {
			i.Introspection = &Introspection{ClientID: "gateway", Auth: "private_key_jwt", PrivateKey: "x"}
		}, "PEM"},
		"another template": {func(i *Issuer) { i.URL += "/{x}"; i.Tenants = []string{"any"} }, "the only template"},
		"two templates": {func(i *Issuer) { i.URL += "/" + TenantTemplate + TenantTemplate; i.Tenants = []string{"any"} },
			"the only template"},
	} {
		err := generic(t, test.change).Validate()
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// Keys are taken over only where nothing differs of where they come from.
func TestSameOrigin(t *testing.T) {
	t.Parallel()
	one := origin{keys.Place{Issuer: "a"}, fetch.Config{URLs: []string{"a"}}}
	for name, test := range map[string]struct {
		other origin
		want  bool
	}{
		"the same":       {origin{keys.Place{Issuer: "a"}, fetch.Config{URLs: []string{"a"}}}, true},
		"another place":  {origin{keys.Place{Issuer: "b"}, fetch.Config{URLs: []string{"a"}}}, false},
		"another client": {origin{keys.Place{Issuer: "a"}, fetch.Config{URLs: []string{"b"}}}, false},
		"another way":    {origin{keys.Place{Issuer: "a"}, fetch.Config{URLs: []string{"a"}, Transport: said("")}}, false},
	} {
		if got := one.same(test.other); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// said answers every request with one text.
type said string

func (s said) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(string(s))), Request: r}, nil
}

// An issuer is asked about every token where it says that it has no keys, and can be asked.
func TestIssuersWithoutKeys(t *testing.T) {
	t.Parallel()
	const none = `{"issuer":"https://id.example.com"}`
	const some = `{"issuer":"https://id.example.com","jwks_uri":"https://id.example.com/keys"}`
	in := &Introspection{ClientID: "gateway", ClientSecret: "hush"}
	for name, test := range map[string]struct {
		document string
		jwksURI  string
		in       *Introspection
		want     bool
	}{
		"no keys": {none, "", in, true}, "keys": {some, "", in, false}, "keys elsewhere": {none, "https://x/keys", in, false},
		"not asked": {none, "", nil, false},
	} {
		s := generic(t, func(i *Issuer) { i.JWKSURI, i.Introspection = test.jwksURI, test.in })
		v, err := New(Config{Resource: "https://mcp.example.com/mcp", Issuers: []Issuer{s.Issuer}, HTTP: said(test.document)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.issuers[0].directory.Get(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		if got := v.issuers[0].opaqueOnly(); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Only a place of its own where people sign in has documents of its own.
func TestDocumentsOfTheSignIn(t *testing.T) {
	t.Parallel()
	const url = "https://id.example.com/"
	for name, test := range map[string]struct {
		change func(*Issuer)
		own    bool
	}{
		"the issuer":      {func(i *Issuer) { i.URL = url }, false},
		"the same":        {func(i *Issuer) { i.URL, i.SignIn = url, url }, false},
		"another place":   {func(i *Issuer) { i.URL, i.SignIn = url, "https://login.example.com" }, true},
		"several tenants": {func(i *Issuer) { i.URL, i.Tenants = url+TenantTemplate, []string{AnyTenant} }, false},
	} {
		s := generic(t, test.change)
		v, err := New(Config{Resource: "https://mcp.example.com/mcp", Issuers: []Issuer{s.Issuer}, HTTP: said("")})
		if err != nil {
			t.Fatal(err)
		}
		if got := v.SignIn().own != nil; got != test.own {
			t.Errorf("%s: %v", name, got)
		}
	}
}
