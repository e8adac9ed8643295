package pages

import (
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/coda"
)

func TestImporting(t *testing.T) {
	const table = "| Name | Qty |\n|---|---|\n| Nut | 3 |\n"
	for _, test := range []struct {
		name, format, in string
		want             coda.ContentFormat
		tables           int
		holds            []string // of the content
		told             []string
	}{
		{"text alone stays Markdown", "markdown", "# Plan\n\n- [x] one\n- two\n", coda.Markdown, 0, []string{"- [x] one"},
			nil},
		{"a table goes as HTML", "markdown", "## Stock\n\n" + table, coda.HTML, 1,
			[]string{"<h2>Stock</h2>", "<th>Name</th>", "<td>Nut</td>"}, []string{"under a heading with the table's name"}},
		{"task lists weigh more than a header", "markdown", table + "\n- [x] done\n", coda.Markdown, 1,
			[]string{"- [x] done"},
			[]string{"Column 1", "call of its own"}},
		{"a language is told", "markdown", table + "\n```go\nx := 1\n```\n", coda.HTML, 1, []string{"x := 1"},
			[]string{"language of code"}},
		{"images are told", "markdown", "![plan](https://example.com/a.png)", coda.Markdown, 0, nil,
			[]string{"Images (1) became links"}},
		{"images beside a table become links", "markdown", table + "\n![plan](https://example.com/a.png)\n", coda.HTML, 1,
			[]string{`<a href="https://example.com/a.png">plan</a>`}, []string{"Images (1)"}},
		{"an image without words shows its address", "markdown", table + "\n![](https://example.com/a.png)\n", coda.HTML, 1,
			[]string{`">https://example.com/a.png</a>`}, nil},
		{"small losses are told", "markdown", "#### Deep\n\n---\n\n> a\n> > b\n", coda.Markdown, 0, nil,
			[]string{"below the third level (1)", "rules (1)", "Quotes within quotes (1)"}},
		{"tags stay text", "markdown", table + "\n<script>x</script>\n\na <b>c</b>\n", coda.HTML, 1,
			[]string{"&lt;script&gt;", "&lt;b&gt;c&lt;/b&gt;"}, []string{"HTML tags within Markdown"}},
		{"HTML goes as it is", "html", "<table><tr><td>1</td></tr></table><img src=x><input type=checkbox>", coda.HTML, 1,
			[]string{"<img src=x>"}, []string{"drops images", "checkboxes in HTML", "under a heading"}},
		{"HTML loses rules and ranks", "html", "<h4>a</h4><h5>b</h5><hr><p>c</p>", coda.HTML, 0, nil,
			[]string{"below the third level (2)", "rules (1)"}},
		{"HTML loses quotes within quotes and languages", "html",
			"<blockquote>a<blockquote>b</blockquote></blockquote><pre><code class=\"language-go\">x</code></pre>", coda.HTML, 0,
			nil, []string{"Quotes within quotes (1)", "language of code blocks (1)"}},
		{"HTML's cells are plain", "html", "<table><tr><td colspan=2><a href=x>a</a></td></tr></table>", coda.HTML, 1, nil,
			[]string{"links, formatting, lists or line breaks (1)", "several columns or rows (1)"}},
		{"what HTML drops is named", "html", "<iframe src=x></iframe><video></video><input><ol start=4><li>a</ol>", coda.HTML,
			0, nil, []string{"(3): iframe, video, input", "count from 1"}},
		{"what HTML keeps as words is named", "html", "<dl><dt>a<dd>b</dl><p style=\"color:red\"><u>c</u></p>", coda.HTML, 0,
			nil, []string{"not their form: dl", "Styles such as colours, underlines or superscript (2)"}},
		{"plain HTML loses nothing", "html", "<h1>a</h1><p>b <b>c</b><!-- <hr><img> --></p><ul><li>d</li></ul>", coda.HTML, 0,
			nil, nil},
		{"cells of Markdown are plain too", "markdown", "| A |\n|---|\n| **b** |\n", coda.HTML, 1, nil,
			[]string{"Table cells with links or formatting (1)"}},
		{"a pipe in code is no table", "markdown", "```\n| a | b |\n|---|---|\n```\n", coda.Markdown, 0, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := importing(t.Context(), coda.ContentFormat(test.format), test.in)
			if err != nil {
				t.Fatal(err)
			}
			told := strings.Join(got.told, "\n")
			if got.content.Format != test.want || got.tables != test.tables {
				t.Errorf("sent as %s with %d tables, want %s with %d", got.content.Format, got.tables, test.want, test.tables)
			}
			for _, want := range test.holds {
				if !strings.Contains(got.content.Content, want) {
					t.Errorf("the content lacks %q:\n%s", want, got.content.Content)
				}
			}
			for _, want := range test.told {
				if !strings.Contains(told, want) {
					t.Errorf("not told: %q in\n%s", want, told)
				}
			}
			if len(test.told) == 0 && test.holds == nil && told != "" || test.name == "text alone stays Markdown" && told != "" {
				t.Errorf("told of nothing: %s", told)
			}
		})
	}
}
