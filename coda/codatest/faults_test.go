package codatest

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

func (a *api) featureNamed(name string) bool {
	_, ok := a.srv.Doc(DemoRoadmap).Table("Features").Row(name)
	return ok
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fault  Fault
		status int // 0: no answer
		taken  bool
	}{
		{Fault{Kind: FaultDrop}, 0, false},
		{Fault{Kind: FaultDropAfter}, 0, true},
		{Fault{Kind: FaultRespond}, 503, false},
		{Fault{Kind: FaultRespond, Status: 500, Body: "<html>oops</html>"}, 500, false},
		{Fault{Kind: FaultRespondAfter, Status: 502}, 502, true},
		{Fault{Kind: FaultTruncate}, 0, true},
		{Fault{Kind: FaultSlow, Chunk: 7, Pause: time.Second}, 202, true},
		{Fault{Kind: FaultStall, Pause: time.Minute}, 202, true},
	}
	for _, tt := range tests {
		t.Run(string(tt.fault.Kind), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newAPI(t, Options{InMemory: true})
				a.srv.Inject(tt.fault)
				start := time.Now()
				resp, body, err := a.send("POST", featureRows, rowBody(nil, "Name", "Wheels"))
				switch {
				case tt.status == 0 && err == nil:
					t.Errorf("status %d, want a broken connection", resp.StatusCode)
				case tt.status != 0 && (err != nil || resp.StatusCode != tt.status):
					t.Errorf("%v, %v; want status %d", resp, err, tt.status)
				case tt.fault.Body != "" && string(body) != tt.fault.Body:
					t.Errorf("body %q", body)
				}
				if tt.fault.Pause > 0 && time.Since(start) < tt.fault.Pause {
					t.Errorf("answered after %v", time.Since(start))
				}
				if got := a.featureNamed("Wheels"); got != tt.taken {
					t.Errorf("the write was taken: %t, want %t", got, tt.taken)
				}
				log := a.srv.Requests()
				if len(log) != 1 || log[0].Fault != tt.fault.Kind {
					t.Errorf("the log is %+v", log)
				}
				a.get("/whoami") // the fault is used up
			})
		})
	}
}

func TestFaultsMeetWhatTheyMatch(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.srv.Inject(Fault{Kind: FaultRespond, Operation: "getDoc", Skip: 1, Times: 2})
	remove := a.srv.Inject(Fault{Kind: FaultRespond, Status: 500, DocID: DemoWiki, Method: "GET", Every: 2, Times: -1})
	a.get(roadmapPath) // skipped
	a.call(503, "GET", roadmapPath, nil)
	a.call(503, "GET", "/docs/"+DemoWiki, nil)
	a.get(roadmapPath) // used up
	wiki := "/docs/" + DemoWiki + "/pages"
	a.get(wiki)
	a.call(500, "GET", wiki, nil)
	a.get(wiki)
	a.call(500, "GET", wiki, nil)
	remove()
	remove()
	a.get(wiki)
	a.get(wiki)
	a.srv.Inject(Fault{Kind: FaultDrop, Times: -1})
	a.srv.ClearFaults()
	a.get("/whoami")
}

func TestAClientThatGivesUpEndsAStall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t, Options{InMemory: true})
		a.srv.Inject(Fault{Kind: FaultStall, Pause: time.Hour})
		a.srv.Client().Timeout = time.Second
		if _, _, err := a.send("GET", "/whoami", nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want a timeout", err)
		}
	})
}

func TestATruncatedDownload(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	link := a.get(a.export("Overview", "html"))["downloadLink"].(string)
	a.srv.Inject(Fault{Kind: FaultTruncate, Operation: "downloadBlob"})
	_, _, err := a.as("").send("GET", link, nil)
	if err == nil || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v, want an unexpected end", err)
	}
}

func TestRequestLog(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.get("/docs?limit=1")
	a.get(roadmapPath, "X-Coda-Doc-Version", "latest")
	a.call(404, "GET", "/nothing/at/all", nil)
	a.as("wrong").call(401, "GET", "/whoami", nil)
	log := a.srv.Requests()
	if len(log) != 4 || log.Count() != 4 || log.Count("listDocs", "getDoc") != 2 || log.Counts()["whoami"] != 1 {
		t.Fatalf("the log is %+v", log)
	}
	for i, r := range log {
		if r.Seq != i+1 || r.Time.IsZero() || !r.Authorized {
			t.Errorf("entry %d is %+v", i, r)
		}
	}
	if r := log[0]; r.Query != "limit=1" || r.Path != "/docs" || r.Account != "ada@example.com" || r.TokenName != "demo" ||
		r.Class != BudgetListDocs {
		t.Errorf("%+v", r)
	}
	if r := log[1]; r.DocID != DemoRoadmap || r.Version != "latest" || r.Status != 200 {
		t.Errorf("%+v", r)
	}
	if r := log[3]; r.Account != "" {
		t.Errorf("%+v", r)
	}
	if got := log.Where(func(r Request) bool { return r.Status >= 400 }); len(got) != 2 {
		t.Errorf("%d refused requests, want 2", len(got))
	}
	a.srv.ResetRequests()
	if n := a.srv.Requests().Count(); n != 0 {
		t.Errorf("%d entries after the reset", n)
	}
}
