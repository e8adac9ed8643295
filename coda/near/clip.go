package near

import "unicode/utf8"

// Clip shortens s to at most n bytes, with a mark; it cuts no character in two.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return begin(s, n) + "…"
}

// begin is the beginning of s, at most n bytes.
func begin(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
