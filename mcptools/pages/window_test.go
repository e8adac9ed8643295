package pages

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

const markdownSample = `# Title

A paragraph
over two lines.

* one

  still one
* two
    * deeper

| A | B |
| - | - |
| 1 | 2 |

~~~go
func main() {

	fmt.Println("# not a heading")
}
~~~

> quote
> goes on

<div>
html
</div>

Ünïcödé — the last one 🎉
`

func TestMarkdownBlocks(t *testing.T) {
	t.Parallel()
	starts := markdownBlocks(t.Context(), markdownSample)
	var got []string
	for i, s := range starts {
		end := len(markdownSample)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		first, _, _ := strings.Cut(markdownSample[s:end], "\n")
		got = append(got, first)
	}
	want := []string{"# Title", "A paragraph", "* one", "| A | B |", "~~~go", "> quote", "<div>",
		"Ünïcödé — the last one 🎉"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("blocks begin with\n%q, want\n%q", got, want)
	}
}

// However small the window, following next gives the whole text, block by block.
func TestWindowsAddUp(t *testing.T) {
	t.Parallel()
	step := 19
	if testing.Short() {
		step = 66
	}
	long := markdownSample + "\n" + strings.Repeat("* item of a very long list\n", 40) + "\nend\n"
	for _, md := range []string{markdownSample, long, "", "x", strings.Repeat("word ", 500)} {
		starts := map[int]bool{utf8.RuneCountInString(md): true}
		for _, s := range markdownBlocks(t.Context(), md) {
			starts[utf8.RuneCountInString(md[:s])] = true
		}
		for most := 1; most < 200; most += step {
			var b strings.Builder
			at := 0
			for steps := 0; ; steps++ {
				w := cutMarkdown(t.Context(), md, at, most, 300)
				b.WriteString(w.piece)
				if w.from != at || steps > 10_000 {
					t.Fatalf("most %d: window at %d begins at %d", most, at, w.from)
				}
				if !w.splitBlock && !starts[w.to] {
					t.Fatalf("most %d: window ends at %d, within a block", most, w.to)
				}
				if !w.more() {
					break
				}
				at = w.to
			}
			if b.String() != md {
				t.Fatalf("most %d: windows add up to %q", most, b.String())
			}
		}
	}
}

func TestWindowInsideBlockSnapsBack(t *testing.T) {
	t.Parallel()
	w := cutMarkdown(t.Context(), markdownSample, 12, 30, 1000)
	if !strings.HasPrefix(w.piece, "A paragraph") {
		t.Errorf("began with %q", w.piece)
	}
	if w := cutMarkdown(t.Context(), markdownSample, 1_000_000, 30, 1000); w.piece != "" || w.more() {
		t.Errorf("behind the end: %+v", w)
	}
}

func FuzzWindow(f *testing.F) {
	f.Add(markdownSample, 3, 20)
	f.Fuzz(func(t *testing.T, md string, from, most int) {
		if !utf8.ValidString(md) || from < 0 || most < 1 || most > 1<<20 {
			t.Skip("outside what a call can bring here")
		}
		w := cutMarkdown(t.Context(), md, from, most, 500)
		if w.more() && w.to <= from && w.to <= w.from {
			t.Fatalf("no progress: %+v", w)
		}
		if !strings.Contains(md, w.piece) {
			t.Fatal("not a piece of the text")
		}
	})
}
