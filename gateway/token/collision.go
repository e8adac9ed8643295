package token

import (
	"unicode"
	"unicode/utf8"
)

// caseCollision returns two names of m that differ by case only, as `aud` and `Aud`: libraries that ignore case (encoding/json,
// and with it go-oidc) would read one where we read the other.
func caseCollision(m map[string]any) (a, b string, found bool) {
	plain := true
	for name := range m {
		plain = plain && lowerASCII(name)
	}
	if plain {
		return "", "", false
	}
	seen := make(map[string]string, len(m))
	for name := range m {
		folded := fold(name)
		if other, twice := seen[folded]; twice {
			return min(name, other), max(name, other), true
		}
		seen[folded] = name
	}
	return "", "", false
}

func lowerASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' {
			return false
		}
	}
	return true
}

// fold maps names that are equal under simple case folding to one string, among them U+017F (long s) and `s`.
func fold(s string) string {
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
