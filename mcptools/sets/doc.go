// Package sets holds the tools that few need. They belong to sets, each of which is switched on by its name.
package sets

import (
	"slices"

	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// Tools are the tools of all sets.
func Tools() []kit.Spec {
	return slices.Concat(
		sharingTools(),
		publishingTools(),
		foldersTools(),
		analyticsTools(),
		workspacesTools(),
		docAdminTools(),
	)
}
