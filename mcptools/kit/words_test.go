package kit

import (
	"strings"
	"testing"
)

func TestSentence(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                        "",
		" the page is gone ":      "The page is gone.",
		"Is it gone?":             "Is it gone?",
		"ärger":                   "ärger.",
		"coda_undo was not run":   "coda_undo was not run.",
		"row my_row was not read": "Row my_row was not read.",
		"lin@example.com is in":   "lin@example.com is in.",
	} {
		if got := Sentence(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// Names and lines that answers have cleaned find what they were cleaned from.
func TestNamesMatchWithoutWhatCannotBeSeen(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Mon\u200bday", "\u2066Monday\u2069", "Monday\U000e0041", "## Monday", "MONDAY ",
		"Mon\u034fday", "Mon\u3164day", "M\u115f\u180bonday", "Mon\aday\x1b", "\u200b## Monday",
		"Monday\ufdd0", "\u009bMonday"} {
		if FoldLine(name) != FoldLine("Monday") || FoldLine(Clean(name)) != FoldLine(name) {
			t.Errorf("%+q is not found as Monday", name)
		}
	}
	storm := "z" + strings.Repeat("\u0301\u0489", 40)
	if FoldLine(storm) != FoldLine(OneLine(storm)) {
		t.Errorf("%+q is not found as it is shown", storm)
	}
}
