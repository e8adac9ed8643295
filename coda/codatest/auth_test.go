package codatest

import (
	"net/url"
	"testing"
)

func TestWhatTokensMayDo(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	link := "/resolveBrowserLink?url=" + url.QueryEscape(
		"https://coda.io/d/Product-roadmap_d"+DemoRoadmap+"#Features_tFeatures01")
	wikiLink := "/resolveBrowserLink?url=" + url.QueryEscape("https://docs.superhuman.com/d/_d"+DemoWiki)
	const features, releases = roadmapPath + "/tables/Features/rows", roadmapPath + "/tables/Releases/rows"
	insert := rowBody(nil, "Name", "x")
	tests := []struct {
		name, token, method, path string
		body                      any
		want                      int
	}{
		{"no token", "", "GET", "/whoami", nil, 401},
		{"unknown token", "demo", "GET", "/whoami", nil, 401},
		{"everything", DemoToken, "GET", "/docs", nil, 200},

		{"read: whoami", DemoTokenReadOnly, "GET", "/whoami", nil, 200},
		{"read: list", DemoTokenReadOnly, "GET", features, nil, 200},
		{"read: insert", DemoTokenReadOnly, "POST", features, insert, 403},
		{"read: export is a POST", DemoTokenReadOnly, "POST", roadmapPath + "/pages/Overview/export",
			obj{"outputFormat": "html"}, 403},
		{"read: content listing", DemoTokenReadOnly, "GET", roadmapPath + "/pages/Overview/content", nil, 200},

		{"write: whoami", DemoTokenWriteOnly, "GET", "/whoami", nil, 200},
		{"write: insert", DemoTokenWriteOnly, "POST", features, insert, 202},
		{"write: list", DemoTokenWriteOnly, "GET", features, nil, 403},
		{"write: PATCH is not listed", DemoTokenWriteOnly, "PATCH", roadmapPath, obj{"title": "x"}, 403},
		{"write: status", DemoTokenWriteOnly, "GET", "/mutationStatus/x", nil, 401},

		{"doc: whoami", DemoTokenRoadmap, "GET", "/whoami", nil, 200},
		{"doc: list docs is 401", DemoTokenRoadmap, "GET", "/docs", nil, 401},
		{"doc: folders", DemoTokenRoadmap, "GET", "/folders", nil, 401},
		{"doc: analytics", DemoTokenRoadmap, "GET", "/analytics/docs/" + DemoRoadmap + "/pages", nil, 401},
		{"doc: its doc", DemoTokenRoadmap, "GET", roadmapPath, nil, 200},
		{"doc: another doc", DemoTokenRoadmap, "GET", "/docs/" + DemoWiki, nil, 403},
		{"doc: its link", DemoTokenRoadmap, "GET", link, nil, 200},
		{"doc: another link", DemoTokenRoadmap, "GET", wikiLink, nil, 404},

		{"table: its rows", DemoTokenFeatures, "GET", features, nil, 200},
		{"table: its rows by id", DemoTokenFeatures, "GET", roadmapPath + "/tables/grid-Features01/rows", nil, 200},
		{"table: other rows", DemoTokenFeatures, "GET", releases, nil, 403},
		{"table: the doc", DemoTokenFeatures, "GET", roadmapPath, nil, 403},
		{"table: pages", DemoTokenFeatures, "GET", roadmapPath + "/pages", nil, 403},
		{"table: its link", DemoTokenFeatures, "GET", link, nil, 200},
		{"table: link of the doc", DemoTokenFeatures, "GET", "/resolveBrowserLink?url=" +
			url.QueryEscape("https://coda.io/d/_d"+DemoRoadmap), nil, 404},

		{"editor: a doc shared with all", DemoTokenLin, "GET", roadmapPath, nil, 200},
		{"editor: insert", DemoTokenLin, "POST", features, insert, 202},
		{"editor: create a page", DemoTokenLin, "POST", roadmapPath + "/pages", obj{"name": "x"}, 403},
		{"editor: rename a page", DemoTokenLin, "PUT", roadmapPath + "/pages/Overview", obj{"name": "x"}, 403},
		{"editor: change its subtitle", DemoTokenLin, "PUT", roadmapPath + "/pages/Overview", obj{"subtitle": "x"}, 202},
		{"editor: rename the doc", DemoTokenLin, "PATCH", roadmapPath, obj{"title": "x"}, 403},
		{"editor: create a doc", DemoTokenLin, "POST", "/docs", obj{"title": "x"}, 403},
		{"editor: a private doc", DemoTokenLin, "GET", "/docs/" + DemoHiring, nil, 404},
		{"ada: the private doc is shared with her", DemoToken, "GET", "/docs/" + DemoHiring, nil, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			(&api{t, a.srv, tt.token}).call(tt.want, tt.method, tt.path, tt.body)
		})
	}
}

func TestWhoAmI(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for token, scoped := range map[string]bool{DemoToken: false, DemoTokenAdaSecond: false, DemoTokenRoadmap: true,
		DemoTokenReadOnly: true, DemoTokenFeatures: true} {
		me := a.as(token).get("/whoami")
		if me["scoped"] != scoped || me["loginId"] != "ada@example.com" {
			t.Errorf("%v: scoped %v, loginId %v", me["tokenName"], me["scoped"], me["loginId"])
		}
	}
}

func TestReadersCannotWrite(t *testing.T) {
	t.Parallel()
	ws := Demo()
	ws.Doc(DemoRoadmap).Permissions = []Permission{
		{Access: "readonly", Type: "domain", Value: "example.com"},
		{Access: "comment", Type: "email", Value: "lin@example.com"},
		{Access: "write", Type: "group", Value: "grp-people"},
	}
	a := newAPI(t, Options{Workspace: ws})
	insert := rowBody(nil, "Name", "x")
	a.as(DemoTokenLin).get(featureRows)
	a.as(DemoTokenLin).call(403, "POST", featureRows, insert)
	// Who may read may export.
	a.as(DemoTokenLin).call(202, "POST", roadmapPath+"/pages/Overview/export", obj{"outputFormat": "html"})
	a.as(DemoTokenGrace).call(202, "POST", featureRows, insert)
}

func TestDocsAboveTheSizeLimit(t *testing.T) {
	t.Parallel()
	ws := Demo()
	ws.Doc(DemoRoadmap).OverLimit = true
	a := newAPI(t, Options{Workspace: ws})
	if got := a.get(roadmapPath)["docSize"].(obj)["overApiSizeLimit"]; got != true {
		t.Errorf("overApiSizeLimit %v", got)
	}
	a.call(403, "GET", featureRows, nil)
}
