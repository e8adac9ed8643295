// Package mcphttp is MCP over HTTP: it reads one JSON-RPC message from a request whose sender is known, settles
// which revision of the protocol it is, and has it answered by the MCP server.
//
// Two paths lead to the same server. The fast one takes well-formed requests of the usual kind: the message has been
// read once to decide who may send it, and that reading is handed on. Whatever is unusual in the slightest goes to
// the SDK's own handler, so that the protocol's errors have one source. The arguments of a tool, which may be large,
// go past the server on both, straight to the tool. What differs between revisions stands in one table.
//
// The package knows nothing of tokens and rules; both are asked between [Handler.Read] and [Handler.Serve].
package mcphttp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/listener"
)

const (
	// MaxBody is the largest request, in bytes: Coda takes no more than 2 MB either.
	MaxBody = 2 << 20
	// maxAnnounced is how many bytes of an announced body are made room for.
	maxAnnounced = 8 << 10
	// maxName bounds what answers quote: the id, the method, the name of a tool or the URI of a resource.
	maxName = 4 << 10
	// listTTL is how long clients may keep lists: they change with a person's roles, which change rarely.
	listTTL = 5 * time.Minute
	// maxTold bounds what is remembered of warnings given.
	maxTold = 1024
)

// ServerOptions are the MCP server's options that follow from being served here: lists depend on the person and must
// not be shared, and nothing is pushed, since there are no sessions.
func ServerOptions(log zerolog.Logger) *mcp.ServerOptions {
	return &mcp.ServerOptions{
		Logger: serverLog(log),
		Capabilities: &mcp.ServerCapabilities{
			Tools:     &mcp.ToolCapabilities{},
			Prompts:   &mcp.PromptCapabilities{},
			Resources: &mcp.ResourceCapabilities{},
		},
		SetCacheable: func(_ context.Context, _ mcp.Request, c *mcp.Cacheable) {
			c.CacheScope = "private"
			c.TTLMs = int(listTTL.Milliseconds())
		},
	}
}

// Config is what a [Handler] needs.
type Config struct {
	// Server answers. It is shared by all requests; make it with [ServerOptions].
	Server *mcp.Server
	// Strict refuses a protocol version that differs between header and body.
	Strict bool
	// Dynamic tells that the server's tools or prompts change while it runs; encoded lists are then not kept.
	Dynamic bool
	// Bodies bounds what messages in flight hold; nil = nothing does.
	Bodies *Bodies
	// Log hears what operators should know.
	Log zerolog.Logger
}

// Handler answers messages.
type Handler struct {
	log    zerolog.Logger
	strict bool
	bodies *Bodies
	fast   *fast
	// json answers a call in one document; stream answers with events, for calls that asked for progress.
	json, stream http.Handler
	// told remembers which clients were warned about, so that each is said once.
	told *lru.Cache[string, struct{}]
}

// New makes a handler. Call it before the server has middleware that wants a call, and add [Handler.Middleware]
// after that which decides.
func New(cfg Config) (*Handler, error) {
	h := &Handler{log: cfg.Log, strict: cfg.Strict, bodies: cfg.Bodies}
	var err error
	if h.told, err = lru.New[string, struct{}](maxTold); err != nil {
		return nil, err
	}
	if h.fast, err = newFast(cfg.Server, cfg.Dynamic); err != nil {
		return nil, err
	}
	cfg.Server.AddSendingMiddleware(dropUndeliverable)
	h.json, h.stream = sdkHandlers(cfg.Server, cfg.Log)
	return h, nil
}

// Read reads the one message of a request, of at most limit bytes, and settles its revision; or it answers and says
// false. The caller must call [Message.Done] when the request ends.
func (h *Handler) Read(w http.ResponseWriter, r *http.Request, c *call.Call, limit int64) (*Message, bool) {
	m, ok := h.readMessage(w, r, c, limit)
	if !ok {
		return nil, false
	}
	if !h.settle(w, r, c, m) {
		m.Done()
		return nil, false
	}
	return m, true
}

// Serve answers a message. visible are the tools that the person sees: what is kept of answers is kept for those who
// see the same.
//
// MCP 2026-07-28, basic/transports/streamable-http: "If the server accepts it, the server MUST return HTTP status
// code 202 Accepted with no body."
// MCP 2026-07-28, basic: "Servers MUST NOT rely on prior requests over the same connection to establish context
// (e.g., capabilities, protocol version, client identity)."
// MCP 2026-07-28, basic: "Servers SHOULD NOT require that a client reuse the same connection or process to perform
// related operations."
func (h *Handler) Serve(w http.ResponseWriter, r *http.Request, c *call.Call, m *Message, visible access.Set) {
	json, events := accepts(r.Header.Values("Accept"))
	if !json && !events {
		c.End(call.BadRequest, call.Accept, "")
		WriteError(w, http.StatusNotAcceptable, m.ID, CodeInvalidRequest,
			"answers are application/json or text/event-stream; accept both")
		return
	}
	// Both belong to the revisions with sessions; hosted clients send them along.
	delete(r.Header, "Mcp-Session-Id")
	delete(r.Header, "Last-Event-Id")
	// A subscription is answered with events whatever was asked for, and the first of them has to acknowledge it.
	streams := !json || m.Progress && events || m.Method == "subscriptions/listen"
	if !streams && h.fast.takes(r.Header, m) {
		h.fast.serve(w, r, c, m, visible)
		return
	}
	h.serveSDK(w, r, c, m, streams)
}

// readMessage reads the body and what it says, or answers and says false.
//
// MCP 2026-07-28, basic/transports/streamable-http: "If the server cannot accept it, it MUST return an HTTP error
// status code (e.g., 400 Bad Request)."
// MCP 2026-07-28, basic/transports/streamable-http: "the server MUST return either Content-Type: application/json (a
// single JSON object) or Content-Type: text/event-stream (an SSE response stream)."
func (h *Handler) readMessage(w http.ResponseWriter, r *http.Request, c *call.Call, limit int64) (*Message, bool) {
	if !isJSON(r.Header.Get("Content-Type")) {
		c.End(call.BadRequest, call.ContentType, "")
		WriteError(w, http.StatusUnsupportedMediaType, nil, CodeInvalidRequest,
			"send the message with Content-Type: application/json")
		return nil, false
	}
	held := &held{
		body: http.MaxBytesReader(w, r.Body, limit), bodies: h.bodies, person: who{c.Principal.Issuer, c.Principal.Subject},
	}
	read := false
	defer func() {
		if !read {
			held.release()
		}
	}()
	body, err := readAll(held, r.ContentLength)
	if err != nil {
		if _, full := errors.AsType[noRoom](err); full {
			c.End(call.Unavailable, call.BodiesFull, "")
			w.Header().Set("Retry-After", "1")
			WriteError(w, http.StatusServiceUnavailable, nil, CodeInternal,
				"too many large messages are in progress; send this one again in a moment")
			return nil, false
		}
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			c.End(call.BadRequest, call.TooLarge, "")
			WriteError(w, http.StatusRequestEntityTooLarge, nil, CodeInvalidRequest,
				"the message is larger than "+sizeOf(limit)+"; send it in smaller parts")
			return nil, false
		}
		c.End(call.Aborted, call.Body, "the body did not arrive complete")
		WriteError(w, http.StatusBadRequest, nil, CodeParseError, "the body did not arrive complete")
		return nil, false
	}
	listener.BodyRead(w)
	m, err := parse(body)
	if err == nil {
		err = m.introduction()
	}
	if err != nil {
		var bad *messageError
		errors.As(err, &bad)
		c.End(call.BadRequest, call.Message, bad.Message)
		WriteError(w, http.StatusBadRequest, bad.ID, bad.Code, bad.Message)
		return nil, false
	}
	if len(m.ID) > maxName || len(m.Method) > maxName || len(m.Name) > maxName {
		c.End(call.BadRequest, call.Message, "the id, the method or the name is too long")
		WriteError(w, http.StatusBadRequest, nil, CodeInvalidRequest,
			"the id, the method and the name may have "+strconv.Itoa(maxName)+" bytes each")
		return nil, false
	}
	if m.envelope() > maxEnvelope {
		c.End(call.BadRequest, call.TooLarge, "beside a tool's arguments")
		WriteError(w, http.StatusBadRequest, m.ID, CodeInvalidRequest,
			"beside the arguments of a tool a message may have "+sizeOf(maxEnvelope))
		return nil, false
	}
	c.Method, c.MetaTrace = call.Clip(m.Method), m.Trace
	if m.Method == "tools/call" {
		c.Tool = call.Clip(m.Name)
	} else {
		c.Target = call.Clip(m.Name)
	}
	m.held, read = held, true
	return &m, true
}

// readAll reads to the end, with one allocation for the usual short message. The announced length is a stranger's
// word, and not worth memory before the bytes come.
func readAll(r io.Reader, announced int64) ([]byte, error) {
	buf := bytes.NewBuffer(make([]byte, 0, bytes.MinRead+min(max(announced, 0), maxAnnounced)))
	_, err := buf.ReadFrom(r)
	return buf.Bytes(), err
}
