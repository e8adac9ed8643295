package coda_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

var (
	errReset = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	errDial  = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
)

// truncated is a 202 whose body breaks off.
func truncated() *http.Response {
	r := response(202, "")
	r.Header.Set("X-Request-Id", "req-7")
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"requ`), brokenReader{}))
	return r
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type opKind struct {
	name string
	call func(context.Context, *coda.Client) error
	// repeatable calls may be sent again when their fate is unknown.
	repeatable, write bool
}

var opKinds = []opKind{
	{"read", func(ctx context.Context, c *coda.Client) error { return only(c.GetDoc(ctx, roadmap)) }, true, false},
	{"insert", func(ctx context.Context, c *coda.Client) error {
		return only(c.UpsertRowsRaw(ctx, roadmap, features, coda.RowsUpsert{Rows: []coda.RowEdit{{}}}, coda.WriteOptions{}))
	}, false, true},
	{"keyed upsert", func(ctx context.Context, c *coda.Client) error {
		return only(c.UpsertRowsRaw(ctx, roadmap, features,
			coda.RowsUpsert{Rows: []coda.RowEdit{{}}, KeyColumns: []string{"c-a"}}, coda.WriteOptions{}))
	}, true, true},
	{"update", func(ctx context.Context, c *coda.Client) error {
		return only(c.UpdateRowRaw(ctx, roadmap, features, "i-a", coda.RowEdit{}, coda.WriteOptions{}))
	}, false, true},
	{"delete by id", func(ctx context.Context, c *coda.Client) error {
		return only(c.DeleteRow(ctx, roadmap, features, "i-a"))
	}, true, true},
	{"delete by name", func(ctx context.Context, c *coda.Client) error {
		return only(c.DeleteRow(ctx, roadmap, features, "Gripper"))
	}, false, true},
	{"delete elements", func(ctx context.Context, c *coda.Client) error {
		return only(c.DeletePageContent(ctx, roadmap, "canvas-a", coda.PageContentDelete{ElementIDs: []string{"cl-a"}}))
	}, true, true},
	{"clear page", func(ctx context.Context, c *coda.Client) error {
		return only(c.DeletePageContent(ctx, roadmap, "canvas-a", coda.PageContentDelete{Force: true}))
	}, false, true},
	{"button", func(ctx context.Context, c *coda.Client) error {
		return only(c.PushButton(ctx, roadmap, features, "i-a", "c-b"))
	}, false, true},
	{"automation", func(ctx context.Context, c *coda.Client) error {
		return only(c.TriggerAutomation(ctx, roadmap, "grid-auto-a", nil))
	}, false, true},
	{"export", func(ctx context.Context, c *coda.Client) error {
		return only(c.BeginPageExport(ctx, roadmap, "canvas-a", coda.HTML))
	}, true, false},
}

// TestRetries: what is sent again after which failure, and what is said when it was in vain.
func TestRetries(t *testing.T) {
	t.Parallel()
	failures := []struct {
		name string
		fail func() (*http.Response, error)
		// Whether Coda may have acted, and which kind of error it is.
		doubtful bool
		kind     error
	}{
		{"429", func() (*http.Response, error) { return response(429, ""), nil }, false, coda.ErrRateLimited},
		{"503", func() (*http.Response, error) { return response(503, ""), nil }, true, coda.ErrUnavailable},
		{"504", func() (*http.Response, error) { return response(504, "<html>"), nil }, true, coda.ErrTimeout},
		{"reset", func() (*http.Response, error) { return nil, errReset }, true, coda.ErrUnavailable},
		{"refused connection", func() (*http.Response, error) { return nil, errDial }, false, coda.ErrUnavailable},
		{"truncated answer", func() (*http.Response, error) { return truncated(), nil }, true, coda.ErrUnavailable},
	}
	for _, kind := range opKinds {
		for _, f := range failures {
			again := !f.doubtful || kind.repeatable
			t.Run(kind.name+" "+f.name+" once", func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					tr := &transport{answer: func(n int, _ *http.Request) (*http.Response, error) {
						if n == 1 {
							return f.fail()
						}
						return response(202, `{"requestId":"r"}`), nil
					}}
					err := kind.call(t.Context(), clientOver(t, tr))
					switch {
					case again && (err != nil || tr.count() != 2):
						t.Errorf("%d requests, %v", tr.count(), err)
					case !again && (tr.count() != 1 || !errors.Is(err, coda.ErrFateUnknown) || !errors.Is(err, f.kind)):
						t.Errorf("%d requests, %v", tr.count(), err)
					}
				})
			})
			t.Run(kind.name+" "+f.name+" for good", func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					tr := &transport{answer: func(int, *http.Request) (*http.Response, error) { return f.fail() }}
					err := kind.call(t.Context(), clientOver(t, tr))
					want := 4
					if !again {
						want = 1
					}
					if tr.count() != want || !errors.Is(err, f.kind) {
						t.Errorf("%d requests, want %d; %v", tr.count(), want, err)
					}
					if unknown := errors.Is(err, coda.ErrFateUnknown); unknown != (f.doubtful && kind.write) {
						t.Errorf("ErrFateUnknown is %v: %v", unknown, err)
					}
					var e *coda.Error
					if !errors.As(err, &e) || e.Attempts != want || e.Replayable != (f.doubtful && kind.write && kind.repeatable) {
						t.Errorf("error is %+v", e)
					}
				})
			})
		}
	}
}

func TestFinalAnswersAreNotRetried(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]error{
		400: coda.ErrBadRequest, 401: coda.ErrUnauthorized, 403: coda.ErrForbidden, 404: coda.ErrNotFound, 410: coda.ErrGone,
		413: coda.ErrTooLarge, 422: coda.ErrBadRequest, 302: coda.ErrBadAnswer,
	} {
		for _, op := range opKinds {
			tr := &transport{answer: func(int, *http.Request) (*http.Response, error) { return response(status, `{"message":"No."}`), nil }}
			err := op.call(t.Context(), clientOver(t, tr))
			want := 1
			if status == 401 {
				want = 2 // whoami tells whether the token is merely restricted
			}
			if tr.count() != want || !errors.Is(err, kind) || errors.Is(err, coda.ErrFateUnknown) || status != 302 &&
				!strings.Contains(err.Error(), ": No") {
				t.Errorf("%s, %d: %d requests, %v", op.name, status, tr.count(), err)
			}
		}
	}
}

// TestDeleteTakenByTheLostAttempt: the second attempt of a delete finds nothing because the first has done it.
func TestDeleteTakenByTheLostAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := &transport{answer: func(n int, _ *http.Request) (*http.Response, error) {
			if n == 1 {
				return nil, errReset
			}
			return response(404, `{"message":"Not found"}`), nil
		}}
		m, err := clientOver(t, tr).DeleteRow(t.Context(), roadmap, features, "i-a")
		if err != nil || m.RequestID != "" || !m.Settled {
			t.Errorf("%+v, %v", m, err)
		}
		if end, err := clientOver(t, tr).WaitMutation(t.Context(), m); err != nil || end.Outcome != coda.Applied {
			t.Errorf("%+v, %v", end, err)
		}
		tr = &transport{answer: func(int, *http.Request) (*http.Response, error) { return response(404, ""), nil }}
		if _, err := clientOver(t, tr).DeleteRow(t.Context(), roadmap, features, "i-a"); !errors.Is(err, coda.ErrNotFound) {
			t.Errorf("a plain 404: %v", err)
		}
	})
}

// TestManyAttempts wait ever longer, but not for ever.
func TestManyAttempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := &transport{answer: func(int, *http.Request) (*http.Response, error) { return response(503, ""), nil }}
		begin := time.Now()
		_, err := clientOver(t, tr, func(cfg *coda.Config) { cfg.MaxAttempts = 100 }).GetDoc(t.Context(), roadmap)
		if d := time.Since(begin); !errors.Is(err, coda.ErrUnavailable) || tr.count() != 100 || d < 6*time.Minute ||
			d > 20*time.Minute {
			t.Errorf("%d requests in %s: %v", tr.count(), d, err)
		}
	})
}

func TestRetriesEndWithTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := &transport{answer: func(int, *http.Request) (*http.Response, error) { return response(503, ""), nil }}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		begin := time.Now()
		_, err := clientOver(t, tr).GetDoc(ctx, roadmap)
		if !errors.Is(err, coda.ErrUnavailable) || tr.count() != 1 || time.Since(begin) > 100*time.Millisecond {
			t.Errorf("%d requests in %s: %v", tr.count(), time.Since(begin), err)
		}
	})
}

func TestCancelledWriteIsOfUnknownFate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := &transport{answer: func(_ int, r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { time.Sleep(time.Second); cancel() }()
		_, err := clientOver(t, tr).CreatePage(ctx, roadmap, coda.PageCreate{})
		if !errors.Is(err, coda.ErrFateUnknown) || !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		_, err = clientOver(t, tr).CreatePage(t.Context(), roadmap, coda.PageCreate{})
		if !errors.Is(err, coda.ErrFateUnknown) || !errors.Is(err, coda.ErrTimeout) {
			t.Errorf("own time limit: %v", err)
		}
	})
}
