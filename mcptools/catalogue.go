package mcptools

import (
	"cmp"
	"slices"
	"sync"

	"github.com/bestviable/coda-gateway/mcptools/changes"
	"github.com/bestviable/coda-gateway/mcptools/docs"
	"github.com/bestviable/coda-gateway/mcptools/kit"
	"github.com/bestviable/coda-gateway/mcptools/pages"
	"github.com/bestviable/coda-gateway/mcptools/sets"
	"github.com/bestviable/coda-gateway/mcptools/tables"
)

// specs lists all tools, sorted by name.
//
// MCP 2026-07-28, server/tools: "Servers SHOULD return tools in a deterministic order"
// MCP 2026-07-28, server/tools: "Tool names SHOULD be unique within a server."
func specs() []kit.Spec { return slices.Clone(allSpecs()) }

// allSpecs reads the tags of all arguments once: a start asks for the tools several times.
var allSpecs = sync.OnceValue(func() []kit.Spec {
	all := slices.Concat(docs.Tools(), pages.Tools(), tables.Tools(), sets.Tools(), changes.Tools())
	slices.SortFunc(all, func(a, b kit.Spec) int { return cmp.Compare(a.Name, b.Name) })
	// Whoever may not delete docs takes none back that they made, whether or not the set of that tool is switched on.
	made := slices.IndexFunc(all, func(s kit.Spec) bool { return s.Name == "coda_create_doc" })
	all[made].Remover = sets.DeleteDoc
	return all
})
