package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/envelope"
	"github.com/bestviable/coda-gateway/gateway/exchange"
)

// direct answers well-formed requests without the MCP server's own HTTP handler, which would read the message again.
// Whatever is unusual in the slightest (headers that do not match, streams, notifications, tools with header
// parameters) is left to that handler, so that the protocol's errors have one source.
type direct struct {
	server   *mcp.Server
	versions []string
	// headerTools are the tools whose arguments are repeated in headers (x-mcp-header): the handler compares them.
	headerTools map[string]bool
	// kept holds encoded answers, closed; nil where lists may change while the server runs.
	kept *lru.Cache[answerKey, []byte]
}

// answerKey is all that a kept answer depends on.
type answerKey struct {
	method, version, asked string
	visible                access.Set
}

// maxKept bounds the kept answers; a policy has few different sets of visible tools.
const maxKept = 128

// newDirect must be called before the server has middleware that wants a principal.
func newDirect(server *mcp.Server, dynamic bool) (*direct, error) {
	d := &direct{server: server, versions: mcp.SupportedProtocolVersions(), headerTools: map[string]bool{}}
	list, err := exchange.Do(context.Background(), server, exchange.Request{Method: "tools/list", Legacy: newestLegacy})
	if err != nil {
		return nil, err
	}
	var tools struct {
		Tools []struct {
			Name        string          `json:"name"`
			InputSchema json.RawMessage `json:"inputSchema"`
		} `json:"tools"`
	}
	if list.Error == nil {
		if err := json.Unmarshal(list.Result, &tools); err != nil {
			return nil, err
		}
	}
	for _, tool := range tools.Tools {
		// A property of that name would only cost speed.
		if bytes.Contains(tool.InputSchema, []byte(`"x-mcp-header"`)) {
			d.headerTools[tool.Name] = true
		}
	}
	if !dynamic {
		d.kept, err = lru.New[answerKey, []byte](maxKept)
	}
	return d, err
}

// takes says whether a request is usual enough.
func (d *direct) takes(h http.Header, env *envelope.Envelope) bool {
	if env.Kind != envelope.Request || env.Params == nil && !env.Bare || env.Method == "subscriptions/listen" {
		return false
	}
	header := h.Get(versionHeader)
	if env.Version == "" {
		return header == "" || header < modern && slices.Contains(d.versions, header)
	}
	return header == env.Version && header >= modern && slices.Contains(d.versions, header) && env.Capable &&
		h.Get("Mcp-Method") == env.Method && h.Get("Mcp-Name") == env.Name && !d.headerTools[env.Name]
}

// serve answers a request that it takes.
func (d *direct) serve(w http.ResponseWriter, c *call.Call, r *http.Request, env *envelope.Envelope, visible access.Set) {
	version := r.Header.Get(versionHeader)
	key := answerKey{env.Method, version, env.Asked, visible}
	keep := d.kept != nil && d.keeps(env, visible)
	if keep {
		if result, ok := d.kept.Get(key); ok {
			writeResult(w, env.ID, result)
			return
		}
	}
	req := exchange.Request{Method: env.Method, Params: env.Params, Extra: &mcp.RequestExtra{Header: r.Header}}
	if env.Version == "" {
		if req.Legacy = version; version == "" {
			// What the specification has servers assume (MCP 2025-06-18, transports).
			req.Legacy = "2025-03-26"
		}
	}
	answer, err := exchange.Do(call.With(r.Context(), c), d.server, req)
	switch {
	case err != nil:
		c.End(call.Aborted, "", "")
	case answer.Error != nil:
		c.End(call.RPCError, call.OfRPC(answer.Error.Code), "")
		writeError(w, errorStatus(env, answer.Error.Code), env.ID, answer.Error)
	default:
		result := closed(answer.Result)
		if keep {
			d.kept.Add(key, result)
		}
		writeResult(w, env.ID, result)
	}
}

// keeps says whether an answer depends on the answerKey only. To somebody who may do nothing the reason is told,
// which is theirs alone.
func (d *direct) keeps(env *envelope.Envelope, visible access.Set) bool {
	switch env.Method {
	case "tools/list", "prompts/list", "resources/templates/list", "ping":
		return env.Bare
	case "server/discover":
		return env.Bare && visible.Len() > 0
	case "initialize":
		return visible.Len() > 0 && slices.Contains(d.versions, env.Asked)
	}
	return false
}

// errorStatus is the HTTP status of a JSON-RPC error (MCP 2026-07-28, streamable HTTP); in the revisions before it
// is 200.
func errorStatus(env *envelope.Envelope, code int64) int {
	if env.Version == "" {
		return http.StatusOK
	}
	switch code {
	case jsonrpc.CodeMethodNotFound:
		return http.StatusNotFound
	case jsonrpc.CodeInvalidParams, mcp.CodeUnsupportedProtocolVersion, mcp.CodeMissingRequiredClientCapabilities:
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// closed adds the brace that closes the answer. A write of its own for it would be a packet of its own behind a long
// list.
func closed(result json.RawMessage) []byte { return append(result, '}') }

// writeResult writes an answer around an encoded result, which [closed] has closed.
func writeResult(w http.ResponseWriter, id, result []byte) {
	const head, middle = `{"jsonrpc":"2.0","id":`, `,"result":`
	h := w.Header()
	h["Content-Type"] = contentTypeJSON
	h["Cache-Control"] = noTransform
	h["Content-Length"] = []string{strconv.Itoa(len(head) + len(id) + len(middle) + len(result))}
	var scratch [64]byte
	w.Write(append(append(append(scratch[:0], head...), id...), middle...))
	w.Write(result)
}

var (
	contentTypeJSON = []string{"application/json"}
	noTransform     = []string{"no-cache, no-transform"}
	noStore         = []string{"no-store"}
)
