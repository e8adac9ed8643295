package near

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Wherever the end falls, what is left is a whole beginning that is as long as it can be.
func TestClipCutsNoCharacter(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"plain", "Größe", "日本語", "e\u0301te\u0301", "👩\u200d🚀 crew", "🇩🇪", "\ufffd\ufffd"} {
		for n := range len(s) {
			got := Clip(s, n)
			kept, marked := strings.CutSuffix(got, "…")
			if !utf8.ValidString(got) || !marked || !strings.HasPrefix(s, kept) || len(kept) > n {
				t.Errorf("%q in %d bytes: %q", s, n, got)
			}
			if _, next := utf8.DecodeRuneInString(s[len(kept):]); len(kept)+next <= n {
				t.Errorf("%q in %d bytes: %q, and another character would fit", s, n, got)
			}
		}
		if got := Clip(s, len(s)); got != s {
			t.Errorf("%q fits and becomes %q", s, got)
		}
	}
	if got := Clip(strings.Repeat("\x80", 100), 50); got != "…" {
		t.Errorf("what is no text: %q", got)
	}
}
