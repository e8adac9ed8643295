package coda

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// TestIdleBucketsAreForgotten, so that strangers with ever new tokens cannot fill the memory; those that still count
// are not.
func TestIdleBucketsAreForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := NewMemoryBudget(MemoryBudgetConfig{})
		ask := func(account string, a Answer) {
			done, err := m.Acquire(t.Context(), account, BucketRead, nil)
			if err != nil {
				t.Fatal(err)
			}
			done(a)
		}
		ask("limited", Limited)
		for i := range maxIdleBuckets - 1 {
			ask(fmt.Sprint(i), Accepted)
		}
		ask("one more", Accepted)
		if n := len(m.buckets); n != maxIdleBuckets+1 {
			t.Errorf("%d buckets while all count", n)
		}
		time.Sleep(10 * time.Second)
		ask("after a while", Accepted)
		if n := len(m.buckets); n != 2 || m.buckets[bucketKey{"limited", BucketRead}] == nil {
			t.Errorf("%d buckets after ten seconds", n)
		}
		for i := range maxIdleBuckets {
			ask(fmt.Sprint(i), Accepted)
		}
		time.Sleep(2 * strikesLast)
		ask("much later", Accepted)
		if n := len(m.buckets); n != 1 {
			t.Errorf("%d buckets after two hours", n)
		}
	})
}
