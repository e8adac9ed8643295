package token

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
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
}

// settings are an issuer's, compiled.
type settings struct {
	Issuer
	// accepted audiences as a person wrote them, the gateway's own URL first.
	accepted  []string
	audiences audiences
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

// checks returns the rules over claims in the order in which Verify applies them. The more telling come first: an ID token
// has the wrong audience too.
func checks() []check {
	header := func(c *candidate) string {
		if c.introspected {
			return "an introspection answer has no header"
		}
		return ""
	}
	claim := func(name string) func(*candidate) string {
		return func(c *candidate) string { return describe(c.claims[name]) }
	}
	return []check{{
		name: "alg", test: testAlgorithm, skip: header,
		got:    func(c *candidate) string { return quote(c.alg) },
		wanted: func(c *candidate) string { return "one of " + strings.Join(c.settings.Algorithms, " ") },
	}, {
		name: "typ", test: testType, skip: header,
		got: func(c *candidate) string { return quote(c.typ) },
		wanted: func(c *candidate) string {
			if c.settings.TokenType == "at+jwt" {
				return "at+jwt"
			}
			return "JWT, at+jwt or none"
		},
	}, {
		name: "not an ID token", test: testNotIDToken,
		got: func(c *candidate) string {
			if mark := otherTokenMark(c.claims, c.settings.AllowIDTokens); mark != "" {
				return mark
			}
			return "no mark of one"
		},
		wanted: func(c *candidate) string {
			if c.settings.AllowIDTokens {
				return "no events, token_use=id, typ=ID (nonce and at_hash are let pass for " + c.settings.Provider + ")"
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
		got: claim("iss"), wanted: func(c *candidate) string { return quote(c.settings.URL) },
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
		got:    func(c *candidate) string { return describeTime(c.claims["exp"]) },
		wanted: func(c *candidate) string { return "later than " + c.now.Add(-Skew).UTC().Format(time.RFC3339) },
	}, {
		name: "nbf", test: func(c *candidate) *Error { return testNotAhead(c, "nbf") },
		skip:   absent("nbf"),
		got:    func(c *candidate) string { return describeTime(c.claims["nbf"]) },
		wanted: func(c *candidate) string { return "not later than " + c.now.Add(Skew).UTC().Format(time.RFC3339) },
	}, {
		name: "iat", test: func(c *candidate) *Error { return testNotAhead(c, "iat") },
		skip:   absent("iat"),
		got:    func(c *candidate) string { return describeTime(c.claims["iat"]) },
		wanted: func(c *candidate) string { return "not later than " + c.now.Add(Skew).UTC().Format(time.RFC3339) },
	}, {
		name: "not_before", test: testCutOff,
		skip: func(c *candidate) string {
			if c.settings.NotBefore.IsZero() {
				return "no cut-off is configured"
			}
			return ""
		},
		got: func(c *candidate) string { return "issued at " + describeTime(c.claims["iat"]) },
		wanted: func(c *candidate) string {
			return "issued at or after " + c.settings.NotBefore.UTC().Format(time.RFC3339)
		},
	}, {
		name: "sub", test: testSubject, got: claim("sub"),
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
		got:    func(c *candidate) string { return describe(clientID(c.settings, c.claims)) },
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
			ok, failing := c.settings.RequiredClaims.Holds(c.claims)
			if ok {
				return "all hold"
			}
			p, _ := ParsePath(failing)
			v, _ := p.Lookup(c.claims)
			return failing + ": " + describe(v)
		},
		wanted: func(c *candidate) string { return fmt.Sprint(map[string][]any(c.settings.RequiredClaims)) },
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

func testAlgorithm(c *candidate) *Error {
	if slices.Contains(c.settings.Algorithms, c.alg) {
		return nil
	}
	return refuse(ReasonAlgorithm, "alg %s is not among %s", quote(c.alg), strings.Join(c.settings.Algorithms, " "))
}

// testType refuses the other kinds of JWT that an issuer signs with the same keys: logout tokens, DPoP proofs, request
// objects (RFC 8725 §3.11). They name themselves in `typ`; access tokens mostly do not.
func testType(c *candidate) *Error {
	typ := strings.TrimPrefix(strings.ToLower(c.typ), "application/")
	switch {
	case typ == "at+jwt":
		return nil
	case c.settings.TokenType == "at+jwt":
		return refuse(ReasonType, "typ is %s, and token_type asks for at+jwt (RFC 9068)", quote(c.typ))
	case typ == "" || typ == "jwt" || typ == "okta-internal-at+jwt":
		return nil
	}
	return refuse(ReasonType, "typ %s is not that of an access token", quote(c.typ))
}

// otherTokenMark names what shows that the claims are those of an ID token, or of another token that is not for us. The first
// kind of marks is only circumstantial: with lenient they are let pass, for providers whose access tokens have them too.
func otherTokenMark(claims map[string]any, lenient bool) string {
	if !lenient {
		for _, name := range []string{"nonce", "at_hash", "c_hash"} {
			if claims[name] != nil {
				return name
			}
		}
	}
	if claims["events"] != nil { // a security event or logout token (RFC 8417 §2.2)
		return "events"
	}
	if use, _ := claims["token_use"].(string); use != "" {
		switch strings.ToLower(use) {
		case "id", "id_token", "refresh", "refresh_token":
			return "token_use=" + use
		}
	}
	if typ, _ := claims["typ"].(string); typ != "" {
		switch strings.ToLower(typ) {
		case "id", "refresh", "offline", "logout", "registrationaccesstoken", "initialaccesstoken": // Keycloak's
			return "typ=" + typ
		}
	}
	return ""
}

func testNotIDToken(c *candidate) *Error {
	if mark := otherTokenMark(c.claims, c.settings.AllowIDTokens); mark != "" {
		return refuse(ReasonIDToken, "%s shows that this is not an access token", quote(mark))
	}
	return nil
}

func testIssuer(c *candidate) *Error {
	iss, present := c.claims["iss"]
	if c.introspected && !present {
		return nil
	}
	if s, ok := iss.(string); ok && s == c.settings.URL {
		return nil
	}
	return refuse(ReasonUnknownIssuer, "iss is %s, not %s", describe(iss), quote(c.settings.URL))
}

func testAudience(c *candidate) *Error {
	aud, present := c.claims["aud"]
	if !present {
		if c.settings.AllowMissingAudience && len(c.settings.ClientIDs) > 0 {
			return nil // testClient decides
		}
		return refuse(ReasonAudience, "the token has no aud; accepted is %s", strings.Join(c.settings.accepted, " "))
	}
	switch a := aud.(type) {
	case string:
		if c.settings.audiences.accepts(a) {
			return nil
		}
	case []any:
		match := false
		for _, v := range a {
			s, ok := v.(string)
			if !ok {
				return refuse(ReasonMalformed, "aud holds %s, which is not a string", describe(v))
			}
			match = match || c.settings.audiences.accepts(s)
		}
		if match {
			return nil
		}
	default:
		return refuse(ReasonMalformed, "aud is neither a string nor a list of strings: %s", describe(aud))
	}
	return refuse(ReasonAudience, "aud is %s; accepted is %s", describe(aud), strings.Join(c.settings.accepted, " "))
}

func testExpiry(c *candidate) *Error {
	exp, present, err := numericDate(c.claims, "exp")
	switch {
	case err != nil:
		return err
	case !present && c.introspected:
		return nil
	case !present:
		return refuse(ReasonNoExpiry, "the token has no exp")
	case c.now.Sub(exp) > Skew:
		return refuse(ReasonExpired, "the token expired at %s, %s ago", exp.UTC().Format(time.RFC3339), c.now.Sub(exp).Round(time.Second))
	}
	return nil
}

func testNotAhead(c *candidate, name string) *Error {
	at, present, err := numericDate(c.claims, name)
	switch {
	case err != nil:
		return err
	case present && at.Sub(c.now) > Skew:
		return refuse(ReasonNotYetValid, "%s is %s, %s ahead of this machine's clock", name, at.UTC().Format(time.RFC3339), at.Sub(c.now).Round(time.Second))
	}
	return nil
}

func testCutOff(c *candidate) *Error {
	if c.settings.NotBefore.IsZero() {
		return nil
	}
	iat, present, err := numericDate(c.claims, "iat")
	switch {
	case err != nil:
		return err
	case !present:
		return refuse(ReasonRevoked, "not_before is set and the token has no iat to compare with it")
	case iat.Before(c.settings.NotBefore):
		return refuse(ReasonRevoked, "the token was issued at %s, before not_before (%s)", iat.UTC().Format(time.RFC3339), c.settings.NotBefore.UTC().Format(time.RFC3339))
	}
	return nil
}

func testSubject(c *candidate) *Error {
	switch sub := c.claims["sub"].(type) {
	case string:
		if sub != "" {
			return nil
		}
	case nil:
	default:
		return refuse(ReasonMalformed, "sub is %s, not a string", describe(sub))
	}
	return refuse(ReasonNoSubject, "the token has no sub, so it speaks for nobody; the issuer must put the subject into access tokens")
}

func testUnbound(c *candidate) *Error {
	if c.claims["cnf"] != nil {
		return refuse(ReasonBoundToken, "the token is bound to a key (cnf), and this gateway checks no proof of possession; issue plain bearer tokens for it")
	}
	if tt, _ := c.claims["token_type"].(string); c.introspected && strings.EqualFold(tt, "DPoP") {
		return refuse(ReasonBoundToken, "the introspection answer calls the token DPoP-bound, and this gateway checks no proof of possession")
	}
	return nil
}

func testClient(c *candidate) *Error {
	if len(c.settings.ClientIDs) == 0 {
		return nil
	}
	id := clientID(c.settings, c.claims)
	if id != "" && slices.Contains(c.settings.ClientIDs, id) {
		return nil
	}
	return refuse(ReasonClient, "the token was issued to client %s; accepted is %s", quote(id), strings.Join(c.settings.ClientIDs, " "))
}

func testRequired(c *candidate) *Error {
	ok, failing := c.settings.RequiredClaims.Holds(c.claims)
	if ok {
		return nil
	}
	p, err := ParsePath(failing)
	if err != nil {
		return refuse(ReasonRequiredClaim, "required claim %s: %v", quote(failing), err)
	}
	got, _ := p.Lookup(c.claims)
	return refuse(ReasonRequiredClaim, "required claim %s is %s", quote(failing), describe(got))
}

// numericDate reads a NumericDate (RFC 7519 §2): a number of seconds, fractions allowed, up to 2^53.
func numericDate(claims map[string]any, name string) (t time.Time, present bool, _ *Error) {
	v, present := claims[name]
	if !present {
		return time.Time{}, false, nil
	}
	n, ok := v.(json.Number)
	if !ok {
		return time.Time{}, true, refuse(ReasonMalformed, "%s is %s, not a number", name, describe(v))
	}
	f, err := strconv.ParseFloat(string(n), 64)
	if err != nil || f < 0 || f > maxExactFloat {
		return time.Time{}, true, refuse(ReasonMalformed, "%s is %s, not a number of seconds between 0 and 2^53", name, describe(v))
	}
	whole, part := math.Modf(f)
	return time.Unix(int64(whole), int64(part*1e9)), true, nil
}

// describe shows a claim's value in a log line or to a person: as JSON, escaped and cut.
func describe(v any) string {
	switch t := v.(type) {
	case nil:
		return "absent"
	case string:
		return quote(t)
	}
	out, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("a %T", v)
	}
	s := quote(string(out))
	if u, err := strconv.Unquote(s); err == nil && u == string(out) && !strings.ContainsFunc(u, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		return u
	}
	return s
}

func describeTime(v any) string {
	t, present, err := numericDate(map[string]any{"t": v}, "t")
	if v == nil || err != nil || !present {
		return describe(v)
	}
	return t.UTC().Format(time.RFC3339)
}
