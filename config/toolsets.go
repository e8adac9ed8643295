package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/access"
)

// toolSets checks the names of the sets that are switched on, and sorts them.
func (d *decoder) toolSets(names []string) []string {
	known := slices.Sorted(maps.Keys(d.opts.ToolSets))
	for i, name := range names {
		at := item("coda.tool_sets", i)
		switch {
		case d.said(at):
		case slices.Contains(known, name) && slices.Contains(names[:i], name):
			d.problem(at, "%s is listed twice; keep one", quote(name))
		case slices.Contains(known, name):
		case len(known) == 0:
			d.problem(at, "this build has no optional tool sets; remove it")
		default:
			hint := ""
			if meant := nearest(name, known); meant != "" {
				hint = "did you mean " + meant + "? "
			}
			d.problem(at, "unknown tool set %s; %sknown: %s", quote(name), hint, strings.Join(known, ", "))
		}
	}
	return slices.Sorted(slices.Values(names))
}

// catalogue is every tool that the access rules may name.
func (d *decoder) catalogue(f *File) []access.Tool {
	tools := slices.Clone(d.opts.Tools)
	seen := map[string]bool{}
	for _, name := range f.Coda.ToolSets {
		if !seen[name] {
			seen[name] = true
			tools = append(tools, d.opts.ToolSets[name]...)
		}
	}
	return tools
}
