package build

import (
	"context"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/gateway/call"
)

// observeCoda is middleware that notes every request to Coda in the call that it is sent for.
func observeCoda(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		if c := call.From(ctx); c != nil {
			ctx = coda.WithObserver(ctx, func(_ context.Context, e coda.Event) {
				if done, ok := e.(coda.RequestDone); ok {
					c.CodaRequest(string(done.Doc), codaFault(done.Status))
				}
			})
		}
		return next(ctx, method, req)
	}
}

// codaFault names what an answer of Coda means for whoever runs the gateway; status 0 = no answer.
func codaFault(status int) call.Reason {
	switch {
	case status == 0 || status >= http.StatusInternalServerError:
		return call.CodaUnavailable
	case status < http.StatusBadRequest:
		return ""
	case status == http.StatusUnauthorized:
		return call.CodaCredential
	case status == http.StatusForbidden:
		return call.CodaForbidden
	case status == http.StatusNotFound, status == http.StatusGone:
		return call.CodaNotFound
	case status == http.StatusTooManyRequests:
		return call.CodaBusy
	}
	return call.CodaRefused
}
