package kit

import "strings"

// The marks around text out of Coda. Whoever writes in a doc could write a closing mark too; so inside, marks are defused.
const (
	openMark  = "<coda-content>"
	closeMark = "</coda-content>"
)

// Marked wraps text out of Coda, so that a model can tell it from what this server says.
func Marked(s string) string {
	return openMark + "\n" + strings.TrimRight(defused(s), "\n") + "\n" + closeMark + "\n"
}

// MarkedList is marked for a list that may be empty.
func MarkedList(s string) string {
	if s == "" {
		return ""
	}
	return Marked(s)
}

// defused breaks up what looks like a mark, whatever its case.
func defused(s string) string {
	const name = "coda-content"
	lower := AsciiLower(s)
	if !strings.Contains(lower, name) {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(lower, name)
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		b.WriteString("coda content")
		s, lower = s[i+len(name):], lower[i+len(name):]
	}
}

// OneLine makes text fit for a line of its own: control characters and line breaks become spaces, and what looks like a
// mark of text out of Coda is broken up.
func OneLine(s string) string {
	return defused(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}
