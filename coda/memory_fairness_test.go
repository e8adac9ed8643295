package coda_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

// answersIn is how long the Coda of these tests takes.
const answersIn = 100 * time.Millisecond

// asSomebody sends one request and tells how long it took.
func asSomebody(ctx context.Context, b coda.Budget, name coda.Bucket, person string) (time.Duration, error) {
	begin := time.Now()
	done, err := b.Acquire(coda.WithPerson(ctx, person), "a", name, nil)
	if err != nil {
		return 0, err
	}
	time.Sleep(answersIn)
	done(coda.Accepted)
	return time.Since(begin), nil
}

// keepsBusy has somebody send so many requests at a time until the context ends.
func keepsBusy(ctx context.Context, wg *sync.WaitGroup, b coda.Budget, name coda.Bucket, person string, n int) *int {
	var mu sync.Mutex
	sent := new(int)
	for range n {
		wg.Go(func() {
			for {
				if _, err := asSomebody(ctx, b, name, person); err != nil {
					return
				}
				mu.Lock()
				*sent++
				mu.Unlock()
			}
		})
	}
	return sent
}

// Whoever has little to do hardly notices others beside them who send as much as goes through the same bucket.
func TestAReaderBesideABulkWriter(t *testing.T) {
	t.Parallel()
	for name, rate := range coda.DefaultRates() {
		for _, bulks := range []int{1, 3} {
			if bulks >= rate.Requests {
				continue // not even a request in a period for each of them
			}
			t.Run(fmt.Sprint(name, " ", bulks), func(t *testing.T) {
				t.Parallel()
				// The reader has half of what is kept for people like them.
				pace := 2 * rate.Per / time.Duration(max(1, rate.Requests/(bulks+2)))
				p95 := func(bulks int) time.Duration {
					var took []time.Duration
					synctest.Test(t, func(t *testing.T) {
						b := coda.NewMemoryBudget(coda.MemoryBudgetConfig{MaxWait: time.Hour})
						ctx, cancel := context.WithCancel(t.Context())
						var wg sync.WaitGroup
						for i := range bulks {
							keepsBusy(ctx, &wg, b, name, fmt.Sprint("bulk ", i), 30)
						}
						time.Sleep(time.Second)
						for range 100 {
							d, err := asSomebody(ctx, b, name, "reader")
							if err != nil {
								t.Fatal(err)
							}
							took = append(took, d)
							time.Sleep(pace)
						}
						cancel()
						wg.Wait()
					})
					slices.Sort(took)
					return took[94]
				}
				alone, beside := p95(0), p95(bulks)
				if alone != answersIn || beside > 2*alone {
					t.Errorf("p95 alone %s, beside %d bulk writers %s", alone, bulks, beside)
				}
			})
		}
	}
}

// People with much to do get the same, however many requests each of them has waiting, and together nearly all there
// is. Somebody who is alone gets all.
func TestPeopleShareABudget(t *testing.T) {
	t.Parallel()
	for _, waiting := range [][]int{{50}, {50, 12}, {200, 20, 10}} {
		synctest.Test(t, func(t *testing.T) {
			b := coda.NewMemoryBudget(coda.MemoryBudgetConfig{Margin: -1, MaxWait: time.Hour,
				Rates: map[coda.Bucket]coda.Rate{coda.BucketRead: {Requests: 20, Per: 10 * time.Second}}})
			ctx, cancel := context.WithTimeout(t.Context(), 1000*time.Second)
			defer cancel()
			var wg sync.WaitGroup
			var sent []*int
			for i, n := range waiting {
				sent = append(sent, keepsBusy(ctx, &wg, b, coda.BucketRead, fmt.Sprint(i), n))
			}
			wg.Wait()
			total := 0
			for _, n := range sent {
				total += *n
			}
			least := 2000
			if len(waiting) > 1 {
				least = 1500
			}
			if total < least || total > 2020 {
				t.Errorf("%v waiting: %d requests in 1000 s at 20 in 10 s", waiting, total)
			}
			for i, n := range sent {
				if share := total / len(sent); *n < share*9/10 || *n > share*11/10 {
					t.Errorf("%v waiting: person %d got %d of %d", waiting, i, *n, total)
				}
			}
		})
	}
}

// Each person who waits has a turn before anybody has a second one.
func TestTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := coda.NewMemoryBudget(coda.MemoryBudgetConfig{Margin: -1, MaxWait: time.Hour,
			Rates: map[coda.Bucket]coda.Rate{coda.BucketRead: {Requests: 1, Per: time.Second}}})
		var mu sync.Mutex
		var order []string
		var wg sync.WaitGroup
		for _, who := range strings.Fields("ada ada ada ada grace alan grace") {
			wg.Go(func() {
				if _, err := asSomebody(t.Context(), b, coda.BucketRead, who); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, who)
			})
			synctest.Wait()
		}
		wg.Wait()
		if got := strings.Join(order, " "); got != "ada ada grace alan ada grace ada" {
			t.Errorf("served in the order %s", got)
		}
	})
}

// Who waits is bounded, for each person and in all, and whoever gives up leaves nothing behind.
func TestWhoWaitsIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := coda.NewMemoryBudget(coda.MemoryBudgetConfig{Margin: -1, MaxWait: 1 << 60,
			Rates: map[coda.Bucket]coda.Rate{coda.BucketRead: {Requests: 1, Per: time.Second}}})
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		refused := 0
		var mu sync.Mutex
		crowd := func(person string, n int) {
			for range n {
				wg.Go(func() {
					_, err := asSomebody(ctx, b, coda.BucketRead, person)
					if errors.Is(err, coda.ErrRateLimited) {
						mu.Lock()
						refused++
						mu.Unlock()
					}
				})
			}
			synctest.Wait()
		}
		crowd("ada", 1+256+7)
		if refused != 7 {
			t.Errorf("%d of ada's requests were refused, want 7", refused)
		}
		for i := range 20 {
			crowd(fmt.Sprint(i), 200)
		}
		if want := 7 + 256 + 20*200 - 4096; refused != want {
			t.Errorf("%d requests were refused, want %d", refused, want)
		}
		cancel()
		wg.Wait()
		if d, err := asSomebody(t.Context(), b, coda.BucketRead, "grace"); err != nil || d > time.Second+answersIn {
			t.Errorf("after all have left: %s, %v", d, err)
		}
	})
}

// A wait that becomes too long, since others have come, ends all the same, half a second after the last token that
// somebody else got.
func TestAWaitThatGrowsHasAnEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := coda.NewMemoryBudget(coda.MemoryBudgetConfig{Margin: -1, MaxWait: 3500 * time.Millisecond,
			Rates: map[coda.Bucket]coda.Rate{coda.BucketRead: {Requests: 1, Per: time.Second}}})
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		keepsBusy(ctx, &wg, b, coda.BucketRead, "ada", 3)
		synctest.Wait()
		for i := range 9 {
			keepsBusy(ctx, &wg, b, coda.BucketRead, fmt.Sprint(i), 1)
		}
		_, err := asSomebody(ctx, b, coda.BucketRead, "ada")
		if !errors.Is(err, coda.ErrRateLimited) || !strings.Contains(err.Error(), "used up") {
			t.Errorf("waited until %v", err)
		}
		cancel()
		wg.Wait()
	})
}
