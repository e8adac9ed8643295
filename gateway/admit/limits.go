package admit

import (
	"context"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/limit"
)

// CodeLimited is the JSON-RPC error of who is over a limit, where the method has no words of its own: one of the range
// that JSON-RPC leaves to servers, by which others name the same.
const CodeLimited = -32029

// enter counts a call that may be made, and waits for its turn. A tool that does not exist costs nobody anything.
func (d *Door) enter(ctx context.Context, c *call.Call, method, tool string) (limit.Ticket, *limit.Refused) {
	if _, known := d.groups[tool]; !known || d.cfg.Limits == nil {
		return limit.Ticket{}, nil
	}
	pr := c.Principal
	who := limit.Caller{Issuer: pr.Issuer, Subject: pr.Subject, Client: pr.ClientID}
	if method == methodCall || method == "resources/read" { // which gives what the tool gives
		who.Tool = tool
	}
	return d.cfg.Limits.Enter(ctx, who)
}

// tooMuch says it in the form that the method has for it. A completion offers nothing: nobody reads an error while
// typing.
func (d *Door) tooMuch(c *call.Call, method, tool string, refused *limit.Refused) (mcp.Result, error) {
	if refused.Gone {
		return nil, context.Canceled
	}
	if method == methodCall {
		words := refused.Words(tool + " was not run")
		c.End(call.Limited, reasonOf(refused), words)
		return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: words}}}, nil
	}
	words := refused.Words(method + " was not done")
	c.End(call.Limited, reasonOf(refused), words)
	if method == "completion/complete" {
		return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{}}}, nil
	}
	return nil, &jsonrpc.Error{Code: CodeLimited, Message: words}
}

// Flood says whether somebody has gone on with a method many times over what they may, for how long that is not worth
// looking at, and what to say.
func (d *Door) Flood(c *call.Call, method string) (wait time.Duration, words string) {
	rule := rules[method]
	if d.cfg.Limits == nil || rule != byTool && rule != byToolFor {
		return 0, ""
	}
	refused := d.cfg.Limits.Flood(c.Principal.Issuer, c.Principal.Subject)
	if refused == nil {
		return 0, ""
	}
	words = refused.Words(method + " was not done")
	c.End(call.Limited, reasonOf(refused), "429: kept calling over the limit")
	return refused.Wait, words
}

// reasonOf names the limit that was met.
func reasonOf(r *limit.Refused) call.Reason {
	switch {
	case r.Rate.Calls == 0:
		return call.LimitAtOnce
	case r.By == limit.ByClient:
		return call.LimitClient
	case r.By == limit.ByTool:
		return call.LimitTool
	}
	return call.LimitPerson
}
