package mcphttp

import (
	"encoding/json"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// introduction says what is wrong with how a client introduces itself; the SDK would call it a failure of its own, and
// quote all of it.
func (m *Message) introduction() error {
	if m.Method != "initialize" || m.Params == nil {
		return nil
	}
	bad := func(what string) error {
		return &messageError{Code: CodeInvalidParams, ID: m.ID, Message: "initialize: " + what}
	}
	var members struct {
		Capabilities, ClientInfo json.RawMessage
	}
	if err := json.Unmarshal(m.Params, &members); err != nil {
		return bad("params cannot be read")
	}
	for _, c := range []struct {
		name string
		raw  json.RawMessage
	}{{"capabilities", members.Capabilities}, {"clientInfo", members.ClientInfo}} {
		if len(c.raw) > 0 && c.raw[0] != '{' && string(c.raw) != "null" {
			return bad(c.name + " must be an object")
		}
	}
	if err := json.Unmarshal(m.Params, new(mcp.InitializeParams)); err != nil {
		return bad("a value in capabilities or clientInfo does not have the type that MCP defines")
	}
	return nil
}
