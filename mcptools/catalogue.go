package mcptools

import (
	"cmp"
	"slices"
)

// specs lists all tools, sorted by name.
func specs() []spec {
	all := []spec{
		whoamiTool(),
		findDocsTool(),
		createDocTool(),
	}
	slices.SortFunc(all, func(a, b spec) int { return cmp.Compare(a.name, b.name) })
	return all
}
