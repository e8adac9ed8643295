package claims

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// First returns the value at the first path that leads to one.
func First(paths []Path, claims map[string]any) (any, Path, bool) {
	for _, p := range paths {
		if v, ok := p.Lookup(claims); ok {
			return v, p, true
		}
	}
	return nil, Path{}, false
}

// FirstString returns the value at the first path present, where that is a string or a list of exactly one (as Dex's
// `aud`).
func FirstString(paths []Path, claims map[string]any) string {
	v, _, _ := First(paths, claims)
	if list, ok := v.([]any); ok && len(list) == 1 {
		v = list[0]
	}
	s, _ := v.(string)
	return s
}

// Strings adds up what is at several paths, without duplicates, in the order of the paths. present tells that one of
// them was there, even if it held nothing.
func Strings(paths []Path, claims map[string]any, split func(string) []string) (out []string, present bool) {
	for _, p := range paths {
		v, ok := p.Lookup(claims)
		if !ok {
			continue
		}
		present = true
		out = appendStrings(out, v, split)
	}
	return out, present
}

// One takes a string as one value: the names of roles and groups may hold spaces, and splitting "admin interns" would
// make someone an admin.
func One(s string) []string { return []string{s} }

// List reads a value that stands for several: a string, a list of strings, or an object whose keys are the values.
func List(v any) []string { return appendStrings(nil, v, One) }

// appendStrings reads a claim that holds several values: a string, a list of strings, or an object whose keys are the
// values.
func appendStrings(out []string, v any, split func(string) []string) []string {
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
			if holds(t[k]) {
				add(k)
			}
		}
	}
	return out
}

// holds tells whether a role that is the key of an object is held: the value is true, or an object or a list with
// something in it (Zitadel has the organizations there that gave the role).
func holds(v any) bool {
	switch t := v.(type) {
	case bool:
		return t
	case map[string]any:
		return len(t) > 0
	case []any:
		return len(t) > 0
	}
	return false
}

// Verification says what a token tells about an e-mail address.
type Verification int

// The kinds, of which only the last lets one act on the address where much depends on it.
const (
	Unverified Verification = iota // the token says so, or says it in a way that is not understood
	Untold                         // the token does not say
	Verified
)

// Email returns the address at the first path present, where it is one, and whether it is verified. The
// `email_verified` beside the address and the top-level one both count; some providers send it as a string. It vouches
// for an address only: a user name that looks like one (preferred_username, upn) may be anybody's choice.
func Email(paths []Path, claims map[string]any) (string, Verification) {
	v, at, _ := First(paths, claims)
	s, _ := v.(string)
	if !addressLike(s) {
		return "", Unverified
	}
	found := Untold
	for _, flag := range []Path{{keys: []string{"email_verified"}}, at.Sibling("email_verified")} {
		switch verified, _ := flag.Lookup(claims); verified := verified.(type) {
		case nil:
			continue
		case bool:
			if !verified {
				return s, Unverified
			}
		case string:
			if !strings.EqualFold(verified, "true") {
				return s, Unverified
			}
		default:
			return s, Unverified
		}
		if at.OfMail() || s == claims["email"] {
			found = Verified
		}
	}
	return s, found
}

// addressLike keeps out what would make a rule about a domain read something else than the mail system does.
func addressLike(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && domain != "" && len(s) <= 320 && !strings.Contains(domain, "@") &&
		!strings.ContainsFunc(s, func(r rune) bool {
			return unicode.IsSpace(r) || unicode.IsControl(r) ||
				r == unicode.ReplacementChar
		})
}
