package codatest

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestListDocs(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, tt := range []struct{ token, query, want string }{
		{DemoToken, "", "Product roadmap, Team wiki, Hiring tracker"}, // not the archive, which nobody has opened
		{DemoTokenLin, "", "Product roadmap, Team wiki, Roadmap 2024"},
		{DemoTokenGrace, "?isOwner=true", "Team wiki, Hiring tracker"},
		{DemoToken, "?isOwner=false", "Team wiki, Hiring tracker"},
		{DemoToken, "?isPublished=true", "Product roadmap"},
		{DemoToken, "?isStarred=true", "Product roadmap"},
		{DemoToken, "?query=WIKI", "Team wiki"},
		{DemoToken, "?folderId=fl-people", "Hiring tracker"},
		{DemoToken, "?workspaceId=ws-other", ""},
		{DemoToken, "?inGallery=true", "Meeting notes template"},
		{DemoToken, "?sourceDoc=dTemplate1", ""},
	} {
		t.Run(tt.query, func(t *testing.T) {
			if got := names((&api{t, a.srv, tt.token}).get("/docs" + tt.query)); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
	a.call(400, "GET", "/docs?isOwner=perhaps", nil)
}

func TestCreateDoc(t *testing.T) {
	t.Parallel()
	a := newAPI(t, Options{Behavior: Behavior{WriteDelay: Exactly(time.Hour)}})
	plain := a.call(201, "POST", "/docs", obj{"title": "Plain", "timezone": "Asia/Tokyo"})
	if plain["requestId"] != nil || plain["name"] != "Plain" || plain["owner"] != "ada@example.com" {
		t.Errorf("%v", plain)
	}
	if got := names(a.get("/docs/" + plain["id"].(string) + "/pages")); got != "Plain" {
		t.Errorf("pages %s", got)
	}
	made := a.call(201, "POST", "/docs", obj{"title": "With page", "folderId": "fl-product",
		"initialPage": obj{"name": "First"}})
	pages := "/docs/" + made["id"].(string) + "/pages"
	if got := names(a.get(pages)); got != "" || made["requestId"] == nil {
		t.Errorf("before the page is made: %s, %v", got, made["requestId"])
	}
	a.srv.Settle()
	if got := names(a.get(pages)); got != "First" || made["folderId"] != "fl-product" {
		t.Errorf("pages %s, folder %v", got, made["folderId"])
	}
	copied := a.call(201, "POST", "/docs", obj{"sourceDoc": DemoRoadmap})
	if copied["name"] != "Copy of Product roadmap" || copied["sourceDoc"].(obj)["id"] != DemoRoadmap {
		t.Errorf("%v", copied)
	}
	rows := "/docs/" + copied["id"].(string) + "/tables/Features/rows"
	a.call(202, "DELETE", rows+"/Gripper", nil)
	a.srv.Settle()
	if !a.featureNamed("Gripper") {
		t.Error("a change of the copy changed the original")
	}
	if got := names(a.get("/docs?sourceDoc=" + DemoRoadmap)); got != "Copy of Product roadmap" {
		t.Errorf("copies: %s", got)
	}
	a.call(400, "POST", "/docs", obj{"title": "x", "timezone": "Mars/Base"})
	a.call(400, "POST", "/docs", obj{"title": "x", "folderId": "fl-nothing"})
	a.call(400, "POST", "/docs", obj{"sourceDoc": "nothing"})
}

func TestUpdateAndDeleteDoc(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.call(200, "PATCH", roadmapPath, obj{"title": "Renamed", "iconName": "star"})
	if o := a.get(roadmapPath); o["name"] != "Renamed" || o["icon"].(obj)["name"] != "star" {
		t.Errorf("%v", o)
	}
	a.as(DemoTokenGrace).call(403, "DELETE", roadmapPath, nil)
	if got := a.call(202, "DELETE", roadmapPath, nil); len(got) != 0 {
		t.Errorf("the answer is not empty: %v", got)
	}
	a.call(404, "GET", roadmapPath, nil)
	if !a.srv.Doc(DemoRoadmap).Deleted() || len(a.srv.DocIDs()) != 4 {
		t.Errorf("docs that are left: %v", a.srv.DocIDs())
	}
}

func TestBrowserLinks(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	resolve := func(link, more string) string { return "/resolveBrowserLink?url=" + url.QueryEscape(link) + more }
	links := map[string]string{}
	for _, path := range []string{"", "/pages/Features", "/tables/Features", "/tables/Feature%20board",
		"/tables/Features/rows/Camera"} {
		o := a.get(roadmapPath + path)
		links[o["browserLink"].(string)] = o["id"].(string)
	}
	for link, id := range links {
		for _, l := range []string{link, strings.Replace(link, "https://coda.io", "https://docs.superhuman.com", 1)} {
			o := a.get(resolve(l, ""))
			if got := o["resource"].(obj)["id"]; got != id || o["browserLink"] != link {
				t.Errorf("%s leads to %v, want %s", l, got, id)
			}
			target := o["resource"].(obj)["href"].(string)
			a.call(200, "GET", target, nil)
		}
	}
	gone := "https://coda.io/d/x_d" + DemoRoadmap + "/Nothing_suXXXXX"
	a.call(404, "GET", resolve(gone, ""), nil)
	if got := a.get(resolve(gone, "&degradeGracefully=true"))["resource"].(obj)["id"]; got != DemoRoadmap {
		t.Errorf("degraded to %v", got)
	}
	row := "https://coda.io/d/x_d" + DemoRoadmap + "#T_tFeatures01/_rui-nothing"
	a.call(404, "GET", resolve(row, ""), nil)
	if got := a.get(resolve(row, "&degradeGracefully=true"))["resource"].(obj)["id"]; got != "grid-Features01" {
		t.Errorf("degraded to %v", got)
	}
	for _, bad := range []string{"https://example.com/d/x_dabc", "https://coda.io/", "ftp://coda.io/d/x_dabc", "%",
		"nonsense"} {
		a.call(400, "GET", resolve(bad, ""), nil)
	}
	a.call(400, "GET", "/resolveBrowserLink", nil)
	a.as(DemoTokenLin).call(404, "GET", resolve("https://coda.io/d/_d"+DemoHiring, ""), nil)
}

func FuzzBrowserLink(f *testing.F) {
	for _, s := range []string{"https://coda.io/d/Product-roadmap_ddRoadmap01/Features_suFeat1#T_tgrid/r12",
		"https://docs.superhuman.com/d/_dX", "https://coda.io/d/_d", "http://[::1]/d/_dx", "#_t_r"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if target, ok := parseBrowserLink(s, "https://coda.io"); ok && target.doc == "" {
			t.Errorf("%q names no doc", s)
		}
	})
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const acl = "/docs/" + DemoHiring + "/acl"
	a.as(DemoTokenLin).call(404, "GET", "/docs/"+DemoHiring, nil)
	a.call(200, "POST", acl+"/permissions",
		obj{"access": "readonly", "principal": obj{"type": "email", "email": "lin@example.com"}})
	a.as(DemoTokenLin).get("/docs/" + DemoHiring)
	a.call(200, "POST", acl+"/permissions",
		obj{"access": "comment", "principal": obj{"type": "email", "email": "LIN@example.com"}})
	list := a.srv.Doc(DemoHiring).Permissions()
	last := list[len(list)-1]
	if len(list) != 5 || last.Access != "comment" {
		t.Errorf("%+v", list)
	}
	a.as(DemoTokenLin).call(403, "DELETE", acl+"/permissions/"+last.ID, nil)
	a.call(200, "DELETE", acl+"/permissions/"+last.ID, nil)
	a.call(404, "DELETE", acl+"/permissions/"+last.ID, nil)
	a.call(400, "DELETE", acl+"/permissions/"+list[0].ID, nil) // the owner's
	a.as(DemoTokenLin).call(404, "GET", "/docs/"+DemoHiring, nil)

	for _, principal := range []obj{{"type": "email", "email": "nobody"}, {"type": "group", "groupId": "x"},
		{"type": "workspace", "workspaceId": "x"}, {"type": "domain"}, {"type": "planet"}} {
		a.call(400, "POST", acl+"/permissions", obj{"access": "write", "principal": principal})
	}
	a.call(400, "POST", acl+"/permissions", obj{"access": "none", "principal": obj{"type": "anyone"}})
	for _, principal := range []obj{{"type": "anyone"}, {"type": "domain", "domain": "acme.com"},
		{"type": "workspace", "workspaceId": "ws-acme"}, {"type": "group", "groupId": "grp-product"}} {
		a.call(200, "POST", acl+"/permissions", obj{"access": "readonly", "principal": principal})
	}
	if got := len(items(a.get(acl + "/permissions"))); got != 8 {
		t.Errorf("%d permissions, want 8", got)
	}

	found := a.get(acl + "/principals/search?query=GR")
	if len(found["users"].([]any)) != 1 || len(found["groups"].([]any)) != 0 {
		t.Errorf("%v", found)
	}
	if none := a.get(acl + "/principals/search"); len(none["users"].([]any))+len(none["groups"].([]any)) != 0 {
		t.Errorf("an empty query finds %v", none)
	}

	grace := a.as(DemoTokenGrace) // the owner
	a.call(403, "PATCH", acl+"/settings", obj{"allowEditorsToChangePermissions": false})
	if got := grace.call(200, "PATCH", acl+"/settings",
		obj{"allowEditorsToChangePermissions": false}); got["allowCopying"] != true ||
		got["allowEditorsToChangePermissions"] != false {
		t.Errorf("%v", got)
	}
	a.call(403, "POST", acl+"/permissions", obj{"access": "write", "principal": obj{"type": "anyone"}})
	if got := a.get(acl + "/metadata")["canShare"]; got != false {
		t.Errorf("an editor can share: %v", got)
	}
	if got := grace.get(acl + "/metadata")["canShare"]; got != true {
		t.Errorf("the owner cannot share: %v", got)
	}
}

func TestPublishing(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	wiki := "/docs/" + DemoWiki
	a.call(404, "DELETE", wiki+"/publish", nil)
	a.call(202, "PUT", wiki+"/publish", obj{"mode": "play", "categoryNames": []string{"Writing"}, "discoverable": true})
	p := a.get(wiki)["published"].(obj)
	if p["mode"] != "play" || p["browserLink"] != "https://coda.io/@team-wiki" ||
		a.srv.Doc(DemoWiki).Published().Slug != "team-wiki" {
		t.Errorf("%v", p)
	}
	a.call(400, "PUT", wiki+"/publish", obj{"slug": "acme-roadmap"})
	a.call(400, "PUT", wiki+"/publish", obj{"mode": "loud"})
	a.call(400, "PUT", wiki+"/publish", obj{"categoryNames": []string{"Poetry"}})
	a.call(200, "DELETE", wiki+"/publish", nil)
	if a.get(wiki)["published"] != nil {
		t.Error("still published")
	}
	if got := len(items(a.get("/categories"))); got != len(categories) {
		t.Errorf("%d categories", got)
	}
}

func TestFoldersAndMembers(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	if got := names(a.get("/folders?isStarred=true")); got != "Company" {
		t.Errorf("starred folders: %s", got)
	}
	made := a.call(201, "POST", "/folders", obj{"name": "Plans", "workspaceId": "ws-acme"})
	folder := "/folders/" + made["id"].(string)
	a.call(200, "PATCH", folder, obj{"description": "d"})
	if o := a.get(folder); o["name"] != "Plans" || o["description"] != "d" {
		t.Errorf("%v", o)
	}
	a.call(200, "DELETE", folder, nil)
	a.call(404, "GET", folder, nil)
	a.call(400, "DELETE", "/folders/fl-product", nil) // not empty
	a.call(400, "POST", "/folders", obj{"name": "x", "workspaceId": "ws-other"})
	a.call(400, "POST", "/folders", obj{"name": "x"})
	a.as(DemoTokenLin).call(403, "POST", "/folders", obj{"name": "x", "workspaceId": "ws-acme"})

	if got := len(items(a.get("/workspaces/ws-acme/users?includedRoles=DocMaker,Editor"))); got != 3 {
		t.Errorf("%d members, want 3", got)
	}
	a.call(404, "GET", "/workspaces/ws-other/users", nil)
	a.call(400, "GET", "/workspaces/ws-acme/users?includedRoles=King", nil)
	a.as(DemoTokenLin).call(403, "POST", "/docs", obj{})
	a.call(200, "POST", "/workspaces/ws-acme/users/role", obj{"email": "lin@example.com", "newRole": "DocMaker"})
	a.as(DemoTokenLin).call(201, "POST", "/docs", obj{})
	a.as(DemoTokenGrace).call(403, "GET", "/workspaces/ws-acme/roles", nil)
	if got := items(a.get("/workspaces/ws-acme/roles"))[0]["activeDocMakerCount"]; got != 3.0 {
		t.Errorf("%v doc makers, want 3", got)
	}
	a.call(404, "POST", "/workspaces/ws-acme/users/role", obj{"email": "x@example.com", "newRole": "Editor"})
}

func TestDomainsAndGoLinks(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	domains := func() []any { return a.get(roadmapPath + "/domains")["customDocDomains"].([]any) }
	a.call(202, "POST", roadmapPath+"/domains", obj{"customDocDomain": "Plans.Example.com"})
	if got := domains()[1].(obj); got["customDocDomain"] != "plans.example.com" || got["domainStatus"] != "notConnected" {
		t.Errorf("%v", got)
	}
	a.call(200, "PATCH", roadmapPath+"/domains/plans.example.com", obj{})
	if got := domains()[1].(obj); got["domainStatus"] != "connected" || got["lastVerifiedTimestamp"] == nil {
		t.Errorf("%v", got)
	}
	a.call(200, "DELETE", roadmapPath+"/domains/plans.example.com", nil)
	a.call(404, "DELETE", roadmapPath+"/domains/plans.example.com", nil)
	a.call(403, "POST", "/docs/"+DemoWiki+"/domains", obj{"customDocDomain": "wiki.example.com"}) // not published
	a.call(403, "POST", roadmapPath+"/domains", obj{"customDocDomain": "no domain"})
	if got := a.get("/domains/provider/shop.godaddy.com")["provider"]; got != "GoDaddy" {
		t.Errorf("provider %v", got)
	}

	const links = "/organizations/org-acme/goLinks"
	a.call(200, "POST", links, obj{"name": "wiki", "destinationUrl": "https://coda.io/d/_ddTeamWiki1"})
	a.call(400, "POST", links, obj{"name": "wiki", "destinationUrl": "https://example.com"})
	a.call(400, "POST", links, obj{"name": "two words", "destinationUrl": "https://example.com"})
	a.call(400, "POST", links, obj{"name": "x", "destinationUrl": "nowhere"})
	a.call(403, "POST", "/organizations/org-other/goLinks", obj{"name": "x", "destinationUrl": "https://example.com"})
	if got := a.srv.GoLinks(); len(got) != 1 || got[0].CreatorEmail != "ada@example.com" {
		t.Errorf("%+v", got)
	}
}

func TestAnalytics(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	day := func(n int) string { return time.Now().UTC().AddDate(0, 0, -n).Format(time.DateOnly) }
	docs := items(a.get("/analytics/docs?sinceDate=" + day(7) + "&untilDate=" + day(1)))
	if len(docs) != 4 || len(docs[0]["metrics"].([]any)) != 7 {
		t.Fatalf("%d docs", len(docs))
	}
	total := 0.0
	for _, d := range docs {
		for _, m := range d["metrics"].([]any) {
			total += m.(obj)["totalSessions"].(float64)
		}
	}
	if got := a.get("/analytics/docs/summary?sinceDate=" + day(7) + "&untilDate=" +
		day(1))["totalSessions"]; got != total {
		t.Errorf("the summary says %v, the days %v", got, total)
	}
	sum := 0.0
	for _, d := range items(a.get("/analytics/docs?scale=cumulative&sinceDate=" + day(7))) {
		sum += d["metrics"].([]any)[0].(obj)["totalSessions"].(float64)
	}
	if sum != total {
		t.Errorf("cumulative %v, daily %v", sum, total)
	}
	titles := items(a.get("/analytics/docs?orderBy=title&direction=descending"))
	if titles[0]["doc"].(obj)["title"] != "Team wiki" {
		t.Errorf("first %v", titles[0]["doc"])
	}
	if got := len(items(a.get("/analytics/docs/" + DemoRoadmap + "/pages"))); got != 8 {
		t.Errorf("%d pages, want 8", got)
	}
	if got := len(items(a.as(DemoTokenLin).get("/analytics/docs/" + DemoHiring + "/pages"))); got != 0 {
		t.Error("analytics of a doc that cannot be read")
	}
	if got := len(items(a.get("/analytics/packs"))); got != 2 {
		t.Errorf("%d packs, want 2", got)
	}
	if got := len(items(a.get("/analytics/packs/1003/formulas?packFormulaNames=Forecast"))); got != 1 {
		t.Errorf("%d formulas, want 1", got)
	}
	if got := a.get("/analytics/updated")["docAnalyticsLastUpdated"]; got != day(1) {
		t.Errorf("updated %v", got)
	}
	a.call(400, "GET", "/analytics/docs?sinceDate=yesterday", nil)
}

func TestFormulasAndControls(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	if got := names(a.get(roadmapPath + "/formulas?sortBy=name")); got != "Next release, Open features" {
		t.Errorf("formulas: %s", got)
	}
	if o := a.get(roadmapPath + "/formulas/Open%20features"); o["value"] != 5.0 ||
		o["parent"].(obj)["name"] != "Overview" {
		t.Errorf("%v", o)
	}
	if o := a.get(roadmapPath + "/controls/ctrl-Release1"); asJSON(o["value"]) != `["Spring","Summer"]` || o["controlType"] != "multiselect" {
		t.Errorf("%v", o)
	}
	a.call(404, "GET", roadmapPath+"/formulas/Nothing", nil)
	a.call(404, "GET", roadmapPath+"/controls/Nothing", nil)
}

func TestTheDemoComputesACost(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	cost := func() any {
		return a.get(featureRows + "/Camera?useColumnNames=true")["values"].(obj)["Cost per day"]
	}
	if got := cost(); got != "€716.67" {
		t.Errorf("cost per day %v", got)
	}
	a.call(202, "PUT", featureRows+"/Camera",
		obj{"row": obj{"cells": []obj{{"column": "Effort", "value": 4}, {"column": "Cost per day", "value": 1}}}})
	if got := cost(); got != "€2,150.00" {
		t.Errorf("cost per day %v", got)
	}
}

func TestLinksAreNotEscaped(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	_, b, err := a.send("GET", "/docs?limit=1&isOwner=true", nil)
	if err != nil || !strings.Contains(string(b), "isOwner=true&limit=1") {
		t.Errorf("%s, %v", b, err)
	}
}
