package access

import (
	"cmp"
	"slices"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// scopeTable knows every scope of the policy. Supported scopes come first, in their configured order, so that ascending
// bits are the order in which scopes are published.
type scopeTable struct {
	names     []string
	index     map[string]int
	supported []string
	// closure of a scope is itself and all that it implies.
	closure []bitset
	// reachable is what a person could hold by asking for all supported scopes.
	reachable bitset
}

// held is what the scopes of a token amount to. Scopes that the policy does not know count for nothing.
//
// MCP 2026-07-28, basic/authorization: "Servers MUST account for scope hierarchies, where a broader scope implies
// narrower ones, when deciding whether a token is sufficient for an operation."
func (t *scopeTable) held(scopes []string) bitset {
	var b bitset
	for _, s := range scopes {
		if i, ok := t.index[s]; ok {
			b = b.or(t.closure[i])
		}
	}
	return b
}

// isSupported tells whether the scope may be asked for.
func (t *scopeTable) isSupported(i int) bool { return i < len(t.supported) }

// AnyReachable tells whether somebody who asks for all supported scopes meets those of a grant.
func (p *Policy) AnyReachable() bool {
	return slices.ContainsFunc(p.grants, func(g grant) bool { return g.scopes.without(p.scopes.reachable).empty() })
}

// challenge lists those of the token's scopes that are supported, and the ones to add.
//
// MCP 2026-07-28, basic/authorization: "Servers SHOULD be consistent in their scope inclusion strategy to provide
// predictable behavior for clients."
func (t *scopeTable) challenge(own []string, add bitset) []string {
	for _, s := range own {
		if i, ok := t.index[s]; ok && t.isSupported(i) {
			add.add(i)
		}
	}
	out := make([]string, 0, add.len())
	for i := range add.all() {
		out = append(out, t.names[i])
	}
	return out
}

// step is a set of supported scopes to ask for, and what it costs.
type step struct {
	scopes bitset
	powers int // how many scopes the token would amount to more
}

// less orders steps: first what gives away least, then what asks for least, then the order of the scopes.
func (a step) less(b step) bool {
	if c := cmp.Or(cmp.Compare(a.powers, b.powers), cmp.Compare(a.scopes.len(), b.scopes.len())); c != 0 {
		return c < 0
	}
	for i := range a.scopes.without(b.scopes).all() {
		for j := range b.scopes.without(a.scopes).all() {
			return i < j
		}
	}
	return false
}

// smallestStep is the least that a token has to gain for the tool, if scopes alone can do it with one of the grants.
func (p *Policy) smallestStep(pr *token.Principal, held bitset, tool int, among candidates) (bitset, bool) {
	var best step
	found := false
	for g := range among.each {
		gr := &p.grants[g]
		missing := gr.scopes.without(held)
		if !gr.tools.has(tool) || !missing.without(p.scopes.reachable).empty() || !gr.admits(pr) {
			continue
		}
		if s := p.scopes.cover(missing, held); !found || s.less(best) {
			best, found = s, true
		}
	}
	return best.scopes, found
}

// maxCoverNodes bounds the search for a cover; only a configuration made for it comes near, and then the best cover
// found so far is taken.
const maxCoverNodes = 4096

// cover finds the smallest set of supported scopes that amounts to the missing ones, all of which are reachable.
//
// A missing scope that is supported must be gained itself, directly or through another one that implies it; of those
// that are not, each is reached by a supported scope that implies it and no smaller one that does. With the scopes that
// need a choice first, and implying scopes before implied ones, what remains to branch over is next to nothing. What
// another chosen scope implies is left out in the end.
func (t *scopeTable) cover(missing, held bitset) step {
	order := slices.Collect(missing.all())
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(
			cmp.Compare(boolInt(t.isSupported(a)), boolInt(t.isSupported(b))),
			cmp.Compare(t.closure[b].len(), t.closure[a].len()),
			cmp.Compare(a, b))
	})
	var best step
	found, nodes := false, 0
	var search func(chosen, gained bitset)
	search = func(chosen, gained bitset) {
		nodes++
		if found && nodes > maxCoverNodes {
			return
		}
		i := slices.IndexFunc(order, func(s int) bool { return !gained.has(s) })
		if i < 0 {
			s := step{scopes: t.withoutImplied(chosen), powers: gained.without(held).len()}
			if !found || s.less(best) {
				best, found = s, true
			}
			return
		}
		for _, s := range t.lowestAbove(order[i]) {
			next := chosen
			next.add(s)
			search(next, gained.or(t.closure[s]))
		}
	}
	search(bitset{}, bitset{})
	return best
}

// lowestAbove lists the supported scopes that imply s, less those that imply another one of them.
func (t *scopeTable) lowestAbove(s int) []int {
	if t.isSupported(s) {
		return []int{s}
	}
	var all []int
	for i := range t.supported {
		if t.closure[i].has(s) {
			all = append(all, i)
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(i int) bool {
		return slices.ContainsFunc(all, func(j int) bool { return j != i && t.closure[i].has(j) })
	})
}

// withoutImplied drops the scopes that others of the set imply.
func (t *scopeTable) withoutImplied(set bitset) bitset {
	var implied bitset
	for s := range set.all() {
		above := t.closure[s]
		above[s/64] &^= 1 << (s % 64)
		implied = implied.or(above)
	}
	return set.without(implied)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
