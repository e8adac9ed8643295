package admit

import (
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/gateway/call"
)

// unrecorded refuses a call that changes something and cannot be recorded first; nil = it may go ahead.
func (d *Door) unrecorded(c *call.Call, method, tool string) mcp.Result {
	if _, known := d.groups[tool]; !known || d.cfg.Before == nil || method != methodCall || d.harmless(tool) {
		return nil
	}
	err := d.cfg.Before(c)
	if err == nil {
		return nil
	}
	c.End(call.Unavailable, call.AuditUnavailable, err.Error())
	words := tool + " was not run: this gateway records every change before it is made, and cannot do so at the moment. " +
		"Reading works; tell your administrator, and try again later."
	return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: words}}}
}
