package codatest

import (
	"strings"
	"testing"
)

func TestButtons(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	doc := a.srv.Doc(DemoRoadmap)
	pushed := a.call(202, "POST", featureRows+"/Camera/buttons/Start", nil)
	if pushed["rowId"] != "i-FeatCam001" || pushed["columnId"] != "c-FeatStart1" {
		t.Errorf("%v", pushed)
	}
	if r, _ := doc.Table("Features").Row("Camera"); r.Values["Status"] != "In progress" {
		t.Errorf("status %v", r.Values["Status"])
	}
	// A token for one table changes another one through a button.
	a.as(DemoTokenFeatures).call(202, "POST", featureRows+"/Camera/buttons/c-FeatLogIt1", nil)
	if r, ok := doc.Table("Log").Row("Camera is In progress"); !ok || r.Values["Kind"] != "button" {
		t.Errorf("log: %v", doc.Table("Log").Rows())
	}
	a.call(202, "POST", roadmapPath+"/tables/Feature%20board/rows/Camera/buttons/Start", nil) // through a view
	a.call(400, "POST", featureRows+"/Camera/buttons/Status", nil)
	a.call(404, "POST", featureRows+"/Camera/buttons/Nothing", nil)
	a.call(404, "POST", featureRows+"/Nothing/buttons/Start", nil)
	a.as(DemoTokenReadOnly).call(403, "POST", featureRows+"/Camera/buttons/Start", nil)
	format := a.get(roadmapPath + "/tables/Features/columns/Start")["format"].(obj)
	if format["label"] != "Start work" || !strings.Contains(format["action"].(string), "ModifyRows") {
		t.Errorf("format %v", format)
	}
}

func TestAButtonThatDeletesItsRow(t *testing.T) {
	t.Parallel()
	ws := Demo()
	ws.Doc(DemoRoadmap).Table("Features").Column("Start").Effects = []Effect{{DeleteRow: true}}
	a := newAPI(t, Options{Workspace: ws})
	a.call(202, "POST", featureRows+"/Camera/buttons/Start", nil)
	if a.featureNamed("Camera") {
		t.Error("the row is still there")
	}
}

func TestAutomations(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	doc := a.srv.Doc(DemoRoadmap)
	const rule = roadmapPath + "/hooks/automation/grid-auto-Idea01"
	a.call(202, "POST", rule, obj{"title": "Wings"})
	a.call(202, "POST", rule, "title=Fins&x=1", "Content-Type", "application/x-www-form-urlencoded")
	a.call(202, "POST", rule, "just text", "Content-Type", "text/plain; charset=utf-8")
	a.call(202, "POST", rule, nil)
	for _, name := range []string{"Wings", "Fins", "{{title}}"} {
		if !a.featureNamed(name) {
			t.Errorf("no feature %q", name)
		}
	}
	var payloads []string
	for _, p := range doc.Payloads("grid-auto-Idea01") {
		payloads = append(payloads, string(p))
	}
	if got := strings.Join(payloads, " "); got != `{"title":"Wings"} {"title":"Fins","x":"1"} {"text":"just text"} {}` {
		t.Errorf("payloads %s", got)
	}
	a.call(422, "POST", roadmapPath+"/hooks/automation/grid-auto-Off001", obj{})
	a.call(404, "POST", roadmapPath+"/hooks/automation/grid-auto-nothing", obj{})
	a.call(400, "POST", rule, `["a list"]`)
	a.call(400, "POST", rule, "<x/>", "Content-Type", "application/xml")
}
