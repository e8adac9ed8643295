package codatest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestStartAndClose(t *testing.T) {
	t.Parallel()
	s := NewServer(Options{})
	if s.URL() != "" || s.Client() != nil {
		t.Error("a server that listens nowhere has an address")
	}
	s.Close()
	if err := s.Start("256.0.0.1:0"); err == nil {
		t.Error("a nonsensical address was accepted")
	}
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(""); err == nil {
		t.Error("a server was started twice")
	}
	if !strings.HasPrefix(s.URL(), "http://127.0.0.1:") || !strings.HasSuffix(s.URL(), "/apis/v1") {
		t.Errorf("URL %q", s.URL())
	}
	(&api{t, s, DemoToken}).get("/whoami")
	s.Close()
	s.Close()
	if _, _, err := (&api{t, s, DemoToken}).send("GET", "/whoami", nil); err == nil {
		t.Error("a closed server answers")
	}
	if n := s.Requests().Count("whoami"); n != 1 {
		t.Errorf("%d requests in the log of a closed server", n)
	}
}

func TestAsAHandler(t *testing.T) {
	t.Parallel()
	s := NewServer(Options{PublicURL: "https://coda.test", BlobURL: "https://blobs.test"})
	r := httptest.NewRequest("GET", "https://anything/apis/v1/whoami", nil)
	r.Header.Set("Authorization", "Bearer "+DemoToken)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"href":"https://coda.test/apis/v1/whoami"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, path := range []string{"/", "/apis/v1", "/apis/v2/whoami", "/apis/v1/nothing"} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != 404 || !strings.Contains(w.Body.String(), `"statusCode":404`) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestNamesWithSlashes(t *testing.T) {
	t.Parallel()
	ws := NewWorkspace("Slash")
	ws.AddDoc(Doc{ID: "dS", Name: "S"}).AddTable(Table{Name: "Ins/Outs & 50%",
		Columns: []Column{{Name: "N"}}}).AddRow(map[string]any{"N": "a/b?c"})
	a := newAPI(t, Options{Workspace: ws})
	if got := a.get("/docs/dS/tables/Ins%2FOuts%20&%2050%25/rows/a%2Fb%3Fc")["name"]; got != "a/b?c" {
		t.Errorf("name %v", got)
	}
	a.call(200, "GET", a.get("/docs/dS/tables/Ins%2FOuts%20&%2050%25")["href"].(string), nil)
}

func TestExchanges(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []Exchange
	a := newAPI(t, Options{OnExchange: func(e Exchange) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, e)
	}})
	a.srv.Inject(Fault{Kind: FaultDropAfter, Operation: "upsertRows"})
	a.call(404, "GET", "/docs/nothing", nil)
	if _, _, err := a.send("POST", featureRows, rowBody(nil, "Name", "x")); err == nil {
		t.Error("the connection was not dropped")
	}
	mu.Lock()
	defer mu.Unlock()
	if len(seen) != 2 || seen[0].Status != 404 || !strings.Contains(string(seen[0].ResponseBody), "nothing") ||
		seen[0].Header.Get("Content-Type") == "" {
		t.Errorf("%+v", seen)
	}
	if seen[1].Status != 0 || !strings.Contains(string(seen[1].RequestBody), `"cells"`) || seen[1].HTTP.Method != "POST" {
		t.Errorf("%+v", seen[1])
	}
}

func TestManyClientsAtOnce(t *testing.T) {
	t.Parallel()
	a := newAPI(t, Options{Behavior: Behavior{SnapshotEvery: time.Nanosecond}})
	a.srv.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 8
	const clients, writes = 6, 10
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			a := a.as(DemoToken)
			for i := range writes {
				resp, _, err := a.send("POST", featureRows, rowBody([]string{"Name"}, "Name", fmt.Sprintf("c%d-%d", c, i), "Effort",
					i))
				if err != nil || resp.StatusCode != 202 {
					t.Errorf("%v, %v", resp, err)
				}
				for _, path := range []string{featureRows + "?valueFormat=rich", pagesPath, roadmapPath + "/tables"} {
					if resp, _, err := a.send("GET", path, nil); err != nil || resp.StatusCode != 200 {
						t.Errorf("%v, %v", resp, err)
					}
				}
				a.srv.Requests().Counts()
				a.srv.Doc(DemoRoadmap).Table("Features").Rows()
			}
		})
	}
	wg.Wait()
	if n := len(a.srv.Doc(DemoRoadmap).Table("Features").Rows()); n != 6+clients*writes {
		t.Errorf("%d rows, want %d", n, 6+clients*writes)
	}
	if n := a.srv.Requests().Count("upsertRows"); n != clients*writes {
		t.Errorf("%d writes in the log, want %d", n, clients*writes)
	}
}

func TestSomebodyElseAtWork(t *testing.T) {
	t.Parallel()
	a := newAPI(t, Options{Behavior: Behavior{SnapshotEvery: time.Hour}})
	a.get(featureRows)
	table := a.srv.Doc(DemoRoadmap).Table("Features")
	table.RenameColumn("Effort", "Days")
	a.call(400, "POST", featureRows, rowBody(nil, "Effort", 1))
	a.call(202, "POST", featureRows, rowBody(nil, "Days", 1))
	table.AddColumn(Column{ID: "c-new", Name: "Next", Type: "lookup", Table: "Releases"})
	table.DeleteColumn("Votes")
	id := table.AddRow(map[string]any{"Name": "Typed", "Next": "Spring"})
	table.SetCells(id, map[string]any{"Status": "Done"})
	table.DeleteRows("i-FeatCam001")
	row := a.get(featureRows + "/" + id + "?useColumnNames=true")["values"].(obj) // at once, in spite of the snapshot
	if row["Next"] != "Spring" || row["Status"] != "Done" {
		t.Errorf("%v", row)
	}
	if _, ok := row["Votes"]; ok {
		t.Error("a deleted column is still shown")
	}
	if r, _ := table.Row(id); r.Links["Next"][0] != "i-RelSpring1" {
		t.Errorf("links %v", r.Links)
	}
	a.call(404, "GET", featureRows+"/i-FeatCam001", nil)
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	a.srv.Doc(DemoRoadmap).Touch(at)
	if got := a.get(roadmapPath)["updatedAt"]; got != "2030-01-02T03:04:05.000Z" {
		t.Errorf("updatedAt %v", got)
	}
	for name, f := range map[string]func(){
		"no column":      func() { table.RenameColumn("x", "y") },
		"no such column": func() { table.DeleteColumn("x") },
		"no id":          func() { table.AddColumn(Column{Name: "x"}) },
		"no row":         func() { table.SetCells("i-x", nil) },
		"no table":       func() { a.srv.Doc(DemoRoadmap).Table("x").AddRow(nil) },
		"no doc":         func() { a.srv.Doc("x") },
		"odd value":      func() { table.AddRow(map[string]any{"Name": struct{}{}}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestInspection(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	doc := a.srv.Doc("Product roadmap")
	if doc.ID() != DemoRoadmap || doc.Name() != "Product roadmap" || doc.Table("Features").ID() != "grid-Features01" {
		t.Error("the doc is another one")
	}
	if len(doc.Pages()) != 8 || len(doc.Tables()) != 6 || len(doc.Formulas()) != 2 || len(doc.Controls()) != 3 {
		t.Errorf("%v %v %v", doc.Tables(), doc.Formulas(), doc.Controls())
	}
	if got := strings.Join(doc.Table("Releases").Columns(), ", "); got != "Name, Ships on, Budget, Progress, Notes" {
		t.Errorf("columns %s", got)
	}
	page, ok := doc.Page("Features")
	if !ok || page.ParentID != "canvas-RoadmapOver" ||
		page.Markdown() != "All features, with their owner and what they may cost.\n{{control: ctrl-Effort01}}\n{{table: "+
			"grid-Features01}}\n{{table: table-Board0001}}\n" {
		t.Errorf("%q", page.Markdown())
	}
	if rows := doc.Table("Nothing").Rows(); rows != nil {
		t.Errorf("%v", rows)
	}
}
