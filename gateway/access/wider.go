package access

import (
	"fmt"
	"slices"
	"strings"
)

// wider warns of grants whose documents or hidden columns do nothing, because another one gives the same people more:
// grants add up. Scopes that anybody can ask for count as held, since clients ask for all of them.
func (c *compiler) wider() {
	for n := range c.policy.grants {
		g := &c.policy.grants[n]
		if g.dryRun || g.docs == nil && len(g.hide) == 0 {
			continue
		}
		for m := range c.policy.grants {
			w := &c.policy.grants[m]
			if m == n || w.dryRun || !c.includes(w, g) {
				continue
			}
			if g.docs != nil && w.docs == nil && !w.tools.and(g.tools).empty() {
				c.warn(fmt.Sprintf("access[%d].docs", n), "access[%d] gives the same people %s in every document, and grants "+
					"add up, so docs limits nothing there; remove that from the other grant, or limit it too", m,
					c.toolsOf(w.tools.and(g.tools)))
			}
			if len(g.hide) > 0 && g.reads && w.reads && len(w.hide) == 0 && within(g.docs, w.docs) {
				c.warn(fmt.Sprintf("access[%d].hide", n), "access[%d] shows the same people the same documents without hiding "+
					"anything, and grants add up, so nothing is hidden; add hide there too", m)
			}
		}
	}
}

func (c *compiler) toolsOf(b bitset) string {
	if b.len() > 3 {
		return fmt.Sprintf("%d of its tools", b.len())
	}
	var names []string
	for i := range b.all() {
		names = append(names, c.policy.tools[i].Name)
	}
	return list(names, "and")
}

// includes tells whether all who meet the conditions of a grant meet those of a wider one, or can by asking for scopes.
func (c *compiler) includes(wider, narrow *grant) bool {
	s := &c.policy.scopes
	var own bitset
	for i := range narrow.scopes.all() {
		own = own.or(s.closure[i])
	}
	if !wider.scopes.without(own).without(s.reachable).empty() {
		return false
	}
	w, n := &wider.when, &narrow.when
	byDomain := func(list []string) bool {
		return len(n.Emails) > 0 && !slices.ContainsFunc(n.Emails, func(e string) bool { return !anyFold(list, domain(e)) })
	}
	onlyIssuer := len(c.cfg.Issuers) == 1 && slices.Contains(w.Issuers, c.cfg.Issuers[0])
	return subset(n.Roles, w.Roles, false) && subset(n.Groups, w.Groups, false) && subset(n.Subjects, w.Subjects, false) &&
		subset(n.Emails, w.Emails, true) && (subset(n.EmailDomains, w.EmailDomains, true) || byDomain(w.EmailDomains)) &&
		subset(n.ClientIDs, w.ClientIDs, false) && (onlyIssuer || subset(n.Issuers, w.Issuers, false)) &&
		(len(w.Claims) == 0 || w.Claims.Describe() == n.Claims.Describe())
}

// subset tells whether a condition that names some values includes one that names others; none named = all.
func subset(narrow, wider []string, fold bool) bool {
	if len(wider) == 0 {
		return true
	}
	return len(narrow) > 0 && !slices.ContainsFunc(narrow, func(v string) bool {
		return !slices.ContainsFunc(wider, func(o string) bool { return o == v || fold && strings.EqualFold(o, v) })
	})
}

// within tells whether a grant's documents are among another's, as far as the file alone tells.
func within(narrow, wider *Docs) bool {
	if wider == nil || narrow == nil {
		return wider == nil
	}
	return subset(narrow.IDs, append([]string{""}, wider.IDs...), false) == (len(narrow.IDs) > 0) &&
		subset(narrow.Folders, append([]string{""}, wider.Folders...), false) == (len(narrow.Folders) > 0) &&
		subset(narrow.Workspaces, append([]string{""}, wider.Workspaces...), false) == (len(narrow.Workspaces) > 0)
}
