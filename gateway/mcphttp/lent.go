package mcphttp

import (
	"context"
	"slices"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// The arguments of a tool may be nearly as large as a message may be, and the server decodes a message several times
// over: a call that the tool refuses at once cost 120 ms so. They were read already and found to be valid, and nothing
// between the message and the tool looks at them. So the server gets the message without them, and the outermost
// middleware gives them back to the call.

// lentKey marks a context that holds the arguments of its call.
type lentKey struct{}

// lend gives what of a message and of its params the server reads. Where a tool has arguments repeated in headers, the
// server compares them, so they stay.
func (f *fast) lend(ctx context.Context, m *Message) (lent context.Context, raw, params []byte) {
	if f.calls.handle == nil || m.Method != "tools/call" || m.call.Arguments == nil || f.headerTools[m.Name] {
		return ctx, m.Raw, m.Params
	}
	lean := m.with([]byte("{}"))
	return context.WithValue(ctx, lentKey{}, m.call.Arguments), lean.Raw, lean.Params
}

// giveBack gives a call the arguments that were lent.
func giveBack(ctx context.Context, req mcp.Request) {
	arguments, lent := ctx.Value(lentKey{}).([]byte)
	if called, ok := req.(*mcp.CallToolRequest); ok && lent && called.Params != nil {
		called.Params.Arguments = arguments
	}
}

// with is the message with other arguments in the place of its own.
func (m *Message) with(arguments []byte) Message {
	other, at := *m, m.call.at
	end := at.arguments + len(m.call.Arguments)
	other.Raw = slices.Concat(m.Raw[:at.arguments], arguments, m.Raw[end:])
	other.call.Arguments = other.Raw[at.arguments : at.arguments+len(arguments)]
	other.Params = other.Raw[at.params : at.params+len(m.Params)+len(arguments)-len(m.call.Arguments)]
	return other
}
