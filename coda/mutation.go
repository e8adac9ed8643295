package coda

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Mutation is a write that Coda has accepted (202) and will apply within seconds, seldom more than half a minute.
type Mutation struct {
	// RequestID is what Coda calls the write; empty where Coda gave none. Coda keeps its status for about a day.
	RequestID string `json:"requestId,omitempty"`
	Op        Op     `json:"op,omitempty"`
	Doc       DocID  `json:"doc,omitempty"`
	// ID is the page or row that was created, changed or deleted.
	ID string `json:"id,omitempty"`
	// RowIDs are the rows that were added, in the order of the request, or deleted. A keyed upsert has none.
	RowIDs []string `json:"rowIds,omitempty"`
	// RowID and ColumnID are those of a pushed button.
	RowID    string `json:"rowId,omitempty"`
	ColumnID string `json:"columnId,omitempty"`
	// AcceptedAt is when Coda accepted it; it paces the polling.
	AcceptedAt time.Time `json:"acceptedAt,omitzero"`
	// Settled says that there is nothing to wait for: a document that was created empty, or a thing that turned out to be
	// deleted already when a lost delete was sent again.
	Settled bool `json:"settled,omitempty"`
}

// mutationAnswer is the union of the 202 answers.
type mutationAnswer struct {
	RequestID   string   `json:"requestId"`
	ID          string   `json:"id"`
	AddedRowIDs []string `json:"addedRowIds"`
	RowIDs      []string `json:"rowIds"`
	RowID       string   `json:"rowId"`
	ColumnID    string   `json:"columnId"`
}

// mutate performs an asynchronous write.
func (c *Client) mutate(ctx context.Context, r request) (Mutation, error) {
	body, err := c.send(ctx, r)
	if err != nil {
		return Mutation{}, err
	}
	var a mutationAnswer
	if len(bytes.TrimSpace(body)) > 0 {
		if err := decode(body, &a); err != nil {
			return Mutation{}, c.badAnswer(r, fmt.Errorf("answer is not a JSON object: %w", err))
		}
	}
	m := c.acceptedWrite(r.op, r.doc(), a)
	m.Settled = body == nil
	return m, nil
}

func (c *Client) acceptedWrite(op Op, doc DocID, a mutationAnswer) Mutation {
	m := Mutation{
		RequestID: a.RequestID, Op: op, Doc: doc, ID: a.ID, RowIDs: a.RowIDs, RowID: a.RowID, ColumnID: a.ColumnID,
		AcceptedAt: c.cfg.Clock.Now(),
	}
	if len(a.AddedRowIDs) > 0 {
		m.RowIDs = a.AddedRowIDs
		for _, id := range a.AddedRowIDs {
			c.memory.added.Add(c.viewed(doc+"/"+id), struct{}{})
		}
	}
	if m.RequestID != "" {
		c.memory.mutations.Add(m.RequestID, accepted{doc, c.writerKey()})
	}
	return m
}

// MutationStatus is what Coda knows of an accepted write. There is no state for failure: Coda has none.
type MutationStatus struct {
	Object
	Completed bool `json:"completed"`
	// Warning says in Coda's words what was applied only in part, such as "Initial page HTML was invalid.".
	Warning string `json:"warning"`
}

// MutationStatus asks once whether a write has been applied (GET /mutationStatus/{requestId}); only m.RequestID is
// needed. Shortly after the write Coda may answer 404.
//
// The operation names no document. With a guard, the document is the one that this client saw the write in, or else
// m.Doc; where neither is known the guard is asked about [AllDocs]. A warning to a write that this client has not seen
// is withheld, since nothing proves which document it speaks of.
func (c *Client) MutationStatus(ctx context.Context, m Mutation) (*MutationStatus, error) {
	doc, seen, err := c.mutationDoc(m)
	if err != nil {
		return nil, err
	}
	r := request{op: OpGetMutationStatus, path: []string{m.RequestID}}
	guarded := c.cfg.Guard != nil || c.ViewKey() != ""
	if c.cfg.Guard != nil || c.view != nil {
		r.also = []DocID{doc}
	}
	status, err := do[MutationStatus](ctx, c, r)
	if err != nil {
		return nil, err
	}
	if guarded && !seen && doc != AllDocs && status.Warning != "" {
		status.Warning = "Coda attached a warning; it is shown only where the write was made, because its document is not " +
			"known here"
		status.Raw = nil
	}
	return status, nil
}

// mutationDoc tells which document a write is in: the one it was seen in, or else the one that it is said to be in.
func (c *Client) mutationDoc(m Mutation) (doc DocID, seen bool, err error) {
	if m.RequestID == "" {
		return "", false, invalidf(OpGetMutationStatus, m.Doc, "the mutation has no request id")
	}
	by, known := c.memory.mutations.Get(m.RequestID)
	if doc = by.doc; !known {
		doc = m.Doc
	}
	if doc == "" {
		doc = AllDocs
	}
	// What another view wrote may be about something that this one does not show.
	return doc, known && (c.ViewKey() == "" || by.view == c.ViewKey()), nil
}

// accepted is a write that Coda accepted: in which document, and through which view.
type accepted struct {
	doc  DocID
	view string
}

// Outcome is how a write ended, as far as it can be known.
type Outcome string

// The outcomes. Coda reports no failures; what it cannot apply stays pending or carries a warning.
const (
	Applied            Outcome = "applied"
	AppliedWithWarning Outcome = "applied with warning"
	// Pending: accepted and not yet known to be applied.
	Pending Outcome = "pending"
)

// MutationResult is the end of a wait.
type MutationResult struct {
	Outcome Outcome
	// Warning is Coda's, for AppliedWithWarning.
	Warning string
	// Note says why the outcome is Pending.
	Note string
	// Waited is the time since Coda accepted the write.
	Waited time.Duration
}

// The manners of polling, after Coda's staff: a first look after two seconds, then ever more seldom; "not found" for
// the first half minute means that the status has not been replicated yet.
const (
	firstPoll    = 2 * time.Second
	pollGrowth   = 1.5
	longestPoll  = 15 * time.Second
	tolerate404  = 30 * time.Second
	notConfirmed = "the write was accepted but not confirmed in time; ask again later by its request id"
)

// WaitMutation waits until a write has been applied, at most [Config.MutationDeadline] or until the context's deadline,
// which both end in Pending without an error. The error is nil too where the status cannot be read (a write-only token,
// Coda being away): that says nothing about the write, and the result's Note names it. Only a cancelled context, the
// guard or a mutation without request id give an error.
func (c *Client) WaitMutation(ctx context.Context, m Mutation) (MutationResult, error) {
	if m.RequestID == "" && m.Op != "" {
		if m.Settled {
			return MutationResult{Outcome: Applied}, nil
		}
		return MutationResult{Outcome: Pending, Note: "Coda gave no request id to ask by"}, nil
	}
	doc, _, err := c.mutationDoc(m)
	if err == nil {
		err = c.allow(ctx, OpGetMutationStatus, doc)
	}
	if err != nil {
		return MutationResult{Outcome: Pending}, err
	}
	// One status request can hang for longer than the whole wait may take.
	ctx, cancel := context.WithTimeout(ctx, c.cfg.MutationDeadline)
	defer cancel()
	now := c.cfg.Clock.Now
	begin := now()
	accepted := m.AcceptedAt
	if accepted.IsZero() || accepted.After(begin) {
		accepted = begin
	}
	result := func(o Outcome, warning, note string) MutationResult {
		c.report(ctx, MutationSettled{Mutation: m, Outcome: o})
		return MutationResult{Outcome: o, Warning: warning, Note: note, Waited: now().Sub(accepted)}
	}
	interval := firstPoll
	wait := max(accepted.Add(firstPoll).Sub(begin), 0)
	for {
		if now().Add(wait).Sub(begin) > c.cfg.MutationDeadline {
			return result(Pending, "", notConfirmed), nil
		}
		if deadline, ok := ctx.Deadline(); ok && now().Add(wait).After(deadline) {
			return result(Pending, "", notConfirmed), nil
		}
		if wait > 0 {
			c.report(ctx, WaitingForMutation{Mutation: m, Elapsed: now().Sub(accepted), Next: wait})
		}
		if err := c.cfg.Clock.Sleep(ctx, wait); err != nil {
			if errors.Is(err, context.DeadlineExceeded) {
				return result(Pending, "", notConfirmed), nil
			}
			return result(Pending, "", "the wait was cancelled"), err
		}
		status, err := c.MutationStatus(ctx, m)
		switch {
		case err == nil && status.Completed && status.Warning != "":
			return result(AppliedWithWarning, status.Warning, ""), nil
		case err == nil && status.Completed:
			return result(Applied, "", ""), nil
		case err == nil:
		case errors.Is(err, ErrGuard) || errors.Is(err, ErrInvalid):
			return MutationResult{Outcome: Pending}, err
		case errors.Is(err, context.Canceled):
			return result(Pending, "", "the wait was cancelled"), err
		case statusOf(err) == http.StatusNotFound && now().Sub(accepted) < tolerate404:
		case statusOf(err) == http.StatusNotFound:
			return result(Pending, "", "Coda does not know this request id; it forgets them after about a day"), nil
		case statusOf(err) == http.StatusUnauthorized || statusOf(err) == http.StatusForbidden:
			return result(Pending, "", "the token may not read the state of writes"), nil
		case ctx.Err() != nil:
			return result(Pending, "", notConfirmed), nil
		case errors.Is(err, ErrRateLimited), errors.Is(err, ErrUnavailable), errors.Is(err, ErrTimeout),
			errors.Is(err, ErrBadAnswer):
		default:
			return result(Pending, "", "the state of the write cannot be read: "+err.Error()), nil
		}
		wait = interval
		interval = min(time.Duration(float64(interval)*pollGrowth), longestPoll)
	}
}
