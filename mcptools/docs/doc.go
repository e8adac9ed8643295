// Package docs holds the tools that work on docs as a whole: finding one, outlining it, searching in it, making one,
// following up its writes, and telling whose Coda this is. Each tool has a file named after it.
package docs

import "github.com/bestviable/coda-gateway/mcptools/kit"

// Tools are the tools of this room. Each call makes them anew, with caches of their own.
func Tools() []kit.Spec {
	return []kit.Spec{
		whoamiTool(), findDocsTool(), getDocTool(), resolveURLTool(), searchTool(), checkWriteTool(), createDocTool(),
		triggerAutomationTool(),
	}
}
