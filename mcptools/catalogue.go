package mcptools

import (
	"cmp"
	"slices"
)

// specs lists all tools, sorted by name.
func specs() []spec {
	all := []spec{
		whoamiTool(), findDocsTool(), getDocTool(), resolveURLTool(), readPageTool(), describeTableTool(), queryRowsTool(), getRowTool(),
		searchTool(),
		checkWriteTool(),
		createDocTool(), createPageTool(), editPageTool(), updatePageTool(), upsertRowsTool(), updateRowsTool(), pushButtonTool(), triggerAutomationTool(),
		deleteRowsTool(), deletePageTool(),
	}
	all = append(all, sharingTools()...)
	slices.SortFunc(all, func(a, b spec) int { return cmp.Compare(a.name, b.name) })
	return all
}
