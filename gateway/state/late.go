package state

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// late is a database that did not answer at the start, and is opened when it does. Until then whoever needs it is told
// so at once: it is tried again at most every few seconds, by one at a time.
type late struct {
	open func(ctx context.Context) (engine, error)

	mu     sync.Mutex
	engine engine
	err    error
	next   time.Time
	trying bool
	closed bool
}

const (
	// lateEvery is how long it is left alone after it did not answer.
	lateEvery = 2 * time.Second
	// troubleWithin bounds the question how it does.
	troubleWithin = 2 * time.Second
)

// away tells of an error that time may mend: the database cannot be connected to, and does not say that it never will.
func away(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); !ok {
		return false
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	return !ok || !strings.HasPrefix(e.Code, "28") && !strings.HasPrefix(e.Code, "3D")
}

// ready gives the database, which may be opened first.
func (l *late) ready(ctx context.Context) (engine, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.engine != nil {
		return l.engine, nil
	}
	if l.trying || l.closed || time.Now().Before(l.next) {
		return nil, l.err
	}
	l.trying = true
	l.mu.Unlock()
	opened, err := l.open(ctx)
	l.mu.Lock()
	l.trying, l.next = false, time.Now().Add(lateEvery)
	if err != nil {
		l.err = err
		return nil, err
	}
	if l.closed {
		return nil, errors.Join(l.err, opened.close())
	}
	l.engine = opened
	return opened, nil
}

func (l *late) put(ctx context.Context, room string, r Record, expires time.Time, replace bool) (bool, error) {
	e, err := l.ready(ctx)
	if err != nil {
		return false, err
	}
	return e.put(ctx, room, r, expires, replace)
}

func (l *late) get(ctx context.Context, room, name string, now time.Time) (Record, bool, error) {
	e, err := l.ready(ctx)
	if err != nil {
		return Record{}, false, err
	}
	return e.get(ctx, room, name, now)
}

func (l *late) remove(ctx context.Context, room, name string) error {
	e, err := l.ready(ctx)
	if err != nil {
		return err
	}
	return e.remove(ctx, room, name)
}

func (l *late) newest(ctx context.Context, room string, now time.Time, yield func(Record) bool) error {
	e, err := l.ready(ctx)
	if err != nil {
		return err
	}
	return e.newest(ctx, room, now, yield)
}

func (l *late) usage(ctx context.Context) (int64, error) {
	e, err := l.ready(ctx)
	if err != nil {
		return 0, err
	}
	return e.usage(ctx)
}

func (l *late) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.engine == nil {
		return nil
	}
	return l.engine.close()
}

// Trouble says for readiness why a database that several gateways share does not serve; empty in good times, and for
// what is this process's own.
func (s *Store) Trouble() string {
	if !IsPostgres(s.cfg.File) {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), troubleWithin)
	defer cancel()
	if _, err := s.engine.usage(ctx); err != nil {
		return fmt.Sprintf("state.store: the database %v; until it is back, people's own Coda tokens and undo are "+
			"refused with an explanation",
			strings.TrimPrefix(err.Error(), "the state database "))
	}
	return ""
}
