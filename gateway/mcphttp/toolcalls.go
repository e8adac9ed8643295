package mcphttp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/gateway/call"
)

// toolCalls runs the handler of tools/call with params that were read already. The server would read them up to
// four times, with a buffer of 32 KiB each time, which is most of what a call costs.
//
// A handler wants a session, whose only use here is to say how the client described itself. The first call of a
// description goes the long way, so that the SDK reads and checks it; the session that it makes of it is kept, ended
// as it is, for the calls that describe their client byte for byte the same. There is nothing in it of a person.
type toolCalls struct {
	// handle is the server's handler with all its middleware; nil where [Handler.Middleware] is not in use.
	handle mcp.MethodHandler
	// serverInfo is what results of 2026-07-28 and later carry in _meta.
	serverInfo json.RawMessage
	// sessions by version and description.
	sessions *lru.Cache[string, *mcp.ServerSession]
	// served counts what was answered here.
	served atomic.Int64
}

const (
	// maxSessions bounds the kept sessions: a company has few kinds of clients.
	maxSessions = 256
	// maxDescription bounds the description of a client, in bytes.
	maxDescription = 2 << 10
)

func newToolCalls(serverInfo json.RawMessage) (*toolCalls, error) {
	sessions, err := lru.New[string, *mcp.ServerSession](maxSessions)
	return &toolCalls{serverInfo: serverInfo, sessions: sessions}, err
}

// keyOf names the session that a call of a tool belongs to; empty where the call is unusual.
func (d *toolCalls) keyOf(m *Message, legacy string) string {
	switch {
	case d.handle == nil || m.Method != "tools/call" || m.call.Odd || m.call.describing() > maxDescription:
		return ""
	case legacy != "":
		return legacy
	default:
		// A JSON value says itself where it ends, so that the two cannot be taken for others.
		return m.Version + " " + string(m.call.Capabilities) + " " + string(m.call.Client)
	}
}

// capture takes the session of a call that goes the long way.
type capture struct{ session *mcp.ServerSession }

type captureKey struct{}

// captured notes the session of a request, where somebody wants it.
func captured(ctx context.Context, req mcp.Request) {
	if want, ok := ctx.Value(captureKey{}).(*capture); ok {
		want.session, _ = req.GetSession().(*mcp.ServerSession)
	}
}

// paramsOf makes the params of a call; ok is false where they are not what they should be, which the server has words
// for.
func paramsOf(m *Message) (p *mcp.CallToolParamsRaw, ok bool) {
	p = &mcp.CallToolParamsRaw{Name: m.Name, Arguments: m.call.Arguments}
	for _, part := range []struct {
		raw  []byte
		into any
	}{{m.call.Meta, &p.Meta}, {m.call.InputResponses, &p.InputResponses}, {m.call.RequestState, &p.RequestState}} {
		if part.raw != nil && json.Unmarshal(part.raw, part.into) != nil {
			return nil, false
		}
	}
	return p, true
}

// serve answers a call of a tool; done is false where it has to go the long way.
func (d *toolCalls) serve(
	w http.ResponseWriter, r *http.Request, c *call.Call, m *Message, key string,
) (done bool) {
	session, ok := d.sessions.Get(key)
	if !ok {
		return false
	}
	params, ok := paramsOf(m)
	if !ok {
		return false
	}
	d.served.Add(1)
	request := &mcp.CallToolRequest{Session: session, Params: params, Extra: &mcp.RequestExtra{Header: r.Header}}
	ctx := call.With(r.Context(), c)
	result, err := d.handle(ctx, m.Method, request)
	if ctx.Err() != nil {
		c.End(call.Aborted, "", "")
		return true
	}
	var raw []byte
	if err == nil {
		raw, err = d.encode(result, m.Version != "")
	}
	if err != nil {
		e, ok := errors.AsType[*jsonrpc.Error](err)
		if !ok {
			e = &jsonrpc.Error{Code: CodeInternal, Message: err.Error()}
		}
		c.End(call.RPCError, call.OfRPC(e.Code), "")
		writeError(w, statusOf(m.Version, e.Code), m.ID, e)
		return true
	}
	writeResult(w, m.ID, closed(raw))
	return true
}

// encode writes a result as the server does. Tools' results say themselves that they are complete.
func (d *toolCalls) encode(result mcp.Result, describes bool) ([]byte, error) {
	called, ok := result.(*mcp.CallToolResult)
	if !ok || called == nil {
		return nil, errors.New("the tool gave no result")
	}
	if describes {
		marked := *called
		marked.Meta = make(mcp.Meta, len(called.Meta)+1)
		marked.Meta[mcp.MetaKeyServerInfo] = d.serverInfo
		for name, value := range called.Meta {
			marked.Meta[name] = value
		}
		called = &marked
	}
	raw, err := called.MarshalJSON()
	return bytes.TrimSpace(raw), err
}
