package token

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
)

// newPrincipal reads the principal out of claims that passed all checks. expires stands in where an introspection answer
// has no `exp`.
func newPrincipal(s *settings, claims map[string]any, expires time.Time) *Principal {
	p := &Principal{
		Issuer:   s.URL,
		ClientID: clientID(s, claims),
		Email:    email(s.Claims.Email, claims),
		Name:     firstString(s.Claims.Name, claims),
		Scopes:   values(s.Claims.Scopes, claims, strings.Fields),
		Roles:    values(s.Claims.Roles, claims, one),
		Groups:   values(s.Claims.Groups, claims, one),
		Claims:   claims,
		Expires:  expires,
	}
	p.Subject, _ = claims["sub"].(string)
	if exp, present, err := numericDate(claims, "exp"); present && err == nil {
		p.Expires = exp
	}
	if iat, present, err := numericDate(claims, "iat"); present && err == nil {
		p.IssuedAt = iat
	}
	return p
}

func first(paths []Path, claims map[string]any) (any, Path, bool) {
	for _, p := range paths {
		if v, ok := p.Lookup(claims); ok {
			return v, p, true
		}
	}
	return nil, Path{}, false
}

// firstString returns the value at the first path present, where that is a string or a list of exactly one (as Dex's `aud`).
func firstString(paths []Path, claims map[string]any) string {
	v, _, _ := first(paths, claims)
	if list, ok := v.([]any); ok && len(list) == 1 {
		v = list[0]
	}
	s, _ := v.(string)
	return s
}

func clientID(s *settings, claims map[string]any) string {
	return firstString(s.Claims.ClientID, claims)
}

// one takes a string as one value: the names of roles and groups may hold spaces, and splitting "admin interns" would make
// someone an admin.
func one(s string) []string { return []string{s} }

// values reads a claim that holds several values: a string, a list of strings, or an object whose keys are the values
// (Zitadel's roles). Keys whose value is false or null do not count.
func values(paths []Path, claims map[string]any, split func(string) []string) []string {
	v, _, _ := first(paths, claims)
	var out []string
	add := func(s string) {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	switch t := v.(type) {
	case string:
		for _, s := range split(t) {
			add(s)
		}
	case []any:
		for _, e := range t {
			if s, ok := e.(string); ok {
				add(s)
			}
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(t)) {
			if t[k] != nil && t[k] != false {
				add(k)
			}
		}
	}
	return out
}

// email returns the address where nothing says that it is unverified. The `email_verified` beside the address and the
// top-level one both count; some providers send it as a string.
func email(paths []Path, claims map[string]any) string {
	v, at, ok := first(paths, claims)
	s, isString := v.(string)
	if !ok || !isString || !addressLike(s) {
		return ""
	}
	for _, flag := range []Path{{keys: []string{"email_verified"}}, at.sibling("email_verified")} {
		switch verified, _ := flag.Lookup(claims); verified := verified.(type) {
		case nil:
		case bool:
			if !verified {
				return ""
			}
		case string:
			if !strings.EqualFold(verified, "true") {
				return ""
			}
		default:
			return ""
		}
	}
	return s
}

// addressLike keeps out what would make a rule about a domain read something else than the mail system does.
func addressLike(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && domain != "" && len(s) <= 320 && !strings.Contains(domain, "@") &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar })
}
