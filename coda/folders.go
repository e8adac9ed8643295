package coda

import (
	"context"
	"iter"
	"net/url"
)

// Folder is a folder of a workspace.
type Folder struct {
	Object
	ID          string        `json:"id"`
	Name        string        `json:"name"`
	Description string        `json:"description"`
	BrowserLink string        `json:"browserLink"`
	Icon        *Icon         `json:"icon"`
	CreatedAt   Time          `json:"createdAt"`
	CanEdit     bool          `json:"canEdit"`
	Workspace   WorkspaceLink `json:"workspace"`
}

// ListFoldersOptions narrows [Client.ListFolders].
type ListFoldersOptions struct {
	ListOptions
	WorkspaceID string
	IsStarred   *bool
}

// FolderCreate describes a new folder. Name and WorkspaceID are required.
type FolderCreate struct {
	Name        string `json:"name"`
	WorkspaceID string `json:"workspaceId"`
	Description string `json:"description,omitempty"`
}

// FolderUpdate changes a folder; empty fields are left as they are.
type FolderUpdate struct {
	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"`
}

// ListFolders lists the folders that the account can see (GET /folders).
func (c *Client) ListFolders(ctx context.Context, opts ListFoldersOptions) iter.Seq2[*Folder, error] {
	q := make(values)
	q.text("workspaceId", opts.WorkspaceID)
	q.flag("isStarred", opts.IsStarred)
	return lister[Folder]{
		request: request{op: OpListFolders, query: url.Values(q)}, opts: opts.ListOptions, size: 200,
		key: func(f *Folder) string { return f.ID },
	}.all(ctx, c)
}

// GetFolder reads a folder (GET /folders/{folder}).
func (c *Client) GetFolder(ctx context.Context, folder string) (*Folder, error) {
	return do[Folder](ctx, c, request{op: OpGetFolder, path: []string{folder}})
}

// CreateFolder creates a folder (POST /folders).
func (c *Client) CreateFolder(ctx context.Context, f FolderCreate) (*Folder, error) {
	return do[Folder](ctx, c, request{op: OpCreateFolder, body: f})
}

// UpdateFolder changes a folder's name or description (PATCH /folders/{folder}).
func (c *Client) UpdateFolder(ctx context.Context, folder string, u FolderUpdate) (*Folder, error) {
	return do[Folder](ctx, c, request{op: OpUpdateFolder, path: []string{folder}, body: u})
}

// DeleteFolder deletes an empty folder (DELETE /folders/{folder}).
func (c *Client) DeleteFolder(ctx context.Context, folder string) error {
	return c.run(ctx, request{op: OpDeleteFolder, path: []string{folder}})
}
