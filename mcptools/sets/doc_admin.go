package sets

import (
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

const setDocAdmin = "doc_admin"

func docAdminTools() []kit.Spec {
	return []kit.Spec{
		updateDocTool(),
		deleteDocTool(),
		listDomainsTool(),
		connectDomainTool(),
		disconnectDomainTool(),
		addGoLinkTool(),
	}
}
