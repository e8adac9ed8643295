package codatest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestBudgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t, Options{InMemory: true, Behavior: Behavior{Budgets: PublishedBudgets()}})
		for range 4 {
			a.get("/docs")
		}
		resp, body, err := a.as(DemoTokenAdaSecond).send("GET", "/docs", nil) // one account, one budget
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "" {
			t.Errorf("status %d, Retry-After %q: %s", resp.StatusCode, resp.Header.Get("Retry-After"), body)
		}
		for name := range resp.Header {
			if strings.Contains(strings.ToLower(name), "ratelimit") {
				t.Errorf("header %s", name)
			}
		}
		a.as(DemoTokenGrace).get("/docs") // another account
		a.get(roadmapPath)                // another class
		time.Sleep(6 * time.Second)
		a.get("/docs")

		for range 3 {
			a.call(202, "POST", featureRows, rowBody(nil, "Name", "x"))
		}
		a.call(429, "POST", featureRows, rowBody(nil, "Name", "x"))
		a.call(429, "DELETE", featureRows, obj{"rowIds": []string{}})
		for range 6 { // exports are not content writes
			a.call(202, "POST", roadmapPath+"/pages/Overview/export", obj{"outputFormat": "html"})
		}
		time.Sleep(10 * time.Second)
		a.call(202, "POST", featureRows, rowBody(nil, "Name", "x"))

		for range 100 {
			a.get("/analytics/updated")
		}
		a.call(429, "GET", "/analytics/updated", nil)
		if got := a.srv.Requests().Statuses()[429]; got != 4 {
			t.Errorf("the log has %d refused requests, want 4", got)
		}
	})
}

func TestARefusedRequestCostsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t, Options{InMemory: true,
			Behavior: Behavior{Budgets: map[BudgetClass]Budget{BudgetRead: {1, 6 * time.Second}}}})
		a.get("/whoami")
		for range 5 {
			time.Sleep(time.Second)
			a.call(429, "GET", "/whoami", nil)
		}
		time.Sleep(time.Second)
		a.get("/whoami")
	})
}

func TestRequestSize(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	big := rowBody(nil, "Name", strings.Repeat("x", 2<<20))
	huge := rowBody(nil, "Name", strings.Repeat("x", 9<<20)) // the answer arrives all the same
	a.call(400, "POST", featureRows, huge)
	a.srv.ResetRequests()
	if got := a.call(400, "POST", featureRows, big)["message"]; got != "request entity too large" {
		t.Errorf("message %q", got)
	}
	if got := a.srv.Requests()[0].Bytes; got != 2<<20+1 {
		t.Errorf("%d bytes were read of a body above the limit", got)
	}
	a.srv.Behave(func(b *Behavior) { b.MaxRequestBytes, b.MaxRowBytes = -1, -1 })
	a.call(202, "POST", featureRows, big)
}

func TestRowSize(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const limit = 85 << 10
	for _, tt := range []struct {
		name string
		text string
		want string
	}{
		{"just fits", strings.Repeat("x", limit), ""},
		{"one byte more", strings.Repeat("x", limit+1), "Row edit of size 86 KB exceeds maximum size of 85 KB."},
		{"bytes, not letters", strings.Repeat("ü", limit/2+1), "Row edit of size 86 KB exceeds maximum size of 85 KB."},
		{"line breaks count twice", strings.Repeat("x\n", 131*1024/3), "Row edit of size 131 KB exceeds maximum size of 85 " +
			"KB."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp, body, err := a.send("POST", featureRows, rowBody(nil, "Name", tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "" {
				if resp.StatusCode != 202 {
					t.Errorf("status %d: %s", resp.StatusCode, body)
				}
				return
			}
			if resp.StatusCode != 400 || !strings.Contains(string(body), tt.want) {
				t.Errorf("status %d: %s", resp.StatusCode, body)
			}
		})
	}
	before := len(a.srv.Doc(DemoRoadmap).Table("Features").Rows())
	a.call(400, "POST", featureRows, obj{"rows": []obj{
		{"cells": []obj{{"column": "Name", "value": "small"}}},
		{"cells": []obj{{"column": "Name", "value": strings.Repeat("x", limit+1)}}},
	}})
	if after := len(a.srv.Doc(DemoRoadmap).Table("Features").Rows()); after != before {
		t.Error("a refused request was carried out in part")
	}
}

// manyRows is a workspace with one table of n rows and a number of columns.
func manyRows(n, columns int) *Workspace {
	ws := NewWorkspace("Big")
	table := Table{Name: "Numbers", Columns: []Column{{Name: "N", Type: "number", Display: true}}}
	for i := range columns - 1 {
		table.Columns = append(table.Columns, Column{Name: fmt.Sprintf("Extra %d", i)})
	}
	for i := range n {
		table.Rows = append(table.Rows, Row{Values: map[string]any{"N": i}})
	}
	ws.AddDoc(Doc{ID: "dBig", Name: "Big"}).AddTable(table)
	return ws
}

func TestLimitsAreLoweredInSilence(t *testing.T) {
	t.Parallel()
	a := newAPI(t, Options{Workspace: manyRows(700, 121)})
	for _, tt := range []struct {
		path string
		want int
	}{
		{"/docs/dBig/tables/Numbers/rows", 25},
		{"/docs/dBig/tables/Numbers/rows?limit=3", 3},
		{"/docs/dBig/tables/Numbers/rows?limit=10000", 500},
		{"/docs/dBig/tables/Numbers/columns", 25},
		{"/docs/dBig/tables/Numbers/columns?limit=500", 100},
	} {
		o := a.get(tt.path)
		if got := len(items(o)); got != tt.want || o["nextPageToken"] == nil {
			t.Errorf("%s: %d items, want %d; token %v", tt.path, got, tt.want, o["nextPageToken"])
		}
	}
	a.srv.Behave(func(b *Behavior) { b.MaxRowsLimit, b.MaxListLimit = 90, 1 })
	for path, want := range map[string]int{"/docs/dBig/tables/Numbers/rows?limit=500": 90, "/docs?limit=500": 1,
		"/docs/dBig/tables/Numbers/columns?limit=500": 100} {
		if got := len(items(a.get(path))); got != want {
			t.Errorf("%s: %d items, want %d", path, got, want)
		}
	}
	for _, bad := range []string{"0", "-1", "many"} {
		a.call(400, "GET", "/docs/dBig/tables/Numbers/rows?limit="+bad, nil)
	}
}

func TestPagingVisitsEveryRowOnce(t *testing.T) {
	t.Parallel()
	a := newAPI(t, Options{Workspace: manyRows(130, 121)})
	path, seen := "/docs/dBig/tables/Numbers/rows?limit=50&useColumnNames=true", 0
	for path != "" {
		o := a.get(path)
		for _, r := range items(o) {
			if got := r["values"].(obj)["N"]; got != float64(seen) {
				t.Fatalf("row %d has N = %v", seen, got)
			}
			seen++
		}
		path = ""
		if tok, ok := o["nextPageToken"].(string); ok {
			// All other parameters are ignored beside a token.
			path = "/docs/dBig/tables/Numbers/rows?limit=1&useColumnNames=false&pageToken=" + tok
			if link := o["nextPageLink"].(string); !strings.HasPrefix(link, a.srv.URL()) {
				t.Errorf("nextPageLink %q", link)
			}
		}
	}
	if seen != 130 {
		t.Errorf("%d rows were seen, want 130", seen)
	}
	if got := a.srv.Requests().Count("listRows"); got != 3 {
		t.Errorf("%d requests, want 3", got)
	}
	a.call(400, "GET", "/docs/dBig/tables/Numbers/rows?pageToken=nonsense", nil)
	other := a.get("/docs/dBig/tables/Numbers/columns")["nextPageToken"].(string)
	a.call(400, "GET", "/docs/dBig/tables/Numbers/rows?pageToken="+other, nil)
}

func TestLongListsTimeOut(t *testing.T) {
	t.Parallel()
	a := newAPI(t, Options{Workspace: manyRows(300, 121), Behavior: Behavior{TimeoutRows: 100}})
	const rows = "/docs/dBig/tables/Numbers/rows"
	a.call(http.StatusGatewayTimeout, "GET", rows+"?limit=200", nil)
	first := a.get(rows + "?limit=100")
	a.get(rows + "?pageToken=" + first["nextPageToken"].(string))
	a.srv.Behave(func(b *Behavior) { b.TimeoutRows = 50 })
	// The token holds on to the limit that is too large now.
	a.call(http.StatusGatewayTimeout, "GET", rows+"?limit=10&pageToken="+first["nextPageToken"].(string), nil)
	if got := len(items(a.get("/docs/dBig/tables/Numbers/columns?limit=100"))); got != 100 {
		t.Errorf("columns time out as well: %d", got)
	}
}
