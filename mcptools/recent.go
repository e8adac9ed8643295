package mcptools

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/bestviable/coda-gateway/coda"
)

// Coda's reads come from a snapshot that lags behind its writes, by half a minute in small docs. What was written through
// this process a moment ago is therefore remembered by id: a call that names such a thing and does not find it waits and
// tries again, and a read of a table or page that was just written to says that it may be behind.

const (
	// recentLife is how long after a write reads may not show it.
	recentLife = time.Minute
	// recentPatience bounds the wait of one call.
	recentPatience = 40 * time.Second
	recentInterval = 4 * time.Second
	recentKept     = 1_000
)

type recentWrites struct{ at *lru.Cache[string, time.Time] }

func newRecentWrites() (*recentWrites, error) {
	at, err := lru.New[string, time.Time](recentKept)
	return &recentWrites{at}, err
}

// wrote remembers that things were written just now.
func (r *recentWrites) wrote(ids ...string) {
	now := time.Now()
	for _, id := range ids {
		if id != "" {
			r.at.Add(id, now)
		}
	}
}

// ago is how long ago a thing was written; ok is false if not recently.
func (r *recentWrites) ago(id string) (d time.Duration, ok bool) {
	at, ok := r.at.Peek(id)
	d = time.Since(at)
	return d, ok && d < recentLife
}

// named reports whether a text names something that was written recently.
func (r *recentWrites) named(text string) bool {
	for _, id := range r.at.Keys() {
		if _, ok := r.ago(id); ok && strings.Contains(text, id) {
			return true
		}
	}
	return false
}

// patiently runs a tool, and again while Coda answers that it does not find what was just written. Its 404 says that nothing
// was done, so that writes may be tried again too.
func (c *call) patiently(ctx context.Context, arguments []byte) (*answer, error) {
	begin := time.Now()
	for {
		a, err := c.spec.run(ctx, c, arguments)
		if !notFound(err) || time.Since(begin) >= recentPatience || !c.recent.named(string(arguments)) {
			return a, err
		}
		c.progress.tell(ctx, "waiting until Coda shows what was just written")
		timer := time.NewTimer(recentInterval)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		}
		c.notes = nil
	}
}

func notFound(err error) bool {
	var e *coda.Error
	return errors.As(err, &e) && e.StatusCode == http.StatusNotFound
}

// noteRecent tells that a read may be behind a write.
func (c *call) noteRecent(id string) {
	if ago, ok := c.recent.ago(id); ok {
		c.note("This was last written to %d seconds ago. Coda may not show it for up to a minute; trust the answer to the write.", int(ago.Seconds()))
	}
}
