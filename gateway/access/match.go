package access

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// groups are the groups from harmless to powerful.
var groups = [...]Group{Read, Write, Destructive, Effects, Admin}

// allowed resolves an entry of a grant's allow list: a group, a tool, or a glob over tool names as of [path.Match]. On
// failure the message says why.
func allowed(entry string, tools []Tool) (b bitset, problem string) {
	isGlob := strings.ContainsAny(entry, `*?[\`)
	if isGlob {
		if _, err := path.Match(entry, ""); err != nil {
			return b, fmt.Sprintf("%q is not a well-formed glob; * stands for any run of characters, ? for one, [ab] for one of a and b", entry)
		}
	}
	group := slices.Contains(groups[:], Group(entry))
	for i, t := range tools {
		match := t.Name == entry || group && t.Group == Group(entry)
		if isGlob {
			match, _ = path.Match(entry, t.Name)
		}
		if match {
			b.add(i)
		}
	}
	switch {
	case group || !b.empty():
		return b, ""
	case isGlob:
		return b, fmt.Sprintf("%q matches no tool%s", entry, closeTo(strings.Trim(entry, "*?"), toolNames(tools)))
	default:
		names := toolNames(tools)
		for _, g := range groups {
			names = append(names, string(g))
		}
		return b, fmt.Sprintf("%q is neither a group (read, write, destructive, effects, admin) nor a tool%s", entry, closeTo(entry, names))
	}
}

func toolNames(tools []Tool) []string {
	names := make([]string, len(tools))
	for i, t := range tools {
		names[i] = t.Name
	}
	return names
}

// closeTo returns "; did you mean …?" with at most three names near to s, or nothing.
func closeTo(s string, names []string) string {
	type near struct {
		name     string
		distance int
	}
	var found []near
	for _, n := range names {
		d := levenshtein.Distance(strings.ToLower(s), strings.ToLower(n), nil)
		if d == 2 && swapped(strings.ToLower(s), strings.ToLower(n)) {
			d = 1
		}
		if n != s && d <= max(1, len(n)/3) {
			found = append(found, near{n, d})
		}
	}
	if len(found) == 0 {
		return ""
	}
	slices.SortStableFunc(found, func(a, b near) int { return cmp.Compare(a.distance, b.distance) })
	found = found[:min(3, len(found))]
	quoted := make([]string, len(found))
	for i, n := range found {
		quoted[i] = n.name
	}
	return "; did you mean " + strings.Join(quoted, " or ") + "?"
}

// swapped tells whether b is a with two neighbouring letters the other way round, the commonest slip in short words.
func swapped(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) - 1 {
		if a[i] != b[i] {
			return a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		}
	}
	return false
}
