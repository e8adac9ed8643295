package claims

import (
	"unicode"
	"unicode/utf8"
)

// CaseCollision returns two names of m that differ by case only, as `aud` and `Aud`, where one of them is read:
// libraries that ignore case (encoding/json, and with it go-oidc) would read one where we read the other. read is
// asked with the folded name. Names that nobody reads may differ as they like.
func CaseCollision(m map[string]any, read func(folded string) bool) (a, b string, found bool) {
	plain := true
	for name := range m {
		plain = plain && lowerASCII(name)
	}
	if plain {
		return "", "", false
	}
	seen := make(map[string]string, len(m))
	for name := range m {
		folded := Fold(name)
		if other, twice := seen[folded]; twice && read(folded) {
			return min(name, other), max(name, other), true
		}
		seen[folded] = name
	}
	return "", "", false
}

// Registered tells whether a folded name is that of a claim that every issuer's tokens are read by, here or in
// go-oidc.
func Registered(folded string) bool { return registered[folded] }

var registered = foldAll(
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "typ", "cnf", "nonce", "at_hash", "c_hash", "events", "token_use",
	"token_type",
	"azp", "client_id", "scope", "scp", "tid", "email_verified", "hasgroups", "_claim_names", "_claim_sources",
	"alg", "kid", "crit", "b64", "enc", "cty", // of the header
)

func foldAll(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[Fold(n)] = true
	}
	return set
}

func lowerASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' {
			return false
		}
	}
	return true
}

// Fold maps names that are equal under simple case folding to one string, among them U+017F (long s) and `s`.
func Fold(s string) string {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		least := r
		for n := unicode.SimpleFold(r); n != r; n = unicode.SimpleFold(n) {
			least = min(least, n)
		}
		out = append(out, least)
	}
	return string(out)
}
