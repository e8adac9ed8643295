package access

import (
	"math/bits"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// fitter finds the few grants of a long list that can be somebody's: sets of grants by the values that they ask for,
// so that most of those of others are never looked at. What it lets through is looked at as before; it holds back
// nothing that a look would let through.
type fitter struct {
	// tools are the grants of each tool, by its place in the catalogue.
	tools []grants
	// kinds are the conditions that go by comparing a value.
	kinds []kindOfCondition
}

// kindOfCondition knows which grants ask for a value, and which for none of its kind.
type kindOfCondition struct {
	kind condition
	none grants
	by   map[string]grants
}

const (
	// fewGrants are looked at as fast as they are sifted.
	fewGrants = 8
	// mostFitted bounds the grants that are sifted: a set of them costs no allocation. The rest is looked at one by one.
	mostFitted = 256
	// longestFolded bounds the values that are compared without regard to case.
	longestFolded = 256
)

// fitting is a set of the first grants.
type fitting [mostFitted / 64]uint64

func (f *fitting) add(g grants) {
	for i := range min(len(f), len(g)) {
		f[i] |= g[i]
	}
}

// word is a part of the set, in which all are that are not sifted.
func (f *fitting) word(i int) uint64 {
	if i < len(f) {
		return f[i]
	}
	return ^uint64(0)
}

// newFitter makes the sets; nil where it would not be worth while.
func newFitter(list []grant, tools int) *fitter {
	if len(list) <= fewGrants {
		return nil
	}
	x := &fitter{tools: make([]grants, tools)}
	for tool := range tools {
		x.tools[tool] = newGrants(len(list))
		for i := range list {
			if list[i].tools.has(tool) {
				x.tools[tool].add(i)
			}
		}
	}
	for _, kind := range []condition{byGroup, byRole, bySubject, byClient, byIssuer, byEmail, byDomain} {
		k := kindOfCondition{kind: kind}
		if k.compile(list) {
			x.kinds = append(x.kinds, k)
		}
	}
	return x
}

// compile sorts the grants by what they ask for, and tells whether any asks for something.
func (k *kindOfCondition) compile(list []grant) bool {
	k.none, k.by = newGrants(len(list)), map[string]grants{}
	for i := range list {
		wants := k.wants(&list[i].when)
		if len(wants) == 0 {
			k.none.add(i)
		}
		for _, value := range wants {
			if k.by[value] == nil {
				k.by[value] = newGrants(len(list))
			}
			k.by[value].add(i)
		}
	}
	return len(k.by) > 0
}

// wants are the values that a grant asks for.
func (k *kindOfCondition) wants(w *When) []string {
	switch k.kind {
	case byGroup:
		return w.Groups
	case byRole:
		return w.Roles
	case bySubject:
		return w.Subjects
	case byClient:
		return w.ClientIDs
	case byIssuer:
		return w.Issuers
	case byEmail:
		return folded(w.Emails)
	case byDomain:
		return folded(w.EmailDomains)
	}
	return nil
}

// of adds the grants that somebody's values bring.
func (k *kindOfCondition) of(pr *token.Principal, f *fitting) {
	switch k.kind {
	case byGroup:
		k.any(pr.Groups, f)
	case byRole:
		k.any(pr.Roles, f)
	case bySubject:
		f.add(k.by[pr.Subject])
	case byClient:
		f.add(k.by[pr.ClientID])
	case byIssuer:
		f.add(k.by[pr.Issuer])
		f.add(k.by[pr.Configured])
	case byEmail:
		k.folded(pr.Email, f)
	case byDomain:
		k.folded(domain(pr.Email), f)
	}
}

func (k *kindOfCondition) any(values []string, f *fitting) {
	for _, value := range values {
		f.add(k.by[value])
	}
}

// folded is any for one value, without regard to ASCII case.
func (k *kindOfCondition) folded(value string, f *fitting) {
	if len(value) > longestFolded {
		for _, g := range k.by {
			f.add(g)
		}
		return
	}
	var buf [longestFolded]byte
	for i := range len(value) {
		buf[i] = lower(value[i])
	}
	f.add(k.by[string(buf[:len(value)])])
}

func folded(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		b := []byte(s)
		for j := range b {
			b[j] = lower(b[j])
		}
		out[i] = string(b)
	}
	return out
}

// fit is a set in which all grants are that can be somebody's. It costs no allocation.
func (p *Policy) fit(pr *token.Principal) (all fitting) {
	for i := range all {
		all[i] = ^uint64(0)
	}
	if p.fitter == nil {
		return all
	}
	for i := range p.fitter.kinds {
		k := &p.fitter.kinds[i]
		var some fitting
		some.add(k.none)
		k.of(pr, &some)
		for w := range all {
			all[w] &= some[w]
		}
	}
	return all
}

// forTool leaves those that allow a tool.
func (p *Policy) forTool(f fitting, tool int) fitting {
	if p.fitter == nil {
		return f
	}
	var some fitting
	some.add(p.fitter.tools[tool])
	for w := range f {
		f[w] &= some[w]
	}
	return f
}

// fitted walks over candidates that are in a set, too.
func (c candidates) fitted(f *fitting, yield func(i int) bool) {
	for w := range c.from {
		m := c.from[w] & (c.one.word(w) | c.two.word(w) | c.three.word(w)) & f.word(w)
		for ; m != 0; m &= m - 1 {
			if !yield(w*64 + bits.TrailingZeros64(m)) {
				return
			}
		}
	}
}
