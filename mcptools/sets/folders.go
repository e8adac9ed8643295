package sets

import (
	"fmt"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

const setFolders = "folders"

func foldersTools() []kit.Spec {
	return []kit.Spec{listFoldersTool(), getFolderTool(), createFolderTool(), updateFolderTool(), deleteFolderTool()}
}

type folderFound struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url,omitempty"`
	Workspace   string `json:"workspace,omitempty"`
}

func newFolderFound(f *coda.Folder) folderFound {
	return folderFound{
		ID:          f.ID,
		Name:        f.Name,
		Description: kit.Clip(f.Description, 300),
		URL:         f.BrowserLink,
		Workspace:   f.Workspace.ID,
	}
}

func (f folderFound) text() string {
	text := fmt.Sprintf("%s (%s)", kit.Clip(kit.OneLine(f.Name), 200), f.ID)
	for _, part := range [][2]string{{", workspace ", f.Workspace}, {", ", f.URL}, {": ", f.Description}} {
		if part[1] != "" {
			text += part[0] + kit.OneLine(part[1])
		}
	}
	return text
}
