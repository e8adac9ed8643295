package kit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/bestviable/coda-gateway/coda"
)

// Coda's reads come from a snapshot that lags behind its writes, by half a minute in small docs. What was written
// through this process a moment ago is therefore remembered by id: a call that names such a thing and does not find it
// waits and tries again, and a read of a table or page that was just written to says that it may be behind. Whoever
// sees another part of Coda learns nothing of it: not even by waiting.

const (
	// recentLife is how long after a write reads may not show it.
	recentLife = time.Minute
	// acceptedLife is the same from when Coda accepted a write, which it takes a while to apply.
	acceptedLife = recentLife + 45*time.Second
	// recentPatience bounds the wait of one call.
	recentPatience = 40 * time.Second
	recentInterval = 4 * time.Second
	recentKept     = 1_000
)

type recentWrites struct {
	kept *lru.Cache[recentKey, recentWrite]
}

type recentKey struct{ view, id string }

type recentWrite struct {
	at time.Time
	// Made says that the thing was created then.
	made bool
}

func newRecentWrites() *recentWrites {
	return &recentWrites{NewCache[recentKey, recentWrite](recentKept)}
}

// Wrote remembers that things were changed just now.
func (r *recentWrites) Wrote(c *coda.Client, ids ...string) { r.keep(c, false, ids) }

// Made remembers that things were created just now.
func (r *recentWrites) Made(c *coda.Client, ids ...string) { r.keep(c, true, ids) }

func (r *recentWrites) keep(c *coda.Client, made bool, ids []string) {
	now := time.Now()
	for _, id := range ids {
		if id != "" {
			r.kept.Add(recentKey{c.ViewKey(), id}, recentWrite{now, made})
		}
	}
}

// mutated remembers what a write made or changed. What was deleted is rightly not found afterwards.
func (r *recentWrites) mutated(c *coda.Client, m coda.Mutation) {
	switch m.Op {
	case coda.OpCreatePage:
		r.Made(c, m.ID)
	case coda.OpUpsertRows:
		r.Made(c, m.RowIDs...)
	case coda.OpUpdatePage, coda.OpDeletePageContent:
		r.Wrote(c, m.ID)
	case coda.OpDeletePage:
		r.kept.Remove(recentKey{c.ViewKey(), m.ID})
	case coda.OpDeleteRow, coda.OpDeleteRows:
		for _, id := range append([]string{m.ID}, m.RowIDs...) {
			r.kept.Remove(recentKey{c.ViewKey(), id})
		}
	}
}

// ago is how long ago a thing was written; ok is false if not recently.
func (r *recentWrites) ago(c *coda.Client, id string) (d time.Duration, ok bool) {
	w, ok := r.kept.Peek(recentKey{c.ViewKey(), id})
	d = time.Since(w.at)
	return d, ok && d < recentLife
}

// named reports whether a text names something that was made recently.
func (r *recentWrites) named(c *coda.Client, text string) bool {
	for _, key := range r.kept.Keys() {
		w, ok := r.kept.Peek(key)
		if ok && w.made && key.view == c.ViewKey() && time.Since(w.at) < recentLife && strings.Contains(text, key.id) {
			return true
		}
	}
	return false
}

// resolved reports whether names led to something that was made recently.
func (r *recentWrites) resolved(c *coda.Client, ids []string) bool {
	return slices.ContainsFunc(ids, func(id string) bool {
		w, ok := r.kept.Peek(recentKey{c.ViewKey(), id})
		return ok && w.made && time.Since(w.at) < recentLife
	})
}

// retryAfterWrite runs a tool, and again while Coda answers that it does not find what was just written. Its 404 says
// that nothing was done, so that writes may be tried again too.
func (c *Call) retryAfterWrite(ctx context.Context, arguments map[string]any) (*Answer, error) {
	begin := time.Now()
	for {
		fresh := ctx
		if c.spec.Changes() {
			fresh = coda.Afresh(ctx)
		}
		a, err := c.spec.run(fresh, c, arguments)
		if !notFound(err) || time.Since(begin) >= recentPatience ||
			!c.Recent.named(c.Coda, string(c.request.Params.Arguments)) && !c.Recent.resolved(c.Coda, c.resolved) {
			if err == nil && a.outcome != nil && coda.NamesBehind(fresh) {
				c.Note("Names were looked up while Coda did not show all changes of the doc yet: if somebody renamed something " +
					"just then, the ids in this answer show what was meant.")
			}
			return a, err
		}
		c.Progress.Tell(ctx, "waiting until Coda shows what was just written")
		timer := time.NewTimer(recentInterval)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		}
		c.notes, c.resolved = nil, nil
	}
}

// statusNotFound is HTTP's, which this package knows nothing else of.
const statusNotFound = 404

func notFound(err error) bool {
	var e *coda.Error
	return errors.As(err, &e) && e.StatusCode == statusNotFound
}

// NoteWrites tells that things of some kinds in a doc were written here so lately that a read may be behind.
func (c *Call) NoteWrites(doc, what string, kinds ...coda.Kind) {
	var last time.Time
	for _, kind := range kinds {
		if at := c.Coda.LastWrite(doc, kind); at.After(last) {
			last = at
		}
	}
	if ago := time.Since(last); ago < acceptedLife {
		c.noteBehind(what, ago)
	}
}

// NoteRecent tells that a read of a table's rows or a page's text may be behind a write, whoever made it, and whether
// it had to.
func (c *Call) NoteRecent(doc, id string) bool {
	ago, ok := c.Recent.ago(c.Coda, id)
	if accepted := time.Since(c.Coda.LastWriteTo(doc, id)); !ok && accepted < acceptedLife {
		ago, ok = accepted, true
	}
	if ok {
		c.noteBehind("This was", ago)
	}
	return ok
}

func (c *Call) noteBehind(what string, ago time.Duration) {
	c.Note("%s last written to %s ago. Coda may not show it for up to a minute; trust the answer to the write.", what,
		Plural(int(ago.Seconds()), "second"))
}
