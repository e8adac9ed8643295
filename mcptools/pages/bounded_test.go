package pages

import (
	"context"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// intricate are texts that make parsers of Markdown look at everything before for everything that comes.
func intricate(size int) map[string]string {
	texts := map[string]string{}
	for _, piece := range []string{">", "> ", "1. ", "- ", "*a_ ", "**_", "[", "[^", "![", "[a](b", "[a][", "[a]: b\n",
		"`a", "~~a", "~a~ ", "<a ", "<x y='", "_a ", "- a\n\n", "a\n===\n", "> a\n", "|", "|a|b|\n"} {
		texts[piece] = strings.Repeat(piece, size/len(piece))
	}
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		b.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	texts["nested list"] = b.String()
	b.Reset()
	for i := 1; b.Len() < size; i++ {
		b.WriteString(strings.Repeat("`", i) + "a ")
	}
	texts["ticks of each length"] = b.String()
	return texts
}

// However a text is written, looking it over costs no more than its budget, and a text that people write is far from
// that.
func TestMarkdownHasABudget(t *testing.T) {
	t.Parallel()
	for name, text := range intricate(long()) {
		b := newBudget(t.Context(), len(text))
		most := b.left
		b.parse([]byte(text))
		if b.spent > most {
			t.Errorf("%q: %d spent of %d", name, b.spent, most)
		}
	}
	usual := strings.Repeat(markdownSample+"\n\n| a | b |\n|---|---|\n| **x** [y](z) | `c` ~~d~~ |\n\n> > quoted\n\n"+
		"- a\n  - b\n    1. c *d*\n\n[link]: https://example.com\n\n", 500)
	b := newBudget(t.Context(), len(usual))
	most := b.left
	b.parse([]byte(usual))
	if b.spent > most/3 {
		t.Errorf("%d of %d spent on a usual text of %d bytes", b.spent, most, len(usual))
	}
}

// What nobody waits for any more is not looked over.
func TestMarkdownStopsWithItsCaller(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, text := range intricate(long()) {
		b := newBudget(ctx, len(text))
		if b.parse([]byte(text)); b.spent > 0 {
			t.Errorf("%q: %d spent", name, b.spent)
		}
	}
}

// Up to its bound a text reads as it does without one.
func TestBoundMarkdownReadsTheSame(t *testing.T) {
	t.Parallel()
	for _, text := range []string{markdownSample, "*a _b_ **c***\n\n[x]: /y\n\n[x] ![z](w) `q` ~~s~~ http://a.example\n",
		strings.Repeat("> ", 20) + "deep", strings.Repeat("- ", 20) + "deep"} {
		var got, want strings.Builder
		if err := newBudget(t.Context(), len(text)).markdown().Convert([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		if err := unbound().Convert([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		if got.String() != want.String() {
			t.Errorf("%q\n%s\nwant\n%s", text, &got, &want)
		}
	}
}

func unbound() goldmark.Markdown {
	m := goldmark.New(goldmark.WithExtensions(extension.GFM))
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(plainer{}, 100)))
	return m
}

// long is the size of a long text in bytes.
func long() int {
	if testing.Short() {
		return 30_000
	}
	return 300_000
}
