package quotes

import (
	"io/fs"
	"net/url"
	"os"
	"strings"
	"testing"
)

// Each requirement that the code says it meets, or that it says it does not, stands so in the specification.
func TestQuotes(t *testing.T) {
	root := os.DirFS("../../..")
	quoted, err := InGo(root)
	if err != nil {
		t.Fatal(err)
	}
	met := len(quoted)
	threats, err := fs.ReadFile(root, "gateway/THREATS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, divergences, found := strings.Cut(string(threats), "\n## Divergences\n")
	if !found {
		t.Fatal("gateway/THREATS.md has no section Divergences")
	}
	diverging, err := InText(divergences)
	if err != nil {
		t.Fatal(err)
	}
	if len(diverging) == 0 {
		t.Error("no divergence quotes the requirement that it diverges from")
	}
	for i := range diverging {
		diverging[i].Place = "gateway/THREATS.md"
	}
	excerpts := map[string]Excerpt{}
	seen := map[string]string{}
	for _, q := range append(quoted, diverging...) {
		name := FileOf(q.Source)
		excerpt, ok := excerpts[name]
		if !ok {
			text, err := os.ReadFile("testdata/" + name)
			if err != nil {
				t.Errorf("%s: there is no excerpt of %s: %v", q.Place, q.Source, err)
				continue
			}
			excerpt = ReadExcerpt(string(text))
			excerpts[name] = excerpt
		}
		if !excerpt.Says(q.Section, q.Text) {
			t.Errorf("%s: %s §%s does not say %q", q.Place, q.Source, q.Section, q.Text)
		}
		what := q.Source + " " + q.Section + " " + q.Text
		if before := seen[what]; before != "" {
			t.Errorf("%s: %q of %s is quoted at %s already", q.Place, q.Text, q.Source, before)
		}
		seen[what] = q.Place
	}
	stored, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range stored {
		if _, used := excerpts[entry.Name()]; !used {
			t.Errorf("testdata/%s is quoted by nobody", entry.Name())
		}
	}
	if met < 100 {
		t.Errorf("%d requirements are quoted, want at least 100", met)
	}
	t.Logf("%d requirements are met, %d are diverged from", met, len(diverging))
}

// Each excerpt names the page that it is from.
func TestExcerpts(t *testing.T) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		text, err := os.ReadFile("testdata/" + entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(ReadExcerpt(string(text)).URL)
		if err != nil || u.Scheme != "https" || u.Path == "" {
			t.Errorf("%s does not begin with the URL of its page", entry.Name())
		}
	}
}

func TestInLines(t *testing.T) {
	quoted, err := inLines([]string{
		"Token reads it.", "", `RFC 6750 §2.1: "Resource servers MUST`, `support "this" method."`,
		`MCP 2026-07-28, basic/versioning: "Servers MUST implement server/discover."`, "and more",
	})
	if err != nil || len(quoted) != 2 {
		t.Fatalf("got %v, %v", quoted, err)
	}
	if q := quoted[0]; q.Source != "RFC 6750" || q.Section != "2.1" ||
		q.Text != `Resource servers MUST support "this" method.` {
		t.Errorf("got %+v", q)
	}
	if q := quoted[1]; FileOf(q.Source) != "mcp-2026-07-28-basic-versioning.txt" || q.Section != "" {
		t.Errorf("got %+v", q)
	}
	if _, err := inLines([]string{`RFC 6750 §2.1: "no end`}); err == nil {
		t.Error("a quote without an end is taken")
	}
}

func TestExcerptSays(t *testing.T) {
	e := ReadExcerpt("https://example.com/x\n\n§1\n\nOne\ntwo.\n\n§1.1\n\nThree.\n")
	for _, c := range []struct {
		section, words string
		want           bool
	}{{"1", "One two.", true}, {"1", "Three.", false}, {"1.1", "Three.", true}, {"2", "Three.", false},
		{"1", "One three", false}} {
		if got := e.Says(c.section, c.words); got != c.want {
			t.Errorf("§%s says %q: %v", c.section, c.words, got)
		}
	}
}
