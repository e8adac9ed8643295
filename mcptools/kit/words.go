package kit

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/agext/levenshtein"

	"github.com/bestviable/coda-gateway/coda"
)

// DidYouMean gives " Did you mean …?" for the closest of the candidates, or nothing.
func DidYouMean(word string, candidates []string) string {
	near := closest(word, candidates, 3)
	if len(near) == 0 {
		return ""
	}
	for i := range near {
		near[i] = `"` + Clip(OneLine(near[i]), 60) + `"`
	}
	return " Did you mean " + OrList(near) + "?"
}

// closest returns up to n candidates that resemble the word, best first.
func closest(word string, candidates []string, n int) []string {
	type scored struct {
		name  string
		score float64
	}
	folded := strings.ToLower(Clip(word, 100))
	var near []scored
	for _, c := range candidates {
		lower := strings.ToLower(Clip(c, 100))
		score := levenshtein.Match(folded, lower, nil)
		if len(folded) >= 3 && (strings.Contains(lower, folded) || len(lower) >= 3 && strings.Contains(folded, lower)) {
			score = max(score, 0.75)
		}
		if score >= 0.6 {
			near = append(near, scored{c, score})
		}
	}
	slices.SortStableFunc(near, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var names []string
	for _, s := range near {
		if len(names) == n {
			break
		}
		names = append(names, s.name)
	}
	return names
}

// OrList writes "a, b or c".
func OrList(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func SortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Clip shortens s to at most n bytes at a rune's edge, with a mark.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}

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

func FoldLine(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(strings.TrimLeft(strings.TrimSpace(s), "#")), " "))
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

// Sentence begins with a capital and ends with a full stop.
func Sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	if first := s[0]; first >= 'a' && first <= 'z' {
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
