package token

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token/claims"
)

// newPrincipal reads the principal out of claims that passed all checks. expires stands in where an introspection
// answer has no `exp`.
//
// RFC 9068 §4: "the resource server SHOULD use them in combination with any other contextual information available
// to determine whether the current call should be authorized or rejected."
func newPrincipal(s *settings, all map[string]any, expires time.Time) *Principal {
	p := &Principal{
		Issuer:     s.URL,
		Configured: s.URL,
		ClientID:   clientID(s, all),
		Name:       claims.FirstString(s.Claims.Name, all),
		Claims:     all,
		Expires:    expires,
		Unattended: s.SignIn == SignInNone,
	}
	if iss, ok := all["iss"].(string); ok && iss != s.URL { // where it is the same, one string will do
		p.Issuer = iss
	}
	p.TokenID, _ = all["jti"].(string)
	p.Scopes, _ = s.scopes(all)
	p.Roles, _ = claims.Strings(s.Claims.Roles, all, claims.One)
	p.Groups, _ = claims.Strings(s.Claims.Groups, all, claims.One)
	p.GroupsOverage = len(p.Groups) == 0 && groupsOverage(all)
	address, verified := claims.Email(s.Claims.Email, all)
	if verified == claims.Verified || verified == claims.Untold && !s.RequireVerifiedEmail {
		p.Email = address
		p.EmailVerified = verified == claims.Verified || s.VerifiesEmail
	}
	subject, _ := s.subjectOf(all)
	p.Subject, _ = subject.(string)
	if exp, present, err := claims.Date(all, "exp"); present && err == nil {
		p.Expires = exp
	}
	if iat, present, err := claims.Date(all, "iat"); present && err == nil {
		p.IssuedAt = iat
	}
	return p
}

// scopes are the token's, in the form that the access rules have: without the prefix that they are asked for with.
func (s *settings) scopes(all map[string]any) (list []string, present bool) {
	list, present = claims.Strings(s.Claims.Scopes, all, strings.Fields)
	if s.ScopePrefix == "" {
		return list, present
	}
	short := list[:0]
	for _, scope := range list {
		if scope = strings.TrimPrefix(scope, s.ScopePrefix); scope != "" && !slices.Contains(short, scope) {
			short = append(short, scope)
		}
	}
	return short, present
}

// groupsOverage tells of a person in more groups than fit into a token: Entra then says where they could be asked
// for, or only that there are some.
func groupsOverage(all map[string]any) bool {
	names, _ := all["_claim_names"].(map[string]any)
	has := all["hasgroups"]
	text, _ := has.(string)
	return names["groups"] != nil || has == true || strings.EqualFold(text, "true")
}

// subjectOf is what a token says for whom it speaks, and where; the path is the first one where nothing is.
func (s *settings) subjectOf(all map[string]any) (any, string) {
	paths := s.Claims.subject()
	if v, at, ok := claims.First(paths, all); ok {
		return v, at.String()
	}
	return nil, paths[0].String()
}

func clientID(s *settings, all map[string]any) string {
	return claims.FirstString(s.Claims.ClientID, all)
}

// complete lays what an issuer said about a token over the token's own claims. What names the token (its issuer,
// subject, audience and times) stays the token's own where it has that, and the issuer's answer must not contradict
// it.
//
// RFC 7662 §2.2: "Service-specific string identifier or list of string identifiers representing the intended
// audience for this token"
func (s *settings) complete(own, said map[string]any) (map[string]any, *Error) {
	for _, path := range append([]Path{issuerClaim, subjectClaim}, s.Claims.subject()...) {
		a, inOwn := path.Lookup(own)
		b, inSaid := path.Lookup(said)
		if inOwn && inSaid && !reflect.DeepEqual(a, b) {
			return nil, refuse(ReasonMismatch, "the token's %s is %s, but the issuer's answer about it says %s", path,
				claims.Describe(a), claims.Describe(b))
		}
	}
	out := make(map[string]any, len(own)+len(said))
	for k, v := range said {
		if k != "active" {
			out[k] = v
		}
	}
	for k, v := range own {
		if v != nil && (said[k] == nil || slices.Contains(kept, k)) {
			out[k] = v
		}
	}
	return out, nil
}

// kept are the claims that no answer replaces.
var kept = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "typ", "cnf"}

// limit narrows what a token gives to what its issuer says about it: scopes, roles and groups that both know of
// count, and those that only one of them tells.
func (p *Principal) limit(s *settings, own, said map[string]any) {
	narrow := func(a []string, inOwn bool, b []string, inSaid bool) []string {
		switch {
		case !inOwn:
			return b
		case !inSaid:
			return a
		}
		return slices.DeleteFunc(a, func(v string) bool { return !slices.Contains(b, v) })
	}
	a, inOwn := s.scopes(own)
	b, inSaid := s.scopes(said)
	p.Scopes = narrow(a, inOwn, b, inSaid)
	for _, list := range []struct {
		to    *[]string
		paths []Path
	}{{&p.Roles, s.Claims.Roles}, {&p.Groups, s.Claims.Groups}} {
		a, inOwn := claims.Strings(list.paths, own, claims.One)
		b, inSaid := claims.Strings(list.paths, said, claims.One)
		*list.to = narrow(a, inOwn, b, inSaid)
	}
	if exp, present, err := claims.Date(said, "exp"); present && err == nil &&
		(p.Expires.IsZero() || exp.Before(p.Expires)) {
		p.Expires = exp
	}
}

// textToDates reads the times of an introspection answer that came as text: some providers write a whole number so.
func textToDates(said map[string]any) {
	for _, name := range []string{"exp", "iat", "nbf"} {
		text, ok := said[name].(string)
		if !ok || text == "" || len(text) > 16 ||
			strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
			continue
		}
		said[name] = json.Number(text)
	}
}
