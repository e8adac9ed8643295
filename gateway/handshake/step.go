// Package handshake knows how an MCP client comes from a pasted URL to its first tool call, and what can be wrong on
// the way: the steps, what each client does and needs at each, and every finding that there is, with a code, a title,
// whose fault it is and what it follows from.
//
// It is data, and does nothing itself. Two look at a connection with it: the doctor from outside, by walking the steps
// as clients do (gateway/handshake/walk), and the journal from inside, by watching them walk. Both therefore say the
// same thing in the same words, and each finding leads to the same heading of this package's README.
package handshake

import (
	"fmt"
	"strings"
)

// Step is one of those that a client takes, in order.
type Step int

// The steps.
const (
	// Reach is the way to the server: name, address, TLS, proxies, and whatever answers in place of the server.
	Reach Step = iota
	// Challenge is the first MCP request, without a token, and the 401 that it is answered with.
	Challenge
	// ResourceMetadata is the document of RFC 9728, which says who the server is and where people sign in.
	ResourceMetadata
	// ServerMetadata is the document of the authorization server (RFC 8414, OpenID Connect Discovery).
	ServerMetadata
	// Registration is how the client becomes one at the authorization server.
	Registration
	// Authorization is the browser at the authorization server, and its way back.
	Authorization
	// Token is the code that becomes a token, and the token that is refreshed.
	Token
	// FirstCall is the first MCP request with a token: server/discover or initialize.
	FirstCall
	// ToolList is tools/list.
	ToolList
	// ToolCall is tools/call.
	ToolCall
)

// steps are their names, and what each is for.
var steps = [...]struct{ name, purpose string }{
	Reach: {"reach",
		"find the server: its address, its certificate, and nothing in between that answers in its place"},
	Challenge:        {"challenge", "ask without a token, and be told by a 401 where to look next"},
	ResourceMetadata: {"resource metadata", "read who the server is, and who signs its people in"},
	ServerMetadata:   {"server metadata", "read how the authorization server works"},
	Registration:     {"registration", "become a client that the authorization server knows"},
	Authorization:    {"authorization", "send the person to sign in, and get a code back"},
	Token:            {"token", "turn the code into an access token, and keep it fresh"},
	FirstCall:        {"first call", "speak to the server with the token"},
	ToolList:         {"tool list", "learn which tools there are for this person"},
	ToolCall:         {"tool call", "use one"},
}

// Steps lists them in order.
func Steps() []Step {
	out := make([]Step, len(steps))
	for i := range out {
		out[i] = Step(i)
	}
	return out
}

// String is the step's name, as people read it.
func (s Step) String() string {
	if s < 0 || int(s) >= len(steps) {
		return fmt.Sprintf("step %d", int(s))
	}
	return steps[s].name
}

// Purpose says what a client wants at the step.
func (s Step) Purpose() string {
	if s < 0 || int(s) >= len(steps) {
		return ""
	}
	return steps[s].purpose
}

// MarshalText is the name as programs read it: with hyphens.
func (s Step) MarshalText() ([]byte, error) {
	return []byte(strings.ReplaceAll(s.String(), " ", "-")), nil
}

// UnmarshalText reads what MarshalText writes.
func (s *Step) UnmarshalText(text []byte) error {
	name := strings.ReplaceAll(string(text), "-", " ")
	for _, known := range Steps() {
		if known.String() == name {
			*s = known
			return nil
		}
	}
	return fmt.Errorf("there is no step %q", text)
}
