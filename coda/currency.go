package coda

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bestviable/coda-gateway/coda/near"
)

// Coda's reads come from a snapshot of the document that may be half a minute old, and minutes in large documents. A
// read that demands the latest version is refused while anything in the document is not in the snapshot yet; one that
// is answered is therefore proof of how the document is.

const (
	firstCurrentWait = time.Second
	mostCurrentWait  = 4 * time.Second
	// heedLife is how long it is taken for granted that Coda heeds the demand, once it was seen to.
	heedLife = time.Hour
)

// unheeded is the value that Coda is known to refuse always; whoever answers it passes the header over.
const unheeded = "proof"

// Current runs reads that are proven to show everything that Coda has accepted for the document. While something is
// pending it waits and runs read again from its beginning, for as long as patience and the context allow; then the
// error matches [ErrStale]. So it does where a server or a proxy in between passes the demand over, since then nothing
// can be proven. What read makes besides requests must bear repetition.
//
// The document is the one that read reads; it should be no more than one.
func (c *Client) Current(ctx context.Context, patience time.Duration, read func(ctx context.Context) error) error {
	latest := WithLatestVersion(ctx)
	if err := c.heeded(ctx, read); err != nil {
		return err
	}
	begin, wait := c.cfg.Clock.Now(), firstCurrentWait
	for {
		err := read(latest)
		if err == nil {
			c.memory.versions.learn(true, c.cfg.Clock.Now())
			return nil
		}
		if !c.stale(ctx, err, read) {
			return err
		}
		now := c.cfg.Clock.Now()
		end := begin.Add(patience)
		if deadline, ok := ctx.Deadline(); ok && deadline.Before(end) {
			end = deadline
		}
		// The last look is at the very end.
		if wait = min(wait, end.Sub(now)); wait <= 0 {
			return &Error{kinds: []error{ErrStale}, Op: opOf(err), Doc: docOf(err),
				Err: fmt.Errorf("changes were still pending after %s", round(now.Sub(begin)))}
		}
		c.report(ctx, WaitingForCurrent{Elapsed: now.Sub(begin), Next: wait})
		if err := c.cfg.Clock.Sleep(ctx, wait); err != nil {
			return err
		}
		wait = min(wait*2, mostCurrentWait)
	}
}

// stale tells a document that is behind from a request that Coda would refuse anyway: without the demand the same
// request is answered.
func (c *Client) stale(ctx context.Context, err error, read func(ctx context.Context) error) bool {
	if errors.Is(err, ErrStale) {
		return true
	}
	return statusOf(err) == http.StatusBadRequest && read(ctx) == nil
}

// heeded makes sure that somebody heeds the demand, by one that has to be refused.
func (c *Client) heeded(ctx context.Context, read func(ctx context.Context) error) error {
	heed, known := c.memory.versions.known(c.cfg.Clock.Now())
	if !known {
		err := read(context.WithValue(ctx, versionKey{}, unheeded))
		switch {
		case err == nil:
			heed = false
			c.memory.versions.learn(false, c.cfg.Clock.Now())
		case statusOf(err) == http.StatusBadRequest:
			heed = true // What the demand for the latest version is answered will confirm it.
		default:
			return err
		}
	}
	if heed {
		return nil
	}
	return &Error{kinds: []error{ErrStale}, Op: OpGetDoc,
		Err: errors.New("the answers of this Coda cannot be proven to be current, because the header X-Coda-Doc-Version is " +
			"not heeded")}
}

// versionHeed remembers whether the demand for a version is heeded.
type versionHeed struct {
	mu    sync.Mutex
	heeds bool
	until time.Time
}

func (v *versionHeed) known(now time.Time) (heeds, known bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.heeds, now.Before(v.until)
}

func (v *versionHeed) learn(heeds bool, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.heeds, v.until = heeds, now.Add(heedLife)
}

// ignored reports whether the demand is known to be passed over.
func (v *versionHeed) ignored() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.until.IsZero() && !v.heeds
}

func opOf(err error) Op {
	if e, ok := asError(err); ok {
		return e.Op
	}
	return ""
}

func docOf(err error) DocID {
	if e, ok := asError(err); ok {
		return e.Doc
	}
	return ""
}

// UnprovenNameError says that a name could not be proven to mean one thing, because changes of the document were
// pending for too long. It matches [ErrStale]. Nothing was done.
type UnprovenNameError struct {
	Kind Kind
	Name string
	// Candidates are what bears the name as far as Coda shows it.
	Candidates []Candidate
}

// Error implements error.
func (e *UnprovenNameError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "coda: the document has changes that Coda does not show yet, so it is not certain which %s is "+
		"called %s; use its id", e.Kind, near.Quote(clip(e.Name, 80)))
	for i, cand := range e.Candidates[:min(len(e.Candidates), 5)] {
		b.WriteString(map[bool]string{true: ", as far as Coda shows it: ", false: ", "}[i == 0])
		b.WriteString(cand.ID)
		if cand.Where != "" {
			fmt.Fprintf(&b, " (%s)", cand.Where)
		}
	}
	b.WriteString("; or try again in half a minute")
	return b.String()
}

// Unwrap gives [ErrStale].
func (e *UnprovenNameError) Unwrap() error { return ErrStale }
