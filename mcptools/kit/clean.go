package kit

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean is the one filter that everything passes on its way out: pages, rows, names, errors, questions to people. It
// takes out what cannot be seen but can be read by a model, or turns around what a person sees: control characters,
// bidirectional overrides and isolates, zero-width characters, tag characters, and variation selectors that vary
// nothing. What scripts and emoji need stays where they need it. Line breaks and tabs stay.
func Clean(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	runes := []rune(strings.ToValidUTF8(s, "\uFFFD"))
	kept := rune(0) // the one before, of those that were kept
	for i, r := range runes {
		next := rune(0)
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		switch {
		case r == '\r' && next == '\n':
			continue
		case r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029':
			r = '\n'
		case isHidden(r) && !isNeeded(kept, r, next):
			continue
		}
		b.WriteRune(r)
		kept = r
	}
	return b.String()
}

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
	case unicode.IsControl(r):
		return true
	case r >= 0xe0000 && r <= 0xe0fff: // tags, and selectors of variations beyond the first sixteen
		return true
	case r >= 0xfe00 && r <= 0xfe0f: // variation selectors
		return true
	case unicode.Is(unicode.Cf, r):
		return !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
	}
	// Fillers and joiners that Unicode does not count as formats.
	return unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || r >= 0x180b && r <= 0x180f
}

// isNeeded reports whether a hidden character does what it is there for, between its neighbours.
func isNeeded(before, r, after rune) bool {
	switch {
	case r == zeroWidthJoiner && isPicture(before) && isPicture(after):
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
