// Package tables holds the tools that read and write tables: their columns, their rows and their buttons. Each tool has
// a file named after it; what they share is in files named after what it is, such as filter.go for what a filter means.
package tables

import "github.com/bestviable/coda-gateway/mcptools/kit"

// Tools are the tools of this room.
func Tools() []kit.Spec {
	return []kit.Spec{
		describeTableTool(), queryRowsTool(), getRowTool(), upsertRowsTool(), updateRowsTool(), deleteRowsTool(),
		pushButtonTool(),
	}
}
