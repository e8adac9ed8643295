package sets

import (
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

const setWorkspaces = "workspaces"

func workspacesTools() []kit.Spec {
	return []kit.Spec{listMembersTool(), changeRoleTool(), roleActivityTool()}
}
