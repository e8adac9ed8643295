package valkey

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/valkey-io/valkey-go"

	"github.com/bestviable/coda-gateway/gateway/limit"
)

// Take implements [limit.Shared].
func (s *Store) Take(ctx context.Context, buckets []limit.Bucket) (blocked int, wait time.Duration, counted bool) {
	keys, args := make([]string, len(buckets)), make([]string, 0, 2*len(buckets))
	for i, b := range buckets {
		keys[i] = keyOf(string(b.By), b.Issuer, b.Name, b.Tool)
		args = append(args, strconv.Itoa(b.Rate.Calls), micros(b.Rate.Per))
	}
	answer, err := s.ask(ctx, s.scripts.take, keys, args)
	if err != nil || len(answer) != 2 {
		return 0, 0, false
	}
	return int(answer[0]) - 1, time.Duration(answer[1]) * time.Microsecond, true
}

// Window uses one of so many tokens of a name, each of which comes back after a length of time, unless fewer than keep
// would be left; then wait says how long that lasts. counted is false where nobody could count.
func (s *Store) Window(ctx context.Context, most int, per time.Duration, keep int, name ...string) (
	wait time.Duration, counted bool) {
	keys := []string{keyOf("window", name...), keyOf("rest", name...)}
	answer, err := s.ask(ctx, s.scripts.window, keys, []string{strconv.Itoa(most), micros(per), strconv.Itoa(keep)})
	if err != nil || len(answer) != 1 {
		return 0, false
	}
	return time.Duration(answer[0]) * time.Microsecond, true
}

// Rest lets nobody use a token of a name for a while.
func (s *Store) Rest(ctx context.Context, d time.Duration, name ...string) {
	_ = s.do(ctx, func(c valkey.Client) valkey.Completed { // whoever meets the limit rests by itself anyway
		return c.B().Set().Key(keyOf("rest", name...)).Value("1").PxMilliseconds(max(1, d.Milliseconds())).Build()
	})
}

// Claim is true for the first that claims a key within its life, among all replicas.
func (s *Store) Claim(ctx context.Context, key string, life time.Duration) (bool, error) {
	err := s.do(ctx, func(c valkey.Client) valkey.Completed {
		return c.B().Set().Key(keyOf("claim", key)).Value("1").Nx().PxMilliseconds(max(1, life.Milliseconds())).Build()
	})
	if valkey.IsValkeyNil(err) {
		return false, nil
	}
	return err == nil, err
}

// do sends one command within patience.
func (s *Store) do(ctx context.Context, command func(valkey.Client) valkey.Completed) error {
	within, cancel := context.WithTimeout(ctx, cmp.Or(s.cfg.Patience, patience))
	defer cancel()
	c, err := s.reached(within)
	if err != nil {
		return err
	}
	err = c.Do(within, command(c)).Error()
	if err != nil && !valkey.IsValkeyNil(err) && ctx.Err() == nil {
		s.lost()
		return errAway
	}
	return err
}

func micros(d time.Duration) string { return strconv.FormatInt(max(1, d.Microseconds()), 10) }
