package kit

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/near"
)

// DidYouMean gives " Did you mean …?" for the closest of the candidates, or nothing.
func DidYouMean(word string, candidates []string) string {
	meant := near.Names(word, candidates, nil)
	if len(meant) == 0 {
		return ""
	}
	alike := near.Alike(meant)
	for i := range meant {
		meant[i] = near.Quote(Short(meant[i], 60))
	}
	text := " Did you mean " + OrList(meant) + "?"
	if alike {
		text += " Some names differ only in characters that cannot be seen: use ids."
	}
	return text
}

// Near is DidYouMean, and where nothing resembles the word, the names themselves if they are few.
func Near(word, what string, candidates []string) string {
	if meant := DidYouMean(word, candidates); meant != "" || len(candidates) == 0 || len(candidates) > fewNames {
		return meant
	}
	names := make([]string, len(candidates))
	for i, name := range candidates {
		names[i] = near.Quote(Short(name, 60))
	}
	return " " + what + " " + strings.Join(names, ", ") + "."
}

// fewNames is how many names are listed when none was meant.
const fewNames = 10

// OrList writes "a, b or c", and AndList "a, b and c".
func OrList(words []string) string  { return listed(words, "or") }
func AndList(words []string) string { return listed(words, "and") }

func listed(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}

func SortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Clip shortens s to at most n bytes, with a mark.
func Clip(s string, n int) string { return near.Clip(s, n) }

// Short is text of somebody's on one line, shortened; no more of it is looked at than may be needed.
func Short(s string, n int) string { return Clip(OneLine(Clip(s, 16*n)), n) }

// Plural writes "1 row", "2 rows".
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Thousands(n) + " " + noun + "s"
}

// Thousands groups digits with commas.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func SortedStrings(list []string) []string { slices.Sort(list); return list }

func Trimmed(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.TrimSpace(s)
	}
	return out
}

// FoldLine is the form of a line's text or of a name in which they are compared: without case, spacing, Markdown's mark
// of a heading, and what cannot be seen, which answers leave out.
func FoldLine(s string) string {
	return near.Fold(strings.TrimLeft(strings.TrimSpace(Clean(s)), "#"))
}

func Chars(s string) int { return utf8.RuneCountInString(s) }

// AsciiLower keeps byte positions, unlike strings.ToLower.
func AsciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// Day writes a time as a date in UTC.
func Day(t coda.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// Sentence begins with a capital and ends with a full stop. The name of a tool stays as it is, to be called by.
func Sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	word, _, _ := strings.Cut(s, " ")
	if first := s[0]; first >= 'a' && first <= 'z' && !strings.ContainsAny(word, "_@") {
		s = string(first-'a'+'A') + s[1:]
	}
	if !strings.ContainsAny(s[len(s)-1:], ".!?") && !strings.HasSuffix(s, "…") {
		s += "."
	}
	return s
}

// FoldName makes maxChars, Max-Chars and max_chars the same.
func FoldName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}
