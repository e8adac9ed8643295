package sets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func listFoldersTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_list_folders", Title: "List folders", Group: kit.GroupRead, Set: setFolders,
		Description: "List the folders that this account can see. Use it to learn a folder's id or to choose one for a " +
			"new doc; coda_get_folder lists the docs in one.",
	}, listFolders)
}

type listFoldersInput struct {
	Workspace string `json:"workspace" doc:"Workspace id"`
	Starred   *bool  `json:"starred"`
}

type foldersFound struct {
	Folders []folderFound `json:"folders"`
}

const mostFolders = 200

func listFolders(ctx context.Context, c *kit.Call, in listFoldersInput) (*kit.Answer, error) {
	out := foldersFound{Folders: []folderFound{}}
	var b strings.Builder
	for f, err := range c.Coda.ListFolders(ctx,
		coda.ListFoldersOptions{WorkspaceID: in.Workspace, IsStarred: in.Starred}) {
		if err != nil {
			return nil, err
		}
		if len(out.Folders) == mostFolders || b.Len() > kit.DefaultChars {
			c.Note("Only the first %d folders are shown.", len(out.Folders))
			break
		}
		found := newFolderFound(f)
		out.Folders = append(out.Folders, found)
		fmt.Fprintf(&b, "- %s\n", found.text())
	}
	if len(out.Folders) == 0 {
		return &kit.Answer{Text: "No folders.\n"}, nil
	}
	return &kit.Answer{Text: kit.Marked(b.String())}, nil
}
