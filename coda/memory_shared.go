package coda

import (
	"context"
	"time"
)

// part has a bucket keep to this process's part of its rate while nobody counts for all.
func (m *MemoryBudget) part(b *bucket, name Bucket) {
	b.rate, b.shared, b.processes = m.rates[name], false, 1
	if m.cfg.Shared == nil {
		return
	}
	n, alone := m.cfg.Shared.Processes()
	b.shared, b.processes = n > 0, max(1, n)
	if alone {
		b.rate = b.rate.part(n)
	}
}

// part is what one of n processes may send of a rate.
func (r Rate) part(n int) Rate {
	switch {
	case n <= 1 || r.Requests <= 0:
		return r
	case r.Requests >= n:
		return Rate{r.Requests / n, r.Per}
	default:
		return Rate{1, r.Per * time.Duration(n) / time.Duration(r.Requests)}
	}
}

// together uses a token of all processes for a request that has one of this process. Requests of one bucket ask one
// after the other, in their turns: whoever asked in vain has the next ones of all people wait as long.
func (m *MemoryBudget) together(ctx context.Context, b *bucket, u *use, key bucketKey) (sent time.Time, granted bool) {
	m.mu.Lock()
	rate := m.rates[key.bucket]
	m.mu.Unlock()
	wait, _ := m.cfg.Shared.Take(ctx, key.account, key.bucket, rate, u.keep)
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.cfg.Clock.Now()
	if wait <= 0 {
		u.at = now
		b.answered(u)
		return now, true
	}
	if until := now.Add(wait); until.After(b.busyUntil) {
		b.busyUntil = until
	}
	b.probing = false
	b.giveBack(u)
	return now, false
}
