package token

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/token/claims"
)

// Outcome of one step of an [Explanation].
type Outcome string

// The outcomes.
const (
	OK      Outcome = "ok"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped"
)

// Step is one check of a token.
type Step struct {
	Name    string
	Outcome Outcome
	// Reason is set where the step failed.
	Reason Reason
	// Got and Wanted describe both sides; of a skipped step Got says why.
	Got, Wanted string
	// Hint is the provider's recipe for a step that failed; empty where there is none.
	Hint string
}

// Explanation is a token's way through all checks. It holds claims of the token, so it is for its owner or the
// operator, but never the token or its signature.
type Explanation struct {
	// Issuer is the configured issuer that the token names; empty = none.
	Issuer string
	// Provider is that issuer's preset.
	Provider string
	// Header holds alg, kid and typ of a JWT.
	Header map[string]string
	// Claims of a JWT, verified only where Principal is not nil.
	Claims map[string]any
	Steps  []Step
	// Introspected: Verify would ask these issuers about the token. Explain asks nobody.
	Introspected []string
	// AlsoAsks is the issuer that Verify would ask about the token besides, and whose word counts more; empty = none.
	AlsoAsks string
	// Lists is what is at each path of scopes, roles and groups.
	Lists []List
	// Principal is nil unless every check holds.
	Principal *Principal
	// UncountedEmail is an address in the token that does not count, since nothing says that it is verified.
	UncountedEmail string

	// at is what a cure is chosen by.
	at provider.Case
}

// List is what a token has at a claim path.
type List struct {
	// Kind is scopes, roles or groups.
	Kind string
	Path string
	// Got describes the value; empty = nothing is there.
	Got string
	// Values are what is read from it.
	Values []string
	// Unread says what of it no names are read from, such as a list of objects; empty = all is read.
	Unread string
}

// Explain walks a token through the checks of Verify without stopping at the first that fails. It may fetch the
// issuer's discovery document and keys; the token itself goes nowhere, so an opaque one is not introspected.
func (v *Verifier) Explain(ctx context.Context, bearer string) *Explanation {
	x := &Explanation{at: provider.Case{PublicURL: v.issuers[0].accepted[0]}}
	if len(v.issuers) == 1 { // else nobody can tell which one is meant, before the token says so
		x.from(v.issuers[0])
	}
	shape, err := shapeOf(bearer)
	if err != nil {
		x.fail("shape", err, err.Detail, fmt.Sprintf("a bearer token: letters, digits and -._~+/= only, at most "+
			"%d bytes", MaxTokenBytes))
		return x
	}
	if shape == shapeOpaque {
		v.explainOpaque(x, "an opaque token")
		return x
	}
	t, err := parseJWT(bearer)
	switch {
	case err != nil && err.Reason == ReasonEncrypted && v.opaque != nil:
		v.explainOpaque(x, "an encrypted token")
		return x
	case err != nil:
		x.fail("shape", err, err.Detail, "a signed JWT")
		return x
	case t.claims["iss"] == nil && v.opaque != nil:
		v.explainOpaque(x, "a JWT that does not name its issuer")
		return x
	}
	x.add(Step{Name: "shape", Outcome: OK, Got: "a signed JWT"})
	x.Header = map[string]string{"alg": t.alg, "kid": t.kid, "typ": t.typ}
	x.Claims = t.claims
	x.at.Header, x.at.Claims = x.Header, x.Claims
	i, err := v.issuerOf(t.claims)
	if err != nil {
		x.from(v.meant(t.claims))
		x.Issuer = ""
		x.fail("issuer", err, claims.Describe(t.claims["iss"]), "one of "+v.issuerList())
		return x
	}
	x.from(i)
	x.Lists = i.lists(t.claims)
	x.add(Step{Name: "issuer", Outcome: OK, Got: claims.Quote(i.URL)})
	v.explainJWT(ctx, x, i, t)
	return x
}

// ExplainClaims is [Verifier.Explain] for claims without a token: what they would be worth if the issuer that they
// name had signed them. Nothing is fetched.
func (v *Verifier) ExplainClaims(all map[string]any) *Explanation {
	x := &Explanation{Claims: all, at: provider.Case{PublicURL: v.issuers[0].accepted[0], Claims: all}}
	i, err := v.issuerOf(all)
	if err != nil {
		x.from(v.meant(all))
		x.Issuer = ""
		x.fail("issuer", err, claims.Describe(all["iss"]), "one of "+v.issuerList())
		return x
	}
	x.from(i)
	x.Lists = i.lists(all)
	c := &candidate{settings: &i.settings, claims: all, now: v.now(), introspected: true}
	good := true
	for _, rule := range v.rules {
		good = x.run(rule, c) && good
	}
	x.add(Step{Name: "signature", Outcome: Skipped, Got: "these are claims without a token"})
	if good {
		x.principal(&i.settings, all, v.now())
	}
	return x
}

// meant is the issuer that a token of nobody's may be of: the only one, or the one whose URL differs by a slash or by
// http alone; nil = nobody can tell.
func (v *Verifier) meant(all map[string]any) *issuer {
	if len(v.issuers) == 1 {
		return v.issuers[0]
	}
	bare := func(s string) string {
		if _, rest, found := strings.Cut(s, "://"); found {
			s = rest
		}
		return strings.TrimSuffix(s, "/")
	}
	iss, _ := all["iss"].(string)
	for _, i := range v.issuers {
		if own := bare(i.URL); own != "" && own == bare(iss) {
			return i
		}
	}
	return nil
}

// from takes note of the issuer that the token is of.
func (x *Explanation) from(i *issuer) {
	if i == nil {
		return
	}
	x.Issuer, x.Provider = i.URL, i.Provider
	x.at.Issuer, x.at.SeveralTenants = i.URL, i.tenancy != nil
}

func (v *Verifier) explainJWT(ctx context.Context, x *Explanation, i *issuer, t *jwt) {
	asks := i.asks(t.claims)
	c := &candidate{settings: &i.settings, claims: t.claims, now: v.now(), alg: t.alg, typ: t.typ, pending: asks}
	good := true
	for _, rule := range v.rules {
		good = x.run(rule, c) && good
	}
	if i.opaqueOnly() {
		x.Introspected = []string{i.URL}
		x.add(Step{Name: "signature", Outcome: Skipped, Got: "the issuer publishes no keys; the gateway would " +
			"introspect the token, which this does not do"})
		return
	}
	if testAlgorithm(c) != nil {
		x.add(Step{Name: "signature", Outcome: Skipped, Got: "a signature with an algorithm that is not accepted is not " +
			"checked"})
		return
	}
	verified := x.signature(ctx, i, t)
	if asks {
		x.AlsoAsks = i.URL
		got := "the gateway would also ask the issuer whether the token is still good, which this does not do"
		if i.saysTooLittle(t.claims) {
			x.Introspected, x.AlsoAsks = []string{i.URL}, ""
			got = "the token says too little; the gateway would ask the issuer for the rest, which this does not do"
		}
		x.add(Step{Name: "introspection", Outcome: Skipped, Got: got})
	}
	if verified && good && len(x.Introspected) == 0 {
		x.principal(&i.settings, t.claims, time.Time{})
	}
}

// principal is whom a token that passed every check is for.
func (x *Explanation) principal(s *settings, all map[string]any, expires time.Time) {
	x.Principal = newPrincipal(s, all, expires)
	if x.Principal.Email == "" {
		x.UncountedEmail, _ = claims.Email(s.Claims.Email, all)
	}
}

// lists tells what is where scopes, roles and groups are looked for.
func (s *settings) lists(all map[string]any) []List {
	var out []List
	for _, kind := range []struct {
		name  string
		paths []Path
	}{{"scopes", s.Claims.Scopes}, {"roles", s.Claims.Roles}, {"groups", s.Claims.Groups}} {
		for _, p := range kind.paths {
			l := List{Kind: kind.name, Path: p.String()}
			if v, ok := p.Lookup(all); ok {
				l.Got, l.Unread = claims.Describe(v), claims.Unread(v)
			}
			if kind.name == "scopes" {
				one := settings{Issuer: Issuer{ScopePrefix: s.ScopePrefix, Claims: ClaimPaths{Scopes: []Path{p}}}}
				l.Values, _ = one.scopes(all)
			} else {
				l.Values, _ = claims.Strings([]Path{p}, all, claims.One)
			}
			out = append(out, l)
		}
	}
	return out
}

func (v *Verifier) explainOpaque(x *Explanation, what string) {
	if v.opaque == nil {
		_, err := v.introspect(context.Background(), "", digest{}, nil)
		x.fail("shape", err, what, "a signed JWT, or an issuer with introspection configured")
		return
	}
	x.from(v.opaque)
	x.Introspected = []string{v.opaque.URL}
	x.add(Step{Name: "shape", Outcome: OK, Got: what})
	x.add(Step{Name: "introspection", Outcome: Skipped,
		Got: "the gateway would ask the issuer about it; this command does not, because it never sends a token anywhere"})
}

func (v *Verifier) issuerList() string {
	out := ""
	for n, i := range v.issuers {
		if n > 0 {
			out += " "
		}
		out += i.URL
	}
	return out
}

func (x *Explanation) add(s Step) { x.Steps = append(x.Steps, s) }

func (x *Explanation) fail(name string, err *Error, got, wanted string) {
	x.at.Reason, x.at.UnfitKey = string(err.Reason), err.unfit
	x.add(Step{Name: name, Outcome: Failed, Reason: err.Reason, Got: got, Wanted: wanted,
		Hint: provider.Advise(x.Provider, x.at)})
}

// run applies a rule and reports whether it holds.
func (x *Explanation) run(rule check, c *candidate) bool {
	var err *Error
	if !c.introspected || rule.skip == nil || rule.skip(c) == "" {
		err = rule.test(c)
	}
	if err == nil && rule.skip != nil {
		if why := rule.skip(c); why != "" {
			x.add(Step{Name: rule.name, Outcome: Skipped, Got: why})
			return true
		}
	}
	if err != nil {
		x.fail(rule.name, err, rule.got(c), rule.wanted(c))
		return false
	}
	x.add(Step{Name: rule.name, Outcome: OK, Got: rule.got(c)})
	return true
}

func (x *Explanation) signature(ctx context.Context, i *issuer, t *jwt) bool {
	_, err := i.signature(ctx, t)
	has := "the issuer's keys"
	if at := i.keys.Describe(); at != "" {
		has = "one of the issuer's keys: " + at
	}
	got := fmt.Sprintf("kid %s, alg %s", claims.Quote(t.kid), t.alg)
	if err != nil {
		x.fail("signature", err, got+": "+err.Detail, has)
		return false
	}
	x.add(Step{Name: "signature", Outcome: OK, Got: got})
	return true
}
