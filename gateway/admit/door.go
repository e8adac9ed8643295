// Package admit is the door: the only place that asks the access policy. It does so for whatever reaches Coda, be it
// a tool, a resource, a completion or a prompt, by one table of methods; what the table does not know is denied.
//
// It is asked twice. Before a message is served, for what only HTTP can say: that more scopes are needed
// ([Door.Challenge]). And inside the MCP server, for what the server itself parsed ([Door.Middleware]), where a
// refusal is words that a person reads. Tools ask once more for the documents that they find ([Door.May]).
//
// Nobody is sent to sign in twice for the same: who comes back with a newer token that still lacks the scopes is
// told so in words instead of being challenged again, since the identity provider has said its last word and clients
// would go round for ever.
package admit

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/limit"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// Config is what a [Door] needs.
type Config struct {
	// Policy decides. It is compiled once and asked nowhere else.
	Policy *access.Policy
	// ReadOnly is the switch for a bad day: nothing that changes anything is run.
	ReadOnly bool
	// Harmless says whether a tool changes nothing. nil = those of the group read.
	Harmless func(tool string) bool
	// ToolFor names the tool under whose rule a message falls that is no call of a tool: reading a resource gives what
	// some tool gives. name is the URI of resources/read; params is nil before the MCP server has parsed them. Empty =
	// the method's rule in the table is enough. nil = empty.
	ToolFor func(method, name string, params mcp.Params) string
	// Before is called before a tool that changes something is run; where it fails, the tool is not. nil = nothing is.
	Before func(c *call.Call) error
	// Attempt is the id by which people tell their administrator of what they were refused; nil = there is none.
	Attempt func(c *call.Call) string
	// Limits say how much people may do of what they may. nil = as much as they like.
	Limits *limit.Limiter
}

// Door admits calls.
type Door struct {
	cfg        Config
	groups     map[string]access.Group
	challenges *challenges
}

// New makes a door. What previous remembers of challenges goes on; previous may be nil.
func New(cfg Config, previous *Door) *Door {
	d := &Door{cfg: cfg, groups: map[string]access.Group{}}
	for _, t := range cfg.Policy.Tools() {
		d.groups[t.Name] = t.Group
	}
	if previous != nil {
		d.challenges = previous.challenges
	} else {
		d.challenges = newChallenges()
	}
	return d
}

// Challenge names the scopes to ask a client for before a message is served; nil = serve it. Only scopes can be
// asked for over HTTP: whatever else is wanting is said in the answer to the message.
//
// MCP 2026-07-28, basic/authorization: "When a client makes a request with an access token with insufficient scope
// during runtime operations, the server SHOULD respond with:"
// MCP 2026-07-28, basic/authorization: "servers SHOULD include the scopes needed to satisfy the current operation in
// the scope parameter, consistent with RFC 6750 Section 3.1."
// MCP 2026-07-28, basic/authorization: "servers SHOULD include all scopes required for the current operation in a
// single challenge."
func (d *Door) Challenge(c *call.Call, method, name string) []string {
	tool := name
	switch method {
	case methodCall:
	case "resources/read":
		tool = d.toolFor(method, name, nil)
		c.Tool = tool
	default:
		// Lists and completions offer less to those who may do less; nobody is sent to sign in for them.
		return nil
	}
	if tool == "" || d.closed(tool) {
		return nil
	}
	decision := d.cfg.Policy.Decide(c.Principal, access.Request{Tool: tool})
	if decision.Verdict == access.Allow {
		d.challenges.met(c.Principal)
	}
	if decision.Verdict != access.StepUp || !d.challenges.may(c.Principal, decision.Missing) {
		return nil
	}
	c.Decided(call.Reason(decision.Code), "")
	c.End(call.InsufficientScope, call.Reason(decision.Code), "asked for: "+strings.Join(decision.Scopes, " "))
	return decision.Scopes
}

// Visible is the set of tools that somebody sees.
//
// MCP 2026-07-28, server/tools: "Servers that declare the tools capability MUST respond to tools/list requests with
// the set of tools currently available to the requesting client."
func (d *Door) Visible(pr *token.Principal) access.Set { return d.cfg.Policy.Visible(pr) }

// NoAccess says in words why somebody sees no tool at all; empty = they see some.
func (d *Door) NoAccess(pr *token.Principal) string { return d.cfg.Policy.NoAccess(pr) }

// May says whether the caller may do what a tool does, to a document where it is known; for what a tool or a
// resource finds out on its way. The error is a sentence for the person.
func (d *Door) May(ctx context.Context, tool, doc string) error {
	c := call.From(ctx)
	if c == nil {
		return errors.New("nobody is signed in")
	}
	if _, known := d.groups[tool]; !known {
		return fmt.Errorf("there is no tool %s", tool)
	}
	if _, words := d.judge(c, access.Request{Tool: tool, Doc: doc}); words != "" {
		return errors.New(words)
	}
	return nil
}

// Might is [Door.May] for what an answer may offer as the next call: it is asked, not done, and nothing is noted.
func (d *Door) Might(ctx context.Context, tool, doc string) error {
	return d.might(call.From(ctx), access.Request{Tool: tool, Doc: doc})
}

func (d *Door) might(c *call.Call, request access.Request) error {
	if c == nil {
		return errors.New("nobody is signed in")
	}
	if _, known := d.groups[request.Tool]; !known {
		return fmt.Errorf("there is no tool %s", request.Tool)
	}
	if _, words := d.words(d.cfg.Policy.Decide(c.Principal, request), request); words != "" {
		return errors.New(words)
	}
	return nil
}

// judge decides and notes the decision. The words are for the person; none = they may. A tool that the catalogue
// does not know is left to the MCP server, which has the protocol's own error for it.
func (d *Door) judge(c *call.Call, request access.Request) (code call.Reason, words string) {
	decision := d.cfg.Policy.Decide(c.Principal, request)
	code, words = d.words(decision, request)
	c.WouldDecide(request.Doc, decision.DryRun)
	switch {
	case decision.Verdict == access.UnknownTool:
	case words == "":
		c.Decided(code, decision.Grant)
	default:
		c.Decided(code, "")
	}
	return code, words
}

// words are those of a decision; see [Door.judge].
func (d *Door) words(decision access.Decision, request access.Request) (code call.Reason, words string) {
	code, words = call.Reason(decision.Code), decision.Reason
	switch decision.Verdict {
	case access.UnknownTool:
		return code, ""
	case access.Allow:
		if !d.closed(request.Tool) {
			return code, ""
		}
		code, words = call.ReadOnly, request.Tool+" was not run: this gateway is read-only at the moment. "+
			"Reading works; ask your administrator when changes are possible again."
	case access.StepUp:
		if d.closed(request.Tool) {
			return call.ReadOnly, request.Tool + " was not run: this gateway is read-only at the moment."
		}
		words = stillMissing(decision)
		if request.Doc != "" {
			// No challenge was for this document: whether it exists is not told before.
			words = request.Tool + " was not run: on this document it needs the " + plural("scope", decision.Missing) +
				", which your sign-in lacks. Sign in again to get it, or ask your administrator."
		}
	}
	return code, words
}

// stillMissing words a lack of scopes that no challenge is going to mend: they were asked for before, or the message
// was read differently over HTTP.
func stillMissing(decision access.Decision) string {
	return "Your sign-in lacks the " + plural("scope", decision.Missing) +
		". The client was asked to sign in again to get it. If you have done that, your identity provider does not " +
		"grant it to you or to this application: ask your administrator."
}

// plural is "scope a", "scopes a and b".
func plural(noun string, names []string) string {
	if len(names) == 1 {
		return noun + " " + names[0]
	}
	return noun + "s " + strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// closed says whether the read-only switch keeps a tool from running.
func (d *Door) closed(tool string) bool {
	return d.cfg.ReadOnly && !d.harmless(tool)
}

func (d *Door) harmless(tool string) bool {
	if d.cfg.Harmless != nil {
		return d.cfg.Harmless(tool)
	}
	return d.groups[tool] == access.Read
}

func (d *Door) toolFor(method, name string, params mcp.Params) string {
	if d.cfg.ToolFor == nil {
		return ""
	}
	return d.cfg.ToolFor(method, name, params)
}
