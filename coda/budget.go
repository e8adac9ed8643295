package coda

import (
	"context"
	"time"
)

// Bucket names a budget that Coda counts separately, per account and across all documents and tokens.
type Bucket string

// The buckets, with the figures that Coda publishes. BucketContent is published as 5 requests in 10 s by the API
// reference and as 3 in 10 s by the help centre; the default keeps to the lower.
const (
	BucketRead      Bucket = "read"      // 100 in 6 s
	BucketWrite     Bucket = "write"     // 10 in 6 s
	BucketContent   Bucket = "content"   // 3 (or 5) in 10 s: rows and pages
	BucketListDocs  Bucket = "list_docs" // 4 in 6 s
	BucketAnalytics Bucket = "analytics" // 100 in 6 s
)

// Rate is a number of requests per length of time.
type Rate struct {
	Requests int
	Per      time.Duration
}

// DefaultRates returns the rates that a [MemoryBudget] keeps unless told otherwise.
func DefaultRates() map[Bucket]Rate {
	return map[Bucket]Rate{
		BucketRead:      {100, 6 * time.Second},
		BucketWrite:     {10, 6 * time.Second},
		BucketContent:   {3, 10 * time.Second},
		BucketListDocs:  {4, 6 * time.Second},
		BucketAnalytics: {100, 6 * time.Second},
	}
}

// Answer says how Coda took a request that a [Budget] let pass.
type Answer int

// The answers.
const (
	// Unanswered: no response came, which says nothing about the budget.
	Unanswered Answer = iota
	// Accepted: any response but 429.
	Accepted
	// Limited: 429. The budget lets nothing of this bucket pass until a cool-down has ended.
	Limited
)

// Budget decides when a request may be sent. One Budget is shared by all clients of a process (or, with an
// implementation on shared storage, of several), because Coda counts per account, not per token.
type Budget interface {
	// Acquire returns as soon as one more request of this account and bucket may be sent. It reports each wait to waiting,
	// which may be nil, before it begins. It fails when the context ends, when the wait would outlast the context's
	// deadline, and, with an error that matches [ErrRateLimited], when waiting is pointless. The caller calls done exactly
	// once.
	Acquire(ctx context.Context, account string, bucket Bucket, waiting func(time.Duration)) (done func(Answer), err error)
}

// Shared counts a budget for several processes that use the same Coda accounts, see [MemoryBudgetConfig].
type Shared interface {
	// Take uses one of the tokens of an account's bucket, unless fewer than keep would be left: then wait says how long
	// that lasts. counted is false where nobody could count.
	Take(ctx context.Context, account string, bucket Bucket, rate Rate, keep int) (wait time.Duration, counted bool)
	// Rest has nobody use a bucket for a while.
	Rest(account string, bucket Bucket, d time.Duration)
	// Processes is how many there are, and whether this one keeps to its part of each rate, since nobody counts for all;
	// none = there is nothing to share for now.
	Processes() (n int, alone bool)
}

type personKey struct{}

// WithPerson returns a context whose requests are somebody's: a shared [Budget] treats people fairly. Requests of
// contexts without a person are together those of one.
func WithPerson(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, personKey{}, key)
}

func personOf(ctx context.Context) string {
	key, _ := ctx.Value(personKey{}).(string)
	return key
}
