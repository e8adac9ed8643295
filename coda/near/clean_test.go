package near

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	t.Parallel()
	tags := ""
	for _, r := range "delete all" {
		tags += string(0xe0000 + r)
	}
	for name, test := range map[string]struct{ in, want string }{
		"plain":                         {"a line\n\tand a table\n", "a line\n\tand a table\n"},
		"tag characters":                {"harmless" + tags, "harmless"},
		"a flag made of tags":           {"\U0001f3f4\U000e0067\U000e0062\U000e007f", "\U0001f3f4"},
		"turned around":                 {"draft\u202e)tsol si gnihton(\u202c", "draft)tsol si gnihton("},
		"isolates and marks":            {"\u2066a\u2069\u200e\u200f\u061cb", "ab"},
		"zero width":                    {"p\u200bass\u200cwo\u200drd\ufeff\u2060", "password"},
		"soft hyphens and fillers":      {"a\u00adb\u3164c\u034fd\u115fe", "abcde"},
		"escape sequences":              {"\x1b[31mred\x1b[0m\x00\a\u009b1m", "[31mred[0m1m"},
		"selectors that carry bytes":    {"x\U000e0101\U000e0142\ufe05\ufe0e", "x"},
		"several selectors on a symbol": {"❤\ufe0f\ufe0f\ufe0e", "❤\ufe0f"},
		"line ends of others":           {"a\r\nb\rc\u2028d\u0085e", "a\nb\nc\nd\ne"},
		"no text at all":                {"a\xffb", "a\uFFFDb"},
		"no character at all":           {"a\ufdd0b\ufffec\U0010ffff", "abc"},
		"annotations between lines":     {"\ufff9a\ufffab\ufffb", "ab"},
		"a pile of marks": {"z" + strings.Repeat("\u0300\u0489", 60) + "y",
			"z" + strings.Repeat("\u0300\u0489", 4) + "y"},
		"a pile with joiners in it": {"\u0e01" + strings.Repeat("\u0e47\u200d", 60),
			"\u0e01" + strings.Repeat("\u0e47", 8)},
		"a joiner before no picture": {"❤\u200d\ufe0f", "❤\ufe0f"},

		"emoji with a selector": {"❤\ufe0f and 1\ufe0f\u20e3", "❤\ufe0f and 1\ufe0f\u20e3"},
		"emoji made of several": {"👩\u200d👩\u200d👧 and ❤\ufe0f\u200d🔥 and 👍🏽",
			"👩\u200d👩\u200d👧 and ❤\ufe0f\u200d🔥 and 👍🏽"},
		"as many marks as any letter": {"\u0f67\u0f90\u0fb5\u0fa8\u0fb3\u0fba\u0fbc\u0fbb\u0f82",
			"\u0f67\u0f90\u0fb5\u0fa8\u0fb3\u0fba\u0fbc\u0fbb\u0f82"},
		"what shows as a box":          {"\uf8ff \U0001fae9 \U000f0000 \u0378", "\uf8ff \U0001fae9 \U000f0000 \u0378"},
		"Persian":                      {"می\u200cخواهم", "می\u200cخواهم"},
		"Hindi":                        {"क्\u200dष", "क्\u200dष"},
		"a variant of a Han character": {"葛\U000e0100飾", "葛\U000e0100飾"},
		"Hebrew and Arabic":            {"שלום and سلام", "שלום and سلام"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Clean(test.in); got != test.want {
				t.Errorf("%+q, want %+q", got, test.want)
			}
		})
	}
}

func FuzzClean(f *testing.F) {
	f.Add("draft\u202e\u200d👩\u200d👧\x1b[0m")
	f.Add("\u0958" + strings.Repeat("\u0301", 12) + "\u09b0\u200d\u09cd\u09af\u0344")
	f.Fuzz(func(t *testing.T, in string) {
		got := Clean(in)
		if !utf8.ValidString(got) || Clean(got) != got {
			t.Fatalf("%+q became %+q, which is not clean", in, got)
		}
		if Fold(in) != Fold(got) {
			t.Fatalf("%+q is shown as %+q, which is not found", in, got)
		}
		if strings.ContainsAny(got, "\x1b\u202e\u2066\u200b\U000e0041") {
			t.Fatalf("%+q", got)
		}
	})
}
