package mcphttp

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/call"
)

// fast answers well-formed requests without the SDK's HTTP handler, which would read the message again. Whatever is
// unusual in the slightest (headers that do not match, streams, notifications, tools with header parameters) is left
// to that handler.
type fast struct {
	server *mcp.Server
	// headerTools are the tools whose arguments are repeated in headers (x-mcp-header): the handler compares them.
	headerTools map[string]bool
	// kept holds encoded answers, closed; nil where lists may change while the server runs.
	kept *lru.Cache[answerKey, []byte]
	// calls serves calls of tools.
	calls *toolCalls
}

// answerKey is all that a kept answer depends on.
type answerKey struct {
	method, version, asked string
	visible                access.Set
}

// maxKept bounds the kept answers; a policy has few different sets of visible tools.
const maxKept = 128

// newFast must be called before the server has middleware that wants a call.
func newFast(server *mcp.Server, dynamic bool) (*fast, error) {
	f := &fast{server: server, headerTools: map[string]bool{}}
	list, err := ask(context.Background(), server, question{Method: "tools/list", Params: describedParams()})
	if err != nil {
		return nil, err
	}
	var tools struct {
		Tools []struct {
			Name        string          `json:"name"`
			InputSchema json.RawMessage `json:"inputSchema"`
		} `json:"tools"`
		// Meta has how the server describes itself in answers; it may say more where a client asks who it is.
		Meta map[string]json.RawMessage `json:"_meta"`
	}
	if list.Error == nil {
		if err := json.Unmarshal(list.Result, &tools); err != nil {
			return nil, err
		}
	}
	for _, tool := range tools.Tools {
		// A property of that name would only cost speed.
		if bytes.Contains(tool.InputSchema, []byte(`"x-mcp-header"`)) {
			f.headerTools[tool.Name] = true
		}
	}
	if !dynamic {
		if f.kept, err = lru.New[answerKey, []byte](maxKept); err != nil {
			return nil, err
		}
	}
	f.calls, err = newToolCalls(tools.Meta[mcp.MetaKeyServerInfo])
	return f, err
}

// describedParams are those of a request of the newest revision.
func describedParams() json.RawMessage {
	return json.RawMessage(`{"_meta":{"` + versionKey + `":"` + revisions[0].date + `","` + capabilitiesKey +
		`":{},"` + clientKey + `":{"name":"coda-gateway","version":"1"}}}`)
}

// takes says whether a request is usual enough.
func (f *fast) takes(h http.Header, m *Message) bool {
	if m.Kind != Request || m.Params == nil && !m.Bare || m.Method == "subscriptions/listen" {
		return false
	}
	header := h.Get(versionHeader)
	if m.Version == "" {
		return header == "" || !isSelfDescribing(header) && revisionOf(header) != nil
	}
	return header == m.Version && isSelfDescribing(header) && revisionOf(header) != nil && m.Capable &&
		h.Get(methodHeader) == m.Method && h.Get(nameHeader) == m.Name && !f.headerTools[m.Name]
}

// serve answers a request that it takes.
func (f *fast) serve(w http.ResponseWriter, r *http.Request, c *call.Call, m *Message, visible access.Set) {
	version := r.Header.Get(versionHeader)
	key := answerKey{m.Method, version, m.Asked, visible}
	keep := f.kept != nil && keeps(m, visible)
	if keep {
		if result, ok := f.kept.Get(key); ok {
			writeResult(w, m.ID, result)
			return
		}
	}
	legacy := ""
	if m.Version == "" {
		if legacy = version; version == "" {
			legacy = assumed
		}
	}
	ctx := call.With(r.Context(), c)
	if key := f.calls.keyOf(m, legacy); key != "" {
		if f.calls.serve(w, r, c, m, key) {
			return
		}
		want := &capture{}
		ctx = context.WithValue(ctx, captureKey{}, want)
		defer func() {
			if want.session != nil {
				f.calls.sessions.Add(key, want.session)
			}
		}()
	}
	ctx, _, params := f.lend(ctx, m)
	answer, err := ask(ctx, f.server,
		question{Method: m.Method, Params: params, Legacy: legacy, Extra: &mcp.RequestExtra{Header: r.Header}})
	switch {
	case err != nil:
		c.End(call.Aborted, "", "")
	case answer.Error != nil:
		c.End(call.RPCError, call.OfRPC(answer.Error.Code), "")
		writeError(w, statusOf(m.Version, answer.Error.Code), m.ID, answer.Error)
	default:
		result := closed(answer.Result)
		if keep {
			f.kept.Add(key, result)
		}
		writeResult(w, m.ID, result)
	}
}

// keeps says whether an answer depends on the answerKey only. To somebody who may do nothing the reason is told,
// which is theirs alone.
//
// MCP 2026-07-28, basic/versioning: "Servers MUST implement server/discover."
// MCP 2025-11-25, basic/lifecycle: "If the server supports the requested protocol version, it MUST respond with the
// same version. Otherwise, the server MUST respond with another protocol version it supports."
func keeps(m *Message, visible access.Set) bool {
	switch m.Method {
	case "tools/list", "prompts/list", "resources/templates/list", "ping":
		return m.Bare
	case "server/discover":
		return m.Bare && visible.Len() > 0
	case "initialize":
		return visible.Len() > 0 && slices.ContainsFunc(revisions, func(r revision) bool { return r.date == m.Asked })
	}
	return false
}

// closed adds the brace that closes the answer. A write of its own for it would be a packet of its own behind a long
// list.
func closed(result json.RawMessage) []byte { return append(result, '}') }

// writeResult writes an answer around an encoded result, which [closed] has closed.
func writeResult(w http.ResponseWriter, id, result []byte) {
	const before, middle = `{"jsonrpc":"2.0","id":`, `,"result":`
	head := make([]byte, 0, 64)
	head = append(append(append(head, before...), id...), middle...)
	h := w.Header()
	h["Content-Type"] = contentTypeJSON
	h["Cache-Control"] = noTransform
	h["Content-Length"] = []string{strconv.Itoa(len(head) + len(result))}
	w.Write(head)
	w.Write(result)
}
