package rowset

import (
	"unicode/utf8"

	"github.com/bestviable/coda-gateway/coda/near"
)

// fold brings text that a person takes for the same into one form.
func fold(s string) string { return near.Fold(s) }

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
