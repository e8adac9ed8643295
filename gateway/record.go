package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/bestviable/coda-gateway/gateway/call"
)

// begin makes the record of a request.
func (g *Gateway) begin(r *http.Request) *call.Call {
	return &call.Call{
		ID: g.requestID(r), Time: time.Now(), Client: g.proxies.ClientAddr(r),
		HTTPMethod: clip(r.Method), Path: logPath(r), UserAgent: clip(r.UserAgent()),
	}
}

// finish guards against panics and tells of the call.
func (g *Gateway) finish(w *answer, c *call.Call) {
	if v := recover(); v != nil {
		if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			c.End(call.Aborted, "", "")
			defer panic(http.ErrAbortHandler)
		} else {
			g.logPanic(c, v)
			c.End(call.Panic, "", "")
			if w.status == 0 {
				writeRPCError(w, http.StatusInternalServerError, nil, codeInternal,
					"the gateway failed; its log has more under request id "+c.ID)
			} else {
				// The answer has begun; only a broken connection can tell the client that it is not whole.
				defer panic(http.ErrAbortHandler)
			}
		}
	}
	c.Finish(w.status, w.bytes)
	g.logCall(c)
}

// logPanic logs the type of what was thrown and the stack, not the value: it could quote a request.
func (g *Gateway) logPanic(c *call.Call, v any) {
	e := g.log.Error().Str("request_id", c.ID).Str("type", fmt.Sprintf("%T", v)).Bytes("stack", debug.Stack())
	if err, ok := v.(interface{ RuntimeError() }); ok {
		e = e.Str("error", fmt.Sprint(err))
	}
	e.Msg("panic")
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
