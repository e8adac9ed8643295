package rowset

import (
	"cmp"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// Looking for what may have been meant is bounded, because both sides of the comparison come from outside.
const (
	nearWord       = 40
	nearCandidates = 500
)

// nearest returns up to three candidates that resemble the word, best first.
func nearest(word string, candidates []string) []string {
	type scored struct {
		name  string
		score float64
	}
	if len(word) > 4*nearWord {
		return nil
	}
	w := fold(clip(word, nearWord))
	var near []scored
	for _, c := range candidates[:min(len(candidates), nearCandidates)] {
		f := fold(clip(c, nearWord))
		score := 0.0
		if 2*min(len(f), len(w)) >= max(len(f), len(w)) {
			score = levenshtein.Match(w, f, nil)
		}
		if len(w) >= 2 && strings.Contains(f, w) || len(f) >= 3 && strings.Contains(w, f) {
			score = max(score, 0.75)
		}
		if score >= 0.5 {
			near = append(near, scored{c, score})
		}
	}
	slices.SortStableFunc(near, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var names []string
	for _, s := range near[:min(len(near), 3)] {
		names = append(names, s.name)
	}
	return names
}

// didYouMean gives " Did you mean …?" or nothing.
func didYouMean(word string, candidates []string) string {
	return meant(nearest(word, candidates))
}

func meant(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " Did you mean " + listed(names, 3, " or ") + "?"
}

// listed quotes up to most names.
func listed(names []string, most int, last string) string {
	quoted := make([]string, 0, min(len(names), most))
	for _, n := range names[:min(len(names), most)] {
		quoted = append(quoted, quote(n))
	}
	if more := len(names) - most; more > 0 {
		return strings.Join(quoted, ", ") + " and " + count(more, "other")
	}
	if n := len(quoted); n > 1 {
		return strings.Join(quoted[:n-1], ", ") + last + quoted[n-1]
	}
	return strings.Join(quoted, "")
}
