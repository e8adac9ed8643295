package mcptools

import (
	"context"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/coda/near"
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
		if _, off := h.sets[name]; off {
			return kit.Refusal(kit.Complain("%s", h.switchedOff(name))), nil
		}
		// One that is switched off may have been meant.
		if meant := near.Names(name, append(kit.SortedKeys(h.tools), kit.SortedKeys(h.sets)...), nil); len(meant) > 0 {
			if _, on := h.tools[meant[0]]; !on && mistyped(name, meant[0]) {
				return kit.Refusal(kit.Complain("There is no tool %q. %s", kit.Short(name, 80), h.switchedOff(meant[0]))), nil
			}
		}
		return nil, &jsonrpc.Error{
			Code: jsonrpc.CodeInvalidParams,
			Message: near.Sprintf(
				"unknown tool %q.%s",
				kit.Clip(kit.OneLine(name), 80),
				h.meantTool(name),
			),
		}
	}
}

// meantTool is what may have been meant by the name of no tool. What all names begin with tells none apart.
func (h *handler) meantTool(name string) string {
	names := kit.SortedKeys(h.tools)
	for i := range names {
		names[i] = strings.TrimPrefix(names[i], toolPrefix)
	}
	meant := near.Names(strings.TrimPrefix(name, toolPrefix), names, nil)
	if len(meant) == 0 {
		return " tools/list names those that there are."
	}
	for i := range meant {
		meant[i] = near.Quote(toolPrefix + meant[i])
	}
	return " Did you mean " + kit.OrList(meant) + "?"
}

// toolPrefix is what the names of all tools begin with.
const toolPrefix = "coda_"

// mistyped reports whether a tool's name was nearly given, with or without what all of them begin with.
func mistyped(name, tool string) bool {
	name, tool = strings.TrimPrefix(name, toolPrefix), strings.TrimPrefix(tool, toolPrefix)
	return name == tool || near.Typo(name, tool)
}

// switchedOff says of a tool of an optional set how it is switched on.
func (h *handler) switchedOff(name string) string {
	return "The tool " + name + " is not switched on here, and nothing was done. It belongs to the tool set " +
		h.sets[name] + ", which whoever runs this gateway can switch on (coda.tool_sets); until then the person does " +
		"this in Coda."
}
