package admit

import (
	"context"
	"encoding/json"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/call"
)

const methodCall = "tools/call"

// rule says how a method falls under the policy.
type rule int

const (
	// denied is the rule of every method that is not in the table.
	denied rule = iota
	// open: it reaches no document.
	open
	// byTool: the policy is asked for the tool that it names.
	byTool
	// byToolFor: the policy is asked for the tool that [Config.ToolFor] names. Where that is none, the server has
	// nothing of the kind, and says so in the protocol's words.
	byToolFor
)

var rules = map[string]rule{
	"initialize":                       open,
	"ping":                             open,
	"server/discover":                  open,
	"logging/setLevel":                 open,
	"notifications/initialized":        open,
	"notifications/cancelled":          open,
	"notifications/progress":           open,
	"notifications/roots/list_changed": open,
	"subscriptions/listen":             open, // lists that change, of which none is anybody's
	"tools/list":                       open, // filtered
	"prompts/list":                     open,
	"prompts/get":                      open, // fixed texts, with what the client put in
	"resources/templates/list":         open,

	methodCall:              byTool,
	"resources/list":        byToolFor,
	"resources/read":        byToolFor,
	"resources/subscribe":   byToolFor,
	"resources/unsubscribe": byToolFor,
	"completion/complete":   byToolFor,
}

// Middleware decides inside the MCP server, on what the server itself has parsed: nobody sees or calls what the
// rules do not give them, whatever way the message took.
func (d *Door) Middleware(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		c := call.From(ctx)
		if c == nil || c.Principal == nil {
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: "the request has no principal"}
		}
		rule := rules[method]
		if rule == denied {
			return nil, &jsonrpc.Error{
				Code:    jsonrpc.CodeMethodNotFound,
				Message: "method not found: this gateway has no rule for it",
			}
		}
		if tool := d.toolOf(rule, method, req.GetParams()); tool != "" {
			if code, words := d.judge(c, access.Request{Tool: tool}); words != "" {
				result, err := d.refuse(c, method, code, words)
				return marked(req, result), err
			}
			ticket, refused := d.enter(ctx, c, method, tool)
			if refused != nil {
				result, err := d.tooMuch(c, method, tool, refused)
				return marked(req, result), err
			}
			defer ticket.Leave()
			if result := d.unrecorded(c, method, tool); result != nil {
				return marked(req, result), nil
			}
		}
		result, err := next(ctx, method, req)
		if err != nil {
			// The SDK gives a nil pointer of the method's type along.
			return nil, err
		}
		switch result := result.(type) {
		case *mcp.ListToolsResult:
			d.filter(c, result)
		case *mcp.InitializeResult:
			result.Instructions = d.instructions(c, result.Instructions)
		case *mcp.DiscoverResult:
			result.Instructions = d.instructions(c, result.Instructions)
		}
		return result, nil
	}
}

func (d *Door) toolOf(rule rule, method string, params mcp.Params) string {
	switch rule {
	case byTool:
		if p, ok := params.(*mcp.CallToolParamsRaw); ok {
			return p.Name
		}
	case byToolFor:
		name := ""
		if p, ok := params.(*mcp.ReadResourceParams); ok {
			name = p.URI
		}
		return d.toolFor(method, name, params)
	}
	return ""
}

// refuse says it in the form that each method has for it. What only offers something offers nothing.
func (d *Door) refuse(c *call.Call, method string, code call.Reason, words string) (mcp.Result, error) {
	switch method {
	case methodCall:
		c.End(call.Denied, code, words)
		content := []mcp.Content{&mcp.TextContent{Text: words}}
		if id := d.attempt(c); id != "" {
			content = append(content, &mcp.TextContent{Text: "To ask about this, tell your administrator " + id + "."})
		}
		return &mcp.CallToolResult{IsError: true, Content: content}, nil
	case "completion/complete":
		return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{}}}, nil
	case "resources/list":
		return &mcp.ListResourcesResult{Resources: []*mcp.Resource{}}, nil
	}
	c.End(call.Denied, code, words)
	return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: words}
}

// attempt is the id that people read out to whoever runs the gateway, who finds with it what happened; empty = none.
func (d *Door) attempt(c *call.Call) string {
	if d.cfg.Attempt != nil {
		c.Attempt = d.cfg.Attempt(c)
	}
	return c.Attempt
}

// selfDescribing is the first revision in which each result says of what type it is (MCP 2026-07-28, basic).
const selfDescribing = "2026-07-28"

// marked says of a refusal that it is complete, where the client's revision wants that said: the SDK does so for the
// results of its own handlers only, and clients refuse what lacks it.
func marked(req mcp.Request, result mcp.Result) mcp.Result {
	session, ok := req.GetSession().(*mcp.ServerSession)
	if !ok || session == nil {
		return result
	}
	if init := session.InitializeParams(); init == nil || init.ProtocolVersion < selfDescribing {
		return result
	}
	switch result := result.(type) {
	case *mcp.CallToolResult:
		// This one's type cannot be set, but it can be read.
		if raw, err := json.Marshal(result); err == nil {
			described := append([]byte(`{"resultType":"complete",`), raw[1:]...)
			if again := new(mcp.CallToolResult); json.Unmarshal(described, again) == nil {
				return again
			}
		}
	case *mcp.CompleteResult:
		result.ResultType = "complete"
	case *mcp.ListResourcesResult:
		result.ResultType = "complete"
	}
	return result
}

// filter leaves what the person may call, now or with more scopes. The server's order, by name, stays.
func (d *Door) filter(c *call.Call, result *mcp.ListToolsResult) {
	visible := d.Visible(c.Principal)
	tools := make([]*mcp.Tool, 0, visible.Len())
	for _, tool := range result.Tools {
		if visible.Contains(tool.Name) {
			tools = append(tools, tool)
		}
	}
	result.Tools = tools
}

// instructions tells a person who may do nothing why the list is empty.
func (d *Door) instructions(c *call.Call, text string) string {
	if why := d.cfg.Policy.NoAccess(c.Principal); why != "" {
		// Clients that see no tool call none: nothing else would ever tell the operator.
		c.End(call.OK, call.NoTools, why)
		return why
	}
	return text
}
