package near

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean takes out of a text what cannot be seen but can be read by a model, or turns around or covers what a person
// sees: control characters, bidirectional overrides and isolates, zero-width characters, tag characters, selectors that
// vary nothing, what is no character at all, and piles of marks. What scripts and emoji need stays where they need it,
// and so does what shows as a box, since it may be younger than the tables here. Line breaks and tabs stay.
func Clean(s string) string { return clean(s, false) }

// Reveal is Clean for somebody who has to see all of it: what Clean takes out is written as <U+202E>.
func Reveal(s string) string { return clean(s, true) }

func clean(s string, reveal bool) string {
	if isPlain(s) {
		return s
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	var b strings.Builder
	from := 0       // what stands before it is in b, where it had to be
	kept := rune(0) // the one before, of those that were kept
	marks := 0      // of those, how many stand on one letter
	for i, r := range s {
		size := utf8.RuneLen(r)
		next, _ := utf8.DecodeRuneInString(s[i+size:])
		with := r
		switch {
		case r == '\r' && next == '\n':
			with = -1
		case r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029':
			with = '\n'
		case isHidden(r):
			if !isNeeded(kept, r, next) || marks == mostMarks && unicode.Is(unicode.M, next) {
				with = -1
			}
		case unicode.Is(unicode.M, r):
			if marks++; marks > mostMarks {
				marks, with = mostMarks, -1
			}
		default:
			marks = 0
		}
		if with != r {
			b.WriteString(s[from:i])
			from = i + size
			if with < 0 {
				if reveal && r != '\r' {
					fmt.Fprintf(&b, "<%U>", r)
				}
				continue
			}
			b.WriteRune(with)
		}
		kept = with
	}
	if from == 0 {
		return s
	}
	b.WriteString(s[from:])
	return b.String()
}

// mostMarks is how many marks one letter may bear. No script piles up more, and a pile covers the lines around it.
const mostMarks = 8

// isPlain reports whether there is nothing to look at, which is so for most texts.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

// isHidden reports whether a character shows nothing of its own.
func isHidden(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < 0x300: // which most text in letters is
		return unicode.IsControl(r) || r == '\u00ad'
	case r >= 0xe0000 && r <= 0xe0fff: // tags, and selectors of variations beyond the first sixteen
		return true
	case r >= 0xfe00 && r <= 0xfe0f: // variation selectors
		return true
	case unicode.Is(unicode.Cf, r):
		return !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
	}
	// Fillers and joiners that Unicode does not count as formats, and what it never will make a character.
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point) ||
		r >= 0x180b && r <= 0x180f
}

// isNeeded reports whether a hidden character does what it is there for, between its neighbours.
func isNeeded(before, r, after rune) bool {
	switch {
	case r == zeroWidthJoiner && isPicture(before) && isPicture(after) && !isHidden(after):
		return true
	case r == zeroWidthJoiner || r == zeroWidthNonJoiner:
		return isJoining(before) && isJoining(after)
	case r == '\ufe0e' || r == '\ufe0f':
		return isPicture(before) && before != r && !isHidden(before) || before == '#' || before == '*' || before >= '0' &&
			before <= '9' && after == '\u20e3'
	case r >= 0xe0100 && r <= 0xe01ef || r >= 0xfe00 && r <= 0xfe02:
		return unicode.Is(unicode.Han, before)
	}
	return false
}

// isPicture tells symbols and what may stand at the end of one.
func isPicture(r rune) bool {
	return unicode.In(r, unicode.So, unicode.Sm, unicode.Sk) || r == '\ufe0f' || r == '\u203c' || r == '\u2049'
}

// isJoining tells letters and marks of scripts that write words with joiners.
func isJoining(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Devanagari, unicode.Bengali,
		unicode.Gurmukhi,
		unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala,
		unicode.Khmer)
}
