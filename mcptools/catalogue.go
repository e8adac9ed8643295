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
	for _, set := range [][]spec{sharingTools(), publishingTools(), foldersTools(), analyticsTools(), workspacesTools(), docAdminTools()} {
		all = append(all, set...)
	}
	slices.SortFunc(all, func(a, b spec) int { return cmp.Compare(a.name, b.name) })
	return all
}
