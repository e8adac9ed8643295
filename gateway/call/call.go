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
	"net/http"
	"net/netip"
	"slices"
	"strings"
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
	// Place is what the path stands for; empty where the host was wrong.
	Place Place
	// Doctor: the request says that it is one of coda-gateway doctor, which plays a client.
	Doctor bool
	// HTTPTrace and MetaTrace are the trace that the request says it belongs to, over HTTP and in the message; unchecked.
	HTTPTrace, MetaTrace Trace
	// Keep has the requests to Coda kept, for traces.
	Keep bool
	// Principal is the person; nil before a token has been verified.
	Principal *token.Principal
	// Method is the JSON-RPC method; empty where no message was read.
	Method string
	// Tool is the tool that tools/call names, or under whose rule another method falls; empty for none.
	Tool string
	// Target is what else the message names: a resource's URI or a prompt.
	Target string
	// Visible is how many tools the person sees; it counts once a message was read.
	Visible int
	// Attempt is the id by which people tell their administrator of it; empty where nobody asked for one.
	Attempt string

	// Status and Bytes are the answer's.
	Status int
	Bytes  int64
	// Duration is how long it took.
	Duration time.Duration
	// Decision is the code of the access policy's decision; empty where the policy was not asked.
	Decision Reason
	// DryRun is what grants that are not in force would have decided: of the documents that the call was about, each
	// answer once, or else of the tool; empty where there are none.
	DryRun string
	// Docs are the Coda documents that the call was about, each once: Coda was asked about them, or they were answered
	// about from memory; at most [MaxDocs].
	Docs []string
	// ShownDocs are the documents that the answer names where it lists or finds some, each once; at most [MaxDocs]. Shown
	// is how many it names.
	ShownDocs []string
	Shown     int
	// Credential says where the Coda credential stands that the call was made with; empty where none was lent.
	Credential string
	// Grant is the access rule that let the call through, such as access[1]; empty where none did.
	Grant string
	// Tables are the Coda tables that the call was about, as Docs are; at most [MaxTables].
	Tables []string
	// CodaRequests is how many requests were sent to Coda. CodaRequestIDs are what Coda calls them; at most
	// [MaxRequestIDs], of which half are kept for requests that change something.
	CodaRequests   int
	CodaRequestIDs []string
	// Effect is what the call changed.
	Effect Effect
	// Requests are those to Coda, where Keep wants them kept; at most [MaxRequests].
	Requests []Request
	// Outcome, Reason and Detail say how it ended. Detail is for the operator and quotes nothing unclipped.
	Outcome Outcome
	Reason  Reason
	Detail  string

	mu       sync.Mutex
	finished bool
	// codaFault is the last fault of Coda; it explains a tool's error.
	codaFault Reason
	// dryDocs: DryRun is about documents.
	dryDocs bool
	// wrote is set once Coda accepted something that changes something.
	wrote bool
	// refused and why tell of a document that the tool may not be used on.
	refused Reason
	why     string
}

// The most that a call remembers of each.
const (
	MaxDocs       = 20
	MaxTables     = 20
	MaxRequestIDs = 20
	MaxRequests   = 100
	// maxID bounds an id; Coda's are a third of that.
	maxID = 64
	// maxDryRun bounds the list of what would have been decided, before its last entry.
	maxDryRun = 200
)

// Request is one HTTP request to Coda that was made for a call.
type Request struct {
	// Doc and Table are the ids of what it is about; empty for none.
	Doc, Table string
	// ID is what Coda calls the request or, where it changes something, the change; empty where it said nothing.
	ID string
	// Changes says that it changes something.
	Changes bool
	// Fault is the reason to give where the tool fails for it; empty where Coda answered well.
	Fault Reason
	// Operation is what the request does, in Coda's word for it; Method is HTTP's. Status 0 is no answer.
	Operation, Method string
	Status, Attempt   int
	Ended             time.Time
	Took              time.Duration
}

// Trace names a trace, as W3C Trace Context writes it: the values of traceparent and tracestate.
type Trace struct{ Parent, State string }

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

// Decided notes what the access policy said, and by which grant; none = empty.
func (c *Call) Decided(code Reason, grant string) {
	c.change(func() { c.Decision, c.Grant = code, grant })
}

// WouldDecide notes what grants that are not in force would have decided of a document, or of the tool where doc is
// empty; what is empty where there are none.
func (c *Call) WouldDecide(doc, what string) {
	if what == "" {
		return
	}
	c.change(func() {
		switch {
		case !c.dryDocs:
			c.DryRun, c.dryDocs = what, doc != ""
		case doc != "" && len(c.DryRun) < maxDryRun && !slices.Contains(strings.Split(c.DryRun, "; "), what):
			c.DryRun += "; " + what
		}
	})
}

// Recalled notes a document, and a table where one is named, that was answered about without asking Coda.
func (c *Call) Recalled(doc, table string) {
	c.change(func() {
		c.Docs = remember(c.Docs, doc, MaxDocs)
		c.Tables = remember(c.Tables, table, MaxTables)
	})
}

// Shows notes which documents the answer names, where it lists or finds some.
func (c *Call) Shows(docs []string) {
	c.change(func() {
		c.Shown += len(docs)
		for _, doc := range docs[:min(len(docs), MaxDocs)] {
			c.ShownDocs = remember(c.ShownDocs, doc, MaxDocs)
		}
	})
}

// Refused notes that the tool may not be used on a document that it was about to be used on.
func (c *Call) Refused(code Reason, why string) { c.change(func() { c.refused, c.why = code, why }) }

// Lent notes whose Coda credential the call is made with.
func (c *Call) Lent(credential string) { c.change(func() { c.Credential = credential }) }

// CodaRequest notes a request to Coda.
func (c *Call) CodaRequest(r Request) {
	c.change(func() {
		c.CodaRequests++
		c.codaFault = r.Fault
		if c.Keep && len(c.Requests) < MaxRequests {
			c.Requests = append(c.Requests, r)
		}
		c.wrote = c.wrote || r.Changes && r.Fault == ""
		c.Docs = remember(c.Docs, r.Doc, MaxDocs)
		c.Tables = remember(c.Tables, r.Table, MaxTables)
		most := MaxRequestIDs / 2
		if r.Changes {
			most = MaxRequestIDs
		}
		c.CodaRequestIDs = remember(c.CodaRequestIDs, r.ID, most)
	})
}

// remember adds an id that is new. What does not look like one may be text that a person chose, and is left out.
func remember(list []string, id string, most int) []string {
	if id == "" || len(list) >= most || !isID(id) || slices.Contains(list, id) {
		return list
	}
	return append(list, id)
}

func isID(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == ':' ||
			c == '=' || c == '.' || c == ';') {
			return false
		}
	}
	return 0 < len(s) && len(s) <= maxID
}

// Changed notes what the tool says that it changed. A later word replaces an earlier one: it knows more.
func (c *Call) Changed(e Effect) {
	e.Rows, e.Pages = ids(e.Rows), ids(e.Pages)
	c.change(func() { c.Effect = e })
}

// ToolFailed notes that the tool ran and said why it could not do what it was asked.
func (c *Call) ToolFailed() {
	c.mu.Lock()
	fault, refused, why := c.codaFault, c.refused, c.why
	c.mu.Unlock()
	if refused != "" {
		c.End(Denied, refused, why)
	}
	c.End(ToolError, fault, adviceOn(fault))
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
	if c.wrote && c.Effect.Status == "" {
		c.Effect.Status = EffectUnknown
	}
}

// Flood says of a call that has ended that it was refused before anybody looked what it was, with 429: whoever made it
// goes on calling many times over what they may.
func (c *Call) Flood() bool { return c.Outcome == Limited && c.Status == http.StatusTooManyRequests }

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
	c.LogClient(e, "client")
	e.Str("http_method", c.HTTPMethod).Str("path", c.Path).Int("status", c.Status).Str("outcome", string(c.Outcome))
	add("reason", string(c.Reason))
	add("detail", c.Detail)
	add("dry_run", c.DryRun)
	if p := c.Principal; p != nil {
		e.Str("issuer", p.Issuer).Str("subject", p.Subject)
		add("client_id", p.ClientID)
	}
	add("method", c.Method)
	add("name", cmp.Or(c.Target, c.Tool))
	add("user_agent", c.UserAgent)
	if p := c.Principal; p != nil {
		add("person", Clip(p.Name))
	}
	add("attempt", c.Attempt)
	add("decision", string(c.Decision))
	add("grant", c.Grant)
	add("credential", c.Credential)
	c.logCoda(e)
	e.Int64("bytes", c.Bytes).Dur("duration_ms", c.Duration)
}

// LogClient adds the address that the request came from, where there is one.
func (c *Call) LogClient(e *zerolog.Event, key string) {
	if c.Client.IsValid() {
		var room [48]byte
		e.Bytes(key, c.Client.AppendTo(room[:0]))
	}
}

func (c *Call) change(how func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.finished {
		how()
	}
}
