package token

import (
	"context"
	"fmt"
	"time"
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

// Explanation is a token's way through all checks. It holds claims of the token, so it is for its owner or the operator, but
// never the token or its signature.
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
	// Introspected: the token is opaque; Verify would ask these issuers about it. Explain asks nobody.
	Introspected []string
	// Principal is nil unless every check holds.
	Principal *Principal

	resource string
}

// Explain walks a token through the checks of Verify without stopping at the first that fails. It may fetch the issuer's
// discovery document and keys; the token itself goes nowhere, so an opaque one is not introspected.
func (v *Verifier) Explain(ctx context.Context, bearer string) *Explanation {
	x := &Explanation{resource: v.issuers[0].accepted[0]}
	shape, err := shapeOf(bearer)
	if err != nil {
		x.fail("shape", err, err.Detail, "a bearer token: letters, digits and -._~+/= only, at most 8192 bytes")
		return x
	}
	if shape == shapeOpaque {
		v.explainOpaque(x)
		return x
	}
	t, err := parseJWT(bearer)
	if err != nil {
		x.fail("shape", err, err.Detail, "a signed JWT")
		return x
	}
	x.add(Step{Name: "shape", Outcome: OK, Got: "a signed JWT"})
	x.Header = map[string]string{"alg": t.alg, "kid": t.kid, "typ": t.typ}
	x.Claims = t.claims
	i, err := v.issuerOf(t.claims)
	if err != nil {
		// Nobody can tell which issuer was meant, unless there is only one.
		if len(v.issuers) == 1 {
			x.Provider = v.issuers[0].Provider
		}
		x.fail("issuer", err, describe(t.claims["iss"]), "one of "+v.issuerList())
		return x
	}
	x.Issuer, x.Provider = i.URL, i.Provider
	x.add(Step{Name: "issuer", Outcome: OK, Got: quote(i.URL)})
	c := &candidate{settings: &i.settings, claims: t.claims, now: v.now(), alg: t.alg, typ: t.typ}
	good := true
	for _, rule := range v.rules {
		good = x.run(rule, c) && good
	}
	if i.opaqueOnly() {
		x.Introspected = []string{i.URL}
		x.add(Step{Name: "signature", Outcome: Skipped, Got: "the issuer publishes no keys; the gateway would introspect the token, which this does not do"})
		return x
	}
	if testAlgorithm(c) != nil {
		x.add(Step{Name: "signature", Outcome: Skipped, Got: "a signature of an algorithm that is not accepted is not looked at"})
		return x
	}
	verified := x.signature(ctx, i, t)
	if i.asksAlways() {
		x.add(Step{Name: "introspection", Outcome: Skipped, Got: "the gateway would also ask the issuer whether the token is still good, which this does not do"})
	}
	if verified && good {
		x.Principal = newPrincipal(&i.settings, t.claims, time.Time{})
	}
	return x
}

func (v *Verifier) explainOpaque(x *Explanation) {
	for _, i := range v.introspecting() {
		x.Introspected = append(x.Introspected, i.URL)
		if x.Provider == "" {
			x.Issuer, x.Provider = i.URL, i.Provider
		}
	}
	if len(x.Introspected) > 0 {
		x.add(Step{Name: "shape", Outcome: OK, Got: "an opaque token"})
		x.add(Step{Name: "introspection", Outcome: Skipped, Got: "the gateway would ask the issuer about it; this does not, as a token is never sent anywhere from here"})
		return
	}
	if len(v.issuers) == 1 {
		x.Issuer, x.Provider = v.issuers[0].URL, v.issuers[0].Provider
	}
	_, err := v.introspect(context.Background(), "", digest{}, nil)
	x.fail("shape", err, "an opaque token", "a signed JWT, or an issuer with introspection configured")
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
	x.add(Step{Name: name, Outcome: Failed, Reason: err.Reason, Got: got, Wanted: wanted, Hint: fill(Hint(x.Provider, err.Reason), x.resource)})
}

// run applies a rule and reports whether it holds.
func (x *Explanation) run(rule check, c *candidate) bool {
	err := rule.test(c)
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
	if ks := i.keys.current.Load(); ks != nil {
		has = "one of the issuer's keys: " + ks.describe()
	}
	got := fmt.Sprintf("kid %s, alg %s", quote(t.kid), t.alg)
	if err != nil {
		x.fail("signature", err, got+": "+err.Detail, has)
		return false
	}
	x.add(Step{Name: "signature", Outcome: OK, Got: got})
	return true
}
