// Package pages holds the tools that read and write pages. A page is read as an export that Coda makes, cut between
// blocks where it is long; it is changed by its lines, which have ids. Each tool has a file named after it.
package pages

import "github.com/bestviable/coda-gateway/mcptools/kit"

// Tools are the tools of this room. Each call makes them anew, with caches of their own.
func Tools() []kit.Spec {
	exports := newExportCache()
	return []kit.Spec{readPageTool(exports), createPageTool(), editPageTool(exports), updatePageTool(),
		deletePageTool(exports)}
}
