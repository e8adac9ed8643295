package build

import (
	"context"
	"net/http"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/mcptools"
)

// observeCoda counts every request to Coda, notes it in the call that it is sent for, and remembers what keeps all of
// them from being served.
func (b *Builder) observeCoda(ctx context.Context, e coda.Event) {
	c := call.From(ctx)
	b.countCoda(c, e)
	done, ok := e.(coda.RequestDone)
	if !ok {
		return
	}
	fault := codaFault(done.Status)
	switch fault {
	case call.CodaTokenRefused, call.CodaUnreachable:
		b.trouble.CompareAndSwap(nil, &trouble{fault: fault, status: done.Status, since: time.Now()})
	default:
		b.trouble.Store(nil)
	}
	if c != nil {
		c.CodaRequest(call.Request{
			Doc: done.Doc, Table: done.Table, ID: done.RequestID, Changes: changes(done), Fault: fault,
		})
	}
}

func (b *Builder) countCoda(c *call.Call, e coda.Event) {
	if b.counted == nil {
		return
	}
	switch e := e.(type) {
	case coda.RequestDone:
		tool := ""
		if c != nil {
			tool = c.Tool
		}
		b.counted.CodaRequest(string(e.Op), e.Status, tool, e.Took)
	case coda.WaitingForBudget:
		b.counted.CodaWait(string(e.Bucket), e.Wait)
	}
}

// changes says whether a request changes something, as far as Coda accepts it.
func changes(done coda.RequestDone) bool {
	return done.Method != http.MethodGet && done.Op != coda.OpBeginPageExport
}

// noteEffect notes what a tool says that it did.
func noteEffect(ctx context.Context, r mcptools.Result) {
	if c := call.From(ctx); c != nil && r.Status != "" {
		c.Changed(call.Effect{Status: r.Status, Counts: call.Counts(r.Effect), Rows: r.Rows, Pages: r.Pages})
	}
}

// trouble is what keeps Coda from serving anything, since the first request that met it.
type trouble struct {
	fault  call.Reason
	status int
	since  time.Time
}

// CodaTrouble says for readiness what is wrong with Coda; empty where the last request was answered.
func (b *Builder) CodaTrouble() string {
	t := b.trouble.Load()
	if t == nil {
		return ""
	}
	since := " since " + t.since.UTC().Format(time.RFC3339)
	if t.fault == call.CodaTokenRefused {
		return "Coda has refused the credential" + since + "; put a valid Coda API token where coda.token says"
	}
	if t.status == 0 {
		return "Coda has not answered" + since + "; look at the way out of this network and at status.coda.io"
	}
	return "Coda has answered with " + http.StatusText(t.status) + since + "; look at status.coda.io"
}

// codaFault names what an answer of Coda means for whoever runs the gateway; status 0 = no answer.
func codaFault(status int) call.Reason {
	switch {
	case status == 0 || status >= http.StatusInternalServerError:
		return call.CodaUnreachable
	case status < http.StatusBadRequest:
		return ""
	case status == http.StatusUnauthorized:
		return call.CodaTokenRefused
	case status == http.StatusForbidden:
		return call.CodaForbidden
	case status == http.StatusNotFound, status == http.StatusGone:
		return call.CodaNotFound
	case status == http.StatusTooManyRequests:
		return call.CodaRateLimited
	}
	return call.CodaRefused
}
