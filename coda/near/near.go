// Package near says when two names are the same to somebody who types one, and which names may have been meant by one
// that nobody bears: of things in documents ([Names]), and of keys, tools and commands ([Mistyped]). Both sides come
// from outside: whoever asks chooses the word, and others the names that it is compared to. So each search has a bound
// on what it looks at, in characters, and several searches can share one ([Work]): an answer with a thousand unknown
// names costs no more than one with a few. It knows nothing of Coda.
package near

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agext/levenshtein"
	"golang.org/x/text/unicode/norm"
)

// Work is what searches may still look at, in characters compared. A name costs its length and a little, and where it
// is compared letter by letter its length times that of the word.
type Work int

// Search is the work of one search by itself.
const Search Work = 500_000

const (
	// longest is the length in bytes up to which names are compared letter by letter: nobody mistypes more.
	longest = 100
	// shown is how many names are told as a rule.
	shown = 3
	// perName is what looking at a name costs at least.
	perName = 20
	// shortest is how many letters the beginning of a name has at least to stand for it where parts of names do not.
	shortest = 3
	// shuffledBytes is the length up to which letters in another order are looked for.
	shuffledBytes = 12
)

// Names picks up to three of some names that may have been meant by a word, the likeliest first: those of which half of
// the letters at least are the same, those that hold the word, and those that are a part of it. It takes what it looks
// at from the work, and stops where nothing is left; with nil it has the work of one [Search].
func Names(word string, among []string, work *Work) []string {
	return search(word, among, shown, work, rule{enough: 0.5, beside: 0.65, parts: true})
}

// Mistyped picks up to n of some names that a word is a slip of the hand for, the likeliest first: a third of the
// letters or so is wrong or in another order, or the end is missing. So it is for words that are known beforehand, of
// which a part means nothing: keys, tools, scopes, commands.
func Mistyped(word string, among []string, n int) []string {
	return search(word, among, n, nil, rule{enough: 0.65, beside: 0.85})
}

// rule says which names are near.
type rule struct {
	// enough is the likeness from which a name may have been meant.
	enough float64
	// beside is the part of the best likeness that another name needs to be told beside it.
	beside float64
	// parts: what holds the word, or is held by it, is meant, too; and the word itself, as somebody else's name.
	parts bool
}

func search(word string, among []string, most int, work *Work, r rule) []string {
	if work == nil {
		own := Search
		work = &own
	}
	type scored struct {
		name  string
		score float64
	}
	var all []scored
	f := ""
	if len(word) <= longest {
		f = Fold(word)
	}
	for i := 0; i < len(among) && f != "" && *work > 0; i++ {
		name := among[i]
		if len(name) > longest || !r.parts && name == word {
			*work -= perName
			continue
		}
		a, b := apart(f, Fold(name))
		if score := r.likeness(a, b, work); score >= r.enough {
			all = append(all, scored{name, score})
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), strings.Compare(a.name, b.name))
	})
	var best []string
	for _, s := range all {
		if len(best) < most && s.score >= r.beside*all[0].score && !slices.Contains(best, s.name) {
			best = append(best, s.name)
		}
	}
	return best
}

// apart leaves out the domain that two addresses share: it is that of a whole company, and tells nobody apart.
func apart(f, g string) (a, b string) {
	a, domain, _ := strings.Cut(f, "@")
	b, other, _ := strings.Cut(g, "@")
	if domain == "" || domain != other || a == "" || b == "" {
		return f, g
	}
	return a, b
}

// likeness of two folded names, between 0 and 1.
func (r rule) likeness(f, g string, work *Work) float64 {
	*work -= Work(perName + len(g))
	score := 0.0
	if 2*min(len(f), len(g)) >= max(len(f), len(g)) {
		*work -= Work(len(f) * len(g))
		score = levenshtein.Similarity(f, g, nil)
	}
	switch {
	case score < 0.7 && r.part(f, g):
		return 0.7
	case score < 0.66 && len(f) == len(g) && len(f) <= shuffledBytes && shuffled(f, g):
		return 0.66 // "nwe" for "new" has two of three letters wrong
	}
	return score
}

// part tells whether one of two folded names is a part of the other that will do.
func (r rule) part(f, g string) bool {
	if r.parts {
		return strings.Contains(g, f) || len(g) >= 3 && holdsWord(f, g)
	}
	return min(len(f), len(g)) >= shortest && (strings.HasPrefix(f, g) || strings.HasPrefix(g, f))
}

// holdsWord reports whether a text holds another as whole words.
func holdsWord(s, word string) bool { return strings.Contains(" "+s+" ", " "+word+" ") }

// shuffled reports whether two names have the same letters.
func shuffled(a, b string) bool {
	x, y := []byte(a), []byte(b)
	slices.Sort(x)
	slices.Sort(y)
	return bytes.Equal(x, y)
}

// Typo reports whether a name looks like a mistyped other: one letter in five may differ, and no digit, since Item 1
// and Item 2 are two things. Of long names it looks at the beginning.
func Typo(a, b string) bool {
	a, b = Fold(begin(a, longest)), Fold(begin(b, longest))
	d := levenshtein.Distance(a, b, nil)
	return digits(a) == digits(b) && d > 0 && d <= max(len(a), len(b))/5
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// Fold makes names the same that look the same to somebody who types one: case, spacing, what cannot be seen, and in
// how many characters an accented letter is written do not count. What [Clean] made of a name is folded like the name,
// so that what an answer shows finds what it was shown of.
func Fold(s string) string {
	if s = Clean(s); isPlain(s) {
		return strings.ToLower(oneSpaced(s))
	}
	s = strings.Map(func(r rune) rune {
		if isHidden(r) { // and needed for looks alone
			return -1
		}
		return r
	}, s)
	// A letter that is written as one with its mark may be taken apart, which makes it bear one more.
	return Clean(norm.NFC.String(strings.ToLower(oneSpaced(s))))
}

// oneSpaced has single spaces between words and none around them.
func oneSpaced(s string) string {
	space := true // in front
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf, c == '\t' || c == '\n' || c == '\v' || c == '\f' || c == '\r', c == ' ' && space:
			return strings.Join(strings.Fields(s), " ")
		}
		space = c == ' '
	}
	if space && s != "" {
		return strings.Join(strings.Fields(s), " ")
	}
	return s
}
