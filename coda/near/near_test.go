package near

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	t.Parallel()
	status := []string{"Idea", "Planned", "In progress", "Done", "Done (old)"}
	for _, c := range []struct {
		word  string
		among []string
		want  string
	}{
		{"Planed", status, "Planned"}, {"PLANNED", status, "Planned"}, {"progress", status, "In progress"},
		{"Doen", status, "Done"}, {"done", status, "Done,Done (old)"}, {"nwe", []string{"new", "old"}, "new"},
		{"Grace Hopper", []string{"Grace", "Ada"}, "Grace"}, {"gracefully", []string{"race", "Grace"}, "Grace"},
		{"Done or so", []string{"or", "Done"}, "Done"}, {"xyzzy", status, ""}, {"", status, ""}, {"  ", status, ""},
		{"a", []string{"b", "c"}, ""}, {"Zoe\u0301", []string{"zoé"}, "zoé"},
		{"Kos\u200bten", []string{"Kosten"}, "Kosten"},
		{"name", []string{"name 4", "name 3", "name 2", "name 2", "name 1"}, "name 1,name 2,name 3"},
		{strings.Repeat("x", 101), []string{strings.Repeat("x", 100)}, ""},
	} {
		if got := strings.Join(Names(c.word, c.among, nil), ","); got != c.want {
			t.Errorf("%q among %q: %q, want %q", c.word, c.among, got, c.want)
		}
	}
}

func TestMistyped(t *testing.T) {
	t.Parallel()
	known := []string{"read", "write", "coda_find_docs", "public_url", "Rows", "größe", "max_bytes", "to",
		"coda:read", "coda:write"}
	for word, want := range map[string][]string{
		"raed": {"read"}, "READ": {"read"}, "read": nil, "wirte": {"write"}, "publc_url": {"public_url"},
		"public": {"public_url"}, "coda_find": {"coda_find_docs"}, "grösse": {"größe"}, "xyz": nil, "a": nil, "": nil,
		"x": nil, "coda:raed": {"coda:read"}, "t": nil, "bytes": nil, strings.Repeat("r", 101): nil,
	} {
		if got := Mistyped(word, known, 3); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	named := []string{"name 4", "name 3", "name 2"}
	if got := Mistyped("name", named, 2); !slices.Equal(got, []string{"name 2", "name 3"}) {
		t.Errorf("the two nearest are %q", got)
	}
}

func TestTypo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"Grippr", "Gripper", true}, {"Item 1", "Item 2", false}, {"Item 10", "Item 01", false}, {"Done", "done", false},
		{"abc", "abd", false}, {"camera arm", "camera farm", true}, {"", "", false},
		{strings.Repeat("x", 1<<20), strings.Repeat("x", 1<<20) + "y", false},
	} {
		if got := Typo(c.a, c.b); got != c.want {
			t.Errorf("%.40q and %.40q: %v", c.a, c.b, got)
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"  Two\t words\n": "two words", "two words": "two words", "TWO  words": "two words", "": "", " ": "",
		"a ": "a", "Zo\u00eb": "zo\u00eb", "Zoe\u0308": "zo\u00eb",
		"Kos\u200bten": "kosten", "\u2764\ufe0f": "\u2764", "a\u00a0b": "a b",
		"\u202eabc": "abc", "a\U000e0041b": "ab",
	} {
		if got := Fold(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

// TestWork is the bound of all that is compared, whatever the words and the names.
func TestWork(t *testing.T) {
	t.Parallel()
	names := make([]string, 100_000)
	for i := range names {
		names[i] = fmt.Sprintf("%0100d", i)
	}
	left := Search
	for range 10_000 {
		Names(strings.Repeat("1", 100), names, &left)
	}
	// What was begun is finished: one comparison of two names of the greatest length.
	if least := -Work(perName + longest + longest*longest); left > 0 || left < least {
		t.Errorf("%d left", left)
	}
	long := slices.Repeat([]string{strings.Repeat("x", 1<<20)}, 1000)
	left = Search
	Names(strings.Repeat("x", 90), long, &left)
	if spent := Search - left; spent != 1000*perName {
		t.Errorf("names of a megabyte cost %d", spent)
	}
	left = Search
	if Names(strings.Repeat("x", 1<<20), names, &left); left != Search {
		t.Errorf("a word of a megabyte cost %d", Search-left)
	}
}

func FuzzNames(f *testing.F) {
	f.Add("Planed", "Planned,Done")
	f.Add("İstanbul", "istanbul,I\u0307stanbul")
	f.Add("\xff\xfe", "\xff,\u200b")
	f.Fuzz(func(t *testing.T, word, list string) {
		among := strings.Split(list, ",")
		left := Search
		found := Names(word, among, &left)
		if len(found) > shown || left > Search {
			t.Fatalf("%q, %d left", found, left)
		}
		for _, name := range found {
			if !slices.Contains(among, name) {
				t.Fatalf("%q was not among %q", name, among)
			}
		}
		folded := Fold(word)
		if again := Fold(folded); again != folded {
			t.Fatalf("%q folds to %q, and that to %q", word, folded, again)
		}
		if Typo(word, word) {
			t.Fatalf("%q is a typo of itself", word)
		}
	})
}

// Benchmark shows what the work of one search takes.
func BenchmarkSearch(b *testing.B) {
	names := make([]string, 10_000)
	for i := range names {
		names[i] = fmt.Sprintf("Somebody or other %d", i)
	}
	for b.Loop() {
		Names("Sombody or othr 77", names, nil)
	}
}

// The domain of a company makes nobody like somebody else.
func TestAddressesOfOneCompany(t *testing.T) {
	t.Parallel()
	among := []string{"ada@example.com", "noor@example.com", "grace@example.com"}
	for word, want := range map[string]string{
		"zed@example.com": "[]", "garce@example.com": "[grace@example.com]",
		"@example.com": "[ada@example.com noor@example.com grace@example.com]",
	} {
		if got := fmt.Sprint(Names(word, among, nil)); got != want {
			t.Errorf("%s: %s, want %s", word, got, want)
		}
	}
}
