package coda_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

// inOnePlace is a [coda.Shared] in memory, a round trip away.
type inOnePlace struct {
	mu    sync.Mutex
	uses  []time.Time
	rest  time.Time
	away  bool
	count int
	n     int
}

const roundTrip = time.Millisecond

func (s *inOnePlace) Take(_ context.Context, _ string, _ coda.Bucket, rate coda.Rate, keep int) (time.Duration, bool) {
	time.Sleep(roundTrip / 2)
	defer time.Sleep(roundTrip / 2)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return 0, false
	}
	s.count++
	now := time.Now()
	if s.rest.After(now) {
		return s.rest.Sub(now), true
	}
	s.uses = slices.DeleteFunc(s.uses, func(at time.Time) bool { return !at.Add(rate.Per).After(now) })
	if len(s.uses)+keep < rate.Requests {
		s.uses = append(s.uses, now)
		return 0, true
	}
	return s.uses[len(s.uses)+keep-rate.Requests].Add(rate.Per).Sub(now), true
}

func (s *inOnePlace) Rest(_ string, _ coda.Bucket, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rest = time.Now().Add(d)
}

func (s *inOnePlace) Processes() (int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n, s.away
}

// Three processes send no more than one may, whether somebody counts for all of them or not; everybody who waits gets
// their turn, and little time is lost.
func TestProcessesShareABudget(t *testing.T) {
	t.Parallel()
	for _, away := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			const most, per, processes = 12, 6 * time.Second, 3
			place := &inOnePlace{n: processes, away: away}
			var mu sync.Mutex
			var sent []time.Time
			byPerson := map[string]int{}
			ctx, cancel := context.WithTimeout(t.Context(), 600*time.Second)
			defer cancel()
			var wg sync.WaitGroup
			for p := range processes {
				b := coda.NewMemoryBudget(coda.MemoryBudgetConfig{Margin: -1, MaxWait: time.Hour, Shared: place,
					Rates: map[coda.Bucket]coda.Rate{coda.BucketRead: {Requests: most, Per: per}}})
				for i := range 10 {
					person := fmt.Sprint("with little ", p)
					if i > 1 {
						person = fmt.Sprint("with much ", p)
					}
					wg.Go(func() {
						for {
							done, err := b.Acquire(coda.WithPerson(ctx, person), "a", coda.BucketRead, nil)
							if err != nil {
								return
							}
							mu.Lock()
							sent = append(sent, time.Now())
							byPerson[person]++
							mu.Unlock()
							time.Sleep(answersIn)
							done(coda.Accepted)
						}
					})
				}
			}
			wg.Wait()
			slices.SortFunc(sent, time.Time.Compare)
			for i := most; i < len(sent); i++ {
				if d := sent[i].Sub(sent[i-most]); d < per-roundTrip {
					t.Fatalf("away %v: %d requests within %s", away, most+1, d)
				}
			}
			if len(sent) < 1200*70/100 {
				t.Errorf("away %v: %d requests in 600 s, at 12 in 6 s", away, len(sent))
			}
			for person, n := range byPerson {
				if fair := len(sent) / 6; n < fair/2 {
					t.Errorf("away %v: %s got %d of %d", away, person, n, len(sent))
				}
			}
			if asked := place.count; asked > 2*len(sent) {
				t.Errorf("away %v: asked %d times for %d requests", away, asked, len(sent))
			}
		})
	}
}

// What one process learns from Coda's 429 holds for all.
func TestProcessesRestTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		place := &inOnePlace{n: 2}
		make2 := func() coda.Budget {
			return coda.NewMemoryBudget(coda.MemoryBudgetConfig{Margin: -1, Shared: place,
				Rates: map[coda.Bucket]coda.Rate{coda.BucketContent: {Requests: 100, Per: time.Second}}})
		}
		one, other := make2(), make2()
		acquire(t, one, "a", coda.Limited)
		synctest.Wait()
		if d := acquire(t, other, "a", coda.Accepted); d < 2*time.Second {
			t.Errorf("the other process waited %s", d)
		}
	})
}

// A process that comes and goes with what counts for all sends at most its part meanwhile, and goes on at once after.
func TestNobodyCountsForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		place := &inOnePlace{n: 4, away: true}
		b := coda.NewMemoryBudget(coda.MemoryBudgetConfig{Margin: -1, Shared: place, MaxWait: time.Hour,
			Rates: map[coda.Bucket]coda.Rate{
				coda.BucketContent: {Requests: 8, Per: 10 * time.Second}, coda.BucketRead: {Requests: 2, Per: 10 * time.Second},
			}})
		var waits []time.Duration
		for range 5 {
			waits = append(waits, acquire(t, b, "a", coda.Accepted).Round(10*time.Millisecond))
		}
		if want := []time.Duration{0, 0, 10 * time.Second, 0, 10 * time.Second}; !slices.Equal(waits, want) {
			t.Errorf("a quarter of 8 in 10 s: waits of %v", waits)
		}
		begin := time.Now()
		for range 2 {
			if _, err := b.Acquire(t.Context(), "a", coda.BucketRead, nil); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(begin).Round(10 * time.Millisecond); d != 20*time.Second {
			t.Errorf("a quarter of 2 in 10 s is one in %s", d)
		}
		place.away = false
		if d := acquire(t, b, "a", coda.Accepted); d > 2*roundTrip {
			t.Errorf("waited %s after it was there again", d)
		}
	})
}
