package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token/claims"
	"github.com/bestviable/coda-gateway/gateway/token/fetch"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// object is a claim that holds others.
type object = map[string]any

// generic is an issuer as the preset has it, with changes.
func generic(t *testing.T, change func(*Issuer)) *settings {
	t.Helper()
	cfg, err := Preset("generic")
	if err != nil {
		t.Fatal(err)
	}
	cfg.URL = "https://id.example.com"
	if change != nil {
		change(&cfg)
	}
	s := compile(cfg, "https://mcp.example.com/mcp")
	return &s
}

// A token shows what it is for by several marks, some of which count only where it does not say that it is for access.
func TestMarksOfOtherTokens(t *testing.T) {
	t.Parallel()
	allowed := generic(t, func(i *Issuer) { i.AllowIDTokens = true })
	for name, test := range map[string]struct {
		typ  string
		all  object
		on   *settings
		want string
	}{
		"none":                   {"", object{}, nil, ""},
		"a nonce":                {"", object{"nonce": "n"}, nil, "nonce"},
		"a null nonce":           {"", object{"nonce": nil}, nil, ""},
		"of an access token":     {"at+jwt", object{"nonce": "n"}, nil, ""},
		"of one with media type": {"Application/AT+JWT", object{"at_hash": "n"}, nil, ""},
		"of Keycloak":            {"JWT", object{"c_hash": "n", "typ": "bearer"}, nil, ""},
		"of another":             {"JWT", object{"c_hash": "n", "typ": "x"}, nil, "c_hash"},
		"let pass":               {"JWT", object{"nonce": "n"}, allowed, ""},
		"events":                 {"at+jwt", object{"events": object{}}, allowed, "events"},
		"use":                    {"at+jwt", object{"token_use": "ID"}, allowed, "token_use=ID"},
		"another use":            {"", object{"token_use": "access"}, nil, ""},
		"typ":                    {"at+jwt", object{"typ": "Refresh"}, allowed, "typ=Refresh"},
		"another typ":            {"", object{"typ": "DPoP"}, nil, ""},
	} {
		if test.on == nil {
			test.on = generic(t, nil)
		}
		if got := otherTokenMark(&candidate{settings: test.on, claims: test.all, typ: test.typ}); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// Claims that are said to stand elsewhere must have their place named.
func TestSourcesOfClaims(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		all  object
		fine bool
	}{
		"none": {object{}, true}, "null": {object{"_claim_names": nil}, true}, "text": {object{"_claim_names": "x"}, false},
		"named": {object{"_claim_names": object{"a": "s"}, "_claim_sources": object{"s": object{}}}, true},
		"one of two": {object{"_claim_names": object{"a": "s", "b": "t"}, "_claim_sources": object{"s": object{}}},
			false},
		"no sources": {object{"_claim_names": object{"a": "s"}}, false},
		"a number":   {object{"_claim_names": object{"a": json.Number("1")}, "_claim_sources": object{"": object{}}}, false},
	} {
		if err := testSources(test.all); (err == nil) != test.fine {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is not there is refused, but where the issuer is asked afterwards, or where the configuration says so.
func TestWhatMayBeMissing(t *testing.T) {
	t.Parallel()
	clients := func(i *Issuer) { i.ClientIDs = []string{"app"} }
	missing := func(i *Issuer) { i.AllowMissingAudience = true }
	both := func(i *Issuer) { clients(i); missing(i) }
	nowhere := func(i *Issuer) { i.RequiredClaims = Requirements{"": {"a"}} }
	requires := func(i *Issuer) { i.RequiredClaims = Requirements{"tenant": {"a"}} }
	for name, test := range map[string]struct {
		test    func(*candidate) *Error
		on      *settings
		all     object
		pending bool
		want    Reason
	}{
		"aud":                        {testAudience, generic(t, nil), object{}, false, ReasonAudience},
		"aud, asked for":             {testAudience, generic(t, nil), object{}, true, ""},
		"aud, clients":               {testAudience, generic(t, clients), object{}, false, ReasonAudience},
		"aud, allowed to anybody":    {testAudience, generic(t, missing), object{}, false, ReasonAudience},
		"aud, allowed to some":       {testAudience, generic(t, both), object{}, false, ""},
		"client, any":                {testClient, generic(t, nil), object{}, false, ""},
		"client":                     {testClient, generic(t, clients), object{}, false, ReasonClient},
		"client, asked for":          {testClient, generic(t, clients), object{}, true, ""},
		"another client":             {testClient, generic(t, clients), object{"azp": "x"}, true, ReasonClient},
		"the client":                 {testClient, generic(t, clients), object{"azp": "app"}, false, ""},
		"required claim":             {testRequired, generic(t, requires), object{}, false, ReasonRequiredClaim},
		"required claim, asked for":  {testRequired, generic(t, requires), object{}, true, ""},
		"another value, asked for":   {testRequired, generic(t, requires), object{"tenant": "b"}, true, ReasonRequiredClaim},
		"the value":                  {testRequired, generic(t, requires), object{"tenant": "a"}, false, ""},
		"required at no path at all": {testRequired, generic(t, nowhere), object{}, true, ReasonRequiredClaim},
	} {
		err := test.test(&candidate{settings: test.on, claims: test.all, pending: test.pending})
		if err != nil && err.Reason != test.want || err == nil && test.want != "" {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// A header says what is within: another token is not looked into.
func TestHeaderOfATokenWithin(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]Reason{
		`{}`: "", `{"cty":"jwt"}`: ReasonMalformed, `{"cty":"application/JWT"}`: ReasonMalformed, `{"cty":"json"}`: "",
		`{"cty":1}`: "", `{"enc":"x"}`: ReasonEncrypted, `{"b64":true}`: ReasonCritical, `{"crit":[]}`: ReasonCritical,
	} {
		err := new(jwt).readHeader([]byte(header))
		if err != nil && err.Reason != want || err == nil && want != "" {
			t.Errorf("%s: %v, want %q", header, err, want)
		}
	}
	// An empty signature is the mark of alg none, which is refused for that.
	for raw, want := range map[string]Reason{
		"eyJhbGciOiJub25lIn0.e30.": "", "eyJhbGciOiJSUzI1NiJ9.e30.": ReasonMalformed, "eyJhbGciOiJSUzI1NiJ9.e30.AA": "",
	} {
		if _, err := parseJWT(raw); err != nil && err.Reason != want || err == nil && want != "" {
			t.Errorf("%s: %v, want %q", raw, err, want)
		}
	}
}

// What a token says of itself becomes the principal; what it does not say, or not in a form that can be read, is taken
// from elsewhere.
func TestPrincipalOfClaims(t *testing.T) {
	t.Parallel()
	other, exp := time.Unix(1_700_000_000, 0), time.Unix(1_800_000_000, 0)
	const url = "https://id.example.com"
	for name, test := range map[string]struct {
		all    object
		issuer string
		ends   time.Time
		issued time.Time
	}{
		"nothing":        {object{}, url, other, time.Time{}},
		"the issuer":     {object{"iss": url}, url, other, time.Time{}},
		"another issuer": {object{"iss": "https://t.example.com"}, "https://t.example.com", other, time.Time{}},
		"times": {object{"exp": json.Number("1800000000"), "iat": json.Number("1700000000")}, url, exp,
			other},
		"no times": {object{"exp": "x", "iat": "x"}, url, other, time.Time{}},
	} {
		p := newPrincipal(generic(t, nil), test.all, other)
		if p.Issuer != test.issuer || p.Configured != url || !p.Expires.Equal(test.ends) ||
			!p.IssuedAt.Equal(test.issued) || p.Unattended {
			t.Errorf("%s: %+v", name, p)
		}
	}
	machines := generic(t, func(i *Issuer) { i.SignIn = SignInNone })
	if !newPrincipal(machines, object{}, other).Unattended {
		t.Error("somebody is there at an issuer of machines")
	}
}

// An issuer's answer completes a token and may end it earlier; what names the token stays the token's own.
func TestAnswersCompleteAndLimit(t *testing.T) {
	t.Parallel()
	s := generic(t, nil)
	all, err := s.complete(object{"sub": "a", "aud": "own", "scope": "own", "email": nil, "nbf": json.Number("1")},
		object{"active": true, "sub": "a", "aud": "said", "scope": "said", "email": "a@b.example", "exp": json.Number("2"),
			"nbf": nil})
	want := object{"sub": "a", "aud": "own", "scope": "said", "email": "a@b.example", "exp": json.Number("2"),
		"nbf": json.Number("1")}
	if err != nil || !reflect.DeepEqual(all, want) {
		t.Errorf("%v, %v, want %v", all, err, want)
	}
	early, late := time.Unix(1_700_000_000, 0), time.Unix(1_800_000_000, 0)
	for name, test := range map[string]struct {
		own  time.Time
		said any
		want time.Time
	}{
		"earlier": {late, json.Number("1700000000"), early}, "later": {early, json.Number("1800000000"), early},
		"alone": {time.Time{}, json.Number("1800000000"), late}, "nothing": {early, nil, early},
		"no time": {early, "x", early}, "neither": {time.Time{}, nil, time.Time{}},
	} {
		p := &Principal{Expires: test.own}
		said := object{}
		if test.said != nil {
			said["exp"] = test.said
		}
		if p.limit(s, object{}, said); !p.Expires.Equal(test.want) {
			t.Errorf("%s: %s, want %s", name, p.Expires, test.want)
		}
	}
}

// What check, the log and readiness say to do depends on what came.
func TestCureByWhatCame(t *testing.T) {
	t.Parallel()
	absent404 := &fetch.StatusError{Status: http.StatusNotFound}
	plain := &Issuer{URL: "https://id.example.com", Provider: "generic"}
	elsewhere := &Issuer{URL: "https://id.example.com", Provider: "generic", DiscoveryURL: "https://x.example.com"}
	realm := &Issuer{URL: "https://id.example.com/realms/company/", Provider: "generic"}
	auth0 := &Issuer{URL: "https://id.example.com", Provider: "auth0"}
	mismatch := func(got string) error { return &keys.MismatchError{Got: got, Want: "https://id.example.com/a"} }
	for name, test := range map[string]struct {
		issuer *Issuer
		cause  error
		want   string
	}{
		"no issuer in it": {plain, mismatch(""), "that address has no discovery document"},
		"a slash":         {plain, mismatch("https://id.example.com/a/"), "differ only by the slash"},
		"http":            {plain, mismatch("http://id.example.com/a"), "reached by http"},
		"http elsewhere":  {plain, mismatch("http://id.example.com/b"), "and in discovery_url where this document is"},
		"another":         {plain, mismatch("https://id.example.com/b"), "and in discovery_url where this document is"},
		"another's place": {elsewhere, mismatch("https://id.example.com/b"), "discovery_url leads to another"},
		"no keys":         {plain, keys.ErrNoKeySet, "set jwks_uri"},
		"away":            {plain, errors.New("no such host"), "must answer from this machine"},
		"http named":      {plain, &keys.PlainHTTPError{}, "reached by http"},
		"not there":       {plain, absent404, "if the document is elsewhere"},
		"no such realm":   {realm, absent404, "has no realm company:"},
		"as Auth0 does":   {auth0, absent404, "Auth0's issuer is"},
		"an endpoint": {&Issuer{URL: "https://id.example.com/realms/company/protocol/openid-connect/auth"}, absent404,
			"authorization endpoint; write the issuer, https://id.example.com/realms/company"},
	} {
		if got := test.issuer.Cure(test.cause); !strings.Contains(got, test.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := plain.Cure(); got != "" {
		t.Errorf("of nothing: %s", got)
	}
}

// A detail is text as it stands where nothing is to be put into it.
func TestDetailsOfRefusals(t *testing.T) {
	t.Parallel()
	if e := refuse(ReasonMalformed, "100%%"); e.Detail != "100%%" {
		t.Error(e)
	}
	if e := refuse(ReasonMalformed, "%d", 100); e.Detail != "100" {
		t.Error(e)
	}
	got := fmt.Sprint(Introspection{ClientID: "gateway", ClientSecret: "hush"})
	if want := `{ClientID:"gateway" ClientSecret:"***" PrivateKey:"" Endpoint:"" Auth:""}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// The names of claims that the settings name are read in one spelling, those of required claims too.
func TestNamesThatAreRead(t *testing.T) {
	t.Parallel()
	s := generic(t, func(i *Issuer) { i.RequiredClaims = Requirements{"/org/team": {"a"}, "": {"b"}} })
	for name, want := range map[string]bool{"org": true, "scope": true, "team": false, "": false} {
		if s.reads[claims.Fold(name)] != want {
			t.Errorf("%q: %v", name, s.reads[name])
		}
	}
	for name, test := range map[string]struct {
		in   *Introspection
		want bool
	}{"none": {nil, false}, "found": {&Introspection{}, true}, "named": {&Introspection{Endpoint: "https://x"}, false}} {
		if i := (&Issuer{Introspection: test.in}); i.place().NeedsDocument != test.want {
			t.Errorf("%s: the document is needed: %v", name, !test.want)
		}
	}
}

// What a person reads of a rule fits the settings and the token.
func TestRulesAsTheyAreTold(t *testing.T) {
	t.Parallel()
	rules := map[string]check{}
	for _, rule := range checks() {
		rules[rule.name] = rule
	}
	tenants := generic(t, func(i *Issuer) { i.URL, i.Tenants = "https://x/"+TenantTemplate, []string{AnyTenant} })
	strict := generic(t, func(i *Issuer) { i.TokenType = "at+jwt" })
	passed := generic(t, func(i *Issuer) { i.AllowIDTokens = true })
	for name, test := range map[string]struct {
		on   *settings
		tell func(*candidate) string
		want string
	}{
		"any typ":          {generic(t, nil), rules["typ"].wanted, "JWT, at+jwt or none"},
		"one typ":          {strict, rules["typ"].wanted, "at+jwt"},
		"a mark":           {generic(t, nil), rules["not an ID token"].got, "nonce"},
		"none that counts": {passed, rules["not an ID token"].got, "no mark of one"},
		"one tenant":       {generic(t, nil), rules["tenant"].skip, "the issuer has one tenant"},
		"several":          {tenants, rules["tenant"].skip, ""},
		"tenants":          {tenants, rules["tenant"].wanted, "that of iss; any tenant except that of personal accounts"},
		"no cut-off":       {generic(t, nil), rules["not_before"].skip, "no cut-off is configured"},
		"any client":       {generic(t, nil), rules["client"].skip, "any client is accepted"},
		"nothing there":    {generic(t, nil), rules["nbf"].skip, "the token has none"},
	} {
		if got := test.tell(&candidate{settings: test.on, claims: object{"nonce": "n"}}); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
