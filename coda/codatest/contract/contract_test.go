package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// step is one request of the tour.
type step struct {
	op, method, path, body string
	token                  string
	want                   int
	header                 string // X-Coda-Doc-Version
	contentType            string
}

const roadmap = "/docs/" + codatest.DemoRoadmap

// tour touches every operation, and every kind of object that can be in an answer.
var tour = []step{
	{op: "whoami", method: "GET", path: "/whoami", want: 200},
	{op: "whoami", method: "GET", path: "/whoami", token: "nonsense", want: 401},
	{op: "resolveBrowserLink", method: "GET",
		path: "/resolveBrowserLink?url=https%3A%2F%2Fcoda.io%2Fd%2F_ddRoadmap01%23Features_tFeatures01%2F_rui-FeatGrip01",
		want: 200},
	{op: "resolveBrowserLink", method: "GET", path: "/resolveBrowserLink?url=https%3A%2F%2Fexample.com%2F", want: 400},
	{op: "resolveBrowserLink", method: "GET", path: "/resolveBrowserLink?url=https%3A%2F%2Fcoda.io%2Fd%2F_dNothing",
		want: 404},
	{op: "listDocs", method: "GET", path: "/docs?isOwner=true&limit=1", want: 200},
	{op: "listDocs", method: "GET", path: "/docs?inGallery=true", want: 200},
	{op: "listDocs", method: "GET", path: "/docs?limit=0", want: 400},
	{op: "listDocs", method: "GET", path: "/docs", token: codatest.DemoTokenRoadmap, want: 401},
	{op: "createDoc", method: "POST", path: "/docs", want: 201,
		body: `{"title":"New","timezone":"America/New_York","folderId":"fl-product","initialPage":{"name":"Start","pageContent":{"type":"canvas","canvasContent":{"format":"html","content":"<p>Hi</p>"}}}}`},
	{op: "createDoc", method: "POST", path: "/docs", body: `{"sourceDoc":"dTemplate1"}`, want: 201},
	{op: "createDoc", method: "POST", path: "/docs", body: `{"title":"No"}`, token: codatest.DemoTokenLin, want: 403},
	{op: "getDoc", method: "GET", path: roadmap, want: 200},
	{op: "getDoc", method: "GET", path: "/docs/nothing", want: 404},
	{op: "getDoc", method: "GET", path: roadmap, header: "latest", want: 200},
	{op: "getDoc", method: "GET", path: roadmap, header: "1", want: 400},
	{op: "updateDoc", method: "PATCH", path: roadmap, body: `{"title":"Product roadmap 2026","iconName":"rocket"}`, want: 200},
	{op: "updateDoc", method: "PATCH", path: roadmap, body: `{"name":"wrong key"}`, want: 400},

	{op: "listPages", method: "GET", path: roadmap + "/pages?limit=3", want: 200},
	{op: "listPages", method: "GET", path: roadmap + "/pages", want: 200},
	{op: "createPage", method: "POST", path: roadmap + "/pages", want: 202,
		body: `{"name":"Fresh","subtitle":"s","iconName":"star","imageUrl":"https://images.example.com/x.png","parentPageId":"canvas-RoadmapOver","pageContent":{"type":"canvas","canvasContent":{"format":"markdown","content":"# Hi\n\n| a | b |\n| - | - |\n| 1 | 2 |\n"}}}`},
	{op: "createPage", method: "POST", path: roadmap + "/pages", body: `{"name":"E","pageContent":{"type":"embed","url":"https://example.com","renderMethod":"standard"}}`, want: 202},
	{op: "createPage", method: "POST", path: roadmap + "/pages", body: `{"name":"S","pageContent":{"type":"syncPage","mode":"page","sourceDocId":"dTeamWiki1","sourcePageId":"canvas-WikiHome01","includeSubpages":true}}`, want: 202},
	{op: "getPage", method: "GET", path: roadmap + "/pages/Fresh", want: 200},
	{op: "getPage", method: "GET", path: roadmap + "/pages/canvas-RoadmapIdea", want: 200},
	{op: "getPage", method: "GET", path: roadmap + "/pages/canvas-RoadmapAll", want: 200}, // of type table
	{op: "updatePage", method: "PUT", path: roadmap + "/pages/Fresh", body: `{"name":"Fresher","isHidden":false,"contentUpdate":{"insertionMode":"append","canvasContent":{"format":"markdown","content":"more"}}}`, want: 202},
	{op: "listPageContent", method: "GET", path: roadmap + "/pages/Overview/content?limit=5&contentFormat=plainText",
		want: 200},
	{op: "deletePageContent", method: "DELETE", path: roadmap + "/pages/Fresher/content", want: 202},
	{op: "beginPageContentExport", method: "POST", path: roadmap + "/pages/Overview/export", body: `{"outputFormat":"markdown"}`, want: 202},
	{op: "beginPageContentExport", method: "POST", path: roadmap + "/pages/Mockups/export", body: `{"outputFormat":"html"}`, want: 400},
	{op: "beginPageContentExport", method: "POST", path: roadmap + "/pages/Overview/export", body: `{"outputFormat":"html"}`, token: codatest.DemoTokenReadOnly, want: 403},
	{op: "getPageContentExportStatus", method: "GET", path: roadmap + "/pages/Overview/export/{id}", want: 200},
	{op: "getPageContentExportStatus", method: "GET", path: roadmap + "/pages/Overview/export/nothing", want: 404},
	{op: "deletePage", method: "DELETE", path: roadmap + "/pages/canvas-RoadmapIdea", want: 202},
	{op: "getPage", method: "GET", path: roadmap + "/pages/canvas-RoadmapIdea", want: 410},

	{op: "listTables", method: "GET", path: roadmap + "/tables?sortBy=name&tableTypes=table,view", want: 200},
	{op: "getTable", method: "GET", path: roadmap + "/tables/Features?useUpdatedTableLayouts=true", want: 200},
	{op: "getTable", method: "GET", path: roadmap + "/tables/Feature%20board", want: 200},
	{op: "listColumns", method: "GET", path: roadmap + "/tables/Features/columns?limit=10&visibleOnly=true", want: 200},
	{op: "listColumns", method: "GET", path: roadmap + "/tables/Features/columns", want: 200},
	{op: "listColumns", method: "GET", path: "/docs/dTeamWiki1/tables/People/columns", want: 200},
	{op: "listColumns", method: "GET", path: roadmap + "/tables/Releases/columns", want: 200},
	{op: "listColumns", method: "GET", path: "/docs/dHiring001/tables/Candidates/columns", want: 200},
	{op: "getColumn", method: "GET", path: roadmap + "/tables/Features/columns/Owner", want: 200},
	{op: "listRows", method: "GET", path: roadmap + "/tables/Features/rows?valueFormat=rich&limit=2", want: 200},
	{op: "listRows", method: "GET", path: roadmap +
		"/tables/Features/rows?valueFormat=simpleWithArrays&useColumnNames=true&sortBy=natural", want: 200},
	{op: "listRows", method: "GET", path: "/docs/dHiring001/tables/Candidates/rows?valueFormat=rich", want: 200},
	{op: "listRows", method: "GET", path: "/docs/dTeamWiki1/tables/People/rows?valueFormat=rich", want: 200},
	{op: "listRows", method: "GET", path: roadmap + "/tables/Features/rows?query=nonsense", want: 400},
	{op: "getRow", method: "GET", path: roadmap + "/tables/Features/rows/Gripper?valueFormat=rich", want: 200},
	{op: "upsertRows", method: "POST", path: roadmap + "/tables/Features/rows", body: `{"rows":[{"cells":[{"column":"Name","value":"Wheels"},{"column":"Tags","value":["hardware"]}]}]}`, want: 202},
	{op: "upsertRows", method: "POST", path: roadmap + "/tables/Features/rows?disableParsing=true", body: `{"rows":[{"cells":[{"column":"Name","value":"Wheels"},{"column":"Effort","value":3}]}],"keyColumns":["Name"]}`, want: 202},
	{op: "upsertRows", method: "POST", path: roadmap + "/tables/Features/rows", body: `{"rows":[{"cells":[{"column":"Nothing","value":1}]}]}`, want: 400},
	{op: "updateRow", method: "PUT", path: roadmap + "/tables/Features/rows/Wheels", body: `{"row":{"cells":[{"column":"Status","value":"Done"}]}}`, want: 202},
	{op: "pushButton", method: "POST", path: roadmap + "/tables/Features/rows/Wheels/buttons/Start", want: 202},
	{op: "getMutationStatus", method: "GET", path: "/mutationStatus/{requestId}", want: 200},
	{op: "getMutationStatus", method: "GET", path: "/mutationStatus/nothing", want: 404},
	{op: "deleteRow", method: "DELETE", path: roadmap + "/tables/Features/rows/Wheels", want: 202},
	{op: "deleteRows", method: "DELETE", path: roadmap + "/tables/Features/rows", body: `{"rowIds":["i-FeatApp001"]}`, want: 202},

	{op: "listFormulas", method: "GET", path: roadmap + "/formulas?sortBy=name", want: 200},
	{op: "getFormula", method: "GET", path: roadmap + "/formulas/f-NextShip01", want: 200},
	{op: "listControls", method: "GET", path: roadmap + "/controls", want: 200},
	{op: "getControl", method: "GET", path: roadmap + "/controls/ctrl-Release1", want: 200},

	{op: "getSharingMetadata", method: "GET", path: roadmap + "/acl/metadata", want: 200},
	{op: "addPermission", method: "POST", path: roadmap + "/acl/permissions", body: `{"access":"comment","principal":{"type":"group","groupId":"grp-people"},"suppressEmail":true}`, want: 200},
	{op: "getPermissions", method: "GET", path: roadmap + "/acl/permissions", want: 200},
	// one is for internal access
	{op: "getPermissions", method: "GET", path: "/docs/" + codatest.DemoHiring + "/acl/permissions", want: 200},
	{op: "deletePermission", method: "DELETE", path: roadmap + "/acl/permissions/{permission}", want: 200},
	{op: "searchPrincipals", method: "GET", path: roadmap + "/acl/principals/search?query=pe", want: 200},
	{op: "getAclSettings", method: "GET", path: roadmap + "/acl/settings", want: 200},
	{op: "updateAclSettings", method: "PATCH", path: roadmap + "/acl/settings", body: `{"allowCopying":false}`, want: 200},

	{op: "listCategories", method: "GET", path: "/categories", want: 200},
	{op: "publishDoc", method: "PUT", path: "/docs/dTeamWiki1/publish", token: codatest.DemoTokenGrace, body: `{"slug":"acme-wiki","discoverable":false,"categoryNames":["Writing"],"mode":"play"}`, want: 202},
	{op: "unpublishDoc", method: "DELETE", path: "/docs/dTeamWiki1/publish", token: codatest.DemoTokenGrace, want: 200},

	{op: "listFolders", method: "GET", path: "/folders?isStarred=true", want: 200},
	{op: "createFolder", method: "POST", path: "/folders", body: `{"name":"Plans","workspaceId":"ws-acme","description":"d"}`, want: 201},
	{op: "getFolder", method: "GET", path: "/folders/{id}", want: 200},
	{op: "updateFolder", method: "PATCH", path: "/folders/{id}", body: `{"name":"Other plans"}`, want: 200},
	{op: "deleteFolder", method: "DELETE", path: "/folders/{id}", want: 200},
	{op: "deleteFolder", method: "DELETE", path: "/folders/fl-product", want: 400},

	{op: "triggerWebhookAutomation", method: "POST", path: roadmap + "/hooks/automation/grid-auto-Idea01", body: `{"title":"Wings"}`, want: 202},
	{op: "triggerWebhookAutomation", method: "POST", path: roadmap + "/hooks/automation/grid-auto-Idea01", body: `title=Fins`, contentType: "application/x-www-form-urlencoded", want: 202},
	{op: "triggerWebhookAutomation", method: "POST", path: roadmap + "/hooks/automation/grid-auto-Off001", body: `{}`, want: 422},

	{op: "listWorkspaceMembers", method: "GET", path: "/workspaces/ws-acme/users?includedRoles=Admin,Editor", want: 200},
	{op: "changeUserRole", method: "POST", path: "/workspaces/ws-acme/users/role", body: `{"email":"lin@example.com","newRole":"DocMaker"}`, want: 200},
	{op: "changeUserRole", method: "POST", path: "/workspaces/ws-acme/users/role", body: `{"email":"lin@example.com","newRole":"DocMaker"}`, token: codatest.DemoTokenGrace, want: 403},
	{op: "listWorkspaceMembers", method: "GET", path: "/workspaces/ws-acme/users", want: 200},
	{op: "listWorkspaceRoleActivity", method: "GET", path: "/workspaces/ws-acme/roles", want: 200},

	{op: "listDocAnalytics", method: "GET",
		path: "/analytics/docs?limit=2&scale=cumulative&orderBy=views&direction=descending", want: 200},
	{op: "listDocAnalytics", method: "GET",
		path: "/analytics/docs?docIds=dRoadmap01,dTeamWiki1&sinceDate=2026-01-01&untilDate=2026-01-07", want: 200},
	{op: "listPageAnalytics", method: "GET", path: "/analytics/docs/dRoadmap01/pages", want: 200},
	{op: "listDocAnalyticsSummary", method: "GET", path: "/analytics/docs/summary?isPublished=true", want: 200},
	{op: "listPackAnalytics", method: "GET", path: "/analytics/packs?packIds=1003", want: 200},
	{op: "listPackAnalyticsSummary", method: "GET", path: "/analytics/packs/summary", want: 200},
	{op: "listPackFormulaAnalytics", method: "GET", path: "/analytics/packs/1003/formulas", want: 200},
	{op: "getAnalyticsLastUpdated", method: "GET", path: "/analytics/updated", want: 200},

	{op: "listCustomDocDomains", method: "GET", path: roadmap + "/domains", want: 200},
	{op: "addCustomDocDomain", method: "POST", path: roadmap + "/domains", body: `{"customDocDomain":"plans.acme.example.com"}`, want: 202},
	{op: "updateCustomDocDomain", method: "PATCH", path: roadmap + "/domains/plans.acme.example.com", body: `{}`, want: 200},
	{op: "deleteCustomDocDomain", method: "DELETE", path: roadmap + "/domains/plans.acme.example.com", want: 200},
	{op: "getCustomDocDomainProvider", method: "GET", path: "/domains/provider/plans.namecheap.com", want: 200},
	{op: "addGoLink", method: "POST", path: "/organizations/org-acme/goLinks", body: `{"name":"wiki","destinationUrl":"https://coda.io/d/_ddTeamWiki1","description":"The wiki","urlPattern":null,"creatorEmail":null}`, want: 200},
	{op: "addGoLink", method: "POST", path: "/organizations/org-other/goLinks", body: `{"name":"x","destinationUrl":"https://example.com"}`, want: 403},
	{op: "deleteDoc", method: "DELETE", path: roadmap, want: 202},
	{op: "getDoc", method: "GET", path: roadmap, want: 404},
}

// takeTour makes the requests and returns the exchanges.
func takeTour(t *testing.T) []codatest.Exchange {
	t.Helper()
	var mu sync.Mutex
	var seen []codatest.Exchange
	srv := codatest.New(t, codatest.Options{BasePath: "/some/where/apis/v1", OnExchange: func(e codatest.Exchange) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, e)
	}})
	last := map[string]string{} // ids that answers gave, for later paths
	for _, st := range tour {
		path := st.path
		for name, id := range last {
			path = strings.ReplaceAll(path, "{"+name+"}", id)
		}
		if st.op == "deletePermission" {
			permissions := srv.Doc(codatest.DemoRoadmap).Permissions()
			path = strings.ReplaceAll(path, "{permission}", permissions[len(permissions)-1].ID)
		}
		req, err := http.NewRequest(st.method, srv.URL()+path, bytes.NewReader([]byte(st.body)))
		if err != nil {
			t.Fatal(err)
		}
		token := st.token
		if token == "" {
			token = codatest.DemoToken
		}
		req.Header.Set("Authorization", "Bearer "+token)
		if st.body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		if st.contentType != "" {
			req.Header.Set("Content-Type", st.contentType)
		}
		if st.header != "" {
			req.Header.Set("X-Coda-Doc-Version", st.header)
		}
		resp, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var answer map[string]any
		err = json.NewDecoder(resp.Body).Decode(&answer)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatalf("%s %s: %v", st.method, path, err)
		}
		if resp.StatusCode != st.want {
			t.Errorf("%s %s: status %d, want %d: %v", st.method, path, resp.StatusCode, st.want, answer)
		}
		for _, name := range []string{"id", "requestId"} {
			if id, ok := answer[name].(string); ok {
				last[name] = id
			}
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for i, st := range tour {
		if i < len(seen) && seen[i].Request.Operation != st.op {
			t.Errorf("%s %s was taken for %q, want %q", st.method, st.path, seen[i].Request.Operation, st.op)
		}
	}
	return seen
}

func TestEveryAnswerFitsTheSpecification(t *testing.T) {
	t.Parallel()
	spec := New(t)
	for _, e := range takeTour(t) {
		if err := spec.Check(e); err != nil {
			t.Error(err)
		}
	}
}

func TestOperationsAreThoseOfTheSpecification(t *testing.T) {
	t.Parallel()
	spec := New(t)
	served := codatest.Operations()
	slices.Sort(served)
	if want := spec.Operations(); !slices.Equal(served, want) {
		t.Errorf("served are %d operations, the file has %d:\n%v\n%v", len(served), len(want), served, want)
	}
	if len(served) != 64 {
		t.Errorf("%d operations are served, want 64", len(served))
	}
	toured := map[string]bool{}
	for _, st := range tour {
		if st.want < 300 {
			toured[st.op] = true
		}
	}
	for _, op := range served {
		if !toured[op] {
			t.Errorf("the tour has no successful %s", op)
		}
	}
}

// Without any one of the corrections, the tour must fail somewhere: a
// correction that is not needed any more has to go.
func TestEveryDeviationIsNeeded(t *testing.T) {
	t.Parallel()
	New(t) // skips where the file is not present
	path, err := Find(".")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := convert(data)
	if err != nil {
		t.Fatal(err)
	}
	exchanges := takeTour(t)
	all := Deviations()
	for i, d := range all {
		t.Run(d.Name, func(t *testing.T) {
			if d.Reason == "" {
				t.Error("no reason is given")
			}
			spec, err := parse(asJSON, slices.Delete(slices.Clone(all), i, i+1))
			if err != nil {
				return // another correction builds on it
			}
			for _, e := range exchanges {
				if spec.Check(e) != nil {
					return
				}
			}
			t.Errorf("every exchange fits the file without it")
		})
	}
}

func TestCheckFindsMistakes(t *testing.T) {
	t.Parallel()
	spec := New(t)
	req := func(method, path string) *http.Request {
		r, err := http.NewRequest(method, "http://coda.test/apis/v1"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		return r
	}
	asJSON := http.Header{"Content-Type": {"application/json"}}
	for name, err := range map[string]error{
		"missing property":  spec.CheckResponse("getMutationStatus", req("GET", "/mutationStatus/x"), 200, asJSON, []byte(`{}`)),
		"unknown property":  spec.CheckResponse("getMutationStatus", req("GET", "/mutationStatus/x"), 200, asJSON, []byte(`{"completed":true,"failed":true}`)),
		"undeclared status": spec.CheckResponse("getMutationStatus", req("GET", "/mutationStatus/x"), 302, asJSON, []byte(`{}`)),
		"wrong body":        spec.CheckRequest("deleteRows", req("DELETE", "/docs/d/tables/t/rows"), []byte(`{"rowIds":"i-1"}`)),
		"wrong parameter":   spec.CheckRequest("listRows", req("GET", "/docs/d/tables/t/rows?valueFormat=pretty"), nil),
		"unknown parameter": spec.CheckRequest("listRows", req("GET", "/docs/d/tables/t/rows?limits=5"), nil),
		"wrong method":      spec.CheckRequest("listRows", req("PUT", "/docs/d/tables/t/rows"), nil),
		"wrong path":        spec.CheckRequest("listRows", req("GET", "/docs/d/tables/t/cells"), nil),
		"short path":        spec.CheckRequest("listRows", req("GET", "/"), nil),
		"unknown operation": spec.CheckRequest("listCells", req("GET", "/cells"), nil),
	} {
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv(Env, "")
	if _, err := Find(deep); !errors.Is(err, ErrNotFound) {
		t.Errorf("nothing there: %v", err)
	}
	put := func(parts ...string) string {
		path := filepath.Join(append([]string{dir}, parts...)...)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("openapi: 3.0.0"), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	beside := put("specs", "coda", "coda-openapi.yaml")
	if _, err := Find(deep); !errors.Is(err, ErrNotFound) {
		t.Errorf("not beside a checkout: %v", err)
	}
	put("a", "go.mod")
	if got, err := Find(deep); err != nil || got != beside {
		t.Errorf("beside the checkout: %q, %v; want %q", got, err, beside)
	}
	path := put("coda-openapi.yaml")
	if got, err := Find(deep); err != nil || got != path {
		t.Errorf("above: %q, %v; want %q", got, err, path)
	}
	t.Setenv(Env, path)
	if got, err := Find("/"); err != nil || got != path {
		t.Errorf("by environment: %q, %v", got, err)
	}
	t.Setenv(Env, filepath.Join(dir, "missing"))
	if _, err := Find(deep); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("a path that is wrong must be an error, not a skip: %v", err)
	}
	if _, err := Load(path); err == nil {
		t.Error("a file without paths was loaded")
	}
}
