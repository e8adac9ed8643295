package limit

import (
	"context"
	"time"
)

// verdict is what all replicas together say of a call.
type verdict struct {
	// refused says why it is not let in; nil = nothing is known against it.
	refused *Refused
	// counted: it was counted, so that nobody has to judge here.
	counted bool
	// parts is by how many each rate is divided here.
	parts int
}

// together counts a call with all replicas. It is counted here as well, so that something is known when the store goes
// away.
func (l *Limiter) together(ctx context.Context, who Caller) verdict {
	buckets := make([]Bucket, 0, 3)
	if rate := l.cfg.Person.Calls; rate.limited() {
		buckets = append(buckets, Bucket{ByPerson, who.Issuer, who.Subject, "", rate})
	}
	if rate := l.cfg.Client.Calls; rate.limited() {
		buckets = append(buckets, Bucket{ByClient, who.Issuer, who.Client, "", rate})
	}
	if rate := l.cfg.Tools[who.Tool]; rate.limited() {
		buckets = append(buckets, Bucket{ByTool, who.Issuer, who.Subject, who.Tool, rate})
	}
	if len(buckets) == 0 {
		return verdict{parts: 1}
	}
	blocked, wait, counted := l.cfg.Shared.Take(ctx, buckets)
	if counted && blocked >= 0 && blocked < len(buckets) {
		b := buckets[blocked]
		return verdict{refused: &Refused{By: b.By, Rate: b.Rate, Wait: max(wait, time.Millisecond)}, parts: 1}
	}
	n, alone := l.cfg.Shared.Replicas()
	return verdict{counted: counted && !alone, parts: n}
}

// part is what one of n processes may let through of a rate.
func (r Rate) part(n int) Rate {
	switch {
	case n <= 1 || !r.limited():
		return r
	case r.Calls >= n:
		return Rate{r.Calls / n, r.Per}
	default:
		return Rate{1, r.Per * time.Duration(n) / time.Duration(r.Calls)}
	}
}
