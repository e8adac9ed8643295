package mcphttp

import (
	"encoding/json"
	"strings"
)

// Names under `params._meta` (MCP 2026-07-28, basic/index).
const (
	reservedPrefix = "io.modelcontextprotocol/"
	// versionKey carries the protocol version of a request.
	versionKey = reservedPrefix + "protocolVersion"
	// capabilitiesKey carries what the client can do.
	capabilitiesKey = reservedPrefix + "clientCapabilities"
	// clientKey carries the client's name.
	clientKey = reservedPrefix + "clientInfo"
	// logLevelKey asks for log messages.
	logLevelKey = reservedPrefix + "logLevel"
)

// withoutVersion is a 2026-07-28 request as one of the older revisions. Its arguments are not read again.
func (m *Message) withoutVersion() (old Message, err error) {
	lean := *m
	if m.call.Arguments != nil {
		lean = m.with([]byte("{}"))
	}
	stripped, err := stripVersion(lean.Raw)
	if err != nil {
		return Message{}, err
	}
	if old, err = parse(stripped); err == nil && m.call.Arguments != nil {
		old = old.with(m.call.Arguments)
	}
	return old, err
}

// stripVersion returns the message without the `params._meta` members that make it a 2026-07-28 request, so that a
// server reads it as one of the older revisions. The body must have passed [parse].
func stripVersion(body []byte) ([]byte, error) {
	var message, params, meta map[string]json.RawMessage
	if err := json.Unmarshal(body, &message); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(message["params"], &params); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(params["_meta"], &meta); err != nil {
		return nil, err
	}
	for key := range meta {
		if strings.HasPrefix(key, reservedPrefix) {
			delete(meta, key)
		}
	}
	var err error
	if len(meta) == 0 {
		delete(params, "_meta")
	} else if params["_meta"], err = json.Marshal(meta); err != nil {
		return nil, err
	}
	if message["params"], err = json.Marshal(params); err != nil {
		return nil, err
	}
	return json.Marshal(message)
}
