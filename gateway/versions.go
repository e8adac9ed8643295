package gateway

import (
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/envelope"
)

const (
	// modern is the first revision in which every request names its version itself.
	modern = "2026-07-28"
	// newestLegacy is the newest revision before.
	newestLegacy = "2025-11-25"

	versionHeader = "Mcp-Protocol-Version"
)

// settleVersion makes a request whose header and body name different protocol versions servable, unless the configuration is
// strict. Hosted Claude has sent 2025-11-25 in the header with 2026-07-28 in the body; the specification has such requests
// refused, which fails every call of a person who can do nothing about it. They are served as the legacy revision of the header;
// the methods that only the modern one has, as modern.
func (g *Gateway) settleVersion(rec *record, r *http.Request, env *envelope.Envelope, body []byte) ([]byte, bool) {
	header := r.Header.Get(versionHeader)
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
			g.tellVersions(rec, header, "none")
		}
		return body, true
	}
	g.tellVersions(rec, header, env.Version)
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
		rec.end(outcomeBad, "message", err.Error())
		writeRPCError(rec, http.StatusBadRequest, env.ID, codeInvalidRequest, "the params cannot be read")
		return nil, false
	}
	if header == "" || header >= modern {
		r.Header.Set(versionHeader, newestLegacy)
	}
	return stripped, true
}

// tellVersions logs a mismatch once per client.
func (g *Gateway) tellVersions(rec *record, header, body string) {
	client := rec.principal.ClientID
	if told, _ := g.toldVersions.ContainsOrAdd(client+" "+clip(header)+" "+clip(body), struct{}{}); told {
		return
	}
	g.log.Warn().Str("request_id", rec.id).Str("client_id", client).Str("header_version", clip(header)).Str("body_version", clip(body)).
		Msg("a client names different protocol versions in header and body; it is served in the legacy way (compatibility.version_mismatch: accept)")
}

// decodeName undoes the base64 form of the Mcp-Name header (MCP 2026-07-28, streamable HTTP), which the MCP server compares as
// it stands.
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
