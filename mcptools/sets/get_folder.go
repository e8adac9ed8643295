package sets

import (
	"context"

	"github.com/bestviable/coda-gateway/mcptools/docs"
	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func getFolderTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_get_folder", Title: "Read a folder", Group: kit.GroupRead, Set: setFolders,
		Description: "Tell a folder's name and description and list the docs in it that this account has opened. Use " +
			"coda_list_folders to find folders.",
	}, getFolder)
}

type folderInput struct {
	Folder string `json:"folder" required:"true" doc:"Link, id or name"`
}

type folderRead struct {
	Folder folderFound     `json:"folder"`
	Docs   []docs.DocFound `json:"docs"`
}

func getFolder(ctx context.Context, c *kit.Call, in folderInput) (*kit.Answer, error) {
	id, err := c.FolderID(ctx, in.Folder)
	if err != nil {
		return nil, err
	}
	f, err := c.Coda.GetFolder(ctx, id)
	if err != nil {
		return nil, err
	}
	page, err := c.Coda.ListDocsPage(
		ctx,
		coda.ListDocsOptions{FolderID: id, ListOptions: coda.ListOptions{PageSize: 100}},
	)
	if err != nil {
		return nil, err
	}
	out := folderRead{Folder: newFolderFound(f), Docs: []docs.DocFound{}}
	for _, d := range page.Items {
		out.Docs = append(out.Docs, docs.NewDocFound(d))
		c.Shows(d.ID)
	}
	if page.NextPageToken != "" {
		c.Note("The folder holds more docs; coda_find_docs with folder lists them all.")
	}
	return &kit.Answer{Text: kit.Marked("Folder "+out.Folder.text()) + docs.DocsFound{Docs: out.Docs}.Text("")}, nil
}
