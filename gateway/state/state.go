// Package state holds what the gateway must remember beyond one request: people's own Coda tokens, what a row looked
// like before it was changed, attempts to connect.
//
// A [Store] is memory, one embedded SQLite file or a PostgreSQL database, and hands out rooms: a [Room] holds named
// values of one kind, and whoever uses one sees it through an interface of their own. Values are sealed with the
// configured keys before they reach the file, the names of rooms and records are not. What is [Kept] stays until it is
// deleted; what is [Passing] ends by itself, and makes place, oldest first, where the store is full. Nothing grows
// without bound: what does not fit is refused with [ErrFull].
//
// File and database carry the number of their schema. An older one is brought forward when it is opened, and one of a
// newer gateway is refused and left as it is.
package state

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
)

// Config says where the state is.
type Config struct {
	// File is the path of the SQLite file, which is made where it is missing, or the postgres:// URL of a database, which
	// several gateways may share; empty = memory, which ends with the process.
	File string
	// Keys seal the values in the file; required with File.
	Keys *Keyring
	// Keep is how long a passing value stays; 0 = 24 hours.
	Keep time.Duration
	// MaxBytes bounds what is stored; 0 = 256 MiB.
	MaxBytes int64
	// Later: a database that does not answer is opened when it does. Until then the store refuses everything.
	Later bool
	// Now is the clock; nil = [time.Now].
	Now func() time.Time
	// Log hears when the store begins to fail, and when it does well again; the zero Logger discards.
	Log zerolog.Logger
}

const (
	defaultKeep     = 24 * time.Hour
	defaultMaxBytes = 256 << 20
	// minBytes is less than which a store cannot have: SQLite's own pages take place too.
	minBytes = 1 << 20
	// maxShare of the store is the most that one value may take: the others want to stay.
	maxShare = 8
	// maxName bounds the names of rooms and records.
	maxName = 512
)

// Errors of a [Room].
var (
	// ErrFull: what is kept fills the store, or one value is too large for it.
	ErrFull = errors.New("the state store is full; delete what is no longer needed, or raise state.max_bytes")
	// ErrKey: a value was sealed with a key that is not configured any more.
	ErrKey = errors.New("a value in the state store was sealed with a key that state.keys does not hold; add that key " +
		"after the first one")
)

// Kind says how long the values of a room stay.
type Kind int

// Kinds of rooms.
const (
	// Kept values stay until they are deleted.
	Kept Kind = iota
	// Passing values end after [Config.Keep], or earlier where the store is full.
	Passing
)

// Record is a named value.
type Record struct {
	Name    string
	Value   []byte
	Written time.Time
}

// Usage is what a store holds.
type Usage struct {
	// Bytes are counted against MaxBytes.
	Bytes, MaxBytes int64
}

// engine is a way to store records. Names and sizes have been checked; values are sealed where that is called for.
type engine interface {
	put(ctx context.Context, room string, r Record, expires time.Time, replace bool) (stored bool, err error)
	get(ctx context.Context, room, name string, now time.Time) (Record, bool, error)
	remove(ctx context.Context, room, name string) error
	// newest yields a room's records, the newest first, until yield says no.
	newest(ctx context.Context, room string, now time.Time, yield func(Record) bool) error
	usage(ctx context.Context) (int64, error)
	close() error
}

// Store is what is remembered. It is safe for concurrent use.
type Store struct {
	cfg    Config
	engine engine
}

// Open opens the store, and makes it where there is none.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Keep == 0 {
		cfg.Keep = defaultKeep
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = defaultMaxBytes
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.MaxBytes < minBytes {
		return nil, fmt.Errorf("a state store of %d bytes is too small; give it %d or more", cfg.MaxBytes, minBytes)
	}
	if cfg.File == "" {
		return &Store{cfg, newMemory(cfg.MaxBytes)}, nil
	}
	if cfg.Keys == nil {
		return nil, errors.New("a state file needs state.keys, which encrypt what people entrust to the gateway")
	}
	if IsPostgres(cfg.File) {
		open := func(ctx context.Context) (engine, error) {
			database, err := openPostgres(ctx, cfg, postgresSchema)
			if err != nil {
				return nil, fmt.Errorf("the state database %w", err)
			}
			return database, nil
		}
		database, err := open(ctx)
		hears := &told{engine: database, log: cfg.Log}
		if err != nil && cfg.Later && away(err) {
			hears.engine, err = &late{open: open, err: err, next: time.Now().Add(lateEvery)}, nil
			hears.away.Store(true) // whoever starts says so
		}
		if err != nil {
			return nil, err
		}
		return &Store{cfg, hears}, nil
	}
	file, err := openFile(ctx, cfg, schema)
	if err != nil {
		return nil, fmt.Errorf("state file %s: %w", cfg.File, err)
	}
	return &Store{cfg, &told{engine: file, log: cfg.Log}}, nil
}

// Close ends the use of the store.
func (s *Store) Close() error { return s.engine.close() }

// Keep is how long a passing value stays.
func (s *Store) Keep() time.Duration { return s.cfg.Keep }

// Usage tells how full the store is.
func (s *Store) Usage(ctx context.Context) (Usage, error) {
	n, err := s.engine.usage(ctx)
	return Usage{n, s.cfg.MaxBytes}, err
}

// Room is the values of one kind.
type Room struct {
	store *Store
	name  string
	kind  Kind
}

// Room returns the room of that name. It takes no place while it is empty.
func (s *Store) Room(name string, kind Kind) *Room { return &Room{s, name, kind} }

// Put stores a value, in the place of an earlier one of that name.
func (r *Room) Put(ctx context.Context, name string, value []byte) error {
	_, err := r.put(ctx, name, value, true)
	return err
}

// Add stores a value unless there is one of that name, and tells whether it did. Of several who try, one succeeds.
func (r *Room) Add(ctx context.Context, name string, value []byte) (bool, error) {
	return r.put(ctx, name, value, false)
}

func (r *Room) put(ctx context.Context, name string, value []byte, replace bool) (bool, error) {
	if name == "" || len(name) > maxName {
		return false, fmt.Errorf("the name of a value in the room %s has %d bytes, of 1 to %d", r.name, len(name), maxName)
	}
	if int64(len(value)) > r.store.cfg.MaxBytes/maxShare {
		return false, fmt.Errorf("a value of %d bytes: %w", len(value), ErrFull)
	}
	now := r.store.cfg.Now()
	var expires time.Time
	if r.kind == Passing {
		expires = now.Add(r.store.cfg.Keep)
	}
	return r.store.engine.put(ctx, r.name, Record{name, value, now}, expires, replace)
}

// Get returns the value of a name, and whether there is one.
func (r *Room) Get(ctx context.Context, name string) (Record, bool, error) {
	return r.store.engine.get(ctx, r.name, name, r.store.cfg.Now())
}

// Delete removes a value; that there is none is no error.
func (r *Room) Delete(ctx context.Context, name string) error {
	return r.store.engine.remove(ctx, r.name, name)
}

// Newest calls yield for the room's values, the newest first, until it returns false. Yield must not use the store.
func (r *Room) Newest(ctx context.Context, yield func(Record) bool) error {
	return r.store.engine.newest(ctx, r.name, r.store.cfg.Now(), yield)
}
