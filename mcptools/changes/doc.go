// Package changes holds the tools around what was changed: coda_history lists it, coda_undo takes it back. How a change
// is taken back is told beside the tool that made it; what is kept, and who may, is told in package kit.
package changes

import "github.com/bestviable/coda-gateway/mcptools/kit"

// Tools lists the tools of this room.
func Tools() []kit.Spec { return []kit.Spec{historyTool(), undoTool()} }
