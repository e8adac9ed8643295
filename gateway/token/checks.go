package token

import (
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token/claims"
)

// Skew is how far the clocks of issuer and gateway may differ.
const Skew = 60 * time.Second

// candidate is what the checks look at: the claims of a token, from the JWT itself or from an introspection answer.
type candidate struct {
	settings *settings
	claims   map[string]any
	now      time.Time
	// alg and typ come from the JWT's header.
	alg, typ string
	// introspected claims have no header, and no `exp` or `iss` necessarily (RFC 7662 §2.2).
	introspected bool
	// pending: the issuer is asked about the token afterwards, and may say what is not there yet.
	pending bool
}

// settings are an issuer's, compiled.
type settings struct {
	Issuer
	// accepted audiences as a person wrote them, the gateway's own URL first.
	accepted  []string
	audiences audiences
	required  CompiledRequirements
	// tenancy is nil where the issuer's URL is no template.
	tenancy *tenancy
	// reads holds the folded names of claims that the settings name.
	reads map[string]bool
}

// check is one rule. The list of checks is run by Verify up to the first that fails and by Explain to the end.
type check struct {
	name string
	// test returns nil where the rule holds.
	test func(*candidate) *Error
	// skip says why the rule does not apply; empty where it does.
	skip func(*candidate) string
	// got and wanted describe both sides to a person.
	got, wanted func(*candidate) string
}

// checks returns the rules over claims in the order in which Verify applies them. The more telling come first: an ID
// token has the wrong audience too.
// Long because it is one list, an entry a rule.
func checks() []check {
	header := func(c *candidate) string {
		if c.introspected {
			return "an introspection answer has no header"
		}
		return ""
	}
	claim := func(name string) func(*candidate) string {
		return func(c *candidate) string { return claims.Describe(c.claims[name]) }
	}
	return []check{{
		name: "alg", test: testAlgorithm, skip: header,
		got:    func(c *candidate) string { return claims.Quote(c.alg) },
		wanted: func(c *candidate) string { return "one of " + strings.Join(c.settings.Algorithms, " ") },
	}, {
		name: "typ", test: testType, skip: header,
		got: func(c *candidate) string { return claims.Quote(c.typ) },
		wanted: func(c *candidate) string {
			if c.settings.TokenType == "at+jwt" {
				return "at+jwt"
			}
			return "JWT, at+jwt or none"
		},
	}, {
		name: "claim names", test: testNames,
		got: func(c *candidate) string {
			if err := testNames(c); err != nil {
				return err.Detail
			}
			return "none of those that are read is there twice"
		},
		wanted: func(*candidate) string {
			return "no two names that differ only by case, and each source of _claim_names in _claim_sources"
		},
	}, {
		name: "not an ID token", test: testNotIDToken,
		got: func(c *candidate) string {
			if mark := otherTokenMark(c); mark != "" {
				return mark
			}
			return "no mark of one"
		},
		wanted: func(c *candidate) string {
			if c.settings.AllowIDTokens {
				return "no events, token_use=id, typ=ID (nonce and at_hash are accepted for " + c.settings.Provider + ")"
			}
			return "no nonce, at_hash, c_hash, events, token_use=id, typ=ID"
		},
	}, {
		name: "iss", test: testIssuer,
		skip: func(c *candidate) string {
			if c.introspected && c.claims["iss"] == nil {
				return "the introspection answer names no issuer"
			}
			return ""
		},
		got: claim("iss"), wanted: func(c *candidate) string { return claims.Quote(c.settings.URL) },
	}, {
		name: "tenant", test: testTenant,
		skip: func(c *candidate) string {
			if c.settings.tenancy == nil {
				return "the issuer has one tenant"
			}
			return ""
		},
		got:    func(c *candidate) string { return "tid " + claims.Describe(c.claims["tid"]) },
		wanted: func(c *candidate) string { return c.settings.tenancy.describe() },
	}, {
		name: "aud", test: testAudience, got: claim("aud"),
		wanted: func(c *candidate) string { return "one of " + strings.Join(c.settings.accepted, " ") },
	}, {
		name: "exp", test: testExpiry,
		skip: func(c *candidate) string {
			if c.introspected && c.claims["exp"] == nil {
				return "the introspection answer has no exp"
			}
			return ""
		},
		got:    func(c *candidate) string { return claims.DescribeDate(c.claims["exp"]) },
		wanted: func(c *candidate) string { return "later than " + c.now.Add(-Skew).UTC().Format(time.RFC3339) },
	}, {
		name: "nbf", test: func(c *candidate) *Error { return testNotAhead(c, "nbf") },
		skip:   absent("nbf"),
		got:    func(c *candidate) string { return claims.DescribeDate(c.claims["nbf"]) },
		wanted: func(c *candidate) string { return "not later than " + c.now.Add(Skew).UTC().Format(time.RFC3339) },
	}, {
		name: "iat", test: func(c *candidate) *Error { return testNotAhead(c, "iat") },
		skip:   absent("iat"),
		got:    func(c *candidate) string { return claims.DescribeDate(c.claims["iat"]) },
		wanted: func(c *candidate) string { return "not later than " + c.now.Add(Skew).UTC().Format(time.RFC3339) },
	}, {
		name: "not_before", test: testCutOff,
		skip: func(c *candidate) string {
			if c.settings.NotBefore.IsZero() {
				return "no cut-off is configured"
			}
			return ""
		},
		got: func(c *candidate) string { return "issued at " + claims.DescribeDate(c.claims["iat"]) },
		wanted: func(c *candidate) string {
			return "issued at or after " + c.settings.NotBefore.UTC().Format(time.RFC3339)
		},
	}, {
		name: "sub", test: testSubject,
		got: func(c *candidate) string {
			v, _ := c.settings.subjectOf(c.claims)
			return claims.Describe(v)
		},
		wanted: func(*candidate) string { return "a non-empty string" },
	}, {
		name: "not sender-constrained", test: testUnbound, got: claim("cnf"),
		wanted: func(*candidate) string { return "no cnf (a plain bearer token)" },
	}, {
		name: "client", test: testClient,
		skip: func(c *candidate) string {
			if len(c.settings.ClientIDs) == 0 {
				return "any client is accepted"
			}
			return ""
		},
		got:    func(c *candidate) string { return claims.Describe(clientID(c.settings, c.claims)) },
		wanted: func(c *candidate) string { return "one of " + strings.Join(c.settings.ClientIDs, " ") },
	}, {
		name: "required_claims", test: testRequired,
		skip: func(c *candidate) string {
			if len(c.settings.RequiredClaims) == 0 {
				return "none is configured"
			}
			return ""
		},
		got: func(c *candidate) string {
			ok, failing := c.settings.required.Holds(c.claims)
			if ok {
				return "all hold"
			}
			p, _ := ParsePath(failing)
			v, _ := p.Lookup(c.claims)
			return failing + ": " + claims.Describe(v)
		},
		wanted: func(c *candidate) string { return c.settings.RequiredClaims.Describe() },
	}}
}

func absent(name string) func(*candidate) string {
	return func(c *candidate) string {
		if _, ok := c.claims[name]; !ok {
			return "the token has none"
		}
		return ""
	}
}
