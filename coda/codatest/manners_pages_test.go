package codatest

import (
	"net/url"
	"strings"
	"testing"
)

// throughMarkdown writes a page as Markdown and exports it again.
func throughMarkdown(t *testing.T, m Manners, md string) string {
	t.Helper()
	a := newAPI(t, Options{Behavior: Behavior{Manners: m}})
	content := obj{"type": "canvas", "canvasContent": markdownOf("markdown", md)}
	a.call(202, "POST", pagesPath, obj{"name": "P", "pageContent": content})
	out := a.download(a.get(a.export("P", "markdown"))["downloadLink"].(string))
	return strings.TrimSpace(strings.TrimPrefix(out, "# P\n"))
}

func TestLossesOfMarkdown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, lossy string }{
		{"escapes", `2 \* 3 \* 4 and \[x\]`, `2 * 3 * 4 and [x]`},
		{"entities", `a &lt;b&gt; &amp; c`, `a <b> & c`},
		{"bare links", `see https://example.com/a?b=c now`, `see [https://example.com/a?b=c](https://example.com/a?b=c) now`},
		{"links stay", `[a](https://example.com)`, `[a](https://example.com)`},
		{"code stays", "`\\* &lt; https://x.y`", "`\\* &lt; https://x.y`"},
		{"quotes", "> wise", "wise"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := throughMarkdown(t, Manners{}, tt.in); got != tt.in {
				t.Errorf("without losses %q became %q", tt.in, got)
			}
			if got := throughMarkdown(t, Manners{MarkdownLosses: true}, tt.in); got != tt.lossy {
				t.Errorf("%q became %q, want %q", tt.in, got, tt.lossy)
			}
		})
	}
	got := throughMarkdown(t, Manners{DashBullets: true}, "* a\n  * b\n* c\n\n- [x] d")
	if got != "- a\n    - b\n- c\n- [x] d" {
		t.Errorf("bullets: %q", got)
	}
}

func TestListingsShowTheTextOfEscapes(t *testing.T) {
	t.Parallel()
	for lossy, want := range map[bool]string{false: `2 \* 3 &lt;`, true: "2 * 3 <"} {
		a := newAPI(t, Options{Behavior: Behavior{Manners: Manners{MarkdownLosses: lossy}}})
		content := obj{"type": "canvas", "canvasContent": markdownOf("markdown", `2 \* 3 &lt;`)}
		a.call(202, "POST", pagesPath, obj{"name": "P", "pageContent": content})
		got := items(a.get(pagesPath + "/P/content"))[0]["itemContent"].(obj)["content"]
		if got != want {
			t.Errorf("lossy %t: the listing shows %q, want %q", lossy, got, want)
		}
	}
}

func TestNoiseOfHTML(t *testing.T) {
	t.Parallel()
	const html = "<p>a</p><table><tr><th>Day</th><th>Hours</th></tr><tr><td>2026-03-01</td><td>7</td></tr></table><p>b</p>"
	for noisy, want := range map[bool]string{false: "a|table|b", true: "a|h2:Table 1|table| |b"} {
		a := newAPI(t, Options{Behavior: Behavior{Manners: Manners{HTMLNoise: noisy, InferTypes: noisy}}})
		content := obj{"type": "canvas", "canvasContent": markdownOf("html", html)}
		a.call(202, "POST", pagesPath, obj{"name": "P", "pageContent": content})
		p, _ := a.srv.Doc(DemoRoadmap).Page("P")
		var got, ids []string
		table := ""
		for _, e := range p.Elements {
			ids = append(ids, e.ID)
			switch {
			case e.Kind == "table":
				table = e.Ref
				got = append(got, "table")
			case e.Style == styleH2:
				got = append(got, "h2:"+e.Text)
			default:
				got = append(got, e.Text)
			}
		}
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("noisy %t: %s, want %s", noisy, s, want)
		}
		for i, id := range ids {
			if id == "" || i > 0 && id == ids[i-1] {
				t.Errorf("element %d has the id %q", i, id)
			}
		}
		kinds := ""
		for _, c := range items(a.get(roadmapPath + "/tables/" + table + "/columns")) {
			kinds += c["format"].(obj)["type"].(string) + " "
		}
		if want := map[bool]string{false: "text text ", true: "date number "}[noisy]; kinds != want {
			t.Errorf("the columns are of type %s, want %s", kinds, want)
		}
	}
}

func TestUnknownIcons(t *testing.T) {
	t.Parallel()
	icons := map[IconManner]string{IconsTaken: "no-such-icon", IconsIgnored: "compass", IconsRefused: "compass"}
	for manner, want := range icons {
		a := newAPI(t, Options{Behavior: Behavior{Manners: Manners{UnknownIcons: manner}}})
		status, docStatus, docWant := 202, 200, map[string]string{"compass": "rocket"}[want]
		if manner == IconsRefused {
			status, docStatus = 400, 400
		}
		if docWant == "" {
			docWant = want
		}
		a.call(status, "PUT", pagesPath+"/Overview", obj{"iconName": "no-such-icon", "subtitle": "s"})
		a.call(status, "POST", pagesPath, obj{"name": "P", "iconName": "no-such-icon"})
		a.call(docStatus, "PATCH", roadmapPath, obj{"iconName": "no-such-icon"})
		if got := a.get(pagesPath + "/Overview")["icon"].(obj)["name"]; got != want {
			t.Errorf("%q: the page's icon is %v, want %s", manner, got, want)
		}
		if got := a.get(roadmapPath)["icon"].(obj)["name"]; got != docWant {
			t.Errorf("%q: the doc's icon is %v, want %s", manner, got, docWant)
		}
		a.call(202, "PUT", pagesPath+"/Overview", obj{"iconName": "star"})
		if got := a.get(pagesPath + "/Overview")["icon"].(obj)["name"]; got != "star" {
			t.Errorf("%q: the page's icon is %v, want star", manner, got)
		}
	}
	for _, name := range []string{"rocket", "compass", "books", "handshake", "star"} {
		if !strings.Contains(" "+strings.Join(IconNames(), " ")+" ", " "+name+" ") {
			t.Errorf("%s is no icon", name)
		}
	}
}

func TestCoversMove(t *testing.T) {
	t.Parallel()
	a := newAPI(t, Options{Behavior: Behavior{Manners: Manners{RehostImages: true}}})
	a.call(202, "PUT", pagesPath+"/Overview", obj{"imageUrl": "https://images.example.com/x.png"})
	if p, _ := a.srv.Doc(DemoRoadmap).Page("Overview"); !strings.HasPrefix(p.Image, hostedFiles+DemoRoadmap+"/blobs/bl-") {
		t.Errorf("the cover is at %s", p.Image)
	}
	a.call(202, "PUT", pagesPath+"/Overview", obj{"imageUrl": "http://localhost/x.png"})
	if p, _ := a.srv.Doc(DemoRoadmap).Page("Overview"); p.Image != "" {
		t.Errorf("a private cover is at %s", p.Image)
	}
}

func TestLinksToRowsByNumber(t *testing.T) {
	t.Parallel()
	link := func(row string) string {
		table := "https://coda.io/d/Product-roadmap_ddRoadmap01#Features_tFeatures01/"
		return "/resolveBrowserLink?url=" + url.QueryEscape(table+row)
	}
	a := newAPI(t, Options{Behavior: Behavior{Manners: Manners{RowNumbers: true}}})
	table := a.srv.Doc(DemoRoadmap).Table("Features")
	table.DeleteRows("i-FeatGrip01") // numbers are given once
	id := table.AddRow(map[string]any{"Name": "Wheels"})
	for key, want := range map[string]string{"r2": "i-FeatCam001", "r7": id, "_rui-FeatCam001": "i-FeatCam001"} {
		if got := a.get(link(key))["resource"].(obj); got["id"] != want || got["type"] != "row" {
			t.Errorf("%s is %v, want %s", key, got, want)
		}
	}
	a.call(404, "GET", link("r1"), nil)
	a.srv.Behave(func(b *Behavior) { b.RowNumbers = false })
	a.call(404, "GET", link("r2"), nil)
	a.get(link("_rui-FeatCam001"))
}

func TestSomebodyAtWorkOnPages(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	d := a.srv.Doc(DemoRoadmap)
	id := d.AddPage(Page{Name: "Plans", Content: "One\n\nTwo"}, "canvas-RoadmapOver")
	d.RenamePage(id, "Plan")
	p, _ := d.Page("Plan")
	d.SetElement("Plan", p.Elements[1].ID, "Three")
	if got := a.get(pagesPath + "/Plan")["parent"].(obj)["id"]; got != "canvas-RoadmapOver" {
		t.Errorf("the parent is %v", got)
	}
	lines := func() (out []any) {
		for _, l := range items(a.get(pagesPath + "/Plan/content")) {
			out = append(out, l["itemContent"].(obj)["content"])
		}
		return out
	}
	if got := asJSON(lines()); got != `["One","Three"]` {
		t.Errorf("the page shows %s", got)
	}
	d.SetPage("Plan", "Four")
	if got := asJSON(lines()); got != `["Four"]` {
		t.Errorf("the page shows %s", got)
	}
	d.SetPage("Features", "Gone are the tables")
	if got := names(a.get(roadmapPath + "/tables")); strings.Contains(got, "Feature") {
		t.Errorf("a replaced page still has its tables: %s", got)
	}
	d.Table("Releases").Rename("Trains")
	d.Table("Log").Delete()
	if got := names(a.get(roadmapPath + "/tables")); got != "Trains" {
		t.Errorf("the tables are %s", got)
	}
	d.DeletePage("Overview")
	a.call(410, "GET", pagesPath+"/"+id, nil)
	d.Rename("Old roadmap")
	if got := a.get(roadmapPath)["name"]; got != "Old roadmap" {
		t.Errorf("the doc is called %v", got)
	}
}
