package codatest

import "slices"

func (c *call) renderFolder(f *folderState) any {
	out := obj{"id": f.id, "type": "folder", "name": f.name, "browserLink": c.s.folderLink(f),
		"createdAt": stamp(f.createdAt), "canEdit": c.account.Role != Editor, "workspace": c.s.workspaceRef()}
	if f.description != "" {
		out["description"] = f.description
	}
	return out
}

func listFolders(c *call) (any, error) {
	w, err := c.window(25, c.s.behavior.MaxListLimit)
	if err != nil {
		return nil, err
	}
	starred, err := c.queryBool("isStarred", false)
	if err != nil {
		return nil, err
	}
	var found []*folderState
	for _, f := range c.s.ws.folders {
		if ws := c.query("workspaceId"); ws != "" && ws != c.s.ws.id {
			continue
		}
		if c.query("isStarred") != "" && slices.Contains(f.starredBy, c.account.LoginID) != starred {
			continue
		}
		found = append(found, f)
	}
	return page(c, w, found, c.renderFolder), nil
}

func (c *call) theFolder() (*folderState, error) {
	id := c.path("folderId")
	if f := c.s.ws.folder(id); f != nil {
		return f, nil
	}
	return nil, notFound("Could not find a folder with ID %q.", id)
}

func createFolder(c *call) (any, error) {
	var b struct {
		Name        string `json:"name"`
		WorkspaceID string `json:"workspaceId"`
		Description string `json:"description"`
	}
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	if b.Name == "" || b.WorkspaceID == "" {
		return nil, invalidBody("name, workspaceId: Required")
	}
	if b.WorkspaceID != c.s.ws.id {
		return nil, badRequest("Could not find a workspace with ID %q.", b.WorkspaceID)
	}
	if err := c.needDocMaker("create folders"); err != nil {
		return nil, err
	}
	f := &folderState{id: c.s.ids.next("fl-"), name: b.Name, description: b.Description, createdAt: c.now}
	c.s.ws.folders = append(c.s.ws.folders, f)
	return c.renderFolder(f), nil
}

func getFolder(c *call) (any, error) {
	f, err := c.theFolder()
	if err != nil {
		return nil, err
	}
	return c.renderFolder(f), nil
}

func updateFolder(c *call) (any, error) {
	var b struct {
		Name        *string `json:"name"`
		Description *string `json:"description"`
	}
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	f, err := c.theFolder()
	if err != nil {
		return nil, err
	}
	if err := c.needDocMaker("change folders"); err != nil {
		return nil, err
	}
	set(&f.name, b.Name)
	set(&f.description, b.Description)
	return c.renderFolder(f), nil
}

// deleteFolder deletes a folder, which must be empty.
func deleteFolder(c *call) (any, error) {
	f, err := c.theFolder()
	if err != nil {
		return nil, err
	}
	if err := c.needDocMaker("delete folders"); err != nil {
		return nil, err
	}
	for _, d := range c.s.ws.docs {
		if d.folder == f && !d.deleted {
			return nil, badRequest("The folder %q is not empty.", f.name)
		}
	}
	if len(c.s.ws.folders) == 1 {
		return nil, badRequest("The last folder of a workspace cannot be deleted.")
	}
	c.s.ws.folders = slices.DeleteFunc(c.s.ws.folders, func(x *folderState) bool { return x == f })
	return obj{}, nil
}
