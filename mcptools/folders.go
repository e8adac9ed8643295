package mcptools

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

const setFolders = "folders"

func foldersTools() []spec {
	return []spec{listFoldersTool(), getFolderTool(), createFolderTool(), updateFolderTool(), deleteFolderTool()}
}

type folderFound struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url,omitempty"`
	Workspace   string `json:"workspace,omitempty"`
}

func newFolderFound(f *coda.Folder) folderFound {
	return folderFound{ID: f.ID, Name: f.Name, Description: clip(f.Description, 300), URL: f.BrowserLink, Workspace: f.Workspace.ID}
}

func (f folderFound) text() string {
	text := fmt.Sprintf("%s (%s)", clip(oneLine(f.Name), 200), f.ID)
	if f.Description != "" {
		text += ": " + oneLine(f.Description)
	}
	return text
}

func listFoldersTool() spec {
	return handle(spec{
		name: "coda_list_folders", title: "List folders", group: groupRead, set: setFolders,
		description: "List the folders that this account can see. Use it to learn a folder's id or to choose one for a new doc; coda_get_folder lists the docs in one.",
		params: []param{
			{name: "workspace", description: "Workspace id"},
			{name: "starred", kind: kindBoolean},
		},
		output: []field{{"folders", kindObjects, true, ""}},
	}, listFolders)
}

type listFoldersInput struct {
	Workspace string `json:"workspace"`
	Starred   *bool  `json:"starred"`
}

type foldersFound struct {
	Folders []folderFound `json:"folders"`
}

const mostFolders = 200

func listFolders(ctx context.Context, c *call, in listFoldersInput) (*answer, error) {
	out := foldersFound{Folders: []folderFound{}}
	var b strings.Builder
	for f, err := range c.coda.ListFolders(ctx, coda.ListFoldersOptions{WorkspaceID: in.Workspace, IsStarred: in.Starred}) {
		if err != nil {
			return nil, err
		}
		if len(out.Folders) == mostFolders || b.Len() > defaultChars {
			c.note("Only the first %d folders are shown.", len(out.Folders))
			break
		}
		found := newFolderFound(f)
		out.Folders = append(out.Folders, found)
		fmt.Fprintf(&b, "- %s\n", found.text())
	}
	if len(out.Folders) == 0 {
		return &answer{text: "No folders.\n", data: out}, nil
	}
	return &answer{text: marked(b.String()), data: out}, nil
}

func folderParam() param {
	return param{name: "folder", description: "Link, id or name", required: true}
}

func (c *call) folderID(ctx context.Context, ref string) (string, error) {
	t, err := c.coda.Resolve(ctx, ref, coda.Within{Kind: coda.KindFolder})
	if err != nil {
		return "", refError(err)
	}
	return t.ID, nil
}

func getFolderTool() spec {
	return handle(spec{
		name: "coda_get_folder", title: "Read a folder", group: groupRead, set: setFolders,
		description: "Tell a folder's name and description and list the docs in it that this account has opened. Use coda_list_folders to find folders.",
		params:      []param{folderParam()},
		output:      []field{{"folder", kindObject, true, ""}, {"docs", kindObjects, true, ""}},
	}, getFolder)
}

type folderInput struct {
	Folder string `json:"folder"`
}

type folderRead struct {
	Folder folderFound `json:"folder"`
	Docs   []docFound  `json:"docs"`
}

func getFolder(ctx context.Context, c *call, in folderInput) (*answer, error) {
	id, err := c.folderID(ctx, in.Folder)
	if err != nil {
		return nil, err
	}
	f, err := c.coda.GetFolder(ctx, id)
	if err != nil {
		return nil, err
	}
	page, err := c.coda.ListDocsPage(ctx, coda.ListDocsOptions{FolderID: id, ListOptions: coda.ListOptions{PageSize: 100}})
	if err != nil {
		return nil, err
	}
	out := folderRead{Folder: newFolderFound(f), Docs: []docFound{}}
	for _, d := range page.Items {
		out.Docs = append(out.Docs, newDocFound(d))
	}
	if page.NextPageToken != "" {
		c.note("The folder holds more docs; coda_find_docs with folder lists them all.")
	}
	return &answer{text: marked("Folder "+out.Folder.text()) + docsFound{Docs: out.Docs}.text(""), data: out}, nil
}

func createFolderTool() spec {
	return handle(spec{
		name: "coda_create_folder", title: "Create a folder", group: groupWrite, set: setFolders,
		description: "Create a folder in a workspace. Without workspace it goes to the account's own. Docs cannot be moved into it through Coda's API; new ones can be created in it.",
		params: []param{
			{name: "name", required: true},
			{name: "description"},
			{name: "workspace", description: "Workspace id"},
		},
		output: writeOutput(field{"folder", kindObject, true, ""}),
	}, createFolder)
}

type createFolderInput struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Workspace   string `json:"workspace"`
}

type folderWritten struct {
	written
	Folder folderFound `json:"folder"`
}

func createFolder(ctx context.Context, c *call, in createFolderInput) (*answer, error) {
	create := coda.FolderCreate{Name: strings.TrimSpace(in.Name), Description: in.Description, WorkspaceID: in.Workspace}
	if create.Name == "" {
		return nil, complain(`Argument "name" is empty. Give the new folder a name.`)
	}
	if create.WorkspaceID == "" {
		user, err := c.coda.WhoAmI(ctx)
		if err != nil {
			return nil, err
		}
		create.WorkspaceID = user.Workspace.ID
	}
	f, err := c.coda.CreateFolder(ctx, create)
	if err != nil {
		return nil, err
	}
	return folderAnswer("Created", f), nil
}

func folderAnswer(done string, f *coda.Folder) *answer {
	out := folderWritten{written{Status: statusApplied}, newFolderFound(f)}
	return &answer{text: fmt.Sprintf("%s the folder %s", done, out.Folder.text()), data: out}
}

func updateFolderTool() spec {
	return handle(spec{
		name: "coda_update_folder", title: "Rename a folder", group: groupWrite, set: setFolders, overwrites: true, repeatable: true,
		description: "Change a folder's name or description. What is left out stays.",
		params: []param{
			folderParam(),
			{name: "name", description: "New name"},
			{name: "description"},
		},
		output: writeOutput(field{"folder", kindObject, true, ""}),
	}, updateFolder)
}

type updateFolderInput struct {
	Folder      string `json:"folder"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

func updateFolder(ctx context.Context, c *call, in updateFolderInput) (*answer, error) {
	if strings.TrimSpace(in.Name) == "" && in.Description == "" {
		return nil, complain("Nothing to change: pass name or description.")
	}
	id, err := c.folderID(ctx, in.Folder)
	if err != nil {
		return nil, err
	}
	f, err := c.coda.UpdateFolder(ctx, id, coda.FolderUpdate{Name: strings.TrimSpace(in.Name), Description: in.Description})
	if err != nil {
		return nil, err
	}
	return folderAnswer("Changed", f), nil
}

func deleteFolderTool() spec {
	return handle(spec{
		name: "coda_delete_folder", title: "Delete a folder", group: groupDestructive, set: setFolders, overwrites: true, repeatable: true,
		description: "Delete an empty folder. Use it only when the person asked for it; Coda refuses folders that hold docs.",
		params:      []param{folderParam()},
		output:      writeOutput(),
	}, deleteFolder)
}

func deleteFolder(ctx context.Context, c *call, in folderInput) (*answer, error) {
	id, err := c.folderID(ctx, in.Folder)
	if err != nil {
		return nil, err
	}
	f, err := c.coda.GetFolder(ctx, id)
	if err != nil {
		return nil, err
	}
	name := newFolderFound(f)
	name.Description = ""
	if ask, err := c.confirm(ctx, in, fmt.Sprintf("Delete the folder %s?", name.text())); ask != nil || err != nil {
		return ask, err
	}
	if err := c.coda.DeleteFolder(ctx, id); err != nil {
		return nil, err
	}
	return &answer{text: fmt.Sprintf("Deleted the folder %s.", name.text()), data: written{Status: statusApplied}}, nil
}
