package state

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// told says in the log when an engine begins to fail, and when it does well again: whoever is refused by it hears so in
// words, and a change that cannot be kept goes on.
type told struct {
	engine
	log  zerolog.Logger
	away atomic.Bool
}

// of looks at how something ended. What is wrong with one value, and what the caller gave up, says nothing of the
// engine.
func (t *told) of(ctx context.Context, err error) error {
	switch {
	case err == nil:
		if t.away.CompareAndSwap(true, false) {
			t.log.Info().Msg("the state store can be used again")
		}
	case ctx.Err() != nil, errors.Is(err, ErrFull), errors.Is(err, ErrKey), errors.Is(err, errDamaged):
	case t.away.CompareAndSwap(false, true):
		t.log.Error().Err(err).Msg("the state store cannot be used; until it can, people's own Coda tokens and undo are " +
			"refused with an explanation, and changes cannot be taken back")
	}
	return err
}

func (t *told) put(ctx context.Context, room string, r Record, expires time.Time, replace bool) (bool, error) {
	stored, err := t.engine.put(ctx, room, r, expires, replace)
	return stored, t.of(ctx, err)
}

func (t *told) get(ctx context.Context, room, name string, now time.Time) (Record, bool, error) {
	r, found, err := t.engine.get(ctx, room, name, now)
	return r, found, t.of(ctx, err)
}

func (t *told) remove(ctx context.Context, room, name string) error {
	return t.of(ctx, t.engine.remove(ctx, room, name))
}

func (t *told) newest(ctx context.Context, room string, now time.Time, yield func(Record) bool) error {
	return t.of(ctx, t.engine.newest(ctx, room, now, yield))
}

func (t *told) usage(ctx context.Context) (int64, error) {
	n, err := t.engine.usage(ctx)
	return n, t.of(ctx, err)
}
