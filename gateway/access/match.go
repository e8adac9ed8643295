package access

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// groups are the groups from harmless to powerful.
var groups = [...]Group{Read, Write, Destructive, Effects, Admin}

// allowed resolves an entry of a grant's allow list: a group, a tool, or a glob over tool names as of [path.Match]. On
// failure the message says why.
func (c *compiler) allowed(entry string) (b bitset, problem string) {
	tools := c.policy.tools
	isGlob := strings.ContainsAny(entry, `*?[\`)
	if isGlob {
		if _, err := path.Match(entry, ""); err != nil {
			return b, fmt.Sprintf("%q is not a well-formed glob; * stands for any run of characters, ? for one, [ab] for one "+
				"of a and b", entry)
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
		return b, fmt.Sprintf("%q matches no tool%s", entry, c.closeTo(strings.Trim(entry, "*?"), toolNames(tools)))
	default:
		names := toolNames(tools)
		for _, g := range groups {
			names = append(names, string(g))
		}
		return b, fmt.Sprintf("%q is neither a group (read, write, destructive, effects, admin) nor a tool%s", entry,
			c.closeTo(entry, names))
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
func (c *compiler) closeTo(s string, names []string) string {
	if c.cfg.Near == nil {
		return ""
	}
	found := c.cfg.Near(s, names)
	if len(found) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(found, " or ") + "?"
}
