package coda_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

func TestWaitMutation(t *testing.T) {
	t.Parallel()
	status := func(code int, body string) func(time.Duration) *http.Response {
		return func(time.Duration) *http.Response { return response(code, body) }
	}
	after := func(d time.Duration, early, late func(time.Duration) *http.Response) func(time.Duration) *http.Response {
		return func(at time.Duration) *http.Response {
			if at < d {
				return early(at)
			}
			return late(at)
		}
	}
	done, waiting, missing := status(200, `{"completed":true}`), status(200, `{"completed":false}`), status(404, "")
	for name, tc := range map[string]struct {
		answer  func(time.Duration) *http.Response
		want    coda.Outcome
		polls   string
		note    string
		timeout time.Duration
	}{
		"at once": {done, coda.Applied, "[2s]", "", 0},
		"after 20 s": {after(20*time.Second, waiting, done), coda.Applied, "[2s 4s 7s 11.5s 18.25s 28.375s]", "",
			0},
		"early 404": {after(6*time.Second, missing, done), coda.Applied, "[2s 4s 7s]", "", 0},
		"warning":   {status(200, `{"completed":true,"warning":"Initial page HTML was invalid."}`), coda.AppliedWithWarning, "[2s]", "", 0},
		"never": {waiting, coda.Pending, "[2s 4s 7s 11.5s 18.25s 28.375s 43.375s 58.375s]",
			"not confirmed in time", 0},
		"404 for good":          {missing, coda.Pending, "[2s 4s 7s 11.5s 18.25s 28.375s 43.375s]", "does not know", 0},
		"write-only token":      {status(403, ""), coda.Pending, "[2s]", "may not read", 0},
		"deadline":              {waiting, coda.Pending, "[2s 4s]", "not confirmed in time", 6 * time.Second},
		"deadline before all":   {waiting, coda.Pending, "[]", "not confirmed in time", time.Second},
		"odd but not completed": {status(200, `{"completed":"soon"}`), coda.Pending, "[2s 4s 7s 11.5s 18.25s 28.375s 43.375s 58.375s]", "not confirmed", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				var polls []time.Duration
				tr := &transport{answer: func(_ int, r *http.Request) (*http.Response, error) {
					if r.Method == "POST" {
						return response(202, `{"requestId":"r-1","id":"canvas-a"}`), nil
					}
					polls = append(polls, time.Since(begin))
					return tc.answer(time.Since(begin)), nil
				}}
				ctx := t.Context()
				if tc.timeout > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tc.timeout)
					defer cancel()
				}
				c := clientOver(t, tr)
				m, err := c.CreatePage(ctx, roadmap, coda.PageCreate{})
				if err != nil || m.RequestID != "r-1" || m.ID != "canvas-a" || m.Op != coda.OpCreatePage || m.Doc != roadmap {
					t.Fatalf("%+v, %v", m, err)
				}
				var settled []coda.Outcome
				got, err := c.WaitMutation(coda.WithObserver(ctx, func(_ context.Context, e coda.Event) {
					if s, ok := e.(coda.MutationSettled); ok {
						settled = append(settled, s.Outcome)
					}
				}), m)
				if err != nil || got.Outcome != tc.want || fmt.Sprint(polls) != tc.polls || !strings.Contains(got.Note, tc.note) ||
					(tc.note == "") != (got.Note == "") {
					t.Errorf("%+v, %v, polled at %v", got, err, polls)
				}
				if len(settled) != 1 || settled[0] != tc.want {
					t.Errorf("reported %v", settled)
				}
			})
		})
	}
}

func TestWaitMutationCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := &transport{answer: func(int, *http.Request) (*http.Response, error) { return response(200, `{}`), nil }}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { time.Sleep(3 * time.Second); cancel() }()
		got, err := clientOver(t, tr).WaitMutation(ctx, coda.Mutation{RequestID: "r"})
		if !errors.Is(err, context.Canceled) || got.Outcome != coda.Pending {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := clientOver(t, tr).WaitMutation(t.Context(), coda.Mutation{}); !errors.Is(err, coda.ErrInvalid) {
			t.Errorf("without request id: %v", err)
		}
	})
}

// TestWaitMutationEndsWithItsDeadline although Coda hangs.
func TestWaitMutationEndsWithItsDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := &transport{answer: func(_ int, r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}}
		for limit, polls := range map[time.Duration]int{time.Hour: 1, 5 * time.Second: 5} {
			before, begin := tr.count(), time.Now()
			c := clientOver(t, tr, func(cfg *coda.Config) {
				cfg.MutationDeadline, cfg.RequestTimeout, cfg.MaxAttempts = 30*time.Second, limit, 1
			})
			got, err := c.WaitMutation(t.Context(), coda.Mutation{RequestID: "r"})
			if d := time.Since(begin); err != nil || got.Outcome != coda.Pending ||
				!strings.Contains(got.Note, "not confirmed in time") || d > 30*time.Second {
				t.Errorf("after %s: %+v, %v", d, got, err)
			}
			if n := tr.count() - before; n > polls || limit < time.Minute && n < 3 {
				t.Errorf("with requests of up to %s: asked %d times", limit, n)
			}
		}
	})
}

// TestWriteIsSeenAfterTheWait runs against the manners of the real service.
func TestWriteIsSeenAfterTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t, func(o *codatest.Options) { o.Behavior = codatest.Realistic() })
		c := clientOf(t, srv, demoToken)
		result, err := c.InsertRows(t.Context(), roadmap, features, []coda.Record{{"Name": "Legs", "Status": "Idea"}},
			coda.UpsertOptions{Wait: true})
		if err != nil || result.Outcome() != coda.Applied || len(result.RowIDs()) != 1 {
			t.Fatalf("%+v, %v", result, err)
		}
		row, ok := srv.Doc(roadmap).Table("Features").Row("Legs")
		if !ok || row.ID != result.RowIDs()[0] || row.Values["Status"] != "Idea" {
			t.Errorf("%+v", row)
		}
	})
}
