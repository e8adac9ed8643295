package codatest

import (
	"strings"
	"testing"
	"time"
)

// sketch writes imported blocks in short.
func sketch(blocks []block) string {
	var out []string
	for _, b := range blocks {
		s := b.style + ":" + b.text
		if b.kind == blockTable {
			s = "table" + asJSON(b.table.header) + asJSON(b.table.rows)
		}
		if b.level > 0 {
			s = strings.Repeat(">", b.level) + s
		}
		if b.checked {
			s += " [x]"
		}
		if b.lang != "" {
			s += " (" + b.lang + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, "\n")
}

func TestImportingMarkdown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"headings", "# a\n## b\n### c\n#### d\n##### e\n###### f",
			"h1:a\nh2:b\nh3:c\nparagraph:d\nparagraph:e\nparagraph:f"},
		{"inline", "a **b** *c* `d` ~~e~~ [f](https://g)", "paragraph:a **b** *c* `d` ~~e~~ [f](https://g)"},
		{"soft break", "a\nb", "paragraph:a b"},
		{"image becomes a link", "![alt](https://x/y.png)", "paragraph:[alt](https://x/y.png)"},
		{"rule vanishes", "a\n\n---\n\nb", "paragraph:a\nparagraph:b"},
		{"nested quotes flatten", "> a\n>\n> > b", "blockQuote:a\nblockQuote:b"},
		{"lists", "* a\n  * b\n\n1. c\n2. d", "bulletedList:a\n>bulletedList:b\nnumberedList:c\nnumberedList:d"},
		{"tasks", "- [x] a\n- [ ] b", "checkboxList:a [x]\ncheckboxList:b"},
		{"code keeps its language", "```go\nx := 1\n\ny()\n```", "code:x := 1\n\ny() (go)"},
		{"indented code", "    x", "code:x"},
		{"the header of a table becomes data", "| a | b |\n| - | - |\n| 1 | 2 |", `tablenull[["a","b"],["1","2"]]`},
		{"unknown things stay literal", "x[^1] $y$ @z", "paragraph:x[^1] $y$ @z"},
		{"empty", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := sketch(blocksFromMarkdown(tt.in)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestImportingHTML(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in, want string
		valid          bool
	}{
		{"headings", "<h1>a</h1><h3>b</h3><h4>c</h4><h6>d</h6>", "h1:a\nh3:b\nh3:**c**\nh3:**d**", true},
		{"inline", `<p>a <b>b</b> <em>c</em> <code>d</code> <a href="https://g">f</a></p>`, "paragraph:a **b** *c* `d` [f](https://g)", true},
		{"images are dropped", `<p>a <img src="x.png" alt="y"> b</p>`, "paragraph:a b", true},
		{"rule vanishes", "<p>a</p><hr><p>b</p>", "paragraph:a\nparagraph:b", true},
		{"nested quotes flatten", "<blockquote><p>a</p><blockquote>b</blockquote></blockquote>", "blockQuote:a\nblockQuote:b",
			true},
		{"lists", "<ul><li>a<ol><li>b</li></ol></li></ul>", "bulletedList:a\n>numberedList:b", true},
		{"tasks are lost", `<ul><li><input type="checkbox" checked> a</li></ul>`, "bulletedList:a", true},
		{"language is lost", `<pre><code class="language-go">x := 1</code></pre>`, "code:x := 1", true},
		{"a table keeps its header", "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>", `table["a"][["1"]]`, true},
		{"loose text", "a <b>b</b><p>c</p>d", "paragraph:a **b**\nparagraph:c\nparagraph:d", true},
		{"scripts are no text", "<p>a</p><script>b()</script><style>c{}</style>", "paragraph:a", true},
		{"not closed", "<p>a<b>b</p>", "paragraph:a**b**", false},
		{"closed twice", "<p>a</p></div>", "paragraph:a", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			blocks, valid := blocksFromHTML(tt.in)
			if got := sketch(blocks); got != tt.want || valid != tt.valid {
				t.Errorf("got (valid: %t)\n%s\nwant (valid: %t)\n%s", valid, got, tt.valid, tt.want)
			}
		})
	}
}

func TestExportedMarkdown(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	got := a.download(a.get(a.export("Overview", "markdown"))["downloadLink"].(string))
	for _, want := range []string{
		"# Overview\n", "We build **one robot arm** that", "[team wiki](https://coda.io/d/_ddTeamWiki1)",
		"> Dates on this page",
		"* Ship the gripper\n    * Soft fingers first\n", "1. What do customers ask for?\n2. What does it cost us?\n",
		"* [x] Talk to ten customers\n* [ ] Write the summary\n", "```go\narm.Move(ctx, home)\n```\n",
		"| Name | Owner | Release | Due |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	for _, lost := range []string{"roadmap-2026.pdf", "---\n\n"} {
		if strings.Contains(got, lost) {
			t.Errorf("%q is in\n%s", lost, got)
		}
	}
}

func TestExportedHTML(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	got := a.download(a.get(a.export("Overview", "html"))["downloadLink"].(string))
	for _, want := range []string{
		"<h2>This quarter</h2>", "<ul>\n<li>Ship the gripper</li>\n<ul>\n<li>Soft fingers first</li>",
		"<ol>\n<li>What do customers ask for?</li>",
		"<blockquote>Perfect is the enemy of shipped.</blockquote>", "<pre><code>arm.Move(ctx, home)</code></pre>",
		`<a href="https://files.example.com/roadmap-2026.pdf">roadmap-2026.pdf</a>`, "<th>Name</th>",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if strings.Contains(got, "checkbox") || strings.Contains(got, "language") {
		t.Errorf("checkboxes and languages are not lost in\n%s", got)
	}
	for _, tag := range []string{"ul", "ol", "table"} {
		if o, c := strings.Count(got, "<"+tag+">"), strings.Count(got, "</"+tag+">"); o != c {
			t.Errorf("%d <%s> and %d </%s>", o, tag, c, tag)
		}
	}
}

// Every read-modify-write through Markdown adds a row to a table.
func TestRoundTripsAreNotIdempotent(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.call(202, "POST", pagesPath, obj{"name": "P",
		"pageContent": obj{"type": "canvas", "canvasContent": markdownOf("markdown", "| a | b |\n| - | - |\n| 1 | 2 |")}})
	rows := func() int {
		p, _ := a.srv.Doc(DemoRoadmap).Page("P")
		for _, e := range p.Elements {
			if e.Kind == "table" {
				return len(a.srv.Doc(DemoRoadmap).Table(e.Ref).Rows())
			}
		}
		return -1
	}
	if n := rows(); n != 2 {
		t.Fatalf("%d rows after the import, want 2: the header is data", n)
	}
	for want := 3; want < 5; want++ {
		md := a.download(a.get(a.export("P", "markdown"))["downloadLink"].(string))
		a.call(202, "PUT", pagesPath+"/P", update("replace", "", md))
		if n := rows(); n != want {
			t.Errorf("%d rows, want %d", n, want)
		}
	}
	html := obj{"contentUpdate": obj{"insertionMode": "replace",
		"canvasContent": markdownOf("html", "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>")}}
	a.call(202, "PUT", pagesPath+"/P", html)
	if n := rows(); n != 1 {
		t.Errorf("%d rows after HTML, want 1", n)
	}
}

func FuzzPageContent(f *testing.F) {
	for _, s := range []string{"# a\n\n* b\n  1. c\n", "| a |\n| - |\n| b |", "<h4>a</h4><table><tr><td>b",
		"<ul><li>a<ul><li>b", "```x\ny", "- [x] a\n\n> > b", "[a](b)![c](d)", "&#0;<p>"} {
		f.Add(s)
	}
	ws, err := build(cellLab(), newIDSource(1), time.Unix(1e9, 0))
	if err != nil {
		f.Fatal(err)
	}
	s := &Server{ids: newIDSource(2), ws: ws}
	f.Fuzz(func(t *testing.T, in string) {
		for _, format := range []string{"html", "markdown"} {
			d := *ws.docs[0]
			k := d.live.clone()
			blocks, _ := canvasContent{Format: format, Content: in}.blocks()
			p := &pageState{id: "canvas-fuzz", name: "Fuzz", kind: "canvas"}
			p.blocks = s.place(&d, k, p, blocks, time.Unix(1e9, 0))
			for _, out := range []string{"html", "markdown"} {
				if k.exportPage(&d, p, out, RealManners()) == "" {
					t.Error("an export is empty")
				}
			}
			k.deleteContent(p, nil)
			if len(blocks) > 0 && len(p.blocks) != 1 {
				t.Errorf("%d blocks stay of %d", len(p.blocks), len(blocks))
			}
		}
	})
}
