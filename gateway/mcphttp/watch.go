package mcphttp

import (
	"context"
	"errors"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/gateway/call"
)

// Middleware is the MCP server's outermost one: it notes how each message ended, and a panic of a tool ends that
// call only.
func (h *Handler) Middleware(next mcp.MethodHandler) mcp.MethodHandler {
	h.fast.calls.handle = func(ctx context.Context, method string, req mcp.Request) (result mcp.Result, err error) {
		captured(ctx, req)
		giveBack(ctx, req)
		c := call.From(ctx)
		if c == nil {
			return nil, &jsonrpc.Error{Code: CodeInternal, Message: "the message belongs to no request"}
		}
		defer func() {
			if v := recover(); v != nil {
				call.LogPanic(h.log, c, v)
				c.End(call.Panic, "", "")
				result, err = nil, &jsonrpc.Error{
					Code:    CodeInternal,
					Message: "the tool failed; the gateway's log has more under request id " + c.ID,
				}
			}
		}()
		result, err = next(ctx, method, req)
		if called, ok := result.(*mcp.CallToolResult); ok {
			switch {
			case gone(ctx.Err()):
				// Whatever the tool says of its interrupted work, nobody reads it.
				c.End(call.Aborted, "", wentAway)
			case err == nil && called.IsError:
				c.ToolFailed()
			}
		}
		noteError(c, err)
		return result, err
	}
	return h.fast.calls.handle
}

// wentAway tells of a request whose peer went away.
const wentAway = "the client went away"

// gone says whether an error means that the client went away.
func gone(err error) bool { return errors.Is(err, context.Canceled) }

// noteError leaves the error's text out of the log: the MCP server and the tools quote arguments in it.
func noteError(c *call.Call, err error) {
	var rpc *jsonrpc.Error
	switch {
	case err == nil:
	case gone(err):
		c.End(call.Aborted, "", wentAway)
	case errors.As(err, &rpc):
		c.End(call.RPCError, call.OfRPC(rpc.Code), "")
	default:
		c.End(call.RPCError, call.Internal, "")
	}
}
