package sets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/docs"
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
	return folderFound{ID: f.ID, Name: f.Name, Description: kit.Clip(f.Description, 300), URL: f.BrowserLink, Workspace: f.Workspace.ID}
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

func listFoldersTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_list_folders", Title: "List folders", Group: kit.GroupRead, Set: setFolders,
		Description: "List the folders that this account can see. Use it to learn a folder's id or to choose one for a new doc; coda_get_folder lists the docs in one.",
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
	for f, err := range c.Coda.ListFolders(ctx, coda.ListFoldersOptions{WorkspaceID: in.Workspace, IsStarred: in.Starred}) {
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

func getFolderTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_get_folder", Title: "Read a folder", Group: kit.GroupRead, Set: setFolders,
		Description: "Tell a folder's name and description and list the docs in it that this account has opened. Use coda_list_folders to find folders.",
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
	page, err := c.Coda.ListDocsPage(ctx, coda.ListDocsOptions{FolderID: id, ListOptions: coda.ListOptions{PageSize: 100}})
	if err != nil {
		return nil, err
	}
	out := folderRead{Folder: newFolderFound(f), Docs: []docs.DocFound{}}
	for _, d := range page.Items {
		out.Docs = append(out.Docs, docs.NewDocFound(d))
	}
	if page.NextPageToken != "" {
		c.Note("The folder holds more docs; coda_find_docs with folder lists them all.")
	}
	return &kit.Answer{Text: kit.Marked("Folder "+out.Folder.text()) + docs.DocsFound{Docs: out.Docs}.Text("")}, nil
}

func createFolderTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_create_folder", Title: "Create a folder", Group: kit.GroupWrite, Set: setFolders,
		Description: "Create a folder in a workspace. Without workspace it goes to the account's own. Docs cannot be moved into it through Coda's API; new ones can be created in it.",
		Output:      []kit.Field{{Name: "folder", Kind: kit.KindObject}},
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
	f, err := c.Coda.CreateFolder(ctx, create)
	if err != nil {
		return nil, err
	}
	return folderAnswer("Created", f), nil
}

func folderAnswer(done string, f *coda.Folder) *kit.Answer {
	folder := newFolderFound(f)
	return kit.Wrote(kit.Written{Status: kit.StatusApplied}, fmt.Sprintf("%s the folder %s", done, folder.text()), kit.Fact{Name: "folder", Value: folder})
}

func updateFolderTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_update_folder", Title: "Rename a folder", Group: kit.GroupWrite, Set: setFolders, Overwrites: true, Repeatable: true,
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
	f, err := c.Coda.UpdateFolder(ctx, id, coda.FolderUpdate{Name: strings.TrimSpace(in.Name), Description: in.Description})
	if err != nil {
		return nil, err
	}
	return folderAnswer("Changed", f), nil
}

func deleteFolderTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_delete_folder", Title: "Delete a folder", Group: kit.GroupDestructive, Set: setFolders, Overwrites: true, Repeatable: true,
		Description: "Delete an empty folder. Use it only when the person asked for it; Coda refuses folders that hold docs.",
	}, deleteFolder)
}

func deleteFolder(ctx context.Context, c *kit.Call, in folderInput) (*kit.Answer, error) {
	id, err := c.FolderID(ctx, in.Folder)
	if err != nil {
		return nil, err
	}
	f, err := c.Coda.GetFolder(ctx, id)
	if err != nil {
		return nil, err
	}
	name := folderFound{ID: f.ID, Name: f.Name}
	if ask, err := c.Confirm(ctx, in, fmt.Sprintf("Delete the folder %s?", name.text())); ask != nil || err != nil {
		return ask, err
	}
	if err := c.Coda.DeleteFolder(ctx, id); err != nil {
		return nil, err
	}
	return kit.Wrote(kit.Written{Status: kit.StatusApplied}, fmt.Sprintf("Deleted the folder %s.", name.text())), nil
}
