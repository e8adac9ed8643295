package sets

import (
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

const setDocAdmin = "doc_admin"

// DeleteDoc is the tool whose rules hold where a new doc is taken back.
const DeleteDoc = "coda_delete_doc"

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
