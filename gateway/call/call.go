// Package call is the record of one request: who asked for what, which documents it touched, how it was decided and
// how it ended.
//
// The gateway makes one [Call] per request and hands it down as an argument; what runs behind the MCP server finds
// it with [From]. Whatever tells of requests (access log, metrics, audit, journal) is a function over *Call that
// runs once the call has ended. Outcomes and reasons are typed and listed once, in [Outcomes] and [Reasons]: that
// list is the contract with whoever reads a log or writes an alert, and the tables of the gateway's README are made
// of it.
package call

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// Call is one request. The exported fields of the first block are set by the goroutine that serves the request,
// before anything else can see the call. Those of the second are written by methods, since a tool may go on in a
// goroutine of its own when the client has gone away; read them after [Call.Finish], when nothing changes any more.
type Call struct {
	// ID is the request id, as the client and a trusted proxy see it.
	ID string
	// Time is when the request came.
	Time time.Time
	// Client is the address that it came from; the zero Addr where nobody knows it.
	Client netip.Addr
	// HTTPMethod, Path and UserAgent are the request's own words; the path has no query.
	HTTPMethod, Path, UserAgent string
	// Principal is the person; nil before a token has been verified.
	Principal *token.Principal
	// Method is the JSON-RPC method; empty where no message was read.
	Method string
	// Tool is the tool that tools/call names, or under whose rule another method falls; empty for none.
	Tool string
	// Target is what else the message names: a resource's URI or a prompt.
	Target string

	// Status and Bytes are the answer's.
	Status int
	Bytes  int64
	// Duration is how long it took.
	Duration time.Duration
	// Decision is the code of the access policy's decision; empty where the policy was not asked.
	Decision Reason
	// Docs are the Coda documents that the call asked about, each once, in the order of the first request; at most
	// [MaxDocs].
	Docs []string
	// CodaRequests is how many requests were sent to Coda.
	CodaRequests int
	// Outcome, Reason and Detail say how it ended. Detail is for the operator and quotes nothing unclipped.
	Outcome Outcome
	Reason  Reason
	Detail  string

	mu       sync.Mutex
	finished bool
	// codaFault is the last fault of Coda; it explains a tool's error.
	codaFault Reason
}

// MaxDocs bounds how many documents a call remembers.
const MaxDocs = 20

type key struct{}

// With returns a context that belongs to c.
func With(ctx context.Context, c *Call) context.Context { return context.WithValue(ctx, key{}, c) }

// From returns the call that ctx belongs to; nil outside of one.
func From(ctx context.Context) *Call {
	c, _ := ctx.Value(key{}).(*Call)
	return c
}

// PrincipalOf returns the person on whose behalf ctx's work is done; nil outside of a call.
func PrincipalOf(ctx context.Context) *token.Principal {
	if c := From(ctx); c != nil {
		return c.Principal
	}
	return nil
}

// End notes how the call ended. The first word counts: it is the most precise one.
func (c *Call) End(outcome Outcome, reason Reason, detail string) {
	c.change(func() {
		if c.Outcome == "" {
			c.Outcome, c.Reason, c.Detail = outcome, reason, detail
		}
	})
}

// Decided notes what the access policy said.
func (c *Call) Decided(code Reason) { c.change(func() { c.Decision = code }) }

// CodaRequest notes a request to Coda: the document that it was about (empty for none), and the reason to give where
// the tool fails for it (empty where Coda answered well).
func (c *Call) CodaRequest(doc string, fault Reason) {
	c.change(func() {
		c.CodaRequests++
		c.codaFault = fault
		if doc != "" && len(c.Docs) < MaxDocs && !slices.Contains(c.Docs, doc) {
			c.Docs = append(c.Docs, doc)
		}
	})
}

// ToolFailed notes that the tool ran and said why it could not do what it was asked.
func (c *Call) ToolFailed() {
	c.mu.Lock()
	fault := c.codaFault
	c.mu.Unlock()
	c.End(ToolError, fault, "")
}

// Finish ends the call for good, with the answer's status and size. What comes later changes nothing. An answer that
// nobody explained is judged by its status.
func (c *Call) Finish(status int, bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.finished {
		return
	}
	c.finished = true
	c.Status, c.Bytes, c.Duration = status, bytes, time.Since(c.Time)
	if c.Outcome == "" {
		c.Outcome = outcomeOf(status)
	}
}

func outcomeOf(status int) Outcome {
	switch {
	case status == 0:
		return Aborted
	case status < 400:
		return OK
	default:
		return BadRequest
	}
}

// MarshalZerologObject writes the line of the access log, once the call has ended.
func (c *Call) MarshalZerologObject(e *zerolog.Event) {
	add := func(key, value string) {
		if value != "" {
			e.Str(key, value)
		}
	}
	e.Str("request_id", c.ID)
	if c.Client.IsValid() {
		e.Str("client", c.Client.String())
	}
	e.Str("http_method", c.HTTPMethod).Str("path", c.Path).Int("status", c.Status).Str("outcome", string(c.Outcome))
	add("reason", string(c.Reason))
	add("detail", c.Detail)
	if p := c.Principal; p != nil {
		e.Str("issuer", p.Issuer).Str("subject", p.Subject)
		add("client_id", p.ClientID)
	}
	add("method", c.Method)
	add("name", cmp.Or(c.Target, c.Tool))
	if c.CodaRequests > 0 {
		e.Int("coda_requests", c.CodaRequests).Strs("docs", c.Docs)
	}
	add("user_agent", c.UserAgent)
	e.Int64("bytes", c.Bytes).Dur("duration_ms", c.Duration)
}

func (c *Call) change(how func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.finished {
		how()
	}
}
