package coda

import (
	"context"
	"fmt"
	"time"
)

// Event is something that happened inside a call. Each kind is a type of its own, and prints as a sentence for people.
type Event interface {
	fmt.Stringer
	event()
}

// Observer hears events. It is called on the calling goroutine and must return quickly; one that is given to several
// calls at once must be safe for concurrent use. ctx is the context of the request that the event is about, so that an
// observer of a whole client can tell whose it is.
type Observer func(ctx context.Context, e Event)

type observerKey struct{}

// WithObserver returns a context whose calls report to fn, after any observer that ctx already carries.
func WithObserver(ctx context.Context, fn Observer) context.Context {
	if fn == nil {
		return ctx
	}
	if before, _ := ctx.Value(observerKey{}).(Observer); before != nil {
		return context.WithValue(ctx, observerKey{},
			Observer(func(ctx context.Context, e Event) { before(ctx, e); fn(ctx, e) }))
	}
	return context.WithValue(ctx, observerKey{}, fn)
}

func (c *Client) report(ctx context.Context, e Event) {
	if c.cfg.Observer != nil {
		c.cfg.Observer(ctx, e)
	}
	if fn, _ := ctx.Value(observerKey{}).(Observer); fn != nil {
		fn(ctx, e)
	}
}

// WaitingForBudget says that a request waits because the account's budget is used up or cooling down.
type WaitingForBudget struct {
	Op     Op
	Bucket Bucket
	Wait   time.Duration
}

// RequestDone says that one HTTP request has ended, whatever its answer.
type RequestDone struct {
	Op     Op
	Doc    DocID
	Bucket Bucket
	Method string
	// Table is the table, by id or name, whose rows or columns the request is about; empty where it is about none.
	Table string
	// Rows is how many rows the request adds, changes or deletes, as far as Coda accepts it; 0 for what reads.
	Rows int
	// RequestID is what Coda calls an accepted write, as in [Mutation], or else the id in the answer's headers, if any.
	RequestID string
	// Status is 0 where no answer came.
	Status  int
	Attempt int
	Took    time.Duration
}

// Recalled says that something of a document was answered from what is remembered, without a request.
type Recalled struct {
	Doc DocID
	// Table is the table that it is about; empty where it is about none.
	Table string
}

// Retrying says that a request will be sent again.
type Retrying struct {
	Op      Op
	Attempt int
	// Cause is why the attempt before failed.
	Cause error
	Wait  time.Duration
}

// ListRestarted says that Coda timed out on a list, which begins again with fewer items per page.
type ListRestarted struct {
	Op       Op
	PageSize int
}

// PageFetched says that one more page of a list has come.
type PageFetched struct {
	Op    Op
	Pages int
	Items int
}

// ChunkSent says that Coda accepted one more chunk of an upsert.
type ChunkSent struct {
	Chunk, Chunks int
	// Rows is how many rows have been accepted so far, of Total.
	Rows, Total int
}

// WaitingForMutation says that an accepted write has not been applied yet.
type WaitingForMutation struct {
	Mutation Mutation
	Elapsed  time.Duration
	Next     time.Duration
}

// MutationSettled says how the wait for a write ended.
type MutationSettled struct {
	Mutation Mutation
	Outcome  Outcome
}

// WaitingForCurrent says that a read which has to be current waits until Coda shows all changes.
type WaitingForCurrent struct {
	Elapsed time.Duration
	Next    time.Duration
}

// WaitingForExport says that a page's export is not ready yet.
type WaitingForExport struct {
	Page    string
	Elapsed time.Duration
}

func (WaitingForBudget) event()   {}
func (RequestDone) event()        {}
func (Recalled) event()           {}
func (Retrying) event()           {}
func (ListRestarted) event()      {}
func (PageFetched) event()        {}
func (ChunkSent) event()          {}
func (WaitingForMutation) event() {}
func (MutationSettled) event()    {}
func (WaitingForCurrent) event()  {}
func (WaitingForExport) event()   {}

func (e WaitingForBudget) String() string {
	return fmt.Sprintf("waiting %s for the %s budget of the Coda account", round(e.Wait), e.Bucket)
}

func (e RequestDone) String() string {
	if e.Status == 0 {
		return fmt.Sprintf("%s got no answer after %s", e.Op, round(e.Took))
	}
	return fmt.Sprintf("%s answered %d after %s", e.Op, e.Status, round(e.Took))
}

func (e Recalled) String() string { return "remembered of the doc " + e.Doc }

func (e Retrying) String() string {
	return fmt.Sprintf("%s failed, trying again in %s (attempt %d)", e.Op, round(e.Wait), e.Attempt+1)
}

func (e ListRestarted) String() string {
	return fmt.Sprintf("Coda timed out on %s, beginning again with %d items per page", e.Op, e.PageSize)
}

func (e PageFetched) String() string { return fmt.Sprintf("%d items read", e.Items) }

func (e ChunkSent) String() string {
	return fmt.Sprintf("%d of %d rows accepted (request %d of %d)", e.Rows, e.Total, e.Chunk, e.Chunks)
}

func (e WaitingForMutation) String() string {
	return fmt.Sprintf("accepted, not yet applied after %s", round(e.Elapsed))
}

func (e MutationSettled) String() string { return string(e.Outcome) }

func (e WaitingForCurrent) String() string {
	return fmt.Sprintf("Coda does not show all changes yet, waiting (%s)", round(e.Elapsed))
}

func (e WaitingForExport) String() string {
	return fmt.Sprintf("Coda is preparing the page (%s)", round(e.Elapsed))
}

func round(d time.Duration) time.Duration {
	if d >= time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Millisecond)
}
