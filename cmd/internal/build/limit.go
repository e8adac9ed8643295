package build

import (
	"context"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/limit"
	"github.com/bestviable/coda-gateway/gateway/limit/valkey"
)

// limits translates what people may do; store is nil where this process counts.
func limits(cfg config.Limits, store *valkey.Store) limit.Config {
	rule := func(l config.Limit) limit.Rule {
		return limit.Rule{Calls: limit.Rate{Calls: l.Calls.Requests, Per: l.Calls.Per}, AtOnce: l.AtOnce}
	}
	out := limit.Config{Person: rule(cfg.PerPerson), Client: rule(cfg.PerClient), Tools: map[string]limit.Rate{}}
	for name, rate := range cfg.Tools {
		out.Tools[name] = limit.Rate{Calls: rate.Requests, Per: rate.Per}
	}
	if store != nil {
		out.Shared = store
	}
	return out
}

// fairly tells a budget whose requests it counts, so that people share it.
type fairly struct{ coda.Budget }

// Acquire implements [coda.Budget].
func (f fairly) Acquire(ctx context.Context, account string, bucket coda.Bucket,
	waiting func(time.Duration)) (func(coda.Answer), error) {
	if pr := call.PrincipalOf(ctx); pr != nil {
		ctx = coda.WithPerson(ctx, pr.ID())
	}
	return f.Budget.Acquire(ctx, account, bucket, waiting)
}
