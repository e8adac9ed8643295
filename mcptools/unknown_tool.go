package mcptools

import (
	"context"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// unknownTools answers calls of tools that are not there. One of a set that is not switched on is named in the
// documentation and may well be known to a model, which can only be told by words in a result; a name that nobody
// gave is the protocol's error.
func (h *handler) unknownTools(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, request mcp.Request) (mcp.Result, error) {
		call, ok := request.(*mcp.CallToolRequest)
		if !ok || call.Params == nil {
			return next(ctx, method, request)
		}
		name := call.Params.Name
		if _, ok := h.tools[name]; ok {
			return next(ctx, method, request)
		}
		if set, ok := h.sets[name]; ok {
			return kit.Refusal(kit.Complain("The tool %s is not switched on here, and nothing was done. It belongs to the tool "+
				"set %s, which whoever runs this gateway can switch on (coda.tool_sets); until then the person does this in Coda.",
				name, set)), nil
		}
		return nil, &jsonrpc.Error{
			Code: jsonrpc.CodeInvalidParams,
			Message: fmt.Sprintf(
				"unknown tool %q.%s",
				kit.Clip(kit.OneLine(name), 80),
				kit.DidYouMean(name, kit.SortedKeys(h.tools)),
			),
		}
	}
}
