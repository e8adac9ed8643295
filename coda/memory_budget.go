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
	// Shared counts together with other processes; nil = this one is alone. Who waits is still each process's own matter.
	Shared Shared
	// Clock is [SystemClock] by default.
	Clock Clock
}

// MemoryBudget is a [Budget] for one process. Each bucket holds as many tokens as its rate has requests, and each token
// comes back one period after it was taken, so that no period anywhere sees more requests than the rate allows.
//
// People share a budget ([WithPerson]): those who wait are served in turn, one request each, and while several people
// use a bucket a quarter of it is kept for those who have had less than their share. So whoever has little to do hardly
// waits for somebody who has much to do, and whoever is alone has all of it.
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
		b.rate = m.rates[key.bucket]
		b.wakeServer()
	}
}

// Acquire implements [Budget].
func (m *MemoryBudget) Acquire(ctx context.Context, account string, name Bucket,
	waiting func(time.Duration)) (func(Answer), error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	again := false
	for {
		b, w, wait, err := m.ask(ctx, bucketKey{account, name}, again)
		if err != nil {
			return nil, err
		}
		if w.wake != nil {
			if wait > 0 && waiting != nil {
				waiting(wait)
			}
			if err := m.wait(ctx, b, name, w); err != nil {
				return nil, err
			}
		}
		sent, granted := m.confirm(b, w.use)
		if granted && w.use.asks {
			sent, granted = m.together(ctx, b, w.use, bucketKey{account, name})
			again = true
		}
		if granted {
			return func(a Answer) { m.answered(b, bucketKey{account, name}, sent, a) }, nil
		}
	}
}

// ask takes a token where there is one, and joins those who wait where not; in front of them where the request has had
// its turn, and others the token.
func (m *MemoryBudget) ask(ctx context.Context, key bucketKey, again bool) (
	*bucket, *waiter, time.Duration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.cfg.Clock.Now()
	b := m.bucket(key, now)
	m.part(b, key.bucket)
	if b.stuck.After(now) {
		return nil, nil, 0, stuckError(key.bucket, b.strikes, b.stuck.Sub(now))
	}
	probe := b.strikes >= m.cfg.Strikes
	if probe && b.probing {
		return nil, nil, 0, stuckError(key.bucket, b.strikes, m.cfg.CoolDown)
	}
	b.expire(now)
	w := &waiter{of: b.queue.person(personOf(ctx), now)}
	if w.of.turn == nil && b.may(w.of, now) {
		// Whoever waits may not have it.
		w.use = b.take(w.of, now)
		b.probing = probe
		return b, w, 0, nil
	}
	at := b.expect(b.queue.ahead(w.of), now)
	if err := m.worthwhile(ctx, key.bucket, b, w.of, at.Sub(now)); err != nil {
		return nil, nil, 0, err
	}
	w.ctx, w.wake = context.WithCancel(ctx)
	b.queue.join(w, again)
	b.probing = probe
	if b.nudge == nil {
		b.nudge = func() {}
		go m.serve(b, key.bucket)
	}
	return b, w, at.Sub(now), nil
}

// worthwhile says why a wait is not begun.
func (m *MemoryBudget) worthwhile(ctx context.Context, name Bucket, b *bucket, p *person, wait time.Duration) error {
	if p.requests.Len() >= maxWaitingEach || b.queue.waiting >= maxWaiting {
		return crowdedError(name, p.requests.Len())
	}
	if wait > m.cfg.MaxWait {
		return tooLongError(name, wait, m.cfg.MaxWait)
	}
	if deadline, ok := ctx.Deadline(); ok && m.cfg.Clock.Now().Add(wait).After(deadline) {
		return &budgetError{
			text: fmt.Sprintf("the %s budget of this Coda account is free again in %s, after the deadline of this "+
				"call", name, round(wait)),
			err: context.DeadlineExceeded,
		}
	}
	return nil
}

// wait returns once the request has a token, or is to ask again, for which it has none.
func (m *MemoryBudget) wait(ctx context.Context, b *bucket, name Bucket, w *waiter) error {
	err := m.cfg.Clock.Sleep(w.ctx, m.cfg.MaxWait)
	m.mu.Lock()
	defer m.mu.Unlock()
	w.wake()
	switch {
	case w.place != nil:
		b.queue.leave(w)
	case ctx.Err() == nil:
		return nil
	case w.use != nil:
		b.giveBack(w.use)
	}
	b.probing = false
	b.wakeServer()
	if err == nil {
		return tooLongError(name, m.cfg.MaxWait, m.cfg.MaxWait)
	}
	return err
}

// serve hands tokens to those who wait as they come back, until nobody waits.
func (m *MemoryBudget) serve(b *bucket, name Bucket) {
	for {
		m.mu.Lock()
		now := m.cfg.Clock.Now()
		m.part(b, name)
		b.serve(now)
		if b.queue.waiting == 0 {
			b.nudge = nil
			m.mu.Unlock()
			return
		}
		wait := b.again(now).Sub(now)
		ctx, nudge := context.WithCancel(context.Background())
		b.nudge = nudge
		m.mu.Unlock()
		_ = m.cfg.Clock.Sleep(ctx, wait) // it says why it ended early, which is looked at anyway
		nudge()
	}
}

// wakeServer has those who wait looked at now.
func (b *bucket) wakeServer() {
	if b.nudge != nil {
		b.nudge()
	}
}

// confirm says whether a request that has a token may be sent: not if the bucket was told to rest in the meantime. A
// call that was slow to wake counts from now on.
func (m *MemoryBudget) confirm(b *bucket, u *use) (sent time.Time, granted bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.cfg.Clock.Now()
	if u == nil || b.coolUntil.After(now) || b.stuck.After(now) {
		b.probing = false
		if u != nil {
			b.giveBack(u)
		}
		return now, false
	}
	if now.After(u.at) {
		u.at = now
	}
	return now, true
}

// answered learns from one answer. Several requests may be under way when Coda begins to refuse: all their refusals are
// one strike.
func (m *MemoryBudget) answered(b *bucket, key bucketKey, sent time.Time, a Answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := b.coolUntil
	defer func() {
		if b.coolUntil.After(before) && m.cfg.Shared != nil {
			go m.cfg.Shared.Rest(key.account, key.bucket, b.coolUntil.Sub(m.cfg.Clock.Now()))
		}
	}()
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
			b.queue.dismiss()
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
	b := newBucket(m.rates[key.bucket])
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
		"waiting is known not to lift such a limit (Coda's support can); no request is sent for "+
		"another %s",
		strikes, name, round(left))}
}

func tooLongError(name Bucket, wait, most time.Duration) error {
	return &budgetError{text: fmt.Sprintf("the %s budget of this Coda account is used up for the next %s, longer than "+
		"the %s that a call waits; try again later",
		name, round(wait), round(most))}
}

func crowdedError(name Bucket, own int) error {
	if own >= maxWaitingEach {
		return &budgetError{text: fmt.Sprintf("%d of your requests already wait for the %s budget of this Coda account; "+
			"do less at once", own, name)}
	}
	return &budgetError{text: fmt.Sprintf("too many requests wait for the %s budget of this Coda account; try again later",
		name)}
}
