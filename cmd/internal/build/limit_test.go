package build

import (
	"context"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// Two people who wait for a Coda budget are served in turn: the budget knows whose call a request belongs to.
func TestBudgetsKnowPeople(t *testing.T) {
	t.Parallel()
	budget := fairly{coda.NewMemoryBudget(coda.MemoryBudgetConfig{MaxWait: time.Hour,
		Rates: map[coda.Bucket]coda.Rate{coda.BucketRead: {Requests: 4, Per: time.Hour}}})}
	take := func(subject string) error {
		ctx, cancel := context.WithTimeout(call.With(t.Context(), &call.Call{Principal: &token.Principal{Issuer: "i",
			Subject: subject}}), time.Minute)
		defer cancel()
		_, err := budget.Acquire(ctx, "account", coda.BucketRead, nil)
		return err
	}
	if err := take("grace"); err != nil {
		t.Fatal(err)
	}
	got := 0
	for take("ada") == nil {
		got++
	}
	if got != 2 {
		t.Errorf("ada got %d of 4 requests beside grace, want 2", got)
	}
	if err := take("grace"); err != nil {
		t.Errorf("what is kept for those who have had little is gone: %v", err)
	}
}
