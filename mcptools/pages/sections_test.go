package pages

import (
	"testing"

	"github.com/bestviable/coda-gateway/coda"
)

// page makes the listing of a page; a style of a line stands before its text.
func page(lines ...string) []*coda.Element {
	var out []*coda.Element
	for i := 0; i < len(lines); i += 2 {
		out = append(out, &coda.Element{ID: "cl-" + lines[i+1],
			Content: &coda.ElementContent{Style: lines[i], Content: lines[i+1]}})
	}
	return out
}

func TestMarkdownSection(t *testing.T) {
	for _, test := range []struct {
		name, md string
		lines    []*coda.Element
		heading  int
		want     string
		ok       bool
	}{
		{"to the next of its rank", "# Doc\n\n## A\n\none\n\n### A1\n\ntwo\n\n## B\n\nthree\n",
			page("h2", "A", "paragraph", "one", "h3", "A1", "paragraph", "two", "h2", "B", "paragraph", "three"), 0,
			"## A\n\none\n\n### A1\n\ntwo\n", true},
		{"to the end", "# Doc\n\n## A\n\n## B\n\nthree\n", page("h2", "A", "h2", "B", "paragraph", "three"), 1,
			"## B\n\nthree\n", true},
		{"the second of two alike", "# Doc\n\n## A\n\none\n\n## A\n\ntwo\n",
			page("h2", "A", "paragraph", "one", "h2", "A", "paragraph", "two"), 2, "## A\n\ntwo\n", true},
		{"marks within the heading", "# Doc\n\n## **A** and `b`\n\none\n", page("h2", "A and b", "paragraph", "one"), 0,
			"## **A** and `b`\n\none\n", true},
		{"a heading in code is none", "# Doc\n\n```\n## A\n```\n\n## A\n\none\n",
			page("code", "## A", "h2", "A", "paragraph", "one"), 1, "## A\n\none\n", true},
		{"a heading called like the page", "# Doc\n\n# Doc\n\none\n", page("h1", "Doc", "paragraph", "one"), 0,
			"# Doc\n\none\n", true},
		{"the export is older", "# Doc\n\n## A\n", page("h2", "A", "h2", "A"), 1, "", false},
		{"another rank", "# Doc\n\n### A\n", page("h2", "A"), 0, "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := markdownSection(t.Context(), test.md, "Doc", test.lines, test.heading)
			if ok != test.ok || ok && got != test.want {
				t.Errorf("got %q, %v; want %q, %v", got, ok, test.want, test.ok)
			}
		})
	}
}

func TestTableOfContents(t *testing.T) {
	lines := page("paragraph", "intro", "h1", "One", "paragraph", "text", "h3", "Deep", "bulletedList", "x", "h1", "Two")
	want := "(before the first heading: 1 line, 6 characters)\ncl-One # One (3 lines, 24 characters)\n    cl-Deep ### " +
		"Deep (1 line, 13 characters)\ncl-Two # Two (0 lines, 6 characters)\n"
	if got := tableOfContents(lines); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
