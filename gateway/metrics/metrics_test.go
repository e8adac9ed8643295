package metrics

import (
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/bestviable/coda-gateway/gateway/call"
)

var update = flag.Bool("update", false, "write golden files anew")

// scrape returns the lines of our own metrics.
func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/plain; version=0.0.4") {
		t.Errorf("content type %s", got)
	}
	var ours strings.Builder
	for line := range strings.Lines(w.Body.String()) {
		if strings.Contains(line, namespace) {
			ours.WriteString(line)
		}
	}
	return ours.String()
}

func ended(outcome call.Outcome, reason call.Reason, set func(*call.Call)) *call.Call {
	c := &call.Call{Time: time.Now(), Method: "tools/call", Tool: "coda_find_docs"}
	set(c)
	c.End(outcome, reason, "")
	c.Finish(200, 10)
	c.Duration = 30 * time.Millisecond
	return c
}

// populated has something of everything.
func populated() *Metrics {
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	m := New(Config{Version: "v1", Tools: []string{"coda_find_docs"}, Standing: func() Standing {
		return Standing{
			Issuers: []Issuer{
				{URL: "https://id.example.com", Ready: true, Keys: 2, LastSuccess: at, LastFailure: at, Fetched: 7,
					Failed: 3},
				{URL: "https://other.example.com"},
			},
			Cache:       Cache{Hits: 40, Misses: 4, Entries: 3, Bytes: 2048},
			Reload:      Reload{OK: false, At: at},
			Credentials: []Credentials{{Entry: "coda.token", State: "ok", Count: 1}},
			Limits:      Limits{Waiting: 2, Waits: 7, Waited: 90 * time.Second, Store: &Store{Up: true, Replicas: 3, Failed: 1}},
			State:       &State{Bytes: 4096, MaxBytes: 1 << 20},
			LogLost:     5,
		}
	}})
	m.Ended(ended(call.OK, "", func(c *call.Call) {
		c.Decided("allowed", "access[0]")
		c.CodaRequest(call.Request{Doc: "d"})
		c.CodaRequest(call.Request{Doc: "d"})
	}))
	m.CodaRequest("getDoc", 200, "coda_find_docs", 30*time.Millisecond)
	m.CodaRequest("getDoc", 0, "", time.Second)
	m.CodaRequest("getDoc", 777, "made_up", time.Second)
	m.CodaWait("read", 2*time.Second)
	m.Attempt("tool_list", "ok")
	m.Ended(ended(call.Denied, "role_missing", func(c *call.Call) { c.Decided("role_missing", "") }))
	m.Ended(ended(call.InvalidToken, "expired", func(c *call.Call) { c.Method, c.Tool = "", "" }))
	return m
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	got := scrape(t, populated())
	const golden = "testdata/metrics.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s", got)
	}
}

const (
	tableBegin = "<!-- metrics: written by go test ./gateway/metrics -run TestTable -update -->\n"
	tableEnd   = "<!-- end of metrics -->"
)

// The README of the gateway shows what there is to be read.
func TestTable(t *testing.T) {
	t.Parallel()
	families, err := populated().registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(tableBegin + "\n| Metric | Kind | Labels | Meaning |\n|---|---|---|---|\n")
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), namespace) {
			continue
		}
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, "`"+l.GetName()+"`")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.GetName(), strings.ToLower(f.GetType().String()),
			strings.Join(labels, ", "), f.GetHelp())
	}
	b.WriteString(tableEnd)
	const file = "../README.md"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, began := strings.Cut(string(data), tableBegin)
	_, after, ended := strings.Cut(rest, tableEnd)
	if !began || !ended {
		t.Fatalf("%s has no place for the table", file)
	}
	want := before + b.String() + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(data) {
		t.Errorf("%s is out of date; run go test ./gateway/metrics -run TestTable -update", file)
	}
}

// Whatever clients make up, the number of series stays.
func TestLabelsAreBounded(t *testing.T) {
	t.Parallel()
	m := New(Config{Tools: []string{"coda_find_docs"}})
	for i := range 1000 {
		m.Ended(ended(call.RPCError, call.MethodNotFound, func(c *call.Call) {
			c.Method, c.Tool = fmt.Sprint("made/up/", i), fmt.Sprint("tool_", i)
		}))
		m.CodaRequest("getDoc", 600+i, fmt.Sprint("tool_", i), time.Second)
	}
	got := scrape(t, m)
	if n := strings.Count(got, "\n"); n > 50 || !strings.Contains(got,
		`coda_gateway_coda_requests_total{operation="getDoc",status="other",tool="other"} 1000`) || !strings.Contains(got,
		`coda_gateway_requests_total{method="other",outcome="rpc_error",tool="other"} 1000`) {
		t.Errorf("%d lines:\n%s", n, got)
	}
}

// Every outcome and every reason is counted under its own name.
func TestEveryEndIsCounted(t *testing.T) {
	t.Parallel()
	m := New(Config{Tools: []string{"coda_find_docs"}})
	nothing := func(*call.Call) {}
	for _, o := range call.Outcomes() {
		m.Ended(ended(o.Outcome, "", nothing))
	}
	for _, r := range call.Reasons() {
		for _, o := range r.Of {
			m.Ended(ended(o, r.Reason, nothing))
		}
	}
	got := scrape(t, m)
	for _, o := range call.Outcomes() {
		if !strings.Contains(got, fmt.Sprintf(`,outcome="%s",tool="coda_find_docs"} `, o.Outcome)) {
			t.Errorf("the outcome %s is not counted", o.Outcome)
		}
	}
	for _, r := range call.Reasons() {
		for _, o := range r.Of {
			if !strings.Contains(got, fmt.Sprintf(`request_reasons_total{outcome="%s",reason="%s"} 1`, o, r.Reason)) {
				t.Errorf("the reason %s with %s is not counted", r.Reason, o)
			}
		}
	}
}

// Counting costs no allocation once a kind of call was seen, and keeps nothing of a message: a method may be a part of
// one of megabytes.
func TestCountingKeepsNothing(t *testing.T) { // not parallel: it counts allocations
	m := New(Config{Tools: []string{"coda_find_docs"}})
	c := ended(call.Denied, "role_missing", func(c *call.Call) {
		c.Method, c.Tool = strings.Clone("tools/call"), strings.Clone("coda_find_docs")
		c.Decided("role_missing", "access[0]")
	})
	if n := testing.AllocsPerRun(100, func() { m.Ended(c) }); n > 0 {
		t.Errorf("counting a call allocates %.0f times", n)
	}
	for label := range *m.requests.found.Load() {
		if unsafe.StringData(label.method) == unsafe.StringData(c.Method) ||
			unsafe.StringData(label.tool) == unsafe.StringData(c.Tool) {
			t.Error("the counter keeps the words of a call")
		}
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				m.Ended(c)
			}
		})
	}
	all.Wait()
	want := `coda_gateway_requests_total{method="tools/call",outcome="denied",tool="coda_find_docs"} 901`
	if got := scrape(t, m); !strings.Contains(got, want) {
		t.Errorf("not %s in\n%s", want, got)
	}
}

func TestBeforeTheFirstReload(t *testing.T) {
	t.Parallel()
	got := scrape(t, New(Config{Standing: func() Standing { return Standing{} }}))
	if !strings.Contains(got, "coda_gateway_config_last_reload_successful 1\n") ||
		strings.Contains(got, "reload_timestamp") {
		t.Error(got)
	}
}

func BenchmarkEnded(b *testing.B) {
	m := New(Config{Tools: []string{"coda_find_docs"}})
	c := ended(call.OK, "", func(c *call.Call) {
		c.Decided("allowed", "access[0]")
		c.CodaRequest(call.Request{Doc: "d"})
	})
	b.ReportAllocs()
	for b.Loop() {
		m.Ended(c)
	}
}
