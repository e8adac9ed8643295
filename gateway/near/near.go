// Package near finds what may have been meant by a name that is unknown. Both sides may come from outside, so it looks
// at so many names and characters and no more.
//
// It is for words that the configuration and its commands know: keys, tools, providers, scopes. What people call things
// in documents is another matter (package coda/near): there accents and case do not count, a part of a name will do,
// and searches share a bound. The floors keep the two apart: nothing under gateway knows of Coda, and coda knows of
// nothing.
package near

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agext/levenshtein"
)

const (
	// longest is how many bytes a word may have: nobody types more by mistake.
	longest = 80
	// most is how many names are looked at.
	most = 1000
)

// Names returns up to n of the known names that are near to the word, the nearest first. A name is near where a third
// of the word's letters would have to be changed at most, or two; letters that changed places count as one, and so does
// what is left out at the end.
func Names(word string, known []string, n int) []string {
	if word == "" || len(word) > longest {
		return nil
	}
	type candidate struct {
		name     string
		distance int
	}
	var found []candidate
	w := strings.ToLower(word)
	letters := utf8.RuneCountInString(w)
	for _, name := range known[:min(len(known), most)] {
		if name == word || len(name) > longest {
			continue
		}
		if d := distance(w, strings.ToLower(name)); d <= max(2, letters/3) && d < letters {
			found = append(found, candidate{name, d})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var names []string
	for _, c := range found[:min(len(found), n)] {
		names = append(names, c.name)
	}
	return names
}

// Name returns the nearest name, or nothing.
func Name(word string, known []string) string {
	if names := Names(word, known, 1); len(names) > 0 {
		return names[0]
	}
	return ""
}

func distance(a, b string) int {
	d := levenshtein.Distance(a, b, nil)
	switch {
	case d == 2 && swapped(a, b):
		return 1
	case d > 1 && min(len(a), len(b)) > 2 && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)):
		return 1
	}
	return d
}

// swapped tells whether b is a with two neighbouring letters the other way round, the commonest slip in short words.
func swapped(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) - 1 {
		if a[i] != b[i] {
			return a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		}
	}
	return false
}
