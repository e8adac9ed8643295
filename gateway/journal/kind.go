package journal

import (
	"strings"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// kind is what a request was, on the way of a client.
type kind uint8

// The kinds. Those up to guess say nothing bad; those from refusedHost to failed are what stops clients.
const (
	nothing kind = iota
	// page is a page for people, which clients look at as well.
	page
	// look is the endpoint asked by GET or HEAD without a token, as monitors and browsers do.
	look
	challenge
	resource
	server
	guess
	refusedHost
	refusedOrigin
	elsewhere
	badToken
	unavailable
	badRequest
	failed
	// From here on somebody is known.
	noStream
	first
	listed
	called
	other
	scope
	denied
	limited
	toolError
	rpcError
	kinds
)

// kindNames are how kinds are kept.
var kindNames = [kinds]string{nothing: "nothing", page: "page", look: "look", challenge: "challenge",
	resource: "resource", server: "server", guess: "guess", refusedHost: "refused_host", refusedOrigin: "refused_origin",
	elsewhere: "elsewhere", badToken: "bad_token", unavailable: "unavailable", badRequest: "bad_request", failed: "failed",
	noStream: "no_stream", first: "first", listed: "listed", called: "called", other: "other", scope: "scope",
	denied: "denied", limited: "limited", toolError: "tool_error", rpcError: "rpc_error"}

// MarshalText writes the name.
func (k kind) MarshalText() ([]byte, error) { return []byte(kindNames[k]), nil }

// UnmarshalText reads a name; one that is not known is nothing.
func (k *kind) UnmarshalText(text []byte) error {
	*k = nothing
	for i, name := range kindNames {
		if name == string(text) {
			*k = kind(i)
		}
	}
	return nil
}

// stepOf has the step at which clients meet each kind.
var stepOf = [kinds]handshake.Step{
	page: handshake.Reach, look: handshake.Reach, challenge: handshake.Challenge, resource: handshake.ResourceMetadata,
	server: handshake.ServerMetadata, guess: handshake.ServerMetadata, refusedHost: handshake.Reach,
	refusedOrigin: handshake.Reach, elsewhere: handshake.Reach, badToken: handshake.FirstCall,
	unavailable: handshake.FirstCall, badRequest: handshake.FirstCall, failed: handshake.FirstCall,
	noStream: handshake.FirstCall, first: handshake.FirstCall, listed: handshake.ToolList, called: handshake.ToolCall,
	other: handshake.FirstCall, scope: handshake.ToolCall, denied: handshake.ToolCall, limited: handshake.ToolCall,
	toolError: handshake.ToolCall, rpcError: handshake.FirstCall,
}

// isFirst says whether a client begins with a method.
func isFirst(method string) bool { return method == "initialize" || method == "server/discover" }

// kindOf says what a call was; nothing where it is on nobody's way.
func kindOf(c *call.Call) kind {
	if c.HTTPMethod == "OPTIONS" || c.Doctor {
		return nothing
	}
	if c.Outcome == call.Panic {
		return failed
	}
	switch c.Place {
	case call.AtResource:
		return resource
	case call.AtServer:
		return server
	case call.AtEndpoints:
		return guess
	case call.AtMCP:
		return kindOfMCP(c)
	case call.AtPage:
		if c.HTTPMethod == "HEAD" || !strings.HasPrefix(c.UserAgent, "Mozilla/") {
			return page
		}
	case call.Elsewhere:
		// Scanners ask for thousands of paths. A client that was sent astray sends a message.
		if c.HTTPMethod == "POST" {
			return elsewhere
		}
	case "":
		if c.Outcome == call.WrongHost && (c.HTTPMethod == "POST" || strings.HasPrefix(c.Path, "/.well-known/oauth-")) {
			return refusedHost
		}
	}
	return nothing
}

// kindsOf are those of the MCP endpoint by how the call ended.
var kindsOf = map[call.Outcome]kind{
	call.NoToken: challenge, call.InvalidToken: badToken, call.Unavailable: unavailable, call.WrongOrigin: refusedOrigin,
	call.InsufficientScope: scope, call.NotOffered: noStream, call.BadRequest: badRequest, call.Aborted: badRequest,
	call.Limited: limited, call.Denied: denied, call.ToolError: toolError, call.RPCError: rpcError,
}

func kindOfMCP(c *call.Call) kind {
	k, listed := kindsOf[c.Outcome]
	switch {
	case k == challenge && c.HTTPMethod != "POST":
		return look
	case listed:
		return k
	}
	return kindOfMethod(c)
}

// kindOfMethod says what a message was that was answered.
func kindOfMethod(c *call.Call) kind {
	switch {
	case c.Principal == nil || c.Method == "":
		return nothing
	case isFirst(c.Method):
		return first
	case c.Method == "tools/list":
		return listed
	case c.Method == "tools/call":
		return called
	}
	return other
}
