package rowset

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold brings text that a person takes for the same into one form: letters in lower case, characters composed, single
// spaces, and nothing invisible.
func fold(s string) string {
	if !isASCII(s) {
		s = norm.NFC.String(strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Cf, r) || r >= 0xFE00 && r <= 0xFE0F {
				return -1
			}
			return r
		}, s))
	}
	return strings.ToLower(strings.Join(strings.Fields(s), " "))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// clip shortens s to at most n bytes at a rune's edge, with a mark.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
