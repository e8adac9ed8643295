package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Path names a claim: a literal top-level key (which may hold dots, colons and slashes), or, when it begins with "/", a
// JSON Pointer (RFC 6901).
type Path struct {
	text string
	keys []string
}

// ParsePath reads a claim path: `https://ns.example/roles`, `cognito:groups`, `/realm_access/roles`. In a JSON Pointer `~1`
// stands for a slash and `~0` for a tilde; any other use of a tilde is an error.
func ParsePath(s string) (Path, error) {
	if s == "" {
		return Path{}, errors.New("an empty claim path names nothing: write a claim's name, or a JSON Pointer such as /realm_access/roles")
	}
	if s[0] != '/' {
		return Path{text: s, keys: []string{s}}, nil
	}
	keys := strings.Split(s[1:], "/")
	if len(keys) > maxDepth {
		return Path{}, fmt.Errorf("claim path %s is deeper than %d", quote(s), maxDepth)
	}
	for i, k := range keys {
		for j := 0; j < len(k); j++ {
			if k[j] != '~' {
				continue
			}
			j++
			if j == len(k) || k[j] != '0' && k[j] != '1' {
				return Path{}, fmt.Errorf("claim path %s: in a JSON Pointer a tilde is written ~0 and a slash ~1 (RFC 6901 §3); %s has another escape", quote(s), quote(k))
			}
		}
		keys[i] = strings.ReplaceAll(strings.ReplaceAll(k, "~1", "/"), "~0", "~")
	}
	return Path{text: s, keys: keys}, nil
}

// String returns the path as it was written.
func (p Path) String() string { return p.text }

// Lookup returns the value at p. A claim whose value is null counts as absent. List elements are reached by index, as in
// `/groups/0`.
func (p Path) Lookup(claims map[string]any) (any, bool) {
	if len(p.keys) == 0 {
		return nil, false
	}
	var v any = claims
	for _, k := range p.keys {
		switch t := v.(type) {
		case map[string]any:
			v = t[k]
		case []any:
			i, err := strconv.ParseUint(k, 10, 31)
			if err != nil || int(i) >= len(t) || k != strconv.FormatUint(i, 10) {
				return nil, false
			}
			v = t[i]
		default:
			return nil, false
		}
	}
	return v, v != nil
}

// sibling is the path of another key in the same object.
func (p Path) sibling(key string) Path {
	if len(p.keys) == 0 {
		return Path{}
	}
	return Path{text: p.text, keys: append(slices.Clone(p.keys[:len(p.keys)-1]), key)}
}

// Requirements maps a claim [Path] as written to its accepted values (string, bool or json.Number).
// A requirement holds when the claim has, or as a list contains, one of them; all must hold.
type Requirements map[string][]any

// Holds reports whether claims meet all requirements, and otherwise the first path, in alphabetical order, that fails.
func (r Requirements) Holds(claims map[string]any) (ok bool, failing string) {
	switch len(r) {
	case 0:
		return true, ""
	case 1:
		for text, accepted := range r {
			if !requirementHolds(text, accepted, claims) {
				return false, text
			}
		}
		return true, ""
	}
	for _, text := range slices.Sorted(maps.Keys(r)) {
		if !requirementHolds(text, r[text], claims) {
			return false, text
		}
	}
	return true, ""
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
			errs = append(errs, fmt.Errorf("claim %s has no accepted value, so it could never hold", quote(text)))
		}
		for _, v := range r[text] {
			switch v.(type) {
			case string, bool, json.Number, int, int64, uint64, float64:
			default:
				errs = append(errs, fmt.Errorf("claim %s: an accepted value is a string, a boolean or a number, not %T", quote(text), v))
			}
		}
	}
	return errors.Join(errs...)
}

func requirementHolds(text string, accepted []any, claims map[string]any) bool {
	p, err := ParsePath(text)
	if err != nil {
		return false
	}
	got, ok := p.Lookup(claims)
	if !ok {
		return false
	}
	list, isList := got.([]any)
	if !isList {
		return slices.ContainsFunc(accepted, func(want any) bool { return sameValue(got, want) })
	}
	return slices.ContainsFunc(list, func(g any) bool {
		return slices.ContainsFunc(accepted, func(want any) bool { return sameValue(g, want) })
	})
}

// sameValue compares a claim with an accepted value. A string is never equal to a number or a boolean.
func sameValue(got, want any) bool {
	switch g := got.(type) {
	case string:
		w, ok := want.(string)
		return ok && g == w
	case bool:
		w, ok := want.(bool)
		return ok && g == w
	case json.Number:
		var w string
		switch n := want.(type) {
		case json.Number:
			w = n.String()
		case int, int64, uint64, float64:
			w = fmt.Sprint(n)
		default:
			return false
		}
		if string(g) == w {
			return true
		}
		a, errA := strconv.ParseFloat(string(g), 64)
		b, errB := strconv.ParseFloat(w, 64)
		return errA == nil && errB == nil && a == b && a < maxExactFloat && a > -maxExactFloat
	}
	return false
}

// maxExactFloat is the first integer above which a float64 no longer tells neighbours apart.
const maxExactFloat = 1 << 53
