package kit

import (
	"crypto/rand"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
)

// Clean is [near.Clean], the one filter that everything passes on its way out: pages, rows, names, errors, prompts,
// questions to people.
func Clean(s string) string { return near.Clean(s) }

// The marks around text out of Coda. Whoever writes in a doc could write a closing mark too; so inside, marks are
// defused, and each answer has marks of its own that nobody can know before (see marking).
const (
	openMark  = "<coda-content>"
	closeMark = "</coda-content>"
)

// marking gives the marks of one answer a word that is different in each.
type marking string

func newMarking() marking { return marking(strings.ToLower(rand.Text()[:8])) }

func (m marking) apply(text string) string {
	return strings.NewReplacer(openMark, "<coda-content "+string(m)+">", closeMark,
		"</coda-content "+string(m)+">").Replace(text)
}

// Marked wraps text out of Coda, so that a model can tell it from what this server says.
func Marked(s string) string {
	return openMark + "\n" + strings.TrimRight(defused(Clean(s)), "\n") + "\n" + closeMark + "\n"
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

// OneLine makes text fit for a line of its own: it is cleaned, line breaks become spaces, and what looks like a mark of
// text out of Coda is broken up.
func OneLine(s string) string {
	return defused(inOneLine(Clean(s)))
}

func inOneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		return r
	}, s)
}
