package sets

import (
	"context"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func updateFolderTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_update_folder", Title: "Rename a folder",
		Group: kit.GroupWrite, Set: setFolders, Overwrites: true, Repeatable: true,
		Description: "Change a folder's name or description. What is left out stays.",
		Output:      []kit.Field{{Name: "folder", Kind: kit.KindObject}},
	}, updateFolder)
}

type updateFolderInput struct {
	Folder      string `json:"folder" required:"true" doc:"Link, id or name"`
	Name        string `json:"name" doc:"New name"`
	Description string `json:"description"`
}

func updateFolder(ctx context.Context, c *kit.Call, in updateFolderInput) (*kit.Answer, error) {
	if strings.TrimSpace(in.Name) == "" && in.Description == "" {
		return nil, kit.Complain("Nothing to change: pass name or description.")
	}
	id, err := c.FolderID(ctx, in.Folder)
	if err != nil {
		return nil, err
	}
	f, err := c.Coda.UpdateFolder(
		ctx,
		id,
		coda.FolderUpdate{Name: strings.TrimSpace(in.Name), Description: in.Description},
	)
	if err != nil {
		return nil, err
	}
	return folderAnswer("Changed", f), nil
}
