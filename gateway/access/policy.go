package access

import (
	"fmt"
	"slices"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// Policy is a compiled [Config]. It is immutable and safe for concurrent use.
type Policy struct {
	tools   []Tool // sorted by name; a tool's place is its bit
	index   map[string]int
	scopes  scopeTable
	initial []string
	grants  []grant
	// territory knows which grants hold for which documents.
	territory territory
	// fitter sifts a long list of grants; nil = it is short.
	fitter   *fitter
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
	// DryRun says what the grants that are not in force would have decided; empty where there are none.
	DryRun string
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
	CodeDocLimited   = "doc_not_allowed"   // the tool is allowed, but not on this document
	CodeGroupsAbsent = "groups_overage"    // a group would help, and the token had no room for the person's groups
)

// Request is what somebody wants to do.
type Request struct {
	// Tool is the tool's name.
	Tool string
	// Doc is the Coda document that it is to be done to; empty where that is not known yet: then any will do. See [AnyDoc]
	// and [NewDoc].
	Doc string
	// At tells where the document lies; it is asked only where grants for folders or workspaces could decide. nil = nobody
	// knows.
	At func() Place
}

func (r Request) at() Place {
	if r.At == nil {
		return Place{}
	}
	return r.At()
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
	c, by := p.grantFor(pr, held, i, request)
	if by >= 0 {
		return Decision{Verdict: Allow, Code: CodeAllowed, Grant: p.grants[by].name,
			DryRun: p.dryRun(pr, held, i, request)}
	}
	d := p.refusal(pr, held, i, c, request.Doc)
	d.DryRun = p.dryRun(pr, held, i, request)
	return d
}

// grantFor looks for a grant that allows it, -1 for none, and tells which ones hold for the document.
func (p *Policy) grantFor(pr *token.Principal, held bitset, tool int, request Request) (candidates, int) {
	t, fit := &p.territory, p.forTool(p.fit(pr), tool)
	c := t.holding(t.all, request.Doc)
	by := p.allows(pr, held, tool, c, &fit)
	if by >= 0 || request.Doc == "" || request.Doc == AnyDoc || len(t.folders)+len(t.workspaces) == 0 {
		return c, by
	}
	depends := false
	candidates{from: t.all, one: t.placeable}.fitted(&fit, func(n int) bool {
		g := &p.grants[n]
		depends = g.tools.has(tool) && g.admits(pr)
		return !depends
	})
	if !depends {
		return c, by
	}
	placed := t.placed(t.all, request.at())
	by = p.allows(pr, held, tool, placed, &fit)
	if by >= 0 {
		return c, by // what else holds is of use to refusals alone
	}
	return c.both(placed), by
}

// allows is the number of the first grant that allows a tool; -1 for none.
func (p *Policy) allows(pr *token.Principal, held bitset, tool int, c candidates, fit *fitting) int {
	by := -1
	c.fitted(fit, func(n int) bool {
		if g := &p.grants[n]; g.tools.has(tool) && g.scopes.without(held).empty() && g.admits(pr) {
			by = n
		}
		return by < 0
	})
	return by
}

// refusal says what would help.
func (p *Policy) refusal(pr *token.Principal, held bitset, tool int, c candidates, doc string) Decision {
	if add, ok := p.smallestStep(pr, held, tool, c); ok {
		if pr.Unattended {
			missing := p.scopes.challenge(nil, add)
			return Decision{Verdict: Deny, Code: CodeUnreachable, Missing: missing,
				Reason: p.tools[tool].Name + " was not run: it needs the " + oneOf("scope", missing) + ", which clients " +
					"cannot request from the issuer of this token; assign it to this client there, or write an access rule for " +
					"what its tokens carry."}
		}
		return Decision{Verdict: StepUp, Code: CodeScopeMissing,
			Scopes: p.scopes.challenge(pr.Scopes, add), Missing: p.scopes.challenge(nil, add)}
	}
	if doc != "" {
		if _, by := p.grantFor(pr, held, tool, Request{}); by >= 0 {
			return Decision{Verdict: Deny, Code: CodeDocLimited, Reason: p.elsewhere(tool, doc)}
		}
	}
	code, reason := p.explain(pr, held, tool, c)
	return Decision{Verdict: Deny, Code: code, Reason: reason}
}

// elsewhere says of a tool that it may be used, but not on this document.
func (p *Policy) elsewhere(tool int, doc string) string {
	name := p.tools[tool].Name
	switch doc {
	case AnyDoc:
		return name + " was not run: your access is limited to some documents, and this covers the whole account. Ask " +
			"your administrator for wider access."
	case NewDoc:
		return name + " was not run: your access is limited to some documents, and a new one would not be among them. " +
			"Create it in a folder that you have access to, or ask your administrator."
	}
	return name + " was not run: your account may use it, but not on this document. Ask your administrator for an " +
		"access rule that includes the document."
}

// dryRun says what grants that are not in force would do, each alone.
func (p *Policy) dryRun(pr *token.Principal, held bitset, tool int, request Request) string {
	t := &p.territory
	if !t.logged {
		return ""
	}
	var would []string
	for n := range (candidates{from: t.dry, one: t.dry}).each {
		g := &p.grants[n]
		if !g.tools.has(tool) || !g.scopes.without(held).empty() || !g.admits(pr) {
			continue
		}
		one := newGrants(len(p.grants))
		one.add(n)
		in := request.Doc == ""
		for range t.holding(one, request.Doc).each {
			in = true
		}
		if !in && request.Doc != AnyDoc && g.docs != nil && len(g.docs.Folders)+len(g.docs.Workspaces) > 0 {
			for range t.placed(one, request.at()).each {
				in = true
			}
		}
		switch {
		case in && request.Doc == "" && g.docs != nil:
			would = append(would, fmt.Sprintf("access[%d], in its docs alone", n))
		case in:
			would = append(would, fmt.Sprintf("access[%d]", n))
		}
	}
	if len(would) == 0 {
		return "deny"
	}
	return "allow by " + list(would, "and")
}

// Visible is the set of tools that the principal may call now, or could after asking for more of the supported
// scopes. A tool that lacks only a scope stays visible, or nobody would ever ask for it. It costs no allocation.
func (p *Policy) Visible(pr *token.Principal) Set {
	s := Set{policy: p}
	if pr == nil {
		return s
	}
	held, fit := p.scopes.held(pr.Scopes), p.fit(pr)
	candidates{from: p.territory.all, one: p.territory.all}.fitted(&fit, func(n int) bool {
		if g := &p.grants[n]; g.scopes.without(held).without(p.scopes.reachable).empty() && g.admits(pr) {
			s.tools = s.tools.or(g.tools)
		}
		return true
	})
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
		if gr.dryRun {
			continue
		}
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
