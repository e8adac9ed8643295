package sets

import (
	"cmp"
	"context"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func updateFolderTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_update_folder", Title: "Rename a folder",
		Group: kit.GroupWrite, Set: setFolders, Overwrites: true, Repeatable: true,
		TakeBack:    folderNameReversal().TakeBack,
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
	before, err := c.Coda.GetFolder(ctx, id)
	if err != nil {
		return nil, err
	}
	update := coda.FolderUpdate{Name: strings.TrimSpace(in.Name), Description: in.Description}
	if (update.Name == "" || update.Name == before.Name) &&
		(update.Description == "" || update.Description == before.Description) {
		folder := newFolderFound(before)
		return kit.Unchanged("the folder is already like this: "+folder.text(), kit.Fact{Name: "folder", Value: folder}), nil
	}
	turn := folderNameReversal()
	was, left, lost := changedTexts(id, folderTexts(before), map[string]string{
		"name": cmp.Or(update.Name, before.Name), "description": cmp.Or(update.Description, before.Description)})
	k, err := turn.Keep(ctx, c, "", was, left, false)
	if err != nil {
		return nil, err
	}
	f, err := c.Coda.UpdateFolder(ctx, id, update)
	if err != nil {
		k.Abandon(ctx, err)
		return nil, err
	}
	effect := kit.Effect{Changed: 1}
	turn.End(ctx, k, "Changed the folder "+folderOf(f).text(), effect, was, left, tellLost(c, "folder", was, lost))
	return folderAnswer(effect, near.Sprintf("The folder was called %s, with the description %q. Changed",
		kit.Clip(kit.OneLine(before.Name), 100), kit.Clip(kit.OneLine(before.Description), 300)), f), nil
}
