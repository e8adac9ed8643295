package access

import "iter"

// Set is a set of tools of one [Policy]. It is a value: sets of the same policy can be compared with == and serve as
// keys of a map.
type Set struct {
	policy *Policy
	tools  bitset
}

// Contains tells whether the tool is in the set.
func (s Set) Contains(tool string) bool {
	if s.policy == nil {
		return false
	}
	i, ok := s.policy.index[tool]
	return ok && s.tools.has(i)
}

// Len is the number of tools in the set.
func (s Set) Len() int { return s.tools.len() }

// All yields the tools sorted by name.
func (s Set) All() iter.Seq[Tool] {
	return func(yield func(Tool) bool) {
		for i := range s.tools.all() {
			if !yield(s.policy.tools[i]) {
				return
			}
		}
	}
}
