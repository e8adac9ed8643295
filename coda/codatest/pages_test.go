package codatest

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const pagesPath = roadmapPath + "/pages"

func markdownOf(format, content string) obj { return obj{"format": format, "content": content} }

func update(mode, element, md string) obj {
	u := obj{"insertionMode": mode, "canvasContent": markdownOf("markdown", md)}
	if element != "" {
		u["elementId"] = element
	}
	return obj{"contentUpdate": u}
}

func TestACreatedPageIsMissingUntilItIsApplied(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t, Options{InMemory: true, Behavior: slow()})
		made := a.call(202, "POST", pagesPath, obj{"name": "Fresh", "parentPageId": "canvas-RoadmapOver",
			"pageContent": obj{"type": "canvas", "canvasContent": markdownOf("markdown", "Hello")}})
		page := pagesPath + "/" + made["id"].(string)
		a.call(404, "GET", page, nil)
		time.Sleep(20 * time.Second)
		o := a.get(page)
		if o["name"] != "Fresh" || o["contentType"] != "canvas" || o["parent"].(obj)["id"] != "canvas-RoadmapOver" {
			t.Errorf("%v", o)
		}
	})
}

func TestPageTree(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	overview := a.get(pagesPath + "/Overview")
	if got := asJSON(overview["children"]); !strings.Contains(got, "canvas-RoadmapFeat") ||
		!strings.Contains(got, "canvas-RoadmapRele") {
		t.Errorf("children %s", got)
	}
	ideas := a.get(pagesPath + "/Ideas")
	if ideas["isHidden"] != true || ideas["isEffectivelyHidden"] != true {
		t.Errorf("%v", ideas)
	}
	a.call(202, "PUT", pagesPath+"/Overview",
		obj{"isHidden": true, "subtitle": "Closed", "imageUrl": "https://images.example.com/x.png", "iconName": "lock"})
	features := a.get(pagesPath + "/Features")
	if features["isHidden"] != false || features["isEffectivelyHidden"] != true {
		t.Errorf("below a hidden page: %v", features)
	}
	if got := a.get(pagesPath + "/canvas-RoadmapAll")["contentType"]; got != "table" {
		t.Errorf("content type %v", got)
	}
	a.call(404, "GET", pagesPath+"/Nothing", nil)
	a.call(400, "POST", pagesPath, obj{"name": "x", "parentPageId": "canvas-nothing"})
	for _, content := range []obj{{"type": "canvas"}, {"type": "embed"},
		{"type": "syncPage", "mode": "page", "sourceDocId": "d"}, {"type": "poem"},
		{"type": "canvas", "canvasContent": markdownOf("rtf", "x")}} {
		a.call(400, "POST", pagesPath, obj{"name": "x", "pageContent": content})
	}
}

func TestContentListingShowsLinesOnly(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	o := a.get(pagesPath + "/Overview/content?limit=500")
	var kinds []string
	for _, i := range items(o) {
		if i["type"] != "line" || !strings.HasPrefix(i["id"].(string), "cl-") {
			t.Errorf("%v", i)
		}
		kinds = append(kinds, i["itemContent"].(obj)["style"].(string))
	}
	want := strings.Fields("h1 paragraph h2 bulletedList bulletedList bulletedList bulletedList bulletedList h2 " +
		"numberedList numberedList numberedList checkboxList checkboxList blockQuote code")
	if !slices.Equal(kinds, want) {
		t.Errorf("styles %v, want %v", kinds, want)
	}
	second := items(o)[1]["itemContent"].(obj)["content"].(string)
	if !strings.HasPrefix(second, "We build one robot arm that") || strings.Contains(second, "](") {
		t.Errorf("plain text %q", second)
	}
	if got := items(o)[4]["itemContent"].(obj)["lineLevel"]; got != 1.0 {
		t.Errorf("level of a nested item %v", got)
	}
	if n := len(items(a.get(pagesPath + "/Overview/content?limit=2"))); n != 2 {
		t.Errorf("%d items, want 2", n)
	}
	page, _ := a.srv.Doc(DemoRoadmap).Page("Overview")
	for _, kind := range []string{"callout", "divider", "formula", "attachment", "table"} {
		if !slices.ContainsFunc(page.Elements, func(e Element) bool { return e.Kind == kind }) {
			t.Errorf("the page has no %s to hide", kind)
		}
	}
	a.call(400, "GET", pagesPath+"/Overview/content?contentFormat=html", nil)
}

// texts are the lines of a page that somebody reads.
func (a *api) texts(page string) string {
	a.t.Helper()
	p, ok := a.srv.Doc(DemoRoadmap).Page(page)
	if !ok {
		a.t.Fatalf("no page %q", page)
	}
	var out []string
	for _, e := range p.Elements {
		if e.Kind == "line" {
			out = append(out, e.Text)
		}
	}
	return strings.Join(out, "|")
}

func TestContentUpdates(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ mode, element, want string }{
		{"append", "", "one|two|three|new"},
		{"prepend", "", "new|one|two|three"},
		{"replace", "", "new"},
		{"append", "two", "one|two|new|three"},
		{"prepend", "two", "one|new|two|three"},
		{"replace", "two", "one|new|three"},
	} {
		t.Run(tt.mode+" "+tt.element, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t)
			a.call(202, "POST", pagesPath, obj{"name": "P",
				"pageContent": obj{"type": "canvas", "canvasContent": markdownOf("markdown", "one\n\ntwo\n\nthree")}})
			element := ""
			if tt.element != "" {
				element = items(a.get(pagesPath + "/P/content"))[1]["id"].(string)
			}
			a.call(202, "PUT", pagesPath+"/P", update(tt.mode, element, "new"))
			if got := a.texts("P"); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
	a := newAPI(t)
	a.call(400, "PUT", pagesPath+"/Overview", update("append", "cl-nothing", "x"))
	a.call(400, "PUT", pagesPath+"/Overview", update("insert", "", "x"))
	a.call(400, "PUT", pagesPath+"/Mockups", update("append", "", "x"))
	a.call(400, "PUT", pagesPath+"/Overview", obj{"contentUpdate": obj{"insertionMode": "append"}})
}

func TestReplacingAPageDestroysWhatItOwns(t *testing.T) {
	t.Parallel()
	wreck := map[string]func(a *api){
		"replace": func(a *api) { a.call(202, "PUT", pagesPath+"/Features", update("replace", "", "gone")) },
		"clear":   func(a *api) { a.call(202, "DELETE", pagesPath+"/Features/content", nil) },
		"delete":  func(a *api) { a.call(202, "DELETE", pagesPath+"/Features", nil) },
	}
	for name, f := range wreck {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t)
			doc := a.srv.Doc(DemoRoadmap)
			f(a)
			if got := doc.Tables(); slices.Contains(got, "Features") || slices.Contains(got, "Feature board") ||
				!slices.Contains(got, "Releases") {
				t.Errorf("tables that are left: %v", got)
			}
			if slices.Contains(doc.Controls(), "Show effort") || !slices.Contains(doc.Controls(), "Budget limit") {
				t.Errorf("controls that are left: %v", doc.Controls())
			}
			a.call(404, "GET", featureRows, nil)
		})
	}
	t.Run("append", func(t *testing.T) {
		t.Parallel()
		a := newAPI(t)
		a.call(202, "PUT", pagesPath+"/Features", update("append", "", "more"))
		a.get(featureRows)
	})
}

func TestDeletingContent(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	before := items(a.get(pagesPath + "/Overview/content"))
	first := before[0]["id"].(string)
	a.call(202, "DELETE", pagesPath+"/Overview/content", obj{"elementIds": []any{before[1]["id"], before[2]["id"]}})
	after := items(a.get(pagesPath + "/Overview/content"))
	if len(after) != len(before)-2 || after[0]["id"] != first {
		t.Errorf("%d lines, then %d", len(before), len(after))
	}
	a.call(400, "DELETE", pagesPath+"/Overview/content", obj{"elementIds": []string{"cl-nothing"}})
	a.call(400, "DELETE", pagesPath+"/Mockups/content", nil)
	a.call(202, "DELETE", pagesPath+"/Overview/content", nil)
	left := items(a.get(pagesPath + "/Overview/content"))
	if len(left) != 1 || left[0]["id"] != first || left[0]["itemContent"].(obj)["style"] != "h1" ||
		left[0]["itemContent"].(obj)["content"] != "" {
		t.Errorf("what stays is %v", left)
	}
}

func TestDeletedPagesAreGone(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.call(202, "DELETE", pagesPath+"/canvas-RoadmapNote", nil)
	for _, page := range []string{"/canvas-RoadmapNote", "/canvas-RoadmapIdea"} { // and the page below it
		a.call(410, "GET", pagesPath+page, nil)
		a.call(410, "GET", pagesPath+page+"/content", nil)
		a.call(410, "POST", pagesPath+page+"/export", obj{"outputFormat": "html"})
		a.call(404, "PUT", pagesPath+page, obj{"subtitle": "x"})
	}
	a.call(404, "GET", pagesPath+"/Meeting%20notes", nil) // by name
}
