package gateway

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/envelope"
)

// bothTypes is the Accept header that the MCP server insists on.
var bothTypes = []string{"application/json, text/event-stream"}

// forward hands a message to the MCP server.
func (g *Gateway) forward(w http.ResponseWriter, c *call.Call, r *http.Request, env *envelope.Envelope, body []byte) {
	json, events := accepts(r.Header.Values("Accept"))
	if !json && !events {
		c.End(call.BadRequest, call.Accept, "")
		writeRPCError(w, http.StatusNotAcceptable, env.ID, codeInvalidRequest, "answers are application/json or text/event-stream; accept both")
		return
	}
	// Both belong to the revisions with sessions; hosted clients send them along.
	delete(r.Header, "Mcp-Session-Id")
	delete(r.Header, "Last-Event-Id")
	if json && !(env.Progress && events) && g.direct.takes(r.Header, env) {
		g.direct.serve(w, c, r, env, g.policy.Visible(c.Principal))
		return
	}
	ctx := call.With(r.Context(), c)
	next := g.json
	// A subscription is answered with events whatever was asked for, and the first of them has to acknowledge it.
	if !json || env.Progress && events || env.Method == "subscriptions/listen" {
		next, ctx = g.stream, context.WithValue(ctx, streamsKey{}, true)
		// Some proxies collect what they take for a document.
		w.Header().Set("X-Accel-Buffering", "no")
	}
	r = r.WithContext(ctx)
	r.Header["Accept"] = bothTypes
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))

	answer := &rpcErrors{ResponseWriter: w, call: c, id: env.ID}
	next.ServeHTTP(answer, r)
	answer.close()
	if r.Context().Err() != nil {
		c.End(call.Aborted, "", "")
	}
}

// streamsKey marks a context whose answer is a stream, so that notifications can be delivered with it.
type streamsKey struct{}

// accepts says which of the two kinds of answer a client takes. A missing header accepts all (RFC 9110 §12.5.1);
// clients that name one only, against the letter of MCP, get that one.
func accepts(values []string) (json, events bool) {
	if len(values) == 0 {
		return true, false
	}
	for _, value := range values {
		for element := range strings.SplitSeq(value, ",") {
			media, _, _ := strings.Cut(element, ";")
			switch strings.ToLower(strings.TrimSpace(media)) {
			case "application/json", "application/*", "*/*":
				json = true
			case "text/event-stream", "text/*":
				events = true
			}
		}
	}
	return json, events
}

// rpcErrors turns the MCP server's plain-text refusals into JSON-RPC errors, which is what clients show to people.
type rpcErrors struct {
	http.ResponseWriter
	call *call.Call
	id   []byte
	// text collects a plain-text refusal; status is its status.
	text   []byte
	status int
}

func (w *rpcErrors) WriteHeader(status int) {
	if status >= 400 && strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		w.status = status
		return
	}
	if status >= 400 {
		w.call.End(call.RPCError, "", "")
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *rpcErrors) Write(p []byte) (int, error) {
	if w.status == 0 {
		return w.ResponseWriter.Write(p)
	}
	if len(w.text)+len(p) <= 4096 {
		w.text = append(w.text, p...)
	}
	return len(p), nil
}

func (w *rpcErrors) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *rpcErrors) close() {
	if w.status == 0 {
		return
	}
	text := strings.TrimSpace(string(w.text))
	// What stands behind a quotation mark was quoted from the message.
	said, _, _ := strings.Cut(text, `"`)
	w.call.End(call.BadRequest, "mcp", clip(said))
	var code int64 = codeInvalidRequest
	if w.status == http.StatusNotFound || strings.Contains(text, "not handled") {
		code = codeMethodNotFound
	}
	writeRPCError(w.ResponseWriter, w.status, w.id, code, text)
}
