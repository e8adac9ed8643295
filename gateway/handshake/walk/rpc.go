package walk

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// callTimeout is for one MCP request: what hosted clients wait for the first ones.
const callTimeout = 30 * time.Second

// The revisions of MCP that a walk speaks: the one that begins with server/discover, and the newest of those that begin
// with initialize.
const (
	modern = "2026-07-28"
	legacy = "2025-11-25"
)

// session is a client that has a token.
type session struct {
	grant Grant
	// agent is its user agent, as who it is.
	agent, as string
	// version is what goes into MCP-Protocol-Version; empty = not agreed on yet.
	version string
	// id is the Mcp-Session-Id that the server gave; empty = none.
	id string
}

// call is an MCP request.
type call struct {
	method string
	params map[string]any
	// version replaces the session's in the header, meta goes into params._meta of the modern revision.
	version, meta string
	// accept replaces what clients send.
	accept string
	// notification: no answer is wanted.
	notification bool
	// why says what it is for, where the method does not.
	why string
	// quiet keeps the answer's body out of what is told, as it holds what is somebody's.
	quiet bool
}

// reply is what came of a call.
type reply struct {
	*answer
	result json.RawMessage
	failed *rpcError
	// stream: it came as an event stream; events counts its messages.
	stream bool
	events int
	// first is when the first event was there, last when the answer was.
	first, last time.Duration
}

// rpcError is an error of JSON-RPC.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *rpcError) said() string { return fmt.Sprintf("%d %s", e.Code, quote(e.Message)) }

// rpc sends an MCP request as a client does, and reads JSON or the stream until the answer is there.
func (w *walker) rpc(ctx context.Context, s *session, c call) *reply {
	params := map[string]any{}
	for k, v := range c.params {
		params[k] = v
	}
	if c.meta != "" {
		params["_meta"] = map[string]any{"io.modelcontextprotocol/protocolVersion": c.meta,
			"io.modelcontextprotocol/clientInfo":         map[string]any{"name": "coda-gateway-doctor", "version": "1"},
			"io.modelcontextprotocol/clientCapabilities": map[string]any{}}
	}
	message := map[string]any{"jsonrpc": "2.0", "method": c.method}
	if len(params) > 0 {
		message["params"] = params
	}
	if !c.notification {
		message["id"] = w.requests + 1
	}
	body, err := json.Marshal(message)
	q := query{method: http.MethodPost, url: w.mcp.String(), what: strings.TrimSpace(c.method + " " + c.why), as: s.as,
		agent: s.agent, body: string(body), header: w.headers(s, c), secret: c.quiet}
	r := &reply{answer: &answer{query: q, header: http.Header{}}}
	r.event = w.event(strings.TrimSpace("POST " + clip(q.url) + " " + q.what))
	if s.as != "" {
		r.event.Request += ", as " + s.as
	}
	switch w.requests++; {
	case err != nil:
		r.err = err
	case w.requests > maxRequests:
		r.err = errEnough
	default:
		w.roundTrip(ctx, r)
	}
	r.event.Answer = r.summary()
	if r.failed != nil {
		r.event.Answer += ", error " + r.failed.said()
	}
	return r
}

func (w *walker) headers(s *session, c call) http.Header {
	h := http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + s.grant.AccessToken},
		"Accept": {or(c.accept, "application/json, text/event-stream")}}
	if v := or(c.version, s.version); v != "" {
		h.Set("MCP-Protocol-Version", v)
	}
	if s.id != "" {
		h.Set("Mcp-Session-Id", s.id)
	}
	if or(c.version, s.version) == modern {
		h.Set("Mcp-Method", c.method)
		if name, ok := c.params["name"].(string); ok {
			h.Set("Mcp-Name", name)
		}
	}
	return h
}

// roundTrip sends, and reads up to the answer.
func (w *walker) roundTrip(ctx context.Context, r *reply) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, strings.NewReader(r.query.body))
	if err != nil {
		r.err = errors.New("that is no URL")
		return
	}
	req.Header = r.query.header.Clone()
	req.Header.Set("User-Agent", r.agent)
	req.Header.Set(handshake.DoctorHeader, "1")
	begin := w.cfg.Now()
	defer func() { r.took = w.cfg.Now().Sub(begin) }()
	res, err := w.net.client.Do(req)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err
		}
		r.err = err
		return
	}
	defer res.Body.Close()
	r.status, r.answer.header, r.proto = res.StatusCode, res.Header, res.Proto
	limited := &io.LimitedReader{R: r.plain(res.Body), N: maxAnswerBody}
	if media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); media == "text/event-stream" {
		r.stream = true
		err = r.readStream(limited, func() time.Duration { return w.cfg.Now().Sub(begin) })
	} else {
		r.body, err = io.ReadAll(limited)
		r.read(r.body)
	}
	if err != nil {
		r.err = fmt.Errorf("the answer was cut off: %w", err)
	}
}

// maxAnswerBody is what is read of an MCP answer: lists of tools are longer than metadata.
const maxAnswerBody = 4 << 20

// read takes the answer out of a message; ok tells whether it is one.
func (r *reply) read(message []byte) (ok bool) {
	var m struct {
		ID     any             `json:"id"`
		Result json.RawMessage `json:"result"`
		Error  *rpcError       `json:"error"`
	}
	if json.Unmarshal(message, &m) != nil || m.Result == nil && m.Error == nil {
		return false
	}
	r.result, r.failed = m.Result, m.Error
	return true
}

// readStream reads events up to the answer (the first message with a result or an error).
func (r *reply) readStream(in io.Reader, since func() time.Duration) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxAnswerBody)
	var data []byte
	for lines.Scan() {
		line := lines.Bytes()
		if r.first == 0 {
			r.first = since()
		}
		switch {
		case bytes.HasPrefix(line, []byte("data:")):
			data = append(append(data, bytes.TrimPrefix(line[5:], []byte(" "))...), '\n')
		case len(line) == 0 && len(data) > 0:
			r.events++
			r.last = since()
			if r.read(data) {
				r.body = data
				return nil
			}
			data = nil
		}
	}
	return lines.Err()
}

// isAnswer tells whether it is an answer of MCP's.
func (r *reply) isAnswer() bool { return r.result != nil || r.failed != nil }
