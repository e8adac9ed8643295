//go:build unix

package build

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway"
	"github.com/bestviable/coda-gateway/gateway/site"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// queryNothing is a call that the tool answers before it asks Coda for anything.
const queryNothing = `{"jsonrpc":"2.0","id":1,"method":"tools/call",` +
	`"params":{"name":"coda_query_rows","arguments":{}}}`

const costlyURL = "https://mcp.example.com/mcp"

// costly is a site as the binary serves it, with some of what tells of calls left out. Coda is not there: what is
// called here is answered before anything is sent.
type costly struct {
	site   *site.Site
	issuer *tokentest.Issuer
	good   string
}

// openCostly builds it; records are those of metrics, audit and journal that are on.
func openCostly(tb testing.TB, records string) *costly {
	tb.Helper()
	issuer, err := tokentest.Start(tokentest.Options{Algorithms: []string{"RS256"}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(issuer.Close)
	extra := ""
	if strings.Contains(records, "audit") {
		extra = "audit: {to: " + filepath.Join(tb.TempDir(), "audit.log") + "}\n"
	}
	cfg, _, err := config.Parse("gateway.yaml", []byte("public_url: "+costlyURL+"\nissuers: [{url: "+issuer.URL+
		"}]\nlimits: {per_person: {calls: 0}}\ncoda: {token: \"${env:T}\"}\n"+extra),
		ConfigOptions(func(string) (string, bool) { return "coda-token", true }))
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	b := &Builder{Log: zerolog.New(io.Discard).With().Timestamp().Logger(), Agent: "test/1", Version: "1"}
	tb.Cleanup(func() { cancel(); b.Close(); _ = b.CloseAudit() })
	var server *gateway.Server
	if strings.Contains(records, "metrics") {
		b.NewMetrics(func() *gateway.Server { return server })
	}
	if strings.Contains(records, "journal") {
		_, closing := b.NewJournal(ctx, func() *gateway.Server { return server })
		tb.Cleanup(closing)
	}
	w := &costly{issuer: issuer}
	if w.site, err = b.Site(cfg); err != nil {
		tb.Fatal(err)
	}
	server = Server(cfg, w.site, b.Log, nil)
	w.site.Start(ctx)
	tb.Cleanup(w.site.Retire)
	w.good = issuer.Token(costlyURL, map[string]any{"scope": "coda:read", "exp": time.Now().Add(time.Hour).Unix()})
	return w
}

// send makes one request, and returns the status.
func (w *costly) send(ctx context.Context, token string, body []byte) int {
	r := (&http.Request{Method: "POST", Host: "mcp.example.com", RemoteAddr: "198.51.100.7:4711",
		Header: http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"},
			"User-Agent": {"claude-code/2.0"}, "Authorization": {"Bearer " + token}},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		URL: &url.URL{Path: "/mcp"}}).WithContext(ctx)
	answer := httptest.NewRecorder()
	w.site.ServeHTTP(answer, r)
	return answer.Code
}

// cpuTime is what this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// What metrics, audit and journal add to a call that runs and to one that is refused: compare the lines of a name. The
// time of the CPU counts, since others may share it.
func BenchmarkRecords(b *testing.B) {
	call := []byte(queryNothing)
	list := []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	for _, records := range []string{"none", "metrics", "audit", "metrics,audit", "journal", "metrics,audit,journal"} {
		w := openCostly(b, records)
		head := w.good[:strings.LastIndexByte(w.good, '.')]
		for _, k := range []struct {
			name, token string
			body        []byte
			status      int
		}{
			{"call", w.good, call, 200},
			{"list", w.good, list, 200},
			{"no-token", "", list, 401},
			{"garbage", strings.Repeat("x", 800), list, 401},
			{"expired", w.issuer.Token(costlyURL, map[string]any{"exp": 1}), list, 401},
			{"bad-signature", head + w.good[strings.LastIndexByte(w.good, '.'):len(w.good)-4] + "AAAA", list, 401},
		} {
			b.Run(fmt.Sprintf("%s/%s", k.name, records), func(b *testing.B) {
				w.send(b.Context(), k.token, k.body)
				b.ReportAllocs()
				before := cpuTime()
				for b.Loop() {
					if got := w.send(b.Context(), k.token, k.body); got != k.status {
						b.Fatalf("status %d", got)
					}
				}
				b.ReportMetric(float64(cpuTime()-before)/float64(b.N)/1e3, "cpu-µs/op")
			})
		}
	}
}

// What metrics, audit and journal add to a call, as the median of rounds in which a site with them and one without
// take turns: whatever else the machine does falls on both. Wanted are 4 µs at most for metrics and audit together.
// Beside it stands what the system alone takes to add a line to a file, which nobody gets around who writes a line a
// call.
func BenchmarkRecordsAdd(b *testing.B) {
	const turn = 250
	call := []byte(queryNothing)
	bare := openCostly(b, "none")
	file, err := os.OpenFile(filepath.Join(b.TempDir(), "lines"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	line := bytes.Repeat([]byte("x"), 400)
	cost := func(do func()) float64 {
		before := cpuTime()
		for range turn {
			do()
		}
		return float64(cpuTime()-before) / turn / 1e3
	}
	median := func(all []float64) float64 { return slices.Sorted(slices.Values(all))[len(all)/2] }
	for _, records := range []string{"metrics", "audit", "metrics,audit", "journal"} {
		w := openCostly(b, records)
		b.Run(records, func(b *testing.B) {
			var more, least []float64
			for b.Loop() {
				least = append(least, cost(func() { _, _ = file.Write(line) }))
				without := cost(func() { bare.send(b.Context(), bare.good, call) })
				more = append(more, cost(func() { w.send(b.Context(), w.good, call) })-without)
			}
			b.ReportMetric(median(more), "cpu-µs-more/call")
			b.ReportMetric(median(least), "cpu-µs/append")
			b.ReportMetric(0, "ns/op")
		})
	}
}
