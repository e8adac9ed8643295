package sets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func createFolderTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_create_folder", Title: "Create a folder", Group: kit.GroupWrite, Set: setFolders,
		TakeBack: folderReversal().TakeBack, Remover: "coda_delete_folder",
		Description: "Create a folder in a workspace. Without workspace the account's own is used. Docs cannot be " +
			"moved into it through Coda's API; new ones can be created in it.",
		Output: []kit.Field{{Name: "folder", Kind: kit.KindObject}},
	}, createFolder)
}

type createFolderInput struct {
	Name        string `json:"name" required:"true"`
	Description string `json:"description"`
	Workspace   string `json:"workspace" doc:"Workspace id"`
}

func createFolder(ctx context.Context, c *kit.Call, in createFolderInput) (*kit.Answer, error) {
	create := coda.FolderCreate{Name: strings.TrimSpace(in.Name), Description: in.Description, WorkspaceID: in.Workspace}
	if create.Name == "" {
		return nil, kit.Complain(`Argument "name" is empty. Give the new folder a name.`)
	}
	if create.WorkspaceID == "" {
		user, err := c.Coda.WhoAmI(ctx)
		if err != nil {
			return nil, err
		}
		create.WorkspaceID = user.Workspace.ID
	}
	turn := folderReversal()
	k, err := turn.Keep(ctx, c, "", nil, &folder{Name: create.Name, Description: create.Description,
		Workspace: create.WorkspaceID}, true)
	if err != nil {
		return nil, err
	}
	f, err := c.Coda.CreateFolder(ctx, create)
	if err != nil {
		k.Abandon(ctx, err)
		return nil, err
	}
	effect := kit.Effect{Added: 1}
	turn.End(ctx, k, "Created the folder "+folderOf(f).text(), effect, nil, folderOf(f), "")
	return folderAnswer(effect, "Created", f), nil
}

func folderAnswer(effect kit.Effect, done string, f *coda.Folder) *kit.Answer {
	folder := newFolderFound(f)
	return kit.Wrote(
		kit.Applied(effect),
		fmt.Sprintf("%s the folder %s", done, folder.text()),
		kit.Fact{Name: "folder", Value: folder},
	)
}
