package call

import (
	"strings"
	"testing"
)

// What a stranger chose neither moves the cursor of who reads the log nor hides from them, whatever its length.
func TestClipShowsWhatIsThere(t *testing.T) {
	for in, want := range map[string]string{
		"curl/8":                        "curl/8",
		"a\u009b31mred":                 "a\ufffd31mred",
		"pay\u202egpj.exe":              "pay\ufffdgpj.exe",
		"x\U000e0041\u200by\u2028":      "x\ufffd\ufffdy\ufffd",
		"\u0645\u06cc\u200c\u062e":      "\u0645\u06cc\u200c\u062e",
		strings.Repeat("\u009b", 100):   strings.Repeat("\ufffd", 66) + "…",
		strings.Repeat("long ", 50):     strings.Repeat("long ", 40) + "…",
		strings.Repeat("a", 100) + "\r": strings.Repeat("a", 100) + "\r", // JSON escapes it
	} {
		if got := Clip(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { Clip("claude-code/2.1.280 (cli)") }); n > 0 {
		t.Errorf("%v allocations for what everybody sends", n)
	}
}
