package sets

import (
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

const setPublishing = "publishing"

func publishingTools() []kit.Spec {
	return []kit.Spec{listCategoriesTool(), publishDocTool(), unpublishDocTool()}
}
