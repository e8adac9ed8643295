package coda_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
)

// spy is a budget that never waits and remembers who was counted.
type spy struct {
	mu       sync.Mutex
	accounts map[string]int
	fail     error
}

func (s *spy) Acquire(_ context.Context, account string, _ coda.Bucket, _ func(time.Duration)) (func(coda.Answer),
	error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.accounts == nil {
		s.accounts = make(map[string]int)
	}
	s.accounts[account]++
	return func(coda.Answer) {}, s.fail
}

// TestAccountIsAskedOnce, however many calls begin at the same time, and again after an hour.
func TestAccountIsAskedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		asked := 0
		tr := &transport{answer: func(_ int, r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/apis/v1/whoami" {
				time.Sleep(time.Second)
				mu.Lock()
				defer mu.Unlock()
				asked++
				return response(200, `{"loginId":"ada@example.com"}`), nil
			}
			return response(200, `{}`), nil
		}}
		budget := &spy{}
		c := clientOver(t, tr, func(cfg *coda.Config) { cfg.Account, cfg.Budget = "", budget })
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := c.GetDoc(t.Context(), roadmap); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if asked != 1 || budget.accounts["ada@example.com"] != 20 {
			t.Errorf("asked %d times, counted %v", asked, budget.accounts)
		}
		if _, err := c.WhoAmI(t.Context()); err != nil || asked != 2 || budget.accounts["ada@example.com"] != 21 {
			t.Errorf("asked %d times, counted %v, %v", asked, budget.accounts, err)
		}
		time.Sleep(time.Hour)
		if _, err := c.GetDoc(t.Context(), roadmap); err != nil || asked != 3 {
			t.Errorf("after an hour: asked %d times, %v", asked, err)
		}
	})
}

// TestAccountIsReplacedByTheToken while Coda does not tell whose it is; calls work nevertheless.
func TestAccountIsReplacedByTheToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broken := true
		tr := &transport{answer: func(_ int, r *http.Request) (*http.Response, error) {
			if r.URL.Path != "/apis/v1/whoami" {
				return response(200, `{}`), nil
			}
			if broken {
				return response(500, ""), nil
			}
			return response(200, `{"loginId":"ada@example.com"}`), nil
		}}
		budget := &spy{}
		c := clientOver(t, tr, func(cfg *coda.Config) { cfg.Account, cfg.Budget = "", budget })
		for range 3 {
			if _, err := c.GetDoc(t.Context(), roadmap); err != nil {
				t.Fatal(err)
			}
		}
		if tr.count() != 4+3 || budget.accounts["ada@example.com"] != 0 {
			t.Errorf("%d requests, counted %v", tr.count(), budget.accounts)
		}
		broken = false
		time.Sleep(2 * time.Minute)
		if _, err := c.GetDoc(t.Context(), roadmap); err != nil || budget.accounts["ada@example.com"] != 1 {
			t.Errorf("counted %v, %v", budget.accounts, err)
		}
	})
}

// TestAccountsWithoutALoginShareNothing: an answer that lacks what the budget is counted by must not throw all into
// one.
func TestAccountsWithoutALoginShareNothing(t *testing.T) {
	t.Parallel()
	tr := &transport{answer: func(int, *http.Request) (*http.Response, error) { return response(200, `{"loginId":7}`), nil }}
	budget := &spy{}
	for _, token := range []string{"one", "two"} {
		c := clientOver(t, tr, func(cfg *coda.Config) {
			cfg.Account, cfg.Budget, cfg.TokenSource = "", budget, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token})
		})
		if _, err := c.GetDoc(t.Context(), roadmap); err != nil {
			t.Fatal(err)
		}
	}
	if len(budget.accounts) != 2 || budget.accounts[""] != 0 {
		t.Errorf("counted %v", budget.accounts)
	}
}

// TestAccountIsNotWaitedForLong: a whoami that hangs delays the first request only so much.
func TestAccountIsNotWaitedForLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := &transport{answer: func(_ int, r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/apis/v1/whoami" {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return response(200, `{}`), nil
		}}
		c := clientOver(t, tr, func(cfg *coda.Config) { cfg.Account = "" })
		begin := time.Now()
		for range 3 {
			if _, err := c.GetDoc(t.Context(), roadmap); err != nil {
				t.Error(err)
			}
		}
		if d := time.Since(begin); d > 15*time.Second {
			t.Errorf("three requests took %s", d)
		}
	})
}

// TestBudgetOfOnesOwn may fail in its own way; nothing is sent then.
func TestBudgetOfOnesOwn(t *testing.T) {
	t.Parallel()
	away := errors.New("store is away")
	tr := &transport{}
	c := clientOver(t, tr, func(cfg *coda.Config) { cfg.Budget = &spy{fail: away} })
	_, err := c.CreatePage(t.Context(), roadmap, coda.PageCreate{})
	var e *coda.Error
	if !errors.As(err, &e) || e.Attempts != 0 || !errors.Is(err, away) || !errors.Is(err, coda.ErrUnavailable) ||
		errors.Is(err, coda.ErrFateUnknown) || tr.count() != 0 {
		t.Errorf("%d requests, %v", tr.count(), err)
	}
}

func TestEventsAreSentences(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]coda.Event{
		"waiting 3s for the content budget of the Coda account": coda.WaitingForBudget{Op: coda.OpUpsertRows,
			Bucket: coda.BucketContent, Wait: 3 * time.Second},
		"getDoc answered 404 after 20ms": coda.RequestDone{Op: coda.OpGetDoc,
			Status: 404, Took: 20 * time.Millisecond},
		"getDoc got no answer after 1m0s": coda.RequestDone{Op: coda.OpGetDoc,
			Took: time.Minute},
		"getDoc failed, trying again in 1.5s (attempt 3)": coda.Retrying{Op: coda.OpGetDoc, Attempt: 2,
			Wait: 1500 * time.Millisecond},
		"Coda timed out on listRows, beginning again with 125 items per page": coda.ListRestarted{Op: coda.OpListRows,
			PageSize: 125},
		"500 items read": coda.PageFetched{Op: coda.OpListRows, Pages: 1, Items: 500},
		"100 of 250 rows accepted (request 1 of 3)": coda.ChunkSent{Chunk: 1, Chunks: 3, Rows: 100, Total: 250},
		"accepted, not yet applied after 4s":        coda.WaitingForMutation{Elapsed: 4 * time.Second},
		"applied with warning":                      coda.MutationSettled{Outcome: coda.AppliedWithWarning},
		"Coda is preparing the page (2.5s)": coda.WaitingForExport{Page: "canvas-a",
			Elapsed: 2500 * time.Millisecond},
	} {
		if got := e.String(); got != want {
			t.Errorf("%T: %q, want %q", e, got, want)
		}
	}
	var heard []string
	hear := func(name string) coda.Observer {
		return func(context.Context, coda.Event) { heard = append(heard, name) }
	}
	tr := &transport{answer: func(int, *http.Request) (*http.Response, error) { return response(200, `{}`), nil }}
	c := clientOver(t, tr, func(cfg *coda.Config) { cfg.Observer = hear("all") })
	ctx := coda.WithObserver(coda.WithObserver(coda.WithObserver(t.Context(), hear("first")), hear("second")), nil)
	if _, err := c.GetDoc(ctx, roadmap); err != nil || len(heard) != 3 || heard[0] != "all" || heard[2] != "second" {
		t.Errorf("heard %v, %v", heard, err)
	}
}
