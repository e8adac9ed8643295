package mcphttp

import (
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/gateway/call"
)

// settle makes a request whose header and body name different protocol versions servable, unless the configuration
// is strict. Hosted Claude has sent 2025-11-25 in the header with 2026-07-28 in the body; the specification has such
// requests refused, which fails every call of a person who can do nothing about it. They are served as the revision
// of the header, which has sessions; the methods that only self-describing revisions have, as those. It answers
// where it says false.
//
// MCP 2026-07-28, basic/transports/streamable-http: "it MUST respond with 400 Bad Request and an
// UnsupportedProtocolVersionError listing its supported versions."
// MCP 2025-11-25, basic/transports: "the server SHOULD assume protocol version 2025-03-26."
// MCP 2025-11-25, basic/transports: "If the server receives a request with an invalid or unsupported
// MCP-Protocol-Version, it MUST respond with 400 Bad Request."
// MCP 2026-07-28, basic/versioning: "it MUST respond with an UnsupportedProtocolVersionError listing the versions it
// does support:"
func (h *Handler) settle(w http.ResponseWriter, r *http.Request, c *call.Call, m *Message) bool {
	header := r.Header.Get(versionHeader)
	if m.Version != "" && repeated(r.Header) {
		return refuseHeaders(w, c, m,
			"each of the headers Mcp-Protocol-Version, Mcp-Method and Mcp-Name may appear only once")
	}
	decodeName(r.Header)
	if h.strict || m.Kind == Response {
		return true
	}
	switch {
	case m.Version == header, m.Version == "" && !isSelfDescribing(header):
		return true
	case m.Version == "":
		// A call without its version is the MCP server's to refuse; initialize never has one.
		if m.Method == "initialize" || m.Method == "notifications/initialized" {
			r.Header.Set(versionHeader, newestWithSessions())
			h.tellVersions(c, header, "none")
		}
		return true
	case revisionOf(m.Version) == nil:
		// Nobody knows that version, so nobody can say what was meant: the protocol's own error names those that are
		// known.
		return true
	}
	if contradicts(r.Header, m) {
		// Leniency is for versions. A proxy may have let the message pass for what these headers said.
		return refuseHeaders(w, c, m, "the headers Mcp-Method and Mcp-Name must match the body")
	}
	h.tellVersions(c, header, m.Version)
	switch m.Method {
	case "server/discover", "subscriptions/listen":
		r.Header.Set(versionHeader, m.Version)
		r.Header.Set(methodHeader, m.Method)
		return true
	}
	old, err := m.withoutVersion()
	if err != nil {
		c.End(call.BadRequest, call.Message, "the params cannot be read")
		WriteError(w, http.StatusBadRequest, m.ID, CodeInvalidRequest, "the params cannot be read")
		return false
	}
	old.held = m.held
	*m = old
	if header == "" || isSelfDescribing(header) {
		r.Header.Set(versionHeader, newestWithSessions())
	}
	return true
}

// repeated says whether a header that speaks of the body is there more than once: who reads another one than the MCP
// server does takes the message for something else.
func repeated(h http.Header) bool {
	return len(h[versionHeader]) > 1 || len(h[methodHeader]) > 1 || len(h[nameHeader]) > 1
}

// contradicts says whether Mcp-Method or Mcp-Name, where they are there, say something else than the body.
//
// MCP 2026-07-28, basic/transports/streamable-http: "Servers that process the request body MUST reject requests
// where the values specified in the headers do not match the corresponding values in the request body."
func contradicts(h http.Header, m *Message) bool {
	method, name := h[methodHeader], h[nameHeader]
	return len(method) > 0 && method[0] != m.Method || len(name) > 0 && name[0] != m.Name
}

// refuseHeaders answers as MCP 2026-07-28 (streamable HTTP) says, and says false.
//
// MCP 2026-07-28, basic/transports/streamable-http: "servers MUST return HTTP status 400 Bad Request and MUST
// include a JSON-RPC error response using the following error code:"
func refuseHeaders(w http.ResponseWriter, c *call.Call, m *Message, message string) bool {
	c.End(call.BadRequest, call.HeaderMismatch, "")
	WriteError(w, http.StatusBadRequest, m.ID, mcp.CodeHeaderMismatch, message)
	return false
}

// tellVersions logs a mismatch once per client.
func (h *Handler) tellVersions(c *call.Call, header, body string) {
	client := c.Principal.ClientID
	if told, _ := h.told.ContainsOrAdd(client+" "+call.Clip(header)+" "+call.Clip(body), struct{}{}); told {
		return
	}
	h.log.Warn().Str("request_id", c.ID).Str("client_id", client).
		Str("header_version", call.Clip(header)).Str("body_version", call.Clip(body)).
		Msg("a client names different protocol versions in header and body; it is served as a legacy client " +
			"(compatibility.version_mismatch: accept)")
}

// decodeName undoes the base64 form of the Mcp-Name header (MCP 2026-07-28, streamable HTTP), which the MCP server
// compares as it stands.
//
// MCP 2026-07-28, basic/transports/streamable-http: "servers MUST decode an encoded Mcp-Name or Mcp-Param-{Name}
// value before comparing it to the corresponding request body value"
func decodeName(h http.Header) {
	value := h.Get(nameHeader)
	encoded, ok := strings.CutPrefix(value, "=?base64?")
	if !ok {
		return
	}
	if encoded, ok = strings.CutSuffix(encoded, "?="); !ok {
		return
	}
	if decoded, err := base64.StdEncoding.DecodeString(encoded); err == nil {
		h[nameHeader] = []string{string(decoded)}
	}
}
