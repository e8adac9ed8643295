package mcptools

import (
	"cmp"
	"slices"

	"github.com/bestviable/coda-gateway/mcptools/docs"
	"github.com/bestviable/coda-gateway/mcptools/kit"
	"github.com/bestviable/coda-gateway/mcptools/pages"
	"github.com/bestviable/coda-gateway/mcptools/sets"
	"github.com/bestviable/coda-gateway/mcptools/tables"
)

// specs lists all tools, sorted by name.
func specs() []kit.Spec {
	all := slices.Concat(docs.Tools(), pages.Tools(), tables.Tools(), sets.Tools())
	slices.SortFunc(all, func(a, b kit.Spec) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
