package access

import (
	"slices"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// Policy is a compiled [Config]. It is immutable and safe for concurrent use.
type Policy struct {
	tools    []Tool // sorted by name; a tool's place is its bit
	index    map[string]int
	scopes   scopeTable
	initial  []string
	grants   []grant
	warnings []Problem
}

// Claims are the top-level claims that the policy decides by, in alphabetical order; never nil.
func (p *Policy) Claims() []string {
	roots := []string{}
	for i := range p.grants {
		roots = append(roots, p.grants[i].claims.Roots()...)
	}
	slices.Sort(roots)
	return slices.Compact(roots)
}

// Verdict is the outcome of [Policy.Decide].
type Verdict int

// The verdicts. The zero value denies.
const (
	// Deny: no scope would help; Decision.Reason tells the person what would.
	Deny Verdict = iota
	// Allow: the call may go ahead.
	Allow
	// StepUp: only scopes are wanting; Decision.Scopes is what to ask for.
	StepUp
	// UnknownTool: the catalogue has no such tool.
	UnknownTool
)

// String returns the verdict's name in logs.
func (v Verdict) String() string {
	switch v {
	case Allow:
		return "allow"
	case StepUp:
		return "step_up"
	case UnknownTool:
		return "unknown_tool"
	default:
		return "deny"
	}
}

// Decision is what a policy says of one call.
type Decision struct {
	Verdict Verdict
	// Scopes is set for StepUp: those of the token's scopes that are supported, and the smallest set that is missing,
	// in the order of Config.Supported. The old ones are there because clients ask for exactly what a challenge
	// names.
	Scopes []string
	// Missing is set for StepUp: those of Scopes that the token lacks.
	Missing []string
	// Reason is set for Deny: a sentence or two for the person and the model, without a secret of the policy (no
	// other person's address, no claim value).
	Reason string
	// Code names the outcome in logs and metrics; one of the Code constants.
	Code string
	// Grant is set for Allow: which of Config.Grants it was, as in access[0].
	Grant string
}

// The codes of decisions.
const (
	CodeAllowed      = "allowed"
	CodeUnknownTool  = "unknown_tool"
	CodeScopeMissing = "scope_missing" // StepUp
	CodeNoPrincipal  = "no_principal"
	CodeNoGrant      = "no_grant"          // no grant allows this tool to anyone
	CodeRoleMissing  = "role_missing"      // a role or a group would help
	CodeNotAllowed   = "not_allowed"       // another condition (subject, e-mail, client, issuer, claim) is not met
	CodeUnreachable  = "scope_unreachable" // a scope is missing that cannot be asked for
	CodeGroupsAbsent = "groups_overage"    // a group would help, and the token had no room for the person's groups
)

// Request is what somebody wants to do.
type Request struct {
	// Tool is the tool's name.
	Tool string
	// Doc is the Coda document that it is to be done to; empty where that is not known yet. No grant is limited to
	// documents so far, so that it decides nothing.
	Doc string
}

// Decide says whether the principal may do that. An allowed call costs no allocation.
func (p *Policy) Decide(pr *token.Principal, request Request) Decision {
	i, ok := p.index[request.Tool]
	if !ok {
		return Decision{Verdict: UnknownTool, Code: CodeUnknownTool}
	}
	if pr == nil {
		return Decision{Verdict: Deny, Code: CodeNoPrincipal, Reason: "Nobody is signed in."}
	}
	held := p.scopes.held(pr.Scopes)
	for g := range p.grants {
		if gr := &p.grants[g]; gr.tools.has(i) && gr.scopes.without(held).empty() && gr.admits(pr) {
			return Decision{Verdict: Allow, Code: CodeAllowed, Grant: gr.name}
		}
	}
	if add, ok := p.smallestStep(pr, held, i); ok {
		if pr.Unattended {
			missing := p.scopes.challenge(nil, add)
			return Decision{Verdict: Deny, Code: CodeUnreachable, Missing: missing,
				Reason: p.tools[i].Name + " was not run: it needs the " + oneOf("scope", missing) + ", which the issuer of this " +
					"token does not give for the asking; give it to this client there, or write an access rule for what its tokens " +
					"carry."}
		}
		return Decision{Verdict: StepUp, Code: CodeScopeMissing,
			Scopes: p.scopes.challenge(pr.Scopes, add), Missing: p.scopes.challenge(nil, add)}
	}
	code, reason := p.explain(pr, held, i)
	return Decision{Verdict: Deny, Code: code, Reason: reason}
}

// Visible is the set of tools that the principal may call now, or could after asking for more of the supported
// scopes. A tool that lacks only a scope stays visible, or nobody would ever ask for it. It costs no allocation.
func (p *Policy) Visible(pr *token.Principal) Set {
	s := Set{policy: p}
	if pr == nil {
		return s
	}
	held := p.scopes.held(pr.Scopes)
	for g := range p.grants {
		gr := &p.grants[g]
		if gr.scopes.without(held).without(p.scopes.reachable).empty() && gr.admits(pr) {
			s.tools = s.tools.or(gr.tools)
		}
	}
	return s
}

// HasAny tells whether the principal may call any tool, now or with more of the supported scopes.
func (p *Policy) HasAny(pr *token.Principal) bool { return !p.Visible(pr).tools.empty() }

// Supported returns the scopes of the protected-resource metadata.
func (p *Policy) Supported() []string { return slices.Clone(p.scopes.supported) }

// Initial returns the scopes of the first challenge.
func (p *Policy) Initial() []string { return slices.Clone(p.initial) }

// Tools returns the catalogue, sorted by name.
func (p *Policy) Tools() []Tool { return slices.Clone(p.tools) }

// Warnings returns what is legal but probably not meant.
func (p *Policy) Warnings() []Problem { return slices.Clone(p.warnings) }

// NeedsScopes tells whether there are grants for tokens of this issuer and every one of them wants a scope: people of
// a provider whose tokens carry no scopes can then do nothing.
func (p *Policy) NeedsScopes(issuer string) bool {
	found := false
	for g := range p.grants {
		gr := &p.grants[g]
		if named := gr.when.Issuers; len(named) > 0 &&
			!slices.ContainsFunc(named, func(url string) bool { return isOf(url, issuer) }) {
			continue
		}
		if gr.scopes.empty() {
			return false
		}
		found = true
	}
	return found
}
