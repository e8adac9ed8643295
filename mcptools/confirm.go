package mcptools

import "github.com/modelcontextprotocol/go-sdk/mcp"

// question asks the person for a confirmation.
type question struct {
	id     string
	params *mcp.ElicitParams
	state  string
}

func (q *question) result() *mcp.CallToolResult {
	return &mcp.CallToolResult{InputRequests: mcp.InputRequestMap{q.id: q.params}, RequestState: q.state}
}
