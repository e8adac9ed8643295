package token

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// usable returns the present keys, fetching them where there are none or where nobody else keeps them fresh.
func (s *keySet) usable(ctx context.Context) (*keys, *Error) {
	ks, now := s.current.Load(), s.now()
	if ks != nil && (!passed(ks.fresh, now) || s.maintained.Load() && !passed(ks.usable, now)) {
		return ks, nil
	}
	err := s.fetch(ctx, ks)
	if ks = s.current.Load(); ks != nil && !passed(ks.usable, now) {
		return ks, nil
	}
	if err == nil {
		err = errors.New("the keys are too old")
	}
	return nil, s.unavailable(err)
}

func (s *keySet) unavailable(err error) *Error {
	s.mu.Lock()
	wait := s.nextAttempt.Sub(s.now())
	s.mu.Unlock()
	e := refuse(ReasonKeysUnavailable, "the issuer's keys are not at hand: %v", err)
	e.Issuer = s.issuer
	e.RetryAfter = max(wait, 0).Truncate(time.Second) + time.Second
	return e
}

// fetch gets new keys unless they were replaced since the caller looked, or a failure is too recent. Callers at the same
// time share one fetch.
func (s *keySet) fetch(ctx context.Context, seen *keys) error {
	s.mu.Lock()
	if s.current.Load() != seen {
		s.mu.Unlock()
		return nil
	}
	if s.flight == nil {
		if s.now().Before(s.nextAttempt) {
			defer s.mu.Unlock()
			return s.lastErr
		}
		s.start()
	}
	f := s.flight
	s.mu.Unlock()
	return f.wait(ctx)
}

// refetch gets new keys on a token's account. It returns nil where there are no newer ones, with an error where the issuer
// could not be asked: nil, nil means that the allowance is used up and the keys at hand have to do.
func (s *keySet) refetch(ctx context.Context, seen *keys) (*keys, error) {
	s.mu.Lock()
	if ks := s.current.Load(); ks != seen {
		s.mu.Unlock()
		return ks, nil
	}
	if s.flight == nil {
		now := s.now()
		if s.failures > 0 && now.Before(s.nextAttempt) {
			defer s.mu.Unlock()
			return nil, s.lastErr
		}
		if !s.allowance.AllowN(now, 1) {
			defer s.mu.Unlock()
			return nil, s.lastErr
		}
		s.start()
	}
	f := s.flight
	s.mu.Unlock()
	if err := f.wait(ctx); err != nil {
		return nil, err
	}
	return s.current.Load(), nil
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
func (s *keySet) start() {
	f := &flight{done: make(chan struct{})}
	s.flight = f
	go func() {
		ctx, cancel := context.WithTimeout(s.life, fetchTimeout)
		defer cancel()
		list, ttl, err := s.load(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		f.err = s.finish(list, ttl, err)
		s.flight = nil
		close(f.done)
	}()
}

// finish takes in the outcome of a fetch. The caller holds mu.
func (s *keySet) finish(list []key, ttl time.Duration, err error) error {
	now, old := s.now(), s.current.Load()
	if err == nil && len(list) == 0 && old == nil {
		err = errors.New("the issuer's key set holds no key that could verify a signature")
	}
	if err != nil {
		s.failures++
		s.lastErr, s.lastFailure = err, now
		s.nextAttempt = now.Add(backoff(s.failures))
		if s.life.Err() == nil {
			s.log.Warn().Str("issuer", s.issuer).Err(err).Int("failures", s.failures).Time("next_attempt", s.nextAttempt).Msg("issuer keys not fetched")
		}
		return err
	}
	ks := &keys{list: list, print: fingerprint(list), fresh: now.Add(ttl), usable: now.Add(ttl + staleKeys)}
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
	s.failures, s.lastErr, s.nextAttempt, s.lastSuccess = 0, nil, time.Time{}, now
	return nil
}

// backoff doubles from minBackoff to maxBackoff, give or take a fifth, so that replicas do not knock together.
func backoff(failures int) time.Duration {
	d := min(minBackoff<<min(failures-1, 10), maxBackoff)
	return d - d/5 + rand.N(2*d/5)
}

// maintain keeps the keys fresh until ctx ends.
func (s *keySet) maintain(ctx context.Context) {
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
		_ = s.fetch(ctx, ks) // logged and kept for Status
	}
}

// due says when the next background fetch is, and which keys it is to replace.
func (s *keySet) due() (time.Time, *keys) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ks := s.current.Load()
	if ks == nil || s.failures > 0 {
		return s.nextAttempt, ks
	}
	return ks.refresh, ks
}
