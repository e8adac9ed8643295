package pages

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// A cure is walked: what it says is done. Where it says what to write into the file, that is written, the file passes
// check, and the very token that was refused is accepted. Where it is about the provider, the token of the shape that
// the provider then issues is.

// written is what a cure says to write for the issuer: a key and its value in backticks, without a placeholder.
var written = regexp.MustCompile("`([a-z_]+: [^`<…]+)`")

// addClient are the other ways to say it.
var addClient = regexp.MustCompile("add (\\S+/\\S+|[^ ]{3,}) to `client_ids`|(?:repository|project) " +
	"(\\S+): add it to `client_ids`")

// byHand are the mistakes whose cure leads to another token all the same, with the reason.
var byHand = map[string]string{
	"generic/logout": "the token is of another kind, and what is to be written is the default",
}

// mend does what a cure says.
func (r *running) mend(x trap, bearer, hint string) {
	r.t.Helper()
	changes := m{}
	for _, match := range written.FindAllStringSubmatch(hint, -1) {
		var one m
		if err := yaml.Unmarshal([]byte(match[1]), &one); err != nil {
			r.t.Errorf("%s: what is to be written is no YAML: %s", x.name, match[1])
		}
		maps.Copy(changes, one)
	}
	if match := addClient.FindStringSubmatch(hint); match != nil {
		changes["client_ids"] = []any{cmp.Or(match[1], match[2])}
	}
	at := r.row + "/" + x.name
	for key := range changes {
		if !r.issuerHas(key) {
			delete(changes, key) // a key of the provider's own settings, not of this file
		}
	}
	if len(changes) == 0 {
		if byHand[at] != "" {
			r.t.Errorf("%s is listed as one that cannot be walked, and nothing is to be written for it", at)
		}
		if e := r.verifier(trap{}).Explain(r.t.Context(), r.mint(nil)); e.Principal == nil {
			r.t.Errorf("%s: what the provider issues after %q is refused: %+v", x.name, hint, e.Steps)
		}
		return
	}
	if strings.Contains(hint, "document in `discovery_url`") {
		changes["discovery_url"] = "https://" + hostOf(changes["url"]) + "/the-document-of-the-policy"
	}
	defer r.serve(changes)()
	cfg := r.configure(changes)
	v, err := token.New(cfg.Token())
	if err != nil {
		r.t.Fatal(err)
	}
	e := v.Explain(r.t.Context(), bearer)
	switch listed := byHand[at] != ""; { // the list is held: what can be walked is not on it
	case listed && e.Principal != nil:
		r.t.Errorf("%s is listed as one that cannot be walked, and it can", at)
	case !listed && e.Principal == nil:
		r.t.Errorf("%s: refused though %v was written, as %q says: %+v", x.name, changes, hint, e.Steps)
	}
}

// serve puts the provider's documents where it has them once it is called as the changes say, and returns what takes
// that back.
func (r *running) serve(changes m) (restore func()) {
	if at, own := changes["jwks_uri"].(string); own {
		key := signers()[2]
		theWorld.answer(at, func() any { return m{"keys": []any{key.JWK()}} })
	}
	issuer, moved := changes["url"].(string)
	if !moved {
		return func() {}
	}
	var good m
	for _, d := range r.documents {
		good = d
	}
	doc := maps.Clone(good)
	doc["issuer"] = issuer
	at, elsewhere := changes["discovery_url"].(string)
	if !elsewhere {
		at = strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
	}
	theWorld.answer(at, func() any { return doc })
	return func() {
		if before, ok := r.documents[at]; ok {
			theWorld.answer(at, func() any { return before })
		}
	}
}

func hostOf(issuer any) string {
	u, err := url.Parse(fmt.Sprint(issuer))
	if err != nil {
		return ""
	}
	return u.Host
}

// issuerHas tells whether an issuer's entry may hold a key.
func (r *running) issuerHas(key string) bool {
	text, err := r.cfg.Redacted()
	if err != nil {
		r.t.Fatal(err)
	}
	return regexp.MustCompile(`(?m)^    (- )?` + key + `:|^  - ` + key + `:|^    ` + key + `:`).Match(text)
}

// TestByHand: what is listed as one that cannot be walked is a mistake that there is.
func TestByHand(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"generic/logout": true}
	for _, s := range standins() {
		for _, x := range s.traps {
			known[s.row+"/"+x.name] = true
		}
	}
	for at := range byHand {
		if !known[at] {
			t.Errorf("%s is no mistake that anybody tries", at)
		}
	}
}

// unshown are cures of generic that no token alone brings up, with the reason.
var unshown = map[string]string{
	"tenant":                    "only an issuer of several tenants refuses one: Entra's, walked with its stand-in",
	"inactive":                  "said of an issuer's answer, and token asks nobody about a token",
	"introspection_mismatch":    "said of an issuer's answer, and token asks nobody about a token",
	"introspection_unavailable": "said of an issuer's answer, and token asks nobody about a token",
	"introspection_unusable":    "said of an issuer's answer, and token asks nobody about a token",
	"groups_overage":            "no verdict about a token, but about what a person may do",
	"keys_unavailable":          "the cure is check --online, whose own scripts show what it says",
}

// The cures that every provider falls back to, each brought up and walked.
func TestGenericCures(t *testing.T) {
	s := keycloakStandin()
	s.row = "generic"
	r := start(t, s)
	past := time.Now().Add(-time.Hour).Unix()
	later := func(i *token.Issuer) { i.NotBefore = time.Now().Add(time.Minute) }
	shown := map[string]bool{}
	for _, x := range []struct {
		trap
		change func(*token.Issuer)
	}{
		{trap: trap{name: "the origin", claims: m{"aud": "https://mcp.example.com"}, reason: "audience"}},
		{trap: trap{name: "others", claims: m{"aud": "account"}, reason: "audience"}},
		{trap: trap{name: "long", raw: "eyJ" + strings.Repeat("a", 64<<10) + ".a.a", reason: "too_long"}},
		{trap: trap{name: "cut", raw: r.mint(nil)[:40] + ".a.b", reason: "malformed"}},
		{trap: trap{name: "one name twice", claims: m{"Sub": "x"}, reason: "malformed"}},
		{trap: trap{name: "encrypted", raw: jwe(), reason: "encrypted"}},
		{trap: trap{name: "opaque", raw: "aBcDeFgHiJkLmNoPqRsTuVwXyZ012345", reason: "opaque"}},
		{trap: trap{name: "HS256", header: m{"alg": "HS256"}, reason: "alg"}},
		{trap: trap{name: "extension", header: m{"crit": []string{"x"}, "x": 1}, reason: "crit"}},
		{trap: trap{name: "no issuer", claims: m{"iss": nil}, reason: "unknown_issuer"}},
		{trap: trap{name: "slash", claims: m{"iss": s.signIn + "/"}, reason: "unknown_issuer"}},
		{trap: trap{name: "http", claims: m{"iss": "http" + strings.TrimPrefix(s.signIn, "https")},
			reason: "unknown_issuer"}},
		{trap: trap{name: "another", claims: m{"iss": "https://id.example.org"}, reason: "unknown_issuer"}},
		{trap: trap{name: "logout", header: m{"typ": "logout+jwt"}, reason: "type"}},
		{trap: trap{name: "ID token", claims: m{"typ": "ID"}, reason: "id_token"}},
		{trap: trap{name: "no end", claims: m{"exp": nil}, reason: "no_expiry"}},
		{trap: trap{name: "ended", claims: m{"exp": past}, reason: "expired"}},
		{trap: trap{name: "early", claims: m{"nbf": past + 7200}, reason: "not_yet_valid"}},
		{trap: trap{name: "revoked", reason: "revoked"}, change: later},
		{trap: trap{name: "nobody", claims: m{"sub": nil}, reason: "no_subject"}},
		{trap: trap{name: "bound", claims: m{"cnf": m{"jkt": "x"}}, reason: "bound_token"}},
		{trap: trap{name: "client", reason: "client"}, change: func(i *token.Issuer) { i.ClientIDs = []string{"x"} }},
		{trap: trap{name: "claim", reason: "required_claim"}, change: func(i *token.Issuer) {
			i.RequiredClaims = token.Requirements{"department": {"sales"}}
		}},
		{trap: trap{name: "key", stranger: true, reason: "unknown_kid"}},
		{trap: trap{name: "key of another algorithm", header: m{"alg": "PS256"}, reason: "unknown_kid"}},
		{trap: trap{name: "signature", header: m{"kid": signers()[0].ID}, stranger: true, reason: "signature"}},
	} {
		bearer := r.minted(x.trap)
		cfg := r.cfg.Token()
		cfg.Issuers = slices.Clone(cfg.Issuers)
		cfg.Issuers[0].Provider = "generic"
		if x.change != nil {
			x.change(&cfg.Issuers[0])
		}
		v, err := token.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		e := v.Explain(t.Context(), bearer)
		i := slices.IndexFunc(e.Steps, func(s token.Step) bool { return s.Reason == x.reason })
		if i < 0 || e.Steps[i].Hint == "" {
			t.Errorf("%s: no cure of %s, but %+v", x.name, x.reason, e.Steps)
			continue
		}
		shown[e.Steps[i].Hint] = true
		r.mend(x.trap, bearer, e.Steps[i].Hint)
	}
	for _, c := range provider.All()[0].Cures {
		start, _, _ := strings.Cut(strings.ReplaceAll(c.Text, "<public_url>", PublicURL), "<")
		found := slices.ContainsFunc(slices.Collect(maps.Keys(shown)), func(h string) bool {
			return strings.HasPrefix(h, start)
		})
		if listed := unshown[c.Reason] != ""; found == listed {
			t.Errorf("the cure of %s is shown: %v, listed as one that is not: %v: %s", c.Reason, found, listed, c.Text)
		}
	}
}
