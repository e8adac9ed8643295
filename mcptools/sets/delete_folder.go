package sets

import (
	"context"
	"fmt"

	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func deleteFolderTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_delete_folder", Title: "Delete a folder",
		Group: kit.GroupDestructive, Set: setFolders, Overwrites: true, Repeatable: true,
		TakeBack: folderReversal().TakeBack, Remover: "coda_create_folder",
		Description: "Delete an empty folder. Use it only when the person asked for it; Coda refuses folders that hold " +
			"docs.",
	}, deleteFolder)
}

type deleteFolderInput struct {
	folderInput
	kit.Asked
}

func deleteFolder(ctx context.Context, c *kit.Call, in deleteFolderInput) (*kit.Answer, error) {
	id, err := c.FolderID(ctx, in.Folder)
	if err != nil {
		return nil, err
	}
	f, err := c.Coda.GetFolder(ctx, id)
	if err != nil {
		return nil, err
	}
	name := folderFound{ID: f.ID, Name: f.Name}
	ask, err := c.Consent(ctx, kit.Act{Undone: "not deleted",
		Text: kit.Question("Delete this folder?", kit.Thing{What: "Folder", Name: name.text()})})
	if ask != nil || err != nil {
		return ask, err
	}
	turn, was := folderReversal(), folderOf(f)
	k, err := turn.Keep(ctx, c, "", was, nil, true)
	if err != nil {
		return nil, err
	}
	if err := c.Coda.DeleteFolder(ctx, id); err != nil {
		k.Abandon(ctx, err)
		return nil, err
	}
	effect, done := kit.Effect{Deleted: 1}, fmt.Sprintf("Deleted the folder %s.", name.text())
	turn.End(ctx, k, done, effect, was, nil, "")
	return kit.Wrote(kit.Applied(effect), done), nil
}
