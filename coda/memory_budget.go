package coda

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"time"
)

// MemoryBudgetConfig shapes a [MemoryBudget]. The zero value gives the defaults.
type MemoryBudgetConfig struct {
	// Rates overrides [DefaultRates] bucket by bucket. A Rate of zero Requests or zero Per lifts the limit.
	Rates map[Bucket]Rate
	// Margin lengthens each period, since requests do not travel equally fast and Coda counts at its end. 0 = 3 %;
	// negative = none.
	Margin float64
	// MaxWait is the longest wait that is begun; a longer one is refused at once. 0 = 2 minutes.
	MaxWait time.Duration
	// CoolDown is how long a bucket rests after a 429, tripled for each further one up to 9 times as long; jittered by a
	// quarter. 0 = 2 s.
	CoolDown time.Duration
	// Strikes is how many 429s in a row, each after a cool-down, make the bucket stuck. 0 = 4. Coda knows account-level
	// limits that no waiting clears.
	Strikes int
	// StuckFor is how long a stuck bucket refuses at once before one request may probe again. 0 = 1 minute.
	StuckFor time.Duration
	// Clock is [SystemClock] by default.
	Clock Clock
}

// MemoryBudget is a [Budget] for one process. Each bucket holds as many tokens as its rate has requests, and each token
// comes back one period after it was taken, so that no period anywhere sees more requests than the rate allows. Waiting
// calls are served in the order of their arrival.
type MemoryBudget struct {
	cfg     MemoryBudgetConfig
	rates   map[Bucket]Rate
	mu      sync.Mutex
	buckets map[bucketKey]*bucket
}

type bucketKey struct {
	account string
	bucket  Bucket
}

const maxIdleBuckets = 4096

// NewMemoryBudget returns an empty budget.
func NewMemoryBudget(cfg MemoryBudgetConfig) *MemoryBudget {
	if cfg.Margin == 0 {
		cfg.Margin = 0.03
	}
	cfg.Margin = max(cfg.Margin, 0)
	if cfg.MaxWait == 0 {
		cfg.MaxWait = 2 * time.Minute
	}
	if cfg.CoolDown == 0 {
		cfg.CoolDown = 2 * time.Second
	}
	if cfg.Strikes == 0 {
		cfg.Strikes = 4
	}
	if cfg.StuckFor == 0 {
		cfg.StuckFor = time.Minute
	}
	if cfg.Clock == nil {
		cfg.Clock = SystemClock{}
	}
	return &MemoryBudget{cfg: cfg, rates: cfg.lengthened(cfg.Rates), buckets: make(map[bucketKey]*bucket)}
}

// lengthened are all rates with their margin.
func (cfg MemoryBudgetConfig) lengthened(given map[Bucket]Rate) map[Bucket]Rate {
	rates := DefaultRates()
	maps.Copy(rates, given)
	for b, r := range rates {
		r.Per += time.Duration(float64(r.Per) * cfg.Margin)
		rates[b] = r
	}
	return rates
}

// SetRates puts other rates in force, as [MemoryBudgetConfig.Rates] has them. What was used stays used.
func (m *MemoryBudget) SetRates(rates map[Bucket]Rate) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rates = m.cfg.lengthened(rates)
	for key, b := range m.buckets {
		b.setRate(m.rates[key.bucket])
	}
}

// Acquire implements [Budget].
func (m *MemoryBudget) Acquire(ctx context.Context, account string, name Bucket,
	waiting func(time.Duration)) (func(Answer), error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for {
		b, slot, wait, err := m.book(ctx, bucketKey{account, name})
		if err != nil {
			return nil, err
		}
		if wait > 0 {
			if waiting != nil {
				waiting(wait)
			}
			if err := m.cfg.Clock.Sleep(ctx, wait); err != nil {
				m.cancel(b, slot)
				return nil, err
			}
		}
		if sent, granted := m.confirm(b, slot); granted {
			return func(a Answer) { m.answered(b, sent, a) }, nil
		}
	}
}

// book takes the next free place of a bucket, which may lie in the future.
func (m *MemoryBudget) book(ctx context.Context, key bucketKey) (*bucket, *use, time.Duration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.cfg.Clock.Now()
	b := m.bucket(key, now)
	if b.stuck.After(now) {
		return nil, nil, 0, stuckError(key.bucket, b.strikes, b.stuck.Sub(now))
	}
	probe := b.strikes >= m.cfg.Strikes
	if probe && b.probing {
		return nil, nil, 0, stuckError(key.bucket, b.strikes, m.cfg.CoolDown)
	}
	slot := b.free(now)
	wait := slot.Sub(now)
	if wait > m.cfg.MaxWait {
		return nil, nil, 0, tooLongError(key.bucket, wait, m.cfg.MaxWait)
	}
	if deadline, ok := ctx.Deadline(); ok && slot.After(deadline) {
		return nil, nil, 0, &budgetError{
			text: fmt.Sprintf("the %s budget of this Coda account has its next free place in %s, after the deadline of this "+
				"call", key.bucket, round(wait)),
			err: context.DeadlineExceeded,
		}
	}
	b.probing = probe
	return b, b.take(slot), wait, nil
}

// confirm turns a booked place into a grant unless the bucket was told to rest in the meantime. A call that was slow to
// wake counts from now on.
func (m *MemoryBudget) confirm(b *bucket, slot *use) (sent time.Time, granted bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.cfg.Clock.Now()
	if b.coolUntil.After(now) || b.stuck.After(now) {
		b.probing = false
		b.giveBack(slot)
		return now, false
	}
	if now.After(slot.at) {
		slot.at = now
	}
	return now, true
}

func (m *MemoryBudget) cancel(b *bucket, slot *use) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b.probing = false
	b.giveBack(slot)
}

// answered learns from one answer. Several requests may be under way when Coda begins to refuse: all their refusals are
// one strike.
func (m *MemoryBudget) answered(b *bucket, sent time.Time, a Answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b.probing = false
	fresh := b.strikes == 0 || !sent.Before(b.struck)
	switch {
	case a == Accepted && fresh:
		b.strikes, b.stuck = 0, time.Time{}
	case a == Limited && fresh:
		now := m.cfg.Clock.Now()
		b.strikes++
		cool := m.cfg.CoolDown
		for i := 1; i < b.strikes && i < 3; i++ {
			cool *= 3
		}
		b.coolUntil = now.Add(cool + time.Duration(rand.Float64()*0.25*float64(cool)))
		b.struck = b.coolUntil
		if b.strikes >= m.cfg.Strikes {
			b.stuck = now.Add(m.cfg.StuckFor)
			b.struck = b.stuck
		}
	}
}

func (m *MemoryBudget) bucket(key bucketKey, now time.Time) *bucket {
	if b := m.buckets[key]; b != nil {
		return b
	}
	if len(m.buckets) >= maxIdleBuckets {
		for k, b := range m.buckets {
			if b.idle(now) {
				delete(m.buckets, k)
			}
		}
	}
	b := &bucket{rate: m.rates[key.bucket]}
	m.buckets[key] = b
	return b
}

type budgetError struct {
	text string
	err  error
}

func (e *budgetError) Error() string { return e.text }
func (e *budgetError) Unwrap() error { return e.err }
func (e *budgetError) Is(t error) bool {
	return t == ErrRateLimited
}

func stuckError(name Bucket, strikes int, left time.Duration) error {
	return &budgetError{text: fmt.Sprintf("Coda has refused %d %s requests in a row with 429 although each waited; "+
		"such a limit on the account is known not to pass by waiting (Coda's support can lift it); no request is sent for "+
		"another %s",
		strikes, name, round(left))}
}

func tooLongError(name Bucket, wait, most time.Duration) error {
	return &budgetError{text: fmt.Sprintf("the %s budget of this Coda account is used up for the next %s, longer than "+
		"the %s that are waited at most; try again later",
		name, round(wait), round(most))}
}
