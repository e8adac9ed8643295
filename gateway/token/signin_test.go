package token_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// issuerAt is an issuer under a URL of its own, and within reach of the others that hosts has.
func issuerAt(t *testing.T, hosts map[string]*tokentest.Issuer, url string) token.Issuer {
	t.Helper()
	is := tokentest.NewIssuer(t, tokentest.Options{URL: url, Algorithms: []string{"ES256"}})
	hosts[strings.TrimPrefix(url, "https://")] = is
	return preset(t, is)
}

func reach(hosts map[string]*tokentest.Issuer) http.RoundTripper {
	return transport(func(r *http.Request) (*http.Response, error) {
		return hosts[r.URL.Host].Transport().RoundTrip(r)
	})
}

// People can sign in once an issuer that they are sent to has keys; where they are sent to none, any will do.
func TestReadyForPeople(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		people, machines    bool // whether there is one
		peopleUp, machineUp bool
		want                bool
	}{
		"all": {true, true, true, true, true}, "people": {true, true, true, false, true},
		"machines only": {true, true, false, true, false}, "nobody": {true, true, false, false, false},
		"machines alone": {false, true, false, true, true}, "machines alone, away": {false, true, false, false, false},
		"people alone": {true, false, true, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hosts := map[string]*tokentest.Issuer{}
			var all []token.Issuer
			if test.machines {
				i := issuerAt(t, hosts, "https://machines.example.com")
				i.SignIn = token.SignInNone
				all = append(all, i)
			}
			if test.people {
				all = append(all, issuerAt(t, hosts, "https://id.example.com"))
			}
			v := newVerifier(t, token.Config{Issuers: all, HTTP: reach(hosts)})
			for host, up := range map[string]bool{"id.example.com": test.peopleUp, "machines.example.com": test.machineUp} {
				if is := hosts[host]; is != nil {
					is.SetOutage(!up)
					_, _ = v.Verify(t.Context(), is.Token(resource)) // fetches the keys
				}
			}
			if got := v.Ready(); got != test.want {
				t.Errorf("ready: %v, want %v", got, test.want)
			}
			for _, st := range v.Status() {
				if people := st.URL == "https://id.example.com"; st.Advertised != people || (st.SignIn != "") != people {
					t.Errorf("%s: %+v", st.URL, st)
				}
			}
		})
	}
}

// Each place where people sign in is named once, in order, and its document is where it was found, or where it will be
// looked for.
func TestWherePeopleAreSent(t *testing.T) {
	t.Parallel()
	hosts := map[string]*tokentest.Issuer{}
	machines, a := issuerAt(t, hosts, "https://machines.example.com"), issuerAt(t, hosts, "https://a.example.com")
	also, b := issuerAt(t, hosts, "https://also.example.com"), issuerAt(t, hosts, "https://b.example.com")
	machines.SignIn, also.SignIn = token.SignInNone, a.URL
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{machines, a, also, b}, HTTP: reach(hosts)})
	if got, want := v.AuthorizationServers(), []string{a.URL, b.URL}; !slices.Equal(got, want) {
		t.Errorf("people are sent to %s, want %s", got, want)
	}
	if got := v.SignIn().URL(); got != a.URL {
		t.Errorf("people sign in at %s", got)
	}
	const guess = "https://a.example.com/.well-known/openid-configuration"
	if got := v.Document(); got != guess {
		t.Errorf("the document will be at %s", got)
	}
	hosts["a.example.com"].HideDiscovery("appended")
	wantReason(t, v, hosts["a.example.com"].Token(resource), "")
	if got, want := v.Document(), "https://a.example.com/.well-known/oauth-authorization-server"; got != want {
		t.Errorf("the document is at %s, want %s", got, want)
	}
	a.DiscoveryURL = "https://a.example.com/document"
	if got := newVerifier(t, token.Config{Issuers: []token.Issuer{a}}).Document(); got != a.DiscoveryURL {
		t.Errorf("the document is at %s", got)
	}
	none := newVerifier(t, token.Config{Issuers: []token.Issuer{machines}})
	if none.Document() != "" || none.SignIn() != nil || len(none.AuthorizationServers()) != 0 {
		t.Errorf("nobody is sent anywhere, but to %s", none.Document())
	}
}

// A place of its own where people sign in tells of its endpoints itself; where it does not, the issuer does.
func TestMetadataOfTheSignIn(t *testing.T) {
	t.Parallel()
	hosts := map[string]*tokentest.Issuer{}
	cfg, login := issuerAt(t, hosts, "https://id.example.com"), issuerAt(t, hosts, "https://login.example.com")
	cfg.SignIn = login.URL
	s := newVerifier(t, token.Config{Issuers: []token.Issuer{cfg}, HTTP: reach(hosts)}).SignIn()
	hosts["login.example.com"].SetOutage(true)
	if doc, err := s.Metadata(t.Context()); err != nil || doc.Issuer != cfg.URL {
		t.Errorf("while the place is away: %+v, %v", doc, err)
	}
	hosts["login.example.com"].SetOutage(false)
	if doc, err := s.Metadata(t.Context()); err != nil || doc.Issuer != login.URL {
		t.Errorf("%+v, %v", doc, err)
	}
}

// A token of nobody's is no issuer's with a template, and the longest token is looked at as any other.
func TestTokensOfNobody(t *testing.T) {
	t.Parallel()
	hosts := map[string]*tokentest.Issuer{}
	plain := issuerAt(t, hosts, "https://id.example.com")
	tenants := plain
	tenants.URL, tenants.Tenants = "https://login.example.com/"+token.TenantTemplate, []string{token.AnyTenant}
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{tenants, plain}, HTTP: reach(hosts)})
	is := hosts["id.example.com"]
	wantReason(t, v, is.Token(resource), "")
	_, err := v.Verify(t.Context(), is.Token(resource, claims{"iss": "https://other.example.com"}))
	if e, ok := errors.AsType[*token.Error](err); !ok || e.Reason != token.ReasonUnknownIssuer || e.Issuer != "" {
		t.Errorf("of another issuer: %+v", err)
	}
	wantReason(t, v, is.Token(resource, claims{"iss": nil}), token.ReasonUnknownIssuer)
	wantReason(t, v, strings.Repeat("a", token.MaxTokenBytes), token.ReasonOpaque)
	wantReason(t, v, strings.Repeat("a", token.MaxTokenBytes+1), token.ReasonTooLong)
}

// An ID token must be of the issuer, for the client, of this sign-in, and about the access token that came along.
func TestIDTokens(t *testing.T) {
	t.Parallel()
	hosts := map[string]*tokentest.Issuer{}
	cfg := issuerAt(t, hosts, "https://id.example.com")
	is := hosts["id.example.com"]
	s := newVerifier(t, token.Config{Issuers: []token.Issuer{cfg}, HTTP: reach(hosts)}).SignIn()
	doc, err := s.Metadata(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const access = "the access token"
	sum := sha256.Sum256([]byte(access))
	hash := base64.RawURLEncoding.EncodeToString(sum[:16])
	for name, test := range map[string]struct {
		change claims
		want   string // what the refusal says; empty = it is taken
	}{
		"good":             {nil, ""},
		"with its hash":    {claims{"at_hash": hash}, ""},
		"another's hash":   {claims{"at_hash": strings.Repeat("A", len(hash))}, "does not belong to the ID token"},
		"another issuer":   {claims{"iss": "https://x.example.com"}, "is from"},
		"another client":   {claims{"aud": "other"}, "not valid"},
		"another sign-in":  {claims{"nonce": "other"}, "another sign-in"},
		"no nonce":         {claims{"nonce": nil}, "another sign-in"},
		"expired":          {claims{"exp": 1}, "not valid"},
		"several":          {claims{"aud": []string{"gateway", "other"}, "azp": "gateway"}, ""},
		"several, another": {claims{"aud": []string{"gateway", "other"}, "azp": "other"}, "another client"},
		"several, no azp":  {claims{"aud": []string{"gateway", "other"}}, "another client"},
		"one, another azp": {claims{"azp": "other"}, ""},
	} {
		change := claims{"nonce": "n", "azp": nil}
		for k, v := range test.change {
			change[k] = v
		}
		err := s.IDToken(t.Context(), doc, is.Token("gateway", change), "gateway", "n", access)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	fetched := is.Counts().Keys
	if err := s.IDToken(t.Context(), doc, is.Token("gateway", claims{"nonce": "n"}), "gateway", "n", access); err != nil ||
		is.Counts().Keys != fetched {
		t.Errorf("%v, and %d more fetches of keys", err, is.Counts().Keys-fetched)
	}
	// The document, and the place where people are sent, may name others.
	named := *doc
	named.Issuer = "https://document.example.com"
	for iss, fine := range map[string]bool{named.Issuer: true, is.URL: true, "https://x.example.com": false} {
		raw := is.Token("gateway", claims{"nonce": "n", "iss": iss})
		if err := s.IDToken(t.Context(), &named, raw, "gateway", "n", access); (err == nil) != fine {
			t.Errorf("of %s: %v", iss, err)
		}
	}
	issuerAt(t, hosts, "https://moved.example.com")
	moved := *doc
	moved.JWKSURI = "https://moved.example.com/keys"
	raw := hosts["moved.example.com"].Token("gateway", claims{"nonce": "n", "iss": is.URL})
	if err := s.IDToken(t.Context(), &moved, raw, "gateway", "n", access); err != nil {
		t.Errorf("keys that moved: %v", err)
	}
}
