package coda

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// fresh is what one call has found out by itself.
type fresh struct {
	mu      sync.Mutex
	names   map[string]Target
	schemas map[string]*Schema
	behind  *behind
}

// behind is which names were looked up in listings that may have been out of date.
type behind struct{ places, columns atomic.Bool }

type freshKey struct{}

// Afresh returns a context whose calls take nothing from the client's memory that is older than the context: names,
// links and columns are looked up anew, each once. Whatever writes should use it, because a name that was unique a
// minute ago proves nothing: a second page of that name may have been made since, and the write would go to the wrong
// one.
//
// Names of pages, tables and columns are looked up in a listing that is proven current where Coda can give one at once,
// or else in the newest that it has, with what was created, renamed or deleted through this process added to it. Names
// of rows are taken from a proven current read alone, for which [Client.ResolveRow] waits; see [Client.Current].
func Afresh(ctx context.Context) context.Context {
	own := &fresh{names: make(map[string]Target), schemas: make(map[string]*Schema), behind: new(behind)}
	if outer := freshness(ctx); outer != nil {
		own.behind = outer.behind
	}
	return context.WithValue(ctx, freshKey{}, own)
}

// NamesBehind reports whether, within a context of [Afresh], names of pages, tables or columns were looked up while
// Coda did not show all changes of the document yet: what somebody else renamed just then was taken by its former name.
func NamesBehind(ctx context.Context) bool {
	own := freshness(ctx)
	return own != nil && (own.behind.places.Load() || own.behind.columns.Load())
}

// freshness is nil where the memory may be used.
func freshness(ctx context.Context) *fresh {
	f, _ := ctx.Value(freshKey{}).(*fresh)
	return f
}

func (f *fresh) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.names)
	clear(f.schemas)
}

func (f *fresh) name(key string) (Target, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t, ok := f.names[key]
	return t, ok
}

func (f *fresh) schema(key string) (*Schema, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.schemas[key]
	return s, ok
}

func (f *fresh) keepName(key string, t Target) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.names[key] = t
}

func (f *fresh) keepSchema(key string, s *Schema) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.schemas[key] = s
}

// newest runs a listing. Where the context wants fresh answers it demands the latest version first, and current says
// that Coda had it ready.
func newest[T any](ctx context.Context, list func(ctx context.Context) (T, error)) (v T, current bool, err error) {
	if demanded := ctx.Value(versionKey{}) != nil; demanded {
		v, err = list(ctx)
		return v, err == nil, err
	}
	if freshness(ctx) != nil {
		if v, err = list(WithLatestVersion(ctx)); err == nil {
			return v, true, nil
		}
		if !errors.Is(err, ErrStale) {
			return v, false, err
		}
	}
	v, err = list(ctx)
	return v, false, err
}
