package claims

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Requirements maps a claim [Path] as written to its accepted values (string, bool or json.Number).
// A requirement holds when the claim has, or as a list contains, one of them; all must hold.
type Requirements map[string][]any

// Holds reports whether claims meet all requirements, and otherwise the first path, in alphabetical order, that
// fails. Who asks again and again compiles them first.
func (r Requirements) Holds(claims map[string]any) (ok bool, failing string) {
	return r.Compile().Holds(claims)
}

// CompiledRequirements are [Requirements] with their paths taken apart. The zero value requires nothing.
type CompiledRequirements struct {
	list []requirement // by path, in alphabetical order
}

// Roots are the top-level claims that the requirements look at, in alphabetical order.
func (c CompiledRequirements) Roots() []string {
	var roots []string
	for i := range c.list {
		if root := c.list[i].path.Root(); root != "" {
			roots = append(roots, root)
		}
	}
	slices.Sort(roots)
	return slices.Compact(roots)
}

type requirement struct {
	path     Path // the zero Path, where the text is none, leads nowhere
	text     string
	accepted []any // string, bool or json.Number
}

// Compile prepares the requirements for many uses. One whose path cannot be parsed never holds; Validate tells.
func (r Requirements) Compile() CompiledRequirements {
	var c CompiledRequirements
	for _, text := range slices.Sorted(maps.Keys(r)) {
		path, _ := ParsePath(text)
		q := requirement{path: path, text: text, accepted: slices.Clone(r[text])}
		for i, v := range q.accepted {
			switch v.(type) {
			case int, int64, uint64, float64:
				q.accepted[i] = json.Number(fmt.Sprint(v))
			}
		}
		c.list = append(c.list, q)
	}
	return c
}

// Holds is [Requirements.Holds] without an allocation.
func (c CompiledRequirements) Holds(claims map[string]any) (ok bool, failing string) {
	for i := range c.list {
		if q := &c.list[i]; !q.holds(claims) {
			return false, q.text
		}
	}
	return true, ""
}

func (q *requirement) holds(claims map[string]any) bool {
	got, ok := q.path.Lookup(claims)
	if !ok {
		return false
	}
	list, isList := got.([]any)
	if !isList {
		return q.accepts(got)
	}
	return slices.ContainsFunc(list, q.accepts)
}

func (q *requirement) accepts(got any) bool {
	return slices.ContainsFunc(q.accepted, func(want any) bool { return sameValue(got, want) })
}

// Validate reports paths that cannot be parsed, requirements without a value and values of other kinds.
func (r Requirements) Validate() error {
	var errs []error
	for _, text := range slices.Sorted(maps.Keys(r)) {
		if _, err := ParsePath(text); err != nil {
			errs = append(errs, err)
			continue
		}
		if len(r[text]) == 0 {
			errs = append(errs, fmt.Errorf("claim %s has no accepted value, so it could never hold", Quote(text)))
		}
		for _, v := range r[text] {
			switch v.(type) {
			case string, bool, json.Number, int, int64, uint64, float64:
			default:
				errs = append(errs, fmt.Errorf("claim %s: an accepted value is a string, a boolean or a number, "+
					"not %T", Quote(text), v))
			}
		}
	}
	return errors.Join(errs...)
}

// sameValue compares a claim with an accepted value, compiled. A string is never equal to a number or a boolean.
func sameValue(got, want any) bool {
	switch g := got.(type) {
	case string:
		w, ok := want.(string)
		return ok && g == w
	case bool:
		w, ok := want.(bool)
		return ok && g == w
	case json.Number:
		w, ok := want.(json.Number)
		if !ok {
			return false
		}
		if g == w {
			return true
		}
		a, errA := strconv.ParseFloat(string(g), 64)
		b, errB := strconv.ParseFloat(string(w), 64)
		return errA == nil && errB == nil && a == b && a < maxExactFloat && a > -maxExactFloat
	}
	return false
}
