package coda

import (
	"context"
	"sync"
)

// ExportLocks lets one export per page run at a time. The zero value is not usable; see [NewExportLocks].
type ExportLocks struct {
	mu    sync.Mutex
	pages map[string]*pageLock
}

type pageLock struct {
	free  chan struct{}
	users int
}

// NewExportLocks returns locks for the clients of one process.
func NewExportLocks() *ExportLocks { return &ExportLocks{pages: make(map[string]*pageLock)} }

// lock waits for the page and returns its release. Locks that nobody holds or awaits are forgotten.
func (l *ExportLocks) lock(ctx context.Context, page string) (release func(), err error) {
	l.mu.Lock()
	p := l.pages[page]
	if p == nil {
		p = &pageLock{free: make(chan struct{}, 1)}
		l.pages[page] = p
	}
	p.users++
	l.mu.Unlock()
	leave := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if p.users--; p.users == 0 {
			delete(l.pages, page)
		}
	}
	select {
	case p.free <- struct{}{}:
		return func() { <-p.free; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
