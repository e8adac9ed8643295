package gateway

import (
	"context"
	"errors"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/call"
)

// guardMethods is the MCP server's outermost middleware: nobody sees or calls a tool that the rules do not give
// them, whatever way the message took, and a panic of a tool ends that call only.
func (g *Gateway) guardMethods(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (result mcp.Result, err error) {
		c := call.From(ctx)
		if c == nil {
			return nil, &jsonrpc.Error{Code: codeInternal, Message: "the request has no principal"}
		}
		defer func() {
			if v := recover(); v != nil {
				g.logPanic(c, v)
				c.End(call.Panic, "", "")
				result, err = nil, &jsonrpc.Error{Code: codeInternal, Message: "the tool failed; the gateway's log has more under request id " + c.ID}
			}
		}()
		if params, ok := req.GetParams().(*mcp.CallToolParamsRaw); ok {
			if refusal := g.refuseCall(c, params.Name); refusal != nil {
				return refusal, nil
			}
		}
		result, err = next(ctx, method, req)
		switch result := result.(type) {
		case *mcp.ListToolsResult:
			g.filterTools(c, result)
		case *mcp.InitializeResult:
			result.Instructions = g.instructions(c, result.Instructions)
		case *mcp.DiscoverResult:
			result.Instructions = g.instructions(c, result.Instructions)
		case *mcp.CallToolResult:
			switch {
			case gone(ctx.Err()):
				// Whatever the tool says of its interrupted work, nobody reads it.
				c.End(call.Aborted, "", errAborted.Error())
			case err == nil && result.IsError:
				c.ToolFailed()
			}
		}
		noteError(c, err)
		return result, err
	}
}

// refuseCall says in words why a person may not call a tool; nil when they may. A tool that the catalogue does not
// know is left to the MCP server, which has the protocol's own error for it.
func (g *Gateway) refuseCall(c *call.Call, tool string) *mcp.CallToolResult {
	d := g.policy.Decide(c.Principal, tool)
	c.Decided(call.Reason(d.Code))
	text := d.Reason
	switch d.Verdict {
	case access.Allow, access.UnknownTool:
		return nil
	case access.StepUp:
		// The HTTP side has asked for scopes before; only a message that it read differently comes this far.
		text = "This needs more scopes than your sign-in gave. Sign in again and allow them."
	}
	c.End(call.Denied, call.Reason(d.Code), text)
	return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: text}}}
}

// filterTools leaves what the person may call, now or with more scopes. The server's order, by name, stays.
func (g *Gateway) filterTools(c *call.Call, result *mcp.ListToolsResult) {
	visible := g.policy.Visible(c.Principal)
	tools := make([]*mcp.Tool, 0, visible.Len())
	for _, tool := range result.Tools {
		if visible.Contains(tool.Name) {
			tools = append(tools, tool)
		}
	}
	result.Tools = tools
}

// instructions tells a person who may do nothing why the list is empty.
func (g *Gateway) instructions(c *call.Call, text string) string {
	if why := g.policy.NoAccess(c.Principal); why != "" {
		return why
	}
	return text
}

// noteError leaves the error's text out of the log: the MCP server and the tools quote arguments in it.
func noteError(c *call.Call, err error) {
	var rpc *jsonrpc.Error
	switch {
	case err == nil:
	case gone(err):
		c.End(call.Aborted, "", errAborted.Error())
	case errors.As(err, &rpc):
		c.End(call.RPCError, call.OfRPC(rpc.Code), "")
	default:
		c.End(call.RPCError, call.OfRPC(codeInternal), "")
	}
}

// dropUndeliverable is a sending middleware: in a call that is answered with one document there is no way to deliver
// a notification, and a tool that reports progress must not fail for it.
func dropUndeliverable(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		if _, streams := ctx.Value(streamsKey{}).(bool); !streams && strings.HasPrefix(method, "notifications/") {
			return nil, nil
		}
		return next(ctx, method, req)
	}
}
