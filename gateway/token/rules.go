package token

import (
	"slices"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token/claims"
)

// RFC 9068 §4: "The resource server MUST reject any JWT in which the value of "alg" is "none"."
// RFC 8725 §3.1: "Libraries MUST enable the caller to specify a supported set of algorithms and MUST NOT use any
// other algorithms when performing cryptographic operations."
// RFC 8725 §3.2: "applications MUST only allow the use of cryptographically current algorithms that meet the
// security requirements of the application."
func testAlgorithm(c *candidate) *Error {
	if slices.Contains(c.settings.Algorithms, c.alg) {
		return nil
	}
	return refuse(ReasonAlgorithm, "alg %s is not among %s", claims.Quote(c.alg), strings.Join(c.settings.Algorithms, " "))
}

// testType refuses the other kinds of JWT that an issuer signs with the same keys: logout tokens, DPoP proofs,
// request objects (RFC 8725 §3.11). They name themselves in `typ`; access tokens mostly do not.
//
// RFC 8725 §3.12: "the validation rules for those JWTs MUST be written such that they are mutually exclusive,
// rejecting JWTs of the wrong kind."
func testType(c *candidate) *Error {
	typ := strings.TrimPrefix(strings.ToLower(c.typ), "application/")
	switch {
	case typ == "at+jwt":
		return nil
	case c.settings.TokenType == "at+jwt":
		return refuse(ReasonType, "typ is %s, but token_type requires at+jwt (RFC 9068)", claims.Quote(c.typ))
	case typ == "" || typ == "jwt" || typ == "okta-internal-at+jwt":
		return nil
	}
	return refuse(ReasonType, "typ %s is not that of an access token", claims.Quote(c.typ))
}

// testNames refuses claims that another reader would take for those that are read here.
func testNames(c *candidate) *Error {
	if err := testSources(c.claims); err != nil {
		return err
	}
	read := func(folded string) bool { return claims.Registered(folded) || c.settings.reads[folded] }
	if a, b, found := claims.CaseCollision(c.claims, read); found {
		return refuse(ReasonMalformed, "the claims %s and %s differ only by case", claims.Quote(a), claims.Quote(b))
	}
	return nil
}

// testSources refuses claims that are said to stand in a source (OpenID Connect Core §5.6.2) that the token does not
// name.
func testSources(all map[string]any) *Error {
	said, present := all["_claim_names"]
	if !present || said == nil {
		return nil
	}
	names, ok := said.(map[string]any)
	sources, _ := all["_claim_sources"].(map[string]any)
	for _, source := range names {
		at, isText := source.(string)
		ok = ok && isText && sources[at] != nil
	}
	if !ok {
		return refuse(ReasonMalformed, "_claim_names is %s, and names a source that _claim_sources does not have",
			claims.Describe(said))
	}
	return nil
}

// callsItselfAccess tells of a token that says what it is: RFC 9068 in the header, or Keycloak in `typ`.
func callsItselfAccess(c *candidate) bool {
	typ, _ := c.claims["typ"].(string)
	return strings.TrimPrefix(strings.ToLower(c.typ), "application/") == "at+jwt" || strings.EqualFold(typ, "Bearer")
}

// otherTokenMark names what shows that the claims are those of an ID token, or of another token that is not for us.
// The first kind of marks is only circumstantial: they are let pass where the token says otherwise (older Keycloaks
// repeat the nonce in access tokens), and for providers whose access tokens have them too.
func otherTokenMark(c *candidate) string {
	claims := c.claims
	if !c.settings.AllowIDTokens && !callsItselfAccess(c) {
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

// RFC 8725 §2.8: "mitigations MUST be employed to prevent these substitution attacks."
func testNotIDToken(c *candidate) *Error {
	if mark := otherTokenMark(c); mark != "" {
		return refuse(ReasonIDToken, "%s shows that this is not an access token", claims.Quote(mark))
	}
	return nil
}

// RFC 9068 §4: "The issuer identifier for the authorization server (which is typically obtained during discovery)
// MUST exactly match the value of the "iss" claim."
func testIssuer(c *candidate) *Error {
	iss, present := c.claims["iss"]
	if c.introspected && !present {
		return nil
	}
	if s, ok := iss.(string); ok && c.settings.issues(s) {
		return nil
	}
	return refuse(ReasonUnknownIssuer, "iss is %s, not %s", claims.Describe(iss), claims.Quote(c.settings.URL))
}

// RFC 9068 §4: "The resource server MUST validate that the "aud" claim contains a resource indicator value
// corresponding to an identifier the resource server expects for itself."
// RFC 9068 §4: "The JWT access token MUST be rejected if "aud" does not contain a resource indicator of the current
// resource server as a valid audience."
// RFC 8725 §3.9: "the relying party or application MUST validate the audience value, and if the audience value is
// not present or not associated with the recipient, it MUST reject the JWT."
// RFC 8707 §2: "The authorization server SHOULD audience-restrict issued access tokens to the resource(s) indicated
// by the resource parameter."
// MCP 2026-07-28, basic/authorization/security-considerations: "MCP servers MUST only accept tokens specifically
// intended for themselves and MUST reject tokens that do not include them in the audience claim or otherwise verify
// that they are the intended recipient of the token."
// MCP 2025-11-25, basic/authorization: "MCP servers MUST validate that tokens presented to them were specifically
// issued for their use"
func testAudience(c *candidate) *Error {
	aud, present := c.claims["aud"]
	if !present {
		if c.pending {
			return nil
		}
		if c.settings.AllowMissingAudience && len(c.settings.ClientIDs) > 0 {
			return nil // testClient decides
		}
		return refuse(ReasonAudience, "the token has no aud; accepted: %s", strings.Join(c.settings.accepted, " "))
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
				return refuse(ReasonMalformed, "aud contains %s, which is not a string", claims.Describe(v))
			}
			match = match || c.settings.audiences.accepts(s)
		}
		if match {
			return nil
		}
	default:
		return refuse(ReasonMalformed, "aud is neither a string nor a list of strings: %s", claims.Describe(aud))
	}
	return refuse(ReasonAudience, "aud is %s; accepted: %s", claims.Describe(aud),
		strings.Join(c.settings.accepted, " "))
}

// RFC 9068 §4: "The current time MUST be before the time represented by the "exp" claim."
// RFC 6750 §5.2: "the lifetime of the token MUST be limited"
// MCP 2026-07-28, basic/authorization: "Invalid or expired tokens MUST receive a HTTP 401 response."
func testExpiry(c *candidate) *Error {
	exp, present, err := date(c.claims, "exp")
	switch {
	case err != nil:
		return err
	case !present && c.introspected:
		return nil
	case !present:
		return refuse(ReasonNoExpiry, "the token has no exp")
	case c.now.Sub(exp) > Skew:
		return refuse(ReasonExpired, "the token expired at %s, %s ago", exp.UTC().Format(time.RFC3339),
			c.now.Sub(exp).Round(time.Second))
	}
	return nil
}

func testNotAhead(c *candidate, name string) *Error {
	at, present, err := date(c.claims, name)
	switch {
	case err != nil:
		return err
	case present && at.Sub(c.now) > Skew:
		return refuse(ReasonNotYetValid, "%s is %s, %s ahead of this machine's clock", name, at.UTC().Format(time.RFC3339),
			at.Sub(c.now).Round(time.Second))
	}
	return nil
}

func testCutOff(c *candidate) *Error {
	if c.settings.NotBefore.IsZero() {
		return nil
	}
	iat, present, err := date(c.claims, "iat")
	switch {
	case err != nil:
		return err
	case !present:
		return refuse(ReasonRevoked, "not_before is set and the token has no iat to compare with it")
	case iat.Before(c.settings.NotBefore):
		return refuse(ReasonRevoked, "the token was issued at %s, before not_before (%s)", iat.UTC().Format(time.RFC3339),
			c.settings.NotBefore.UTC().Format(time.RFC3339))
	}
	return nil
}

// RFC 8725 §3.8: "the application MUST validate that the subject value corresponds to a valid subject and/or
// issuer-subject pair at the application."
func testSubject(c *candidate) *Error {
	v, at := c.settings.subjectOf(c.claims)
	switch sub := v.(type) {
	case string:
		if sub != "" {
			return nil
		}
	case nil:
		if c.pending {
			return nil
		}
	default:
		return refuse(ReasonMalformed, "%s is %s, not a string", at, claims.Describe(sub))
	}
	return refuse(ReasonNoSubject, "the token has no %s, so it identifies nobody; the issuer must put the subject "+
		"into access tokens", at)
}

func testUnbound(c *candidate) *Error {
	if c.claims["cnf"] != nil {
		return refuse(ReasonBoundToken, "the token is bound to a key (cnf), but this gateway does not check proof of "+
			"possession; issue plain bearer tokens for it")
	}
	if tt, _ := c.claims["token_type"].(string); c.introspected && strings.EqualFold(tt, "DPoP") {
		return refuse(ReasonBoundToken, "the introspection answer says that the token is DPoP-bound, but this gateway "+
			"does not check proof of possession")
	}
	return nil
}

func testClient(c *candidate) *Error {
	if len(c.settings.ClientIDs) == 0 {
		return nil
	}
	id := clientID(c.settings, c.claims)
	if id != "" && slices.Contains(c.settings.ClientIDs, id) || id == "" && c.pending {
		return nil
	}
	return refuse(ReasonClient, "the token was issued to client %s; accepted: %s", claims.Quote(id),
		strings.Join(c.settings.ClientIDs, " "))
}

func testRequired(c *candidate) *Error {
	ok, failing := c.settings.required.Holds(c.claims)
	if ok {
		return nil
	}
	p, err := ParsePath(failing)
	if err != nil {
		return refuse(ReasonRequiredClaim, "required claim %s: %v", claims.Quote(failing), err)
	}
	got, there := p.Lookup(c.claims)
	if !there && c.pending {
		return nil
	}
	return refuse(ReasonRequiredClaim, "required claim %s is %s", claims.Quote(failing), claims.Describe(got))
}

// date reads a time out of the claims.
func date(all map[string]any, name string) (t time.Time, present bool, _ *Error) {
	t, present, err := claims.Date(all, name)
	if err != nil {
		return t, present, refuse(ReasonMalformed, "%s is %s, %v", name, claims.Describe(all[name]), err)
	}
	return t, present, nil
}
