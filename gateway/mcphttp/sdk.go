package mcphttp

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/call"
)

// bothTypes is the Accept header that the SDK's handler insists on.
var bothTypes = []string{"application/json, text/event-stream"}

func sdkHandlers(server *mcp.Server, log zerolog.Logger) (json, stream http.Handler) {
	same := func(*http.Request) *mcp.Server { return server }
	options := func(json bool) *mcp.StreamableHTTPOptions {
		return &mcp.StreamableHTTPOptions{
			Stateless:                    true,
			JSONResponse:                 json,
			PropagateRequestCancellation: true,
			MaxRequestBodyBytes:          MaxBody,
			// A proxy connects over loopback with the public Host; our own allow-list stands in front.
			DisableLocalhostProtection: true,
			Logger:                     serverLog(log),
		}
	}
	return mcp.NewStreamableHTTPHandler(same, options(true)), mcp.NewStreamableHTTPHandler(same, options(false))
}

// serveSDK has the SDK's handler answer, with events where streams says so.
func (h *Handler) serveSDK(w http.ResponseWriter, r *http.Request, c *call.Call, m *Message, streams bool) {
	ctx, next := call.With(r.Context(), c), h.json
	if streams {
		next, ctx = h.stream, context.WithValue(ctx, streamsKey{}, true)
		// Some proxies collect what they take for a document.
		w.Header().Set("X-Accel-Buffering", "no")
	}
	ctx, raw, _ := h.fast.lend(ctx, m)
	r = r.WithContext(ctx)
	r.Header["Accept"] = bothTypes
	r.Body = io.NopCloser(bytes.NewReader(raw))
	r.ContentLength = int64(len(raw))

	answer := &rpcErrors{ResponseWriter: w, call: c, message: m}
	next.ServeHTTP(answer, r)
	answer.close()
	if r.Context().Err() != nil {
		c.End(call.Aborted, "", "")
	}
}

// streamsKey marks a context whose answer is a stream, so that notifications can be delivered with it.
type streamsKey struct{}

// dropUndeliverable is a sending middleware: in a call that is answered with one document there is no way to deliver
// a notification, and a tool that reports progress must not fail for it.
//
// MCP 2026-07-28, basic/transports/streamable-http: "The server MUST NOT send independent JSON-RPC requests on this
// stream."
func dropUndeliverable(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		_, streams := ctx.Value(streamsKey{}).(bool)
		if call.From(ctx) != nil && !streams && strings.HasPrefix(method, "notifications/") {
			return nil, nil
		}
		return next(ctx, method, req)
	}
}

// rpcErrors holds the SDK's refusals back until they are whole. Those in plain text become JSON-RPC errors, which is
// what clients show to people; of the others the code is noted.
type rpcErrors struct {
	http.ResponseWriter
	call    *call.Call
	message *Message
	// status is that of a refusal, and body its beginning; 0 = it is none.
	status int
	body   []byte
}

// maxRefusal bounds what is held back of a refusal.
const maxRefusal = 64 << 10

func (w *rpcErrors) WriteHeader(status int) {
	if status >= 400 {
		w.status = status
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *rpcErrors) Write(p []byte) (int, error) {
	if w.status == 0 {
		if _, err := w.ResponseWriter.Write(w.clipped(p)); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	w.body = append(w.body, p[:min(len(p), maxRefusal-len(w.body))]...)
	return len(p), nil
}

// clipped bounds an error that comes as an ordinary answer or an event, each of which is written in one piece: it
// quotes what the client sent.
func (w *rpcErrors) clipped(p []byte) []byte {
	head, document, end := []byte(nil), p, []byte(nil)
	if i := bytes.Index(p, dataField); i >= 0 && !bytes.HasPrefix(p, []byte("{")) {
		head, document = p[:i+len(dataField)], bytes.TrimRight(p[i+len(dataField):], "\n")
		end = p[len(head)+len(document):]
	}
	if len(document) <= maxMessage || !bytes.Contains(document[:min(len(document), 2*maxName)], []byte(`"error":`)) {
		return p
	}
	var said struct {
		Error *jsonrpc.Error `json:"error"`
	}
	if json.Unmarshal(document, &said) != nil || said.Error == nil {
		return p
	}
	return slices.Concat(head, bytes.TrimSpace(encodeError(w.message.ID, brief(said.Error))), end)
}

// dataField begins the document of an event.
var dataField = []byte("data: ")

func (w *rpcErrors) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// close answers with the refusal, if it was one.
func (w *rpcErrors) close() {
	if w.status == 0 {
		return
	}
	id := w.message.ID
	var said struct {
		Error *jsonrpc.Error `json:"error"`
	}
	if json.Unmarshal(w.body, &said) == nil && said.Error != nil {
		w.call.End(call.RPCError, call.OfRPC(said.Error.Code), "")
		writeError(w.ResponseWriter, w.status, id, said.Error)
		return
	}
	text := strings.TrimSpace(string(w.body))
	if w.status == http.StatusNotFound || strings.Contains(text, "not handled") {
		w.call.End(call.RPCError, call.MethodNotFound, "")
		status := statusOf(w.message.Version, CodeMethodNotFound)
		WriteError(w.ResponseWriter, status, id, CodeMethodNotFound, "method not found")
		return
	}
	// What stands behind a quotation mark was quoted from the message.
	unquoted, _, _ := strings.Cut(text, `"`)
	w.call.End(call.BadRequest, call.MCP, call.Clip(unquoted))
	WriteError(w.ResponseWriter, w.status, id, CodeInvalidRequest, text)
}
