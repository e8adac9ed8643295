package gateway

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/envelope"
)

const (
	// modern is the first revision in which every request names its version itself.
	modern = "2026-07-28"
	// newestLegacy is the newest revision before.
	newestLegacy = "2025-11-25"

	versionHeader = "Mcp-Protocol-Version"
)

// settleVersion makes a request whose header and body name different protocol versions servable, unless the
// configuration is strict. Hosted Claude has sent 2025-11-25 in the header with 2026-07-28 in the body; the
// specification has such requests refused, which fails every call of a person who can do nothing about it. They are
// served as the legacy revision of the header; the methods that only the modern one has, as modern.
func (g *Gateway) settleVersion(w http.ResponseWriter, c *call.Call, r *http.Request, env *envelope.Envelope, body []byte) ([]byte, bool) {
	header := r.Header.Get(versionHeader)
	if env.Version != "" && repeated(r.Header) {
		return nil, refuseHeaders(w, c, env, "each of the headers Mcp-Protocol-Version, Mcp-Method and Mcp-Name may be there once")
	}
	decodeName(r.Header)
	if g.cfg.StrictVersions || env.Kind == envelope.Response {
		return body, true
	}
	switch {
	case env.Version == header, env.Version == "" && header < modern:
		return body, true
	case env.Version == "":
		// A call without its version is the MCP server's to refuse; initialize never has one.
		if env.Method == "initialize" || env.Method == "notifications/initialized" {
			r.Header.Set(versionHeader, newestLegacy)
			g.tellVersions(c, header, "none")
		}
		return body, true
	case !slices.Contains(g.direct.versions, env.Version):
		// Nobody knows that version, so nobody can say what was meant: the protocol's own error names those that are
		// known.
		return body, true
	}
	if contradicts(r.Header, env) {
		// Leniency is for versions. A proxy may have let the message pass for what these headers said.
		return nil, refuseHeaders(w, c, env, "the headers Mcp-Method and Mcp-Name must say what the body says")
	}
	g.tellVersions(c, header, env.Version)
	switch env.Method {
	case "server/discover", "subscriptions/listen":
		r.Header.Set(versionHeader, env.Version)
		r.Header.Set("Mcp-Method", env.Method)
		return body, true
	}
	stripped, err := envelope.StripVersion(body)
	if err == nil {
		*env, err = envelope.Parse(stripped)
	}
	if err != nil {
		c.End(call.BadRequest, call.Message, err.Error())
		writeRPCError(w, http.StatusBadRequest, env.ID, codeInvalidRequest, "the params cannot be read")
		return nil, false
	}
	if header == "" || header >= modern {
		r.Header.Set(versionHeader, newestLegacy)
	}
	return stripped, true
}

// repeated says whether a header that speaks of the body is there more than once: who reads another one than the MCP
// server does takes the message for something else.
func repeated(h http.Header) bool {
	return len(h[versionHeader]) > 1 || len(h["Mcp-Method"]) > 1 || len(h["Mcp-Name"]) > 1
}

// contradicts says whether Mcp-Method or Mcp-Name, where they are there, say something else than the body.
func contradicts(h http.Header, env *envelope.Envelope) bool {
	method, name := h["Mcp-Method"], h["Mcp-Name"]
	return len(method) > 0 && method[0] != env.Method || len(name) > 0 && name[0] != env.Name
}

// refuseHeaders answers as MCP 2026-07-28 (streamable HTTP) says, and says false.
func refuseHeaders(w http.ResponseWriter, c *call.Call, env *envelope.Envelope, message string) bool {
	c.End(call.BadRequest, call.HeaderMismatch, "")
	writeRPCError(w, http.StatusBadRequest, env.ID, mcp.CodeHeaderMismatch, message)
	return false
}

// tellVersions logs a mismatch once per client.
func (g *Gateway) tellVersions(c *call.Call, header, body string) {
	client := c.Principal.ClientID
	if told, _ := g.toldVersions.ContainsOrAdd(client+" "+clip(header)+" "+clip(body), struct{}{}); told {
		return
	}
	g.log.Warn().Str("request_id", c.ID).Str("client_id", client).Str("header_version", clip(header)).Str("body_version", clip(body)).
		Msg("a client names different protocol versions in header and body; it is served in the legacy way (compatibility.version_mismatch: accept)")
}

// decodeName undoes the base64 form of the Mcp-Name header (MCP 2026-07-28, streamable HTTP), which the MCP server
// compares as it stands.
func decodeName(h http.Header) {
	value := h.Get("Mcp-Name")
	encoded, ok := strings.CutPrefix(value, "=?base64?")
	if !ok {
		return
	}
	if encoded, ok = strings.CutSuffix(encoded, "?="); !ok {
		return
	}
	if decoded, err := base64.StdEncoding.DecodeString(encoded); err == nil {
		h["Mcp-Name"] = []string{string(decoded)}
	}
}
