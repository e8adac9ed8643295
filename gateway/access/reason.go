package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// remedy is what would let a person do something that scopes alone cannot.
type remedy struct {
	// roles and groups would each do alone; both lists are sorted, so that the order of grants does not show.
	roles, groups []string
	// together are the roles and groups of grants that want one of each.
	together []string
	// unreachable are scopes that nobody can ask for.
	unreachable []string
	// client is set where the same person could through another client.
	client bool
}

// maxNames bounds how many roles or groups a reason lists.
const maxNames = 5

// explain says why a tool is denied, and what to do about it. Roles, groups and scopes are named, since they are what
// an administrator is asked for; addresses, subjects, domains, clients and claim values are not, since they belong to
// others.
func (p *Policy) explain(pr *token.Principal, held bitset, tool int, among candidates) (code, reason string) {
	t := p.tools[tool]
	var only bitset
	only.add(tool)
	code, cure := p.cure(pr, held, only, among)
	if code == CodeNoGrant {
		cure = "No access rule of this gateway allows it to anyone; ask your administrator if you need it."
	}
	visible := p.Visible(pr)
	if visible.Len() == 0 {
		return code, "You are signed in, but no access rule of this gateway applies to your account, so " + t.Name +
			" was not run. " + cure
	}
	may, same := p.verbs(visible)
	if same[t.Group] {
		return code, "Your account may " + may + ", but it may not use " + t.Name + ". " + cure
	}
	return code, "Your account may " + may + " but not " + verb(t.Group) + ", so " + t.Name + " was not run. " + cure
}

// NoAccess explains to a person who may call nothing (see [Policy.HasAny]) why, and what to do. It is empty for others.
func (p *Policy) NoAccess(pr *token.Principal) string {
	if pr == nil || p.HasAny(pr) {
		return ""
	}
	var every bitset
	for i := range p.tools {
		every.add(i)
	}
	_, cure := p.cure(pr, p.scopes.held(pr.Scopes), every, p.territory.holding(p.territory.all, ""))
	return "You are signed in, but no access rule of this gateway applies to your account, so there are no tools for " +
		"you. " + cure
}

// cure looks for the grant that is nearest to the principal among those that allow any of the tools.
func (p *Policy) cure(pr *token.Principal, held, tools bitset, among candidates) (code, cure string) {
	var r remedy
	grants := 0
	for g := range among.each {
		gr := &p.grants[g]
		if gr.tools.and(tools).empty() {
			continue
		}
		grants++
		unreachable := gr.scopes.without(held).without(p.scopes.reachable)
		switch failing := gr.failing(pr); {
		case !unreachable.empty():
			if failing == 0 {
				for s := range unreachable.all() {
					r.unreachable = append(r.unreachable, p.scopes.names[s])
				}
			}
		case failing == byRole:
			r.roles = append(r.roles, gr.when.Roles...)
		case failing == byGroup:
			r.groups = append(r.groups, gr.when.Groups...)
		case failing == byRole|byGroup:
			r.together = append(r.together, "the "+oneOf("role", gr.when.Roles)+" together with the "+oneOf("group",
				gr.when.Groups))
		case failing == byClient:
			r.client = true
		}
	}
	if grants == 0 {
		return CodeNoGrant, "No access rule of this gateway allows anything to anyone; ask your administrator."
	}
	if pr.GroupsOverage && len(r.groups)+len(r.together) > 0 {
		return CodeGroupsAbsent, "You are in more groups than fit into a sign-in, so this gateway gets none of them. " +
			"Ask your administrator to have the identity provider send only the groups of this application, or roles."
	}
	return r.words()
}

func (r *remedy) words() (code, cure string) {
	var ask []string
	if len(r.roles) > 0 {
		ask = append(ask, "the "+oneOf("role", r.roles))
	}
	if len(r.groups) > 0 {
		ask = append(ask, "the "+oneOf("group", r.groups))
	}
	if len(ask) == 0 {
		slices.Sort(r.together)
		ask = r.together[:min(len(r.together), 1)]
	}
	switch {
	case len(ask) > 0:
		return CodeRoleMissing, "Ask your administrator for " + strings.Join(ask, " or ") + "."
	case r.client:
		return CodeNotAllowed, "The application that you signed in with may not do this; use another one, or ask your " +
			"administrator to allow it."
	case len(r.unreachable) > 0:
		return CodeUnreachable, fmt.Sprintf("It needs the %s, which applications cannot ask for here; ask your "+
			"administrator.", oneOf("scope", r.unreachable))
	default:
		return CodeNotAllowed, "Ask your administrator for an access rule that includes your account."
	}
}

// oneOf returns "role a" or "role a, b or c", sorted and without repetition.
func oneOf(noun string, names []string) string {
	names = slices.Clone(names)
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) > maxNames {
		return noun + " " + strings.Join(names[:maxNames], ", ") + " or another that it knows"
	}
	return noun + " " + list(names, "or")
}

// verbs says in words what the groups of the visible tools let a person do.
func (p *Policy) verbs(visible Set) (string, map[Group]bool) {
	has := map[Group]bool{}
	for t := range visible.All() {
		has[t.Group] = true
	}
	var words []string
	for _, g := range groups {
		if has[g] {
			words = append(words, verb(g))
		}
	}
	return list(words, "and"), has
}

func verb(g Group) string {
	switch g {
	case Destructive:
		return "delete"
	case Effects:
		return "push buttons"
	case Admin:
		return "administer"
	default:
		return string(g)
	}
}

// list joins words as a sentence does: a, b or c.
func list(words []string, last string) string {
	n := len(words)
	if n < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:n-1], ", ") + " " + last + " " + words[n-1]
}
