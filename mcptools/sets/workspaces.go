package sets

import (
	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

const setWorkspaces = "workspaces"

func workspacesTools() []kit.Spec {
	return []kit.Spec{listMembersTool(), changeRoleTool(), roleActivityTool()}
}

var roles = []string{coda.RoleAdmin, coda.RoleDocMaker, coda.RoleEditor}
