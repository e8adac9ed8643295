package mcphttp

import (
	"net/http"
	"slices"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// revision is one revision of MCP, as far as it shows in HTTP. A new one is a row here and its exceptions.
type revision struct {
	// date names it.
	date string
	// selfDescribing: every request names its revision in `params._meta`, and headers repeat what the body says. The
	// revisions before have sessions, of which each request is taken to be one.
	selfDescribing bool
	// statuses are the HTTP statuses of JSON-RPC errors, where they are not 200.
	statuses map[int64]int
}

// revisions lists those that are served, the newest first.
var revisions = []revision{
	{date: "2026-07-28", selfDescribing: true, statuses: map[int64]int{
		jsonrpc.CodeMethodNotFound:                http.StatusNotFound,
		jsonrpc.CodeInvalidParams:                 http.StatusBadRequest,
		mcp.CodeUnsupportedProtocolVersion:        http.StatusBadRequest,
		mcp.CodeMissingRequiredClientCapabilities: http.StatusBadRequest,
	}},
	{date: "2025-11-25"},
	{date: "2025-06-18"},
	{date: "2025-03-26"},
	{date: "2024-11-05"},
}

// assumed is the revision of a request that names none (MCP 2025-06-18, transports).
const assumed = "2025-03-26"

const (
	versionHeader = "Mcp-Protocol-Version"
	methodHeader  = "Mcp-Method"
	nameHeader    = "Mcp-Name"
)

// revisionOf finds a revision; nil where it is not served.
func revisionOf(date string) *revision {
	if i := slices.IndexFunc(revisions, func(r revision) bool { return r.date == date }); i >= 0 {
		return &revisions[i]
	}
	return nil
}

// isSelfDescribing says so of any date, also of revisions that are not known here.
func isSelfDescribing(date string) bool { return date >= oldestSelfDescribing().date }

func oldestSelfDescribing() revision {
	return revisions[slices.IndexFunc(revisions, func(r revision) bool { return !r.selfDescribing })-1]
}

// newestWithSessions is what a self-describing request is served as where it contradicts itself.
func newestWithSessions() string {
	return revisions[slices.IndexFunc(revisions, func(r revision) bool { return !r.selfDescribing })].date
}

// statusOf is the HTTP status of a JSON-RPC error in a revision.
//
// MCP 2026-07-28, basic/transports/streamable-http: "If the server does not implement the requested RPC method, it
// MUST respond with 404 Not Found and a JSON-RPC error with code -32601 (Method not found)."
// MCP 2026-07-28, basic: "A request missing any required field is malformed; the server MUST reject it with JSON-RPC
// error code -32602 (Invalid params). On HTTP, the response status MUST be 400 Bad Request."
func statusOf(date string, code int64) int {
	if r := revisionOf(date); r != nil {
		if status, ok := r.statuses[code]; ok {
			return status
		}
	}
	return http.StatusOK
}
