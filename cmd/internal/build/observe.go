package build

import (
	"context"
	"net/http"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/mcptools"
)

// observeCoda counts every request to Coda, and notes it in the call that it is sent for.
func (b *Builder) observeCoda(ctx context.Context, e coda.Event) {
	c := call.From(ctx)
	b.countCoda(c, e)
	if c == nil {
		return
	}
	switch done := e.(type) {
	case coda.Recalled:
		c.Recalled(done.Doc, done.Table)
	case coda.RequestDone:
		c.CodaRequest(call.Request{
			Doc: done.Doc, Table: done.Table, ID: done.RequestID, Changes: changes(done), Fault: codaFault(done.Status),
			Operation: string(done.Op), Method: done.Method, Status: done.Status, Attempt: done.Attempt,
			Ended: time.Now(), Took: done.Took,
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

// noteEffect notes what a tool says that it did, and which documents it named.
func noteEffect(ctx context.Context, r mcptools.Result) {
	c := call.From(ctx)
	if c == nil {
		return
	}
	if len(r.Docs) > 0 {
		c.Shows(r.Docs)
	}
	if r.Status != "" {
		c.Changed(call.Effect{Status: r.Status, Counts: call.Counts(r.Effect), Rows: r.Rows, Pages: r.Pages})
	}
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
