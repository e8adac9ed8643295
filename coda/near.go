package coda

import (
	"bytes"
	"slices"
	"strings"
	"unicode"

	"github.com/agext/levenshtein"
)

// fold makes names the same that look the same to somebody who types one: case, spacing and what cannot be seen do not
// count.
func fold(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(strings.Map(seen, s)), " "))
}

// Fold is the form of a name in which names are compared that people and models write.
func Fold(s string) string { return fold(s) }

// seen drops format characters, such as joiners, marks of direction and tags, and selectors of variations.
func seen(r rune) rune {
	if r >= 0x80 && (unicode.Is(unicode.Cf, r) || r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0100 && r <= 0xe01ef) {
		return -1
	}
	return r
}

const (
	// nearNameBytes is the length up to which names are compared letter by letter.
	nearNameBytes = 100
	// nearWork bounds one search for names that may have been meant, in letters times letters: a table may have thousands
	// of names, and whoever asks chooses the one that they are compared to.
	nearWork = 500_000
	// nearShown is how many names are told.
	nearShown = 3
)

// Nearest picks up to three of some names that may have been meant by another. It looks at a bounded part of long names
// and of many.
func Nearest(name string, among []string) []string { return similar(name, among) }

// shuffledBytes is the length up to which letters in another order are looked for.
const shuffledBytes = 12

// shuffled reports whether two names have the same letters.
func shuffled(a, b string) bool {
	x, y := []byte(a), []byte(b)
	slices.Sort(x)
	slices.Sort(y)
	return bytes.Equal(x, y)
}

// similar picks up to three names that may have been meant.
func similar(name string, among []string) []string {
	work := nearWork
	return nearest(name, among, &work)
}

// nearest is similar with a bound that several searches share.
func nearest(name string, among []string, work *int) []string {
	type scored struct {
		name  string
		score float64
	}
	if len(name) > nearNameBytes {
		return nil
	}
	var all []scored
	f := fold(name)
	for _, n := range among {
		if *work <= 0 {
			break
		}
		if len(n) > nearNameBytes {
			*work -= nearNameBytes
			continue
		}
		score := 0.0
		g := fold(n)
		*work -= 20 + len(g)
		// Half of the letters at least have to be the same.
		if longer := max(len(f), len(g)); 2*min(len(f), len(g)) >= longer {
			*work -= len(f) * len(g)
			score = levenshtein.Similarity(f, g, nil)
		}
		if f != "" && strings.Contains(g, f) {
			score = max(score, 0.7)
		}
		if score < 0.6 && len(f) == len(g) && len(f) <= shuffledBytes && shuffled(f, g) {
			score = 0.6 // "nwe" for "new" has two of three letters wrong
		}
		if score >= 0.5 {
			all = append(all, scored{n, score})
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	var best []string
	for _, s := range all {
		if len(best) < nearShown && !slices.Contains(best, s.name) {
			best = append(best, s.name)
		}
	}
	return best
}
