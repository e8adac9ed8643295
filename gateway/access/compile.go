package access

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// maxGrantScopes is how many scopes one grant may want; it bounds the search for the smallest step.
const maxGrantScopes = 8

// Compile checks a [Config] whole and makes a [Policy] of it. On failure the error is an [*Errors] with every problem.
func Compile(cfg Config) (*Policy, error) {
	c := compiler{cfg: cfg, policy: &Policy{index: map[string]int{}}}
	c.catalogue()
	c.scopes()
	c.implies()
	c.initial()
	for i, g := range cfg.Grants {
		c.grant(i, g)
	}
	switch {
	case len(cfg.Grants) == 0:
		c.warn("access", "there is no grant, so nobody may call anything")
	case !slices.ContainsFunc(cfg.Grants, func(g Grant) bool { return !g.DryRun }):
		c.warn("access", "every grant has dry_run: true, so nobody may call anything")
	}
	c.policy.territory.compile(c.policy.grants)
	c.policy.fitter = newFitter(c.policy.grants, len(c.policy.tools))
	c.wider()
	c.effects()
	c.impliedKnown()
	if len(c.problems) > 0 {
		return nil, &Errors{Problems: c.problems}
	}
	return c.policy, nil
}

type compiler struct {
	cfg      Config
	policy   *Policy
	problems []Problem
}

func (c *compiler) fail(path, format string, args ...any) {
	c.problems = append(c.problems, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

func (c *compiler) warn(path, format string, args ...any) {
	c.policy.warnings = append(c.policy.warnings, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

func (c *compiler) catalogue() {
	p := c.policy
	p.tools = slices.SortedStableFunc(slices.Values(c.cfg.Tools),
		func(a, b Tool) int { return cmp.Compare(a.Name, b.Name) })
	if len(p.tools) > maxBits {
		c.fail("tools", "%d tools are more than the %d that a policy can hold", len(p.tools), maxBits)
		p.tools = p.tools[:maxBits]
	}
	for i, t := range p.tools {
		switch _, twice := p.index[t.Name]; {
		case twice:
			c.fail("tools", "the tool %q is listed twice", t.Name)
		case t.Name == "" || slices.Contains(groups[:], Group(t.Name)):
			c.fail("tools", "%q cannot be the name of a tool", t.Name)
		case !slices.Contains(groups[:], t.Group):
			c.fail("tools", "the tool %q has the unknown group %q", t.Name, t.Group)
		}
		p.index[t.Name] = i
	}
}

// scopes numbers every scope that the configuration names.
func (c *compiler) scopes() {
	t := &c.policy.scopes
	t.index = map[string]int{}
	for i, s := range c.cfg.Supported {
		path := fmt.Sprintf("scopes.supported[%d]", i)
		if !c.scopeToken(path, s) {
			continue
		}
		if _, twice := t.index[s]; twice {
			c.fail(path, "%q is listed twice", s)
			continue
		}
		switch s {
		case "offline_access":
			c.fail(path, "offline_access is between the client and the identity provider; a resource server must not ask for "+
				"it. Leave it out: clients add it themselves where the provider supports it")
		case "openid":
			c.fail(path, "openid asks for an ID token, which this gateway does not accept, and providers refuse client "+
				"registrations that name it. Leave it out")
		}
		t.index[s] = len(t.names)
		t.names = append(t.names, s)
	}
	t.supported = t.names[:len(t.names):len(t.names)]

	var rest []string
	for s, implied := range c.cfg.Implies {
		rest = append(append(rest, s), implied...)
	}
	for _, g := range c.cfg.Grants {
		rest = append(rest, g.When.Scopes...)
	}
	slices.Sort(rest)
	for _, s := range slices.Compact(rest) {
		if _, known := t.index[s]; !known {
			t.index[s] = len(t.names)
			t.names = append(t.names, s)
		}
	}
	if len(t.names) > maxBits {
		c.fail("scopes", "%d scopes are more than the %d that a policy can hold", len(t.names), maxBits)
		t.names = t.names[:maxBits]
		maps.DeleteFunc(t.index, func(_ string, i int) bool { return i >= maxBits })
	}
}

// scopeToken checks the syntax of RFC 6749 §3.3: scopes are published inside a quoted header parameter.
//
// RFC 6750 §3: "Values for the "scope" attribute (specified in Appendix A.4 of [RFC6749])"
func (c *compiler) scopeToken(path, s string) bool {
	if s == "" {
		c.fail(path, "a scope must not be empty")
		return false
	}
	for _, r := range s {
		if r < 0x21 || r > 0x7e || r == '"' || r == '\\' {
			c.fail(path, "%q is not a scope: only printable ASCII without blanks, quotes and backslashes (RFC 6749 §3.3)", s)
			return false
		}
	}
	return true
}

// implies checks the hierarchy and computes what each scope amounts to.
func (c *compiler) implies() {
	for _, s := range slices.Sorted(maps.Keys(c.cfg.Implies)) {
		path := "scopes.implies." + s
		c.scopeToken(path, s)
		for i, implied := range c.cfg.Implies[s] {
			c.scopeToken(fmt.Sprintf("%s[%d]", path, i), implied)
		}
	}
	t := &c.policy.scopes
	t.closure = make([]bitset, len(t.names))
	done := make([]bool, len(t.names))
	var stack []string
	var visit func(s string) bitset
	visit = func(s string) bitset {
		i, ok := t.index[s]
		if !ok { // beyond the limit, reported above
			return bitset{}
		}
		if done[i] {
			return t.closure[i]
		}
		if at := slices.Index(stack, s); at >= 0 {
			c.fail("scopes.implies."+s, "the scopes imply each other in a circle: %s; remove one of these",
				strings.Join(append(slices.Clone(stack[at:]), s), " -> "))
			return bitset{}
		}
		stack = append(stack, s)
		var b bitset
		b.add(i)
		for _, implied := range c.cfg.Implies[s] {
			b = b.or(visit(implied))
		}
		stack = stack[:len(stack)-1]
		t.closure[i], done[i] = b, true
		return b
	}
	for _, s := range slices.Sorted(maps.Keys(c.cfg.Implies)) {
		visit(s)
	}
	for i, s := range t.names {
		visit(s)
		if t.isSupported(i) {
			t.reachable = t.reachable.or(t.closure[i])
		}
	}
}

func (c *compiler) initial() {
	supported := c.policy.scopes.supported
	for i, s := range c.cfg.Initial {
		path := fmt.Sprintf("scopes.initial[%d]", i)
		switch {
		case !slices.Contains(supported, s):
			c.fail(path, "%q is not among scopes.supported%s", s, c.closeTo(s, supported))
		case slices.Contains(c.cfg.Initial[:i], s):
			c.fail(path, "%q is listed twice", s)
		}
	}
	c.policy.initial = slices.Clone(c.cfg.Initial)
	if len(c.policy.initial) == 0 {
		c.policy.initial = slices.Clone(supported)
	} else if missing := c.policy.scopes.held(supported).
		without(c.policy.scopes.held(c.policy.initial)); !missing.empty() {
		c.warn("scopes.initial", "clients that register themselves (VS Code, MCP Inspector, the TypeScript and Python "+
			"SDKs) register with these scopes only, and providers such as Keycloak then refuse every other scope with "+
			"invalid_scope. Leave scopes.initial empty, unless all clients are registered by hand or by metadata document")
	}
}

func (c *compiler) grant(n int, g Grant) {
	path := fmt.Sprintf("access[%d]", n)
	out := grant{name: path, when: g.When, claims: g.When.Claims.Compile()}
	if conditions(g.When) == 0 {
		c.fail(path+".when", "when must name at least one condition; to allow everyone who is signed in, name the issuer")
	}
	c.when(path+".when.", g.When, &out)
	if len(g.Allow) == 0 {
		c.fail(path+".allow", "allow must name at least one group (read, write, destructive, effects, admin), tool or glob")
	}
	for i, entry := range g.Allow {
		b, problem := c.allowed(entry)
		if problem != "" {
			c.fail(fmt.Sprintf("%s.allow[%d]", path, i), "%s", problem)
		}
		out.tools = out.tools.or(b)
	}
	if out.tools.empty() && len(g.Allow) > 0 && !c.cfg.DefaultGrants && len(c.problems) == 0 {
		c.warn(path+".allow", "no tool of %s is switched on, so this grant allows nothing; add a tool set that has some "+
			"to coda.tool_sets, or remove the grant", list(g.Allow, "or"))
	}
	c.docs(path, g, &out)
	c.policy.grants = append(c.policy.grants, out)
}

// effects warns of files from before buttons and automations were a group of their own: they grant write and mean them
// too.
func (c *compiler) effects() {
	effects, _ := c.allowed(string(Effects))
	if effects.empty() || slices.ContainsFunc(c.policy.grants,
		func(g grant) bool { return !g.tools.and(effects).empty() }) {
		return
	}
	var names []string
	for i := range effects.all() {
		names = append(names, c.policy.tools[i].Name)
	}
	for n, g := range c.cfg.Grants {
		if i := slices.Index(g.Allow, string(Write)); i >= 0 {
			c.warn(fmt.Sprintf("access[%d].allow[%d]", n, i), "write does not include buttons and automations (%s), "+
				"because they may do anything; add effects if people may use them", strings.Join(names, ", "))
			return
		}
	}
}

func conditions(w When) int {
	return len(w.Scopes) + len(w.Roles) + len(w.Groups) + len(w.Subjects) + len(w.Emails) + len(w.EmailDomains) +
		len(w.ClientIDs) + len(w.Issuers) + len(w.Claims)
}

func (c *compiler) when(path string, w When, out *grant) {
	t := &c.policy.scopes
	if len(w.Scopes) > maxGrantScopes {
		c.fail(path+"scopes", "a grant may require at most %d scopes, not %d; all of them must be present at "+
			"once", maxGrantScopes,
			len(w.Scopes))
	}
	for i, s := range w.Scopes {
		at := fmt.Sprintf("%sscopes[%d]", path, i)
		if !c.scopeToken(at, s) {
			continue
		}
		if bit, ok := t.index[s]; ok {
			out.scopes.add(bit)
		}
		c.scopeKnown(at, s)
	}
	for _, message := range invalidRequirements(w.Claims) {
		c.fail(path+"claims", "%s", message)
	}
	for _, l := range []struct {
		name   string
		values []string
	}{
		{"roles", w.Roles}, {"groups", w.Groups}, {"subjects", w.Subjects}, {"emails", w.Emails},
		{"email_domains", w.EmailDomains}, {"client_ids", w.ClientIDs}, {"issuers", w.Issuers},
	} {
		for i, v := range l.values {
			at := fmt.Sprintf("%s%s[%d]", path, l.name, i)
			switch {
			case v == "":
				c.fail(at, "must not be empty")
			case l.name == "emails" && domain(v) == "":
				c.fail(at, "%q is not an e-mail address", v)
			case l.name == "email_domains" && strings.ContainsAny(v, "@*"):
				c.fail(at, "write only the domain, as in example.com, instead of %q: the part after the @; list subdomains "+
					"one by one", v)
			case l.name == "issuers" && len(c.cfg.Issuers) > 0 && !c.knowsIssuer(v):
				c.fail(at, "%q is not the url of a configured issuer%s", v, c.closeTo(v, c.cfg.Issuers))
			}
		}
	}
}

// scopeKnown warns of a scope that nobody is ever asked for, in words for one that is misspelt, most likely, and for
// one that is known and was left out. Default grants know scopes that a file need not have.
func (c *compiler) scopeKnown(path, s string) {
	t := &c.policy.scopes
	if i, ok := t.index[s]; !ok || t.reachable.has(i) || c.cfg.DefaultGrants {
		return
	}
	known := append(slices.Clone(t.supported), slices.Sorted(maps.Keys(c.cfg.Implies))...)
	near := c.closeTo(s, known)
	if _, key := c.cfg.Implies[s]; key {
		near = ""
	}
	c.warn(path, "%q is neither in scopes.supported nor implied by a scope that is: nobody can ask for it, so this "+
		"works only for tokens that carry it already; add it to scopes.supported, or remove it here%s", s, near)
}

// unused tells of a scope that includes others, that nothing wants or asks for, and that is near to one that is.
func (c *compiler) unused(s string) (near string) {
	known := slices.Clone(c.cfg.Supported)
	for _, g := range c.cfg.Grants {
		known = append(known, g.When.Scopes...)
	}
	for _, implied := range c.cfg.Implies {
		known = append(known, implied...)
	}
	if slices.Contains(known, s) {
		return ""
	}
	slices.Sort(known)
	return c.closeTo(s, slices.Compact(known))
}

// impliedKnown warns of a scope that others include, and that nothing asks for or wants.
func (c *compiler) impliedKnown() {
	for _, s := range slices.Sorted(maps.Keys(c.cfg.Implies)) {
		if near := c.unused(s); near != "" {
			c.warn("scopes.implies."+s, "%q is in no grant and not in scopes.supported, so nobody has it%s", s, near)
		}
		for i, implied := range c.cfg.Implies[s] {
			_, key := c.cfg.Implies[implied]
			if key || slices.Contains(c.cfg.Supported, implied) || slices.ContainsFunc(c.cfg.Grants, func(g Grant) bool {
				return slices.Contains(g.When.Scopes, implied)
			}) {
				continue
			}
			known := slices.Clone(c.cfg.Supported)
			for _, g := range c.cfg.Grants {
				known = append(known, g.When.Scopes...)
			}
			slices.Sort(known)
			known = slices.Compact(known)
			if near := c.closeTo(implied, known); near != "" {
				c.warn(fmt.Sprintf("scopes.implies.%s[%d]", s, i), "%q is in no grant and not in scopes.supported, so that "+
					"including it gives nothing%s", implied, near)
			}
		}
	}
}

// knowsIssuer tells of an issuer that is configured, or of one tenant of one that is a template.
func (c *compiler) knowsIssuer(url string) bool {
	return slices.ContainsFunc(c.cfg.Issuers, func(known string) bool { return isOf(url, known) })
}

// isOf tells whether a URL is that of a configured issuer, or of one tenant of it.
func isOf(url, configured string) bool {
	before, after, template := strings.Cut(configured, token.TenantTemplate)
	return url == configured || template && strings.HasPrefix(url, before) && strings.HasSuffix(url, after) &&
		len(url) > len(before)+len(after)
}
