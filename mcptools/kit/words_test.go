package kit

import "testing"

func TestSentence(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                        "",
		" the page is gone ":      "The page is gone.",
		"Is it gone?":             "Is it gone?",
		"ärger":                   "ärger.",
		"coda_undo was not run":   "coda_undo was not run.",
		"row my_row was not read": "Row my_row was not read.",
	} {
		if got := Sentence(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
