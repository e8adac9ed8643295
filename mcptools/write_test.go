package mcptools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func slow(delay time.Duration) *codatest.Behavior {
	b := patient()
	b.WriteDelay = codatest.Exactly(delay)
	return &b
}

func TestPendingWriteIsFollowedUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: slow(2 * time.Minute)})
		begin := time.Now()
		type answer struct {
			Status   string   `json:"status"`
			Requests []string `json:"request_ids"`
			RowIDs   []string `json:"row_ids"`
		}
		result := w.call("coda_upsert_rows", `{"table":"Log","doc":"dRoadmap01","rows":{"Entry":"late"}}`)
		a := structured[answer](t, result)
		if a.Status != kit.StatusPending || len(a.Requests) != 1 || len(a.RowIDs) != 1 {
			t.Fatalf("%+v", a)
		}
		if waited := time.Since(begin); waited > 46*time.Second || waited < 30*time.Second {
			t.Errorf("waited %s, not about 45 s", waited)
		}
		if text := textOf(result); !strings.Contains(text, "coda_check_write") || !strings.Contains(text, a.Requests[0]) ||
			!strings.Contains(text, a.RowIDs[0]) {
			t.Errorf("the text does not tell how to follow it up: %s", text)
		}
		check := fmt.Sprintf(`{"request_ids":%q}`, a.Requests[0])
		if text := textOf(w.call("coda_check_write", check)); !strings.Contains(text, "Still pending: "+a.Requests[0]) {
			t.Errorf("after %s: %s", time.Since(begin), text)
		}
		if text := textOf(w.call("coda_check_write", check)); !strings.HasPrefix(text, "Applied.") {
			t.Errorf("after %s: %s", time.Since(begin), text)
		}
	})
}

func TestWarningOfCodaIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := patient()
		b.MutationWarning = "Initial page HTML was invalid."
		w := newWorld(t, worldOptions{behavior: &b})
		result := w.call("coda_create_page", `{"doc":"dTeamWiki1","name":"X","content":"<p","format":"html"}`)
		if text := textOf(result); !strings.Contains(text, b.MutationWarning) ||
			!strings.Contains(wire(t, result.StructuredContent), b.MutationWarning) {
			t.Errorf("%s", text)
		}
	})
}

// A call that its client gives up stops asking Coda.
func TestCancelledCallStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: slow(10 * time.Minute)})
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_, err := w.session.CallTool(ctx, &mcp.CallToolParams{Name: "coda_upsert_rows", Arguments: json.RawMessage(`{"table":"Log","doc":"dRoadmap01","rows":{"Entry":"x"}}`)})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("%v", err)
		}
		synctest.Wait()
		before := w.coda.Requests().Count()
		<-time.After(5 * time.Minute)
		if after := w.coda.Requests().Count(); after != before {
			t.Errorf("Coda was asked %d times after the call was cancelled", after-before)
		}
	})
}

func TestProgressOnlyWhereAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: slow(12 * time.Second)})
		arguments := json.RawMessage(`{"table":"Log","doc":"dRoadmap01","rows":{"Entry":"x"}}`)
		if _, err := w.session.CallTool(context.Background(),
			&mcp.CallToolParams{Name: "coda_upsert_rows", Arguments: arguments}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(w.progress) != 0 {
			t.Errorf("progress that nobody asked for: %q", w.progress)
		}
		w.call("coda_upsert_rows", `{"table":"Log","doc":"dRoadmap01","rows":{"Entry":"y"}}`)
		synctest.Wait()
		if len(w.progress) < 3 {
			t.Errorf("progress: %q", w.progress)
		}
	})
}

// manyRows are n rows of the log.
func manyRows(n int) []map[string]any {
	rows := make([]map[string]any, n)
	for i := range rows {
		rows[i] = map[string]any{"Entry": fmt.Sprintf("entry %d", i), "Kind": "person"}
	}
	return rows
}

type upsertAnswer struct {
	Status string         `json:"status"`
	Done   string         `json:"done"`
	Effect map[string]int `json:"effect"`
	RowIDs []string       `json:"row_ids"`
	Notes  []string       `json:"notes"`
	Next   map[string]any `json:"next"`
}

// An upsert that is refused half-way tells what is in and resumes where it stopped; nothing is lost or doubled.
func TestUpsertResumes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift()})
		w.coda.Inject(codatest.Fault{Kind: codatest.FaultRespond, Operation: "upsertRows", Skip: 2, Times: 1, Status: http.StatusBadRequest, Body: `{"statusCode":400,"message":"The doc is locked."}`})
		arguments := map[string]any{"table": "Log", "doc": "dRoadmap01", "rows": manyRows(450)}
		result := w.call("coda_upsert_rows", arguments)
		a := structured[upsertAnswer](t, result)
		if a.Status != "partial" || a.Effect["added"] != 200 || len(a.RowIDs) != 200 ||
			fmt.Sprint(a.Next["resume_from"]) != "200" {
			t.Fatalf("%s %v %d %v", a.Status, a.Effect, len(a.RowIDs), a.Next)
		}
		if text := textOf(result); !strings.Contains(text, "The doc is locked.") ||
			!strings.Contains(text, "resume_from=200") {
			t.Errorf("%s", text)
		}
		if b := must[upsertAnswer](w, "coda_upsert_rows", a.Next); b.Status != kit.StatusApplied ||
			b.Effect["added"] != 250 {
			t.Errorf("%+v", b)
		}
		seen := make(map[string]int)
		for _, r := range w.coda.Doc("dRoadmap01").Table("Log").Rows() {
			seen[r.Name]++
		}
		for i := range 450 {
			if n := seen[fmt.Sprintf("entry %d", i)]; n != 1 {
				t.Fatalf("entry %d is there %d times", i, n)
			}
		}
	})
}

// What takes longer than a client waits is answered in parts.
func TestVeryLongUpsertComesInParts(t *testing.T) {
	longAndAlone(t)
	synctest.Test(t, func(t *testing.T) {
		b := codatest.Behavior{Budgets: codatest.PublishedBudgets()}
		w := newWorld(t, worldOptions{behavior: &b})
		const rows = 9_000
		arguments := map[string]any{"table": "Log", "doc": "dRoadmap01", "rows": manyRows(rows)}
		calls := 0
		for {
			begin := time.Now()
			result := w.call("coda_upsert_rows", arguments)
			if calls++; calls > 12 {
				t.Fatal("it does not end")
			}
			if took := time.Since(begin); took > 60*time.Second {
				t.Errorf("a call took %s", took)
			}
			checkSize(t, result)
			a := structured[upsertAnswer](t, result)
			if a.Next == nil {
				break
			}
			arguments["resume_from"] = a.Next["resume_from"]
		}
		if n := len(w.coda.Doc("dRoadmap01").Table("Log").Rows()); calls < 2 || n != rows+1 {
			t.Errorf("%d calls, %d rows", calls, n)
		}
	})
}

// A write whose answer is lost is not repeated, and the caller learns that it has to look.
func TestFateUnknownIsSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift()})
		w.coda.Inject(codatest.Fault{Kind: codatest.FaultDropAfter, Operation: "upsertRows", Times: 1})
		text := w.refused("coda_upsert_rows", `{"table":"Log","doc":"dRoadmap01","rows":{"Entry":"once"}}`)
		if !strings.Contains(text, "may or may not have happened") || !strings.Contains(text, "Look at the doc") {
			t.Errorf("%s", text)
		}
		if n := w.coda.Requests().Count("upsertRows"); n != 1 {
			t.Errorf("the write was sent %d times", n)
		}
	})
}

// TestLostAdditionGoesOn: what an answer says to do where it is not known whether rows were added does what it says,
// whichever of the two it was.
func TestLostAdditionGoesOn(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rows, skip int
		kind       codatest.FaultKind
		says       string
		next       map[string]any // nil: there is nothing left to do
	}{
		"all of them are there": {2, 0, codatest.FaultDropAfter, "If what was written is there, all is done;", nil},
		"none of them is": {2, 0, codatest.FaultDrop, "make the same call with resume_from=0 and again=true.",
			map[string]any{"resume_from": 0, "again": true}},
		"some, and the rest is there": {150, 1, codatest.FaultDropAfter, "is there, all is done;", nil},
		"some, and the rest is not": {150, 1, codatest.FaultDrop, "make the same call with resume_from=100.",
			map[string]any{"resume_from": 100}},
		"behind them": {250, 1, codatest.FaultDropAfter, "go on with resume_from=200;",
			map[string]any{"resume_from": 200}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, worldOptions{behavior: swift()})
				w.coda.Inject(codatest.Fault{Kind: tc.kind, Operation: "upsertRows", Skip: tc.skip, Times: 1})
				rows := make([]map[string]any, tc.rows)
				for i := range rows {
					rows[i] = map[string]any{"Entry": fmt.Sprint("entry ", i)}
				}
				arguments := map[string]any{"doc": "dRoadmap01", "table": "Log", "rows": rows}
				before := len(w.coda.Doc("dRoadmap01").Table("Log").Rows())
				text := textOf(w.call("coda_upsert_rows", arguments))
				if !strings.Contains(text, tc.says) {
					t.Errorf("%q is not in\n%s", tc.says, text)
				}
				if tc.skip == 0 {
					if repeat := w.refused("coda_upsert_rows", arguments); !strings.Contains(repeat, tc.says) {
						t.Errorf("of the same call again: %q is not in\n%s", tc.says, repeat)
					}
				}
				if tc.next != nil {
					maps.Copy(arguments, tc.next)
					must[upsertAnswer](w, "coda_upsert_rows", arguments)
				}
				if n := len(w.coda.Doc("dRoadmap01").Table("Log").Rows()) - before; n != tc.rows {
					t.Errorf("%d rows were added, want %d", n, tc.rows)
				}
			})
		})
	}
}

// TestLostChangeGoesOn: a change whose answer was lost is told as such, apart from what was not tried, and going on is
// safe.
func TestLostChangeGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift()})
		w.coda.Inject(codatest.Fault{Kind: codatest.FaultDropAfter, Operation: "updateRow", Skip: 1, Times: 1})
		a := must[upsertAnswer](w, "coda_update_rows", `{"doc":"dRoadmap01","table":"Features","rows":[
			{"row":"i-FeatGrip01","values":{"Effort":1}},{"row":"i-FeatCam001","values":{"Effort":2}},
			{"row":"i-FeatCalib1","values":{"Effort":3}}]}`)
		want := "Then the connection to Coda broke at row 1: the change there may or may not have happened. Going on " +
			"writes it again, which is safe. It stopped before row 2 of 3."
		if a.Status != "partial" || !strings.Contains(a.Done, want) {
			t.Fatalf("%s: %s", a.Status, a.Done)
		}
		if b := must[upsertAnswer](w, "coda_update_rows", a.Next); b.Status != "applied" {
			t.Errorf("going on: %s: %s", b.Status, b.Done)
		}
	})
}

// Changes of single rows stop in time to be reported, and the rest is named.
func TestUpdateStopsInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ws := codatest.Demo()
		table := codatest.Table{Name: "Votes", Columns: []codatest.Column{{Name: "Name"}, {Name: "Count", Type: "number"}}}
		for i := range 40 {
			table.Rows = append(table.Rows, codatest.Row{ID: fmt.Sprintf("i-Vote%03d", i),
				Values: map[string]any{"Name": "same for all", "Count": i}})
		}
		ws.AddDoc(codatest.Doc{ID: "dVotes0001", Name: "Votes", Owner: "ada@example.com",
			Pages: []codatest.Page{{Name: "Home"}}, Tables: []codatest.Table{table}})
		b := codatest.Behavior{Budgets: codatest.PublishedBudgets()}
		w := newWorld(t, worldOptions{workspace: ws, behavior: &b})
		var rows []map[string]any
		for i := range 40 {
			rows = append(rows, map[string]any{"row": fmt.Sprintf("i-Vote%03d", i), "values": map[string]any{"Count": 100 + i}})
		}
		begin := time.Now()
		type answer struct {
			Status  string   `json:"status"`
			Updated []string `json:"updated"`
			Undo    []any    `json:"undo"`

			Next map[string]any `json:"next"`
		}
		arguments := map[string]any{"table": "Votes", "doc": "dVotes0001", "rows": rows}
		a := must[answer](w, "coda_update_rows", arguments)
		if a.Status != "partial" || len(a.Updated) == 0 || len(a.Updated) == 40 || len(a.Undo) != len(a.Updated) {
			t.Fatalf("%s, %d updated, %d to undo", a.Status, len(a.Updated), len(a.Undo))
		}
		if took := time.Since(begin); took > 100*time.Second {
			t.Errorf("took %s", took)
		}
		if fmt.Sprint(a.Next["resume_from"]) != fmt.Sprint(len(a.Updated)) {
			t.Errorf("next is %v", a.Next)
		}
		for i, r := range w.coda.Doc("dVotes0001").Table("Votes").Rows() {
			want := float64(i)
			if i < len(a.Updated) {
				want = float64(100 + i)
			}
			if fmt.Sprint(r.Values["Count"]) != fmt.Sprint(want) {
				t.Errorf("row %d has %v, want %v", i, r.Values["Count"], want)
			}
		}
		for calls := 0; a.Next != nil && calls < 10; calls++ {
			arguments["resume_from"] = a.Next["resume_from"]
			a = must[answer](w, "coda_update_rows", arguments)
		}
		for i, r := range w.coda.Doc("dVotes0001").Table("Votes").Rows() {
			if fmt.Sprint(r.Values["Count"]) != fmt.Sprint(100+i) {
				t.Errorf("in the end row %d has %v", i, r.Values["Count"])
			}
		}
	})
}
