package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// The outcomes of a request, as the access log names them.
const (
	outcomeOK        = "ok"
	outcomeToolError = "tool_error"    // the tool ran and said why it could not
	outcomeRPCError  = "rpc_error"     // the MCP server answered with a JSON-RPC error
	outcomeNoToken   = "no_token"      // 401 without error: how every sign-in begins
	outcomeBadToken  = "invalid_token" // 401
	outcomeNoKeys    = "unavailable"   // 503: the token cannot be judged now
	outcomeStepUp    = "insufficient_scope"
	outcomeDenied    = "denied" // a tool error in words
	outcomeHost      = "wrong_host"
	outcomeOrigin    = "wrong_origin"
	outcomeBad       = "bad_request"
	outcomeAborted   = "aborted" // the client went away
	outcomePanic     = "panic"
)

// record follows one request: it is the ResponseWriter that knows the status, and collects what the access log says.
type record struct {
	http.ResponseWriter
	id     string
	start  time.Time
	client netip.Addr
	status int
	bytes  int64
	// streams says whether notifications can be delivered with the answer.
	streams bool
	// scratch is for small parts of the answer.
	scratch [64]byte

	// The MCP server may still run in its own goroutine when the client has gone away.
	mu        sync.Mutex
	principal *token.Principal
	method    string
	name      string
	outcome   string
	reason    string
	detail    string
}

type recordKey struct{}

// recordOf returns the record of the request that ctx belongs to; nil outside of one.
func recordOf(ctx context.Context) *record {
	rec, _ := ctx.Value(recordKey{}).(*record)
	return rec
}

// PrincipalOf returns the person on whose behalf a tool runs; nil outside of a request.
func PrincipalOf(ctx context.Context) *token.Principal {
	if rec := recordOf(ctx); rec != nil {
		rec.mu.Lock()
		defer rec.mu.Unlock()
		return rec.principal
	}
	return nil
}

func (g *Gateway) begin(w http.ResponseWriter, r *http.Request) *record {
	return &record{ResponseWriter: w, id: g.requestID(r), start: time.Now(), client: g.proxies.ClientAddr(r)}
}

// WriteHeader notes the status.
func (rec *record) WriteHeader(status int) {
	if rec.status == 0 && status >= 200 {
		rec.status = status
	}
	rec.ResponseWriter.WriteHeader(status)
}

// Write notes the size.
func (rec *record) Write(p []byte) (int, error) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	n, err := rec.ResponseWriter.Write(p)
	rec.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (rec *record) Unwrap() http.ResponseWriter { return rec.ResponseWriter }

// end notes how the request ended. The first word counts: it is the most precise one.
func (rec *record) end(outcome, reason, detail string) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if rec.outcome == "" {
		rec.outcome, rec.reason, rec.detail = outcome, reason, detail
	}
}

// finish guards against panics and writes the access line.
func (g *Gateway) finish(rec *record, r *http.Request) {
	if v := recover(); v != nil {
		if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			rec.end(outcomeAborted, "", "")
			defer panic(http.ErrAbortHandler)
		} else {
			g.logPanic(rec, v)
			rec.end(outcomePanic, "", "")
			if rec.status == 0 {
				writeRPCError(rec, http.StatusInternalServerError, nil, codeInternal, "the gateway failed; its log has more under request id "+rec.id)
			} else {
				// The answer has begun; only a broken connection can tell the client that it is not whole.
				defer panic(http.ErrAbortHandler)
			}
		}
	}
	g.logRequest(rec, r)
}

// logPanic logs the type of what was thrown and the stack, not the value: it could quote a request.
func (g *Gateway) logPanic(rec *record, v any) {
	e := g.log.Error().Str("request_id", rec.id).Str("type", fmt.Sprintf("%T", v)).Bytes("stack", debug.Stack())
	if err, ok := v.(interface{ RuntimeError() }); ok {
		e = e.Str("error", fmt.Sprint(err))
	}
	e.Msg("panic")
}

func (g *Gateway) logRequest(rec *record, r *http.Request) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	outcome := rec.outcome
	if outcome == "" {
		outcome = outcomeOf(rec.status)
	}
	e := g.log.WithLevel(levelOf(outcome, rec.status))
	if e == nil {
		return
	}
	e.Str("request_id", rec.id)
	if rec.client.IsValid() {
		e.Str("client", rec.client.String())
	}
	e.Str("http_method", clip(r.Method)).Str("path", logPath(r)).Int("status", rec.status).Str("outcome", outcome)
	add(e, "reason", rec.reason)
	add(e, "detail", rec.detail)
	if p := rec.principal; p != nil {
		e.Str("issuer", p.Issuer).Str("subject", p.Subject)
		add(e, "client_id", p.ClientID)
	}
	add(e, "method", rec.method)
	add(e, "name", rec.name)
	add(e, "user_agent", clip(r.UserAgent()))
	e.Int64("bytes", rec.bytes).Dur("duration_ms", time.Since(rec.start)).Msg("request")
}

func add(e *zerolog.Event, key, value string) {
	if value != "" {
		e.Str(key, value)
	}
}

func outcomeOf(status int) string {
	switch {
	case status == 0:
		return outcomeAborted
	case status < 400:
		return outcomeOK
	default:
		return outcomeBad
	}
}

// levelOf makes what an operator should look at stand out. A request without a token is how every sign-in begins.
func levelOf(outcome string, status int) zerolog.Level {
	switch outcome {
	case outcomePanic:
		return zerolog.ErrorLevel
	case outcomeBadToken, outcomeNoKeys, outcomeHost, outcomeOrigin:
		return zerolog.WarnLevel
	}
	if status >= 500 {
		return zerolog.ErrorLevel
	}
	return zerolog.InfoLevel
}

// maxLogged bounds a value that a stranger chose.
const maxLogged = 200

func clip(s string) string {
	if len(s) > maxLogged {
		return s[:maxLogged] + "…"
	}
	return s
}

func quoted(s string) string { return strconv.QuoteToASCII(clip(s)) }
