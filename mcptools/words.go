package mcptools

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"
)

// didYouMean gives " Did you mean …?" for the closest of the candidates, or nothing.
func didYouMean(word string, candidates []string) string {
	near := closest(word, candidates, 3)
	if len(near) == 0 {
		return ""
	}
	for i := range near {
		near[i] = `"` + clip(oneLine(near[i]), 60) + `"`
	}
	return " Did you mean " + orList(near) + "?"
}

// closest returns up to n candidates that resemble the word, best first.
func closest(word string, candidates []string, n int) []string {
	type scored struct {
		name  string
		score float64
	}
	folded := strings.ToLower(clip(word, 100))
	var near []scored
	for _, c := range candidates {
		lower := strings.ToLower(clip(c, 100))
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

// orList writes "a, b or c".
func orList(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// oneLine makes text fit for a line of its own: control characters and line breaks become spaces, and what looks like a
// mark of text out of Coda is broken up.
func oneLine(s string) string {
	return defused(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// clip shortens s to at most n bytes at a rune's edge, with a mark.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}

// plural writes "1 row", "2 rows".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

// thousands groups digits with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func sortedStrings(list []string) []string { slices.Sort(list); return list }
