package near

import (
	"slices"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	t.Parallel()
	known := []string{"read", "write", "coda_find_docs", "public_url", "Rows", "größe"}
	for word, want := range map[string][]string{
		"raed":                  {"read"},
		"READ":                  {"read"},
		"read":                  nil,
		"publc_url":             {"public_url"},
		"public":                {"public_url"},
		"coda_find":             {"coda_find_docs"},
		"grösse":                {"größe"},
		"xyz":                   nil,
		"a":                     nil,
		"":                      nil,
		strings.Repeat("r", 81): nil,
	} {
		if got := Names(word, known, 3); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	if got := Name("wirte", known); got != "write" {
		t.Errorf("the nearest is %q", got)
	}
}

// What strangers send costs no more for being long or many.
func TestItIsBounded(t *testing.T) {
	t.Parallel()
	many := slices.Repeat([]string{strings.Repeat("x", 1<<16)}, most)
	if got := Names("read", append(many, "raed"), 3); got != nil {
		t.Errorf("found %q beyond the bound", got)
	}
}
