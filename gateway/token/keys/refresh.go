package keys

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token/fetch"
	"github.com/bestviable/coda-gateway/gateway/ttl"
)

const (
	minBackoff = time.Second
	maxBackoff = time.Minute
)

// usableKeys returns the present keys, fetching them where there are none or where nobody else keeps them fresh.
func (s *Set) usableKeys(ctx context.Context, c Caller) (*keys, error) {
	ks, now := s.current.Load(), s.now()
	if ks != nil && (!ttl.Passed(ks.fresh, now) || s.maintained.Load() && !ttl.Passed(ks.usable, now)) {
		return ks, nil
	}
	err := s.fetch(ctx, ks, &c)
	if ks = s.current.Load(); ks != nil && !ttl.Passed(ks.usable, now) {
		return ks, nil
	}
	if err == nil {
		err = errors.New("the keys are too old")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return nil, s.unavailable(err)
}

// unavailable says that nobody knows, and when to ask again. The caller holds mu.
func (s *Set) unavailable(err error) error {
	wait := s.nextAttempt.Sub(s.now())
	if errors.Is(err, errCrowded) || errors.Is(err, errWaited) {
		wait = max(wait, refetchEvery)
	}
	return &Error{
		Kind: Unavailable, Detail: fmt.Sprintf("the issuer's keys are not available: %v", err),
		RetryAfter: max(wait, 0).Truncate(time.Second) + time.Second,
		Unfit:      errors.Is(err, ErrNoUsableKey),
	}
}

// fetch gets new keys unless they were replaced since the caller looked, or a failure is too recent. Callers at the
// same time share one fetch. A caller takes a place in the waiting room; nil is our own.
func (s *Set) fetch(ctx context.Context, seen *keys, c *Caller) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.Load() != seen {
		return nil
	}
	if s.flight == nil {
		if s.now().Before(s.nextAttempt) {
			return s.lastErr
		}
		s.start()
	}
	if c != nil {
		l := s.known.lane(*c, s.now())
		if !s.room.enter(l) {
			return errCrowded
		}
		defer s.room.leave(l)
	}
	f := s.flight
	s.mu.Unlock()
	defer s.mu.Lock()
	return f.wait(ctx)
}

func (f *flight) wait(ctx context.Context) error {
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// start begins a fetch. The caller holds mu.
func (s *Set) start() {
	f := &flight{number: s.begun.Add(1), done: make(chan struct{})}
	s.flight = f
	go func() {
		ctx, cancel := context.WithTimeout(s.life, fetch.Timeout)
		defer cancel()
		got, err := s.load(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		if f.err = s.finish(got, err); f.err == nil {
			s.answered = f.number
		}
		s.flight = nil
		close(f.done)
		close(s.landed)
		s.landed = make(chan struct{})
	}()
}

// finish takes in the outcome of a fetch. The caller holds mu.
func (s *Set) finish(got *answer, err error) error {
	now, old := s.now(), s.current.Load()
	if err == nil {
		s.tell(got.skipped)
	}
	if err == nil && len(got.list) == 0 && old == nil {
		err = noUsableKey(got.skipped)
	}
	if err != nil {
		s.failed++
		s.failures++
		s.lastErr, s.lastFailure = err, now
		s.nextAttempt = now.Add(backoff(s.failures))
		if s.life.Err() == nil {
			e := s.log.Warn().Str("issuer", s.issuer).Err(err)
			if s.cure != nil {
				e = e.Str("cure", s.cure(Causes(err)...))
			}
			e.Int("failures", s.failures).Time("next_attempt", s.nextAttempt).Msg("issuer keys not fetched")
		}
		return err
	}
	list, ttl := got.list, got.ttl
	ks := &keys{list: list, skipped: got.skipped, print: fingerprint(list), fresh: now.Add(ttl),
		usable: now.Add(ttl + staleKeys)}
	ks.refresh = now.Add(ttl*3/4 + rand.N(ttl/10))
	switch {
	case old == nil:
		ks.generation = s.generation.Add(1)
		s.log.Info().Str("issuer", s.issuer).Int("keys", len(list)).Dur("ttl_ms", ttl).Msg("issuer keys fetched")
	case ks.print != old.print:
		ks.generation = s.generation.Add(1)
		s.log.Info().Str("issuer", s.issuer).Int("keys", len(list)).Dur("ttl_ms", ttl).Msg("issuer keys changed")
	default:
		ks.generation = old.generation
	}
	s.current.Store(ks)
	s.fetched++
	s.failures, s.lastErr, s.nextAttempt, s.lastSuccess = 0, nil, time.Time{}, now
	return nil
}

// tell warns once of each key that is passed over. Keys for something else than signatures are nobody's concern.
func (s *Set) tell(skipped []Skipped) {
	for _, skip := range skipped {
		if s.told[skip.Why] || len(s.told) >= 10*maxKeys {
			continue
		}
		s.told[skip.Why] = true
		if skip.Foreign {
			s.log.Debug().Str("issuer", s.issuer).Str("key", skip.Why).Msg("a key of the issuer is not for signatures")
			continue
		}
		s.log.Warn().Str("issuer", s.issuer).Str("key", skip.Why).Msg("a key of the issuer cannot be used; tokens " +
			"signed with it are refused")
	}
}

// noUsableKey says why none is.
func noUsableKey(skipped []Skipped) error {
	if len(skipped) == 0 {
		return ErrNoUsableKey
	}
	return fmt.Errorf("%w: %s", ErrNoUsableKey, skipped[0].Why)
}

// backoff doubles from minBackoff to maxBackoff, give or take a fifth, so that replicas do not knock together.
func backoff(failures int) time.Duration {
	d := min(minBackoff<<min(failures-1, 10), maxBackoff)
	return d - d/5 + rand.N(2*d/5)
}

// Maintain keeps the keys fresh until ctx ends.
func (s *Set) Maintain(ctx context.Context) {
	s.maintained.Store(true)
	defer s.maintained.Store(false)
	for ctx.Err() == nil {
		due, ks := s.due()
		if wait := due.Sub(s.now()); wait > 0 {
			timer := time.NewTimer(wait)
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-timer.C:
			}
			continue // another caller may have fetched meanwhile
		}
		_ = s.fetch(ctx, ks, nil) // logged and kept for Status
	}
}

// due says when the next background fetch is, and which keys it is to replace.
func (s *Set) due() (time.Time, *keys) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ks := s.current.Load()
	if ks == nil || s.failures > 0 {
		return s.nextAttempt, ks
	}
	return ks.refresh, ks
}
