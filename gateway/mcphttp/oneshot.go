package mcphttp

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// question is one JSON-RPC request. Its id does not matter here: there is only one.
type question struct {
	Method string
	Params json.RawMessage
	// Legacy is the protocol version of the session that a request of a revision before 2026-07-28 belongs to; empty
	// for later ones, which say it themselves. Since no session is kept, it counts as initialized.
	Legacy string
	// Extra reaches the tool.
	Extra *mcp.RequestExtra
}

// reply is what the server answered: one of both.
type reply struct {
	Result json.RawMessage
	Error  *jsonrpc.Error
}

// ask puts one request to an MCP server and takes its answer, without HTTP in between.
//
// The message has been read already. Handing that reading on, instead of the bytes, saves the server from decoding
// everything again: about half of a call's cost. It is a transport of its own ([mcp.Transport]) whose connection
// lives as long as the request.
//
// When ctx ends before the answer, the request is cancelled, and ask returns the error of ctx once the server is done
// with it. Closing the connection means that from 2026-07-28 on. Before, a client could come back for its answer, but
// here nothing is kept to come back to, so that work for somebody who has gone would be for nobody. Notifications are
// dropped.
//
// MCP 2026-07-28, basic/transports/streamable-http: "Closing the SSE response stream MUST be treated by the server
// as cancellation of that request."
// MCP 2026-07-28, basic/patterns/cancellation: "The server MUST treat a client disconnect as cancellation of that
// request."
func ask(ctx context.Context, server *mcp.Server, q question) (reply, error) {
	id, err := jsonrpc.MakeID(requestID)
	if err != nil {
		return reply{}, err
	}
	c := &connection{
		request: &jsonrpc.Request{ID: id, Method: q.Method, Params: q.Params, Extra: q.Extra},
		gone:    ctx.Done(),
		answer:  make(chan *jsonrpc.Response, 1),
		closed:  make(chan struct{}),
	}
	state := &mcp.ServerSessionState{}
	if q.Legacy != "" {
		state.LogLevel = "info"
		state.InitializedParams = new(mcp.InitializedParams)
		if q.Method != "initialize" {
			state.InitializeParams = &mcp.InitializeParams{ProtocolVersion: q.Legacy}
		}
	}
	session, err := server.Connect(ctx, transport{c}, &mcp.ServerSessionOptions{State: state})
	if err != nil {
		return reply{}, err
	}
	defer session.Close()
	select {
	case response := <-c.answer:
		return replyOf(response), nil
	case <-ctx.Done():
		return reply{}, ctx.Err()
	}
}

func replyOf(response *jsonrpc.Response) reply {
	if response.Error == nil {
		return reply{Result: response.Result}
	}
	var e *jsonrpc.Error
	if !errors.As(response.Error, &e) {
		e = &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: response.Error.Error()}
	}
	return reply{Error: e}
}

// requestID is the id within the connection.
const requestID = "1"

type transport struct{ c *connection }

func (t transport) Connect(context.Context) (mcp.Connection, error) { return t.c, nil }

// connection delivers one request and takes one response.
type connection struct {
	request *jsonrpc.Request
	// sent is used by the one reader only.
	sent bool
	// gone ends when the request is to be cancelled; nil once it has been.
	gone   <-chan struct{}
	answer chan *jsonrpc.Response
	closed chan struct{}
	once   sync.Once
}

// Read gives the request, then, perhaps, its cancellation, then the end.
func (c *connection) Read(ctx context.Context) (jsonrpc.Message, error) {
	if !c.sent {
		c.sent = true
		return c.request, nil
	}
	select {
	case <-c.gone:
		c.gone = nil
		return &jsonrpc.Request{Method: "notifications/cancelled",
			Params: json.RawMessage(`{"requestId":"` + requestID + `"}`)}, nil
	case <-c.closed:
		return nil, io.EOF
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// errNoRequests has the code by which the server knows that only this message failed, not the connection.
var errNoRequests = &jsonrpc.Error{Code: -32005,
	Message: "rejected by transport: a stateless server cannot ask its client"}

// Write takes the response; there is no way for anything else.
func (c *connection) Write(_ context.Context, msg jsonrpc.Message) error {
	switch msg := msg.(type) {
	case *jsonrpc.Response:
		select {
		case c.answer <- msg:
		default:
		}
	case *jsonrpc.Request:
		if msg.IsCall() {
			return errNoRequests
		}
	}
	return nil
}

// Close ends the reader.
func (c *connection) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

// SessionID is empty: there are no sessions.
func (c *connection) SessionID() string { return "" }
