package coda_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

func budget(requests int, per time.Duration) *coda.MemoryBudget {
	return coda.NewMemoryBudget(coda.MemoryBudgetConfig{Margin: -1,
		Rates: map[coda.Bucket]coda.Rate{coda.BucketContent: {Requests: requests, Per: per}}})
}

func acquire(t testing.TB, b coda.Budget, account string, a coda.Answer) time.Duration {
	t.Helper()
	begin := time.Now()
	done, err := b.Acquire(t.Context(), account, coda.BucketContent, nil)
	if err != nil {
		t.Fatal(err)
	}
	done(a)
	return time.Since(begin)
}

// TestBudgetNeverExceedsItsRate: whatever the pattern of calls, no window sees more requests than allowed.
func TestBudgetNeverExceedsItsRate(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			n, per := 1+rng.IntN(5), time.Duration(1+rng.IntN(10))*time.Second
			b := budget(n, per)
			var mu sync.Mutex
			var grants []time.Time
			var wg sync.WaitGroup
			for range 40 {
				start := time.Duration(rng.IntN(20_000)) * time.Millisecond
				patience := time.Duration(rng.IntN(90_000)) * time.Millisecond
				person := fmt.Sprint(rng.IntN(4))
				wg.Go(func() {
					time.Sleep(start)
					ctx, cancel := context.WithTimeout(coda.WithPerson(t.Context(), person), patience)
					defer cancel()
					done, err := b.Acquire(ctx, "a", coda.BucketContent, nil)
					if err != nil {
						return
					}
					done(coda.Accepted)
					mu.Lock()
					defer mu.Unlock()
					grants = append(grants, time.Now())
				})
			}
			wg.Wait()
			slices.SortFunc(grants, time.Time.Compare)
			if len(grants) == 0 {
				t.Fatal("nothing was granted")
			}
			for i := n; i < len(grants); i++ {
				if d := grants[i].Sub(grants[i-n]); d < per {
					t.Fatalf("%d requests within %s, allowed are %d in %s", n+1, d, n, per)
				}
			}
		})
	}
}

func TestBudgetWaitsNoLongerThanNeeded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := budget(3, 10*time.Second)
		var waits []time.Duration
		for range 7 {
			waits = append(waits, acquire(t, b, "ada", coda.Accepted))
		}
		want := []time.Duration{0, 0, 0, 10 * time.Second, 0, 0, 10 * time.Second}
		if !slices.Equal(waits, want) {
			t.Errorf("waited %v, want %v", waits, want)
		}
		if d := acquire(t, b, "grace", coda.Accepted); d != 0 {
			t.Errorf("another account waited %s", d)
		}
	})
}

func TestBudgetReportsAndBoundsWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := budget(1, 10*time.Second)
		acquire(t, b, "a", coda.Accepted)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		begin := time.Now()
		_, err := b.Acquire(ctx, "a", coda.BucketContent, nil)
		if !errors.Is(err, coda.ErrRateLimited) || !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != 0 {
			t.Errorf("a wait past the deadline ended after %s with %v", time.Since(begin), err)
		}
		ctx, cancelEarly := context.WithCancel(t.Context())
		go func() { time.Sleep(time.Second); cancelEarly() }()
		var told time.Duration
		if _, err := b.Acquire(ctx, "a", coda.BucketContent, func(d time.Duration) { told = d }); !errors.Is(err,
			context.Canceled) {
			t.Errorf("cancelled wait: %v", err)
		}
		if told != 10*time.Second {
			t.Errorf("told to wait %s", told)
		}
		// The cancelled call has given its place back.
		if d := acquire(t, b, "a", coda.Accepted); d != 9*time.Second {
			t.Errorf("waited %s", d)
		}
		strict := coda.NewMemoryBudget(coda.MemoryBudgetConfig{Margin: -1, MaxWait: time.Second,
			Rates: map[coda.Bucket]coda.Rate{coda.BucketContent: {Requests: 1, Per: time.Minute}}})
		acquire(t, strict, "a", coda.Accepted)
		if _, err := strict.Acquire(t.Context(), "a", coda.BucketContent, nil); !errors.Is(err, coda.ErrRateLimited) ||
			!strings.Contains(err.Error(), "used up") {
			t.Errorf("overlong wait: %v", err)
		}
	})
}

func TestBudgetCoolsDownAndGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := budget(100, time.Second)
		// Three requests under way are refused at once: one strike, one cool-down.
		var dones []func(coda.Answer)
		for range 3 {
			done, err := b.Acquire(t.Context(), "a", coda.BucketContent, nil)
			if err != nil {
				t.Fatal(err)
			}
			dones = append(dones, done)
		}
		for _, done := range dones {
			done(coda.Limited)
		}
		for i, least := range []time.Duration{2 * time.Second, 6 * time.Second, 18 * time.Second} {
			d := acquire(t, b, "a", coda.Limited)
			if d < least || d > least*5/4 {
				t.Errorf("cool-down %d took %s, want %s and up to a quarter more", i+1, d, least)
			}
		}
		// Four strikes: the bucket is stuck and says so at once.
		_, err := b.Acquire(t.Context(), "a", coda.BucketContent, nil)
		if !errors.Is(err, coda.ErrRateLimited) || !strings.Contains(err.Error(), "4 content requests in a row") {
			t.Fatalf("stuck: %v", err)
		}
		if d := acquire(t, b, "b", coda.Accepted); d != 0 {
			t.Errorf("another account waited %s", d)
		}
		time.Sleep(time.Minute)
		// One request probes; others are refused meanwhile.
		probe, err := b.Acquire(t.Context(), "a", coda.BucketContent, nil)
		if err != nil {
			t.Fatalf("probe: %v", err)
		}
		if _, err := b.Acquire(t.Context(), "a", coda.BucketContent, nil); !errors.Is(err, coda.ErrRateLimited) {
			t.Errorf("beside the probe: %v", err)
		}
		probe(coda.Limited)
		if _, err := b.Acquire(t.Context(), "a", coda.BucketContent, nil); !errors.Is(err, coda.ErrRateLimited) {
			t.Errorf("after a failed probe: %v", err)
		}
		time.Sleep(time.Minute)
		if d := acquire(t, b, "a", coda.Accepted); d > 20*time.Second {
			t.Errorf("second probe waited %s", d)
		}
		if d := acquire(t, b, "a", coda.Accepted); d != 0 {
			t.Errorf("recovered bucket made wait %s", d)
		}
	})
}

func TestZeroRateIsNoLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := budget(0, 0)
		for range 1000 {
			if d := acquire(t, b, "a", coda.Accepted); d != 0 {
				t.Fatalf("waited %s", d)
			}
		}
	})
}

func TestTokensOfOneAccountShareABudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := budget(2, 10*time.Second)
		srv := simulatedIn(t)
		first := clientOf(t, srv, demoToken, func(cfg *coda.Config) { cfg.Budget = shared })
		second := clientOf(t, srv, demoTokenSecond, func(cfg *coda.Config) { cfg.Budget = shared })
		other := clientOf(t, srv, demoTokenGrace, func(cfg *coda.Config) { cfg.Budget = shared })
		begin := time.Now()
		var waits []coda.WaitingForBudget
		ctx := coda.WithObserver(t.Context(), func(_ context.Context, e coda.Event) {
			if w, ok := e.(coda.WaitingForBudget); ok {
				waits = append(waits, w)
			}
		})
		for _, c := range []*coda.Client{first, second, other} {
			if _, err := c.UpdateRowRaw(ctx, roadmap, features, "i-FeatGrip01",
				coda.RowEdit{Cells: []coda.CellEdit{{Column: "c-FeatStatus", Value: "Done"}}}, coda.WriteOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(begin); d != 0 {
			t.Errorf("waited %s", d)
		}
		if _, err := second.DeleteRow(ctx, roadmap, features, "i-FeatStop01"); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(begin); d != 10*time.Second {
			t.Errorf("the account's third write came after %s", d)
		}
		if len(waits) != 1 || waits[0].Wait != 10*time.Second || waits[0].Bucket != coda.BucketContent {
			t.Errorf("reported waits %v", waits)
		}
	})
}

// BenchmarkBudget tells what it costs to book a call after others of the same period: the same after many as after few.
func BenchmarkBudget(b *testing.B) {
	for _, before := range []int{200, 100_000} {
		b.Run(fmt.Sprintf("after %d", before), func(b *testing.B) {
			account := budget(1<<30, time.Hour)
			for range before {
				acquire(b, account, "a", coda.Accepted)
			}
			for b.Loop() {
				acquire(b, account, "a", coda.Accepted)
			}
		})
	}
}

// TestBudgetWithOtherRates: what was used stays used when the rate changes, up and down, and counts for the new one.
func TestBudgetWithOtherRates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := budget(3, 30*time.Second)
		rate := func(requests int) {
			b.SetRates(map[coda.Bucket]coda.Rate{coda.BucketContent: {Requests: requests, Per: 30 * time.Second}})
		}
		var waits []time.Duration
		take := func() { waits = append(waits, acquire(t, b, "a", coda.Accepted)) }
		for range 4 {
			take() // the fourth at 30 s
		}
		rate(2)
		take() // the other one of 30 s is used: those of 0 s came back
		take()
		rate(4)
		for range 4 {
			take() // two more at once, and that of 30 s came back
		}
		rate(0)
		take()
		want := []time.Duration{0, 0, 0, 30 * time.Second, 0, 30 * time.Second, 0, 0, 0, 30 * time.Second, 0}
		if !slices.Equal(waits, want) {
			t.Errorf("waits of %v, want %v", waits, want)
		}
	})
}
