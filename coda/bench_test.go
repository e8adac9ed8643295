package coda_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// cost is what an intent takes of Coda.
type cost struct {
	requests map[string]int
	took     time.Duration
}

// measure runs an intent against a Coda with the published budgets and prompt answers, in simulated time.
func measure(t testing.TB, workspace *codatest.Workspace, behave func(*codatest.Behavior),
	intent func(context.Context, *coda.Client) error) cost {
	t.Helper()
	srv := simulatedIn(t, func(o *codatest.Options) {
		o.Workspace, o.Behavior = workspace, codatest.Behavior{Budgets: codatest.PublishedBudgets()}
		if behave != nil {
			behave(&o.Behavior)
		}
	})
	c := clientOf(t, srv, demoToken)
	begin := time.Now()
	if err := intent(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	took := time.Since(begin)
	if n := srv.Requests().Statuses()[429]; n != 0 {
		t.Errorf("%d requests were refused: the budget was not kept", n)
	}
	return cost{srv.Requests().Counts(), took}
}

// intents are what people do, with the requests they may take and the shortest time that the budgets allow.
func intents() map[string]struct {
	workspace *codatest.Workspace
	behave    func(*codatest.Behavior)
	run       func(context.Context, *coda.Client) error
	requests  map[string]int
	minimum   time.Duration
} {
	type intent = struct {
		workspace *codatest.Workspace
		behave    func(*codatest.Behavior)
		run       func(context.Context, *coda.Client) error
		requests  map[string]int
		minimum   time.Duration
	}
	return map[string]intent{
		// 20 reads fit into one window.
		"read 10000 rows": {bigTable(10_000), nil, func(ctx context.Context, c *coda.Client) error {
			rows, err := coda.Collect(c.ListRows(ctx, bigDoc, bigTable1, coda.ListRowsOptions{}))
			if err == nil && len(rows) != 10_000 {
				err = fmt.Errorf("%d rows", len(rows))
			}
			return err
		}, map[string]int{"whoami": 1, "listRows": 20}, 0},
		"describe a table": {codatest.Demo(), nil, func(ctx context.Context, c *coda.Client) error {
			d, err := c.DescribeTable(ctx, roadmap, features)
			if err == nil && (len(d.Columns) != 23 || d.Table.RowCount != 6) {
				err = fmt.Errorf("%d columns, %d rows", len(d.Columns), d.Table.RowCount)
			}
			return err
		}, map[string]int{"whoami": 1, "getTable": 1, "listColumns": 1}, 0},
		// Ten writes, three in any 10 s: the last leaves after 30 s.
		"upsert 1000 rows": {bigTable(0), nil, func(ctx context.Context, c *coda.Client) error {
			return only(c.UpsertRows(ctx, bigDoc, bigTable1, records(1000), coda.UpsertOptions{KeyColumns: []string{"Key"}}))
		}, map[string]int{"whoami": 1, "listColumns": 1, "upsertRows": 10}, 30 * time.Second},
		"upsert 1000 rows and wait": {bigTable(0), nil, func(ctx context.Context, c *coda.Client) error {
			return only(c.UpsertRows(ctx, bigDoc, bigTable1, records(1000),
				coda.UpsertOptions{KeyColumns: []string{"Key"}, Wait: true}))
		}, map[string]int{"whoami": 1, "listColumns": 1, "upsertRows": 10, "getMutationStatus": 10}, 32 * time.Second},
		// Ready after 5 s, asked at 1, 2.5, 4.75 and 8.125 s.
		"export a page": {codatest.Demo(), func(b *codatest.Behavior) { b.ExportDelay = codatest.Exactly(5 * time.Second) },
			func(ctx context.Context, c *coda.Client) error {
				return only(c.ExportPage(ctx, roadmap, "canvas-RoadmapOver", coda.Markdown))
			}, map[string]int{"whoami": 1, "beginPageContentExport": 1, "getPageContentExportStatus": 4, "downloadBlob": 1},
			8125 * time.Millisecond},
	}
}

// TestCosts holds what intents take: no request more than listed, and at most a tenth longer than the budgets demand.
func TestCosts(t *testing.T) {
	t.Parallel()
	for name, in := range intents() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				got := measure(t, in.workspace, in.behave, in.run)
				if fmt.Sprint(got.requests) != fmt.Sprint(in.requests) {
					t.Errorf("requests %v, want %v", got.requests, in.requests)
				}
				if got.took > in.minimum*11/10 {
					t.Errorf("took %s, the budgets demand %s", got.took, in.minimum)
				}
			})
		})
	}
}

// BenchmarkIntents measures the client's own work, without waiting for budgets, and reports the requests of each
// intent.
func BenchmarkIntents(b *testing.B) {
	for name, in := range intents() {
		b.Run(name, func(b *testing.B) {
			if name == "export a page" || name == "upsert 1000 rows and wait" {
				in.behave = func(*codatest.Behavior) {}
			}
			requests := 0
			for b.Loop() {
				b.StopTimer()
				srv := codatest.New(b, codatest.Options{Workspace: in.workspace})
				c := clientOf(b, srv, demoToken, unlimited, func(cfg *coda.Config) { cfg.Clock = hasty{} })
				b.StartTimer()
				if err := in.run(b.Context(), c); err != nil {
					b.Fatal(err)
				}
				requests += srv.Requests().Count()
				b.StopTimer()
				srv.Close()
				b.StartTimer()
			}
			b.ReportMetric(float64(requests)/float64(b.N), "requests/op")
			b.ReportAllocs()
		})
	}
}
