package coda

import (
	"context"
	"iter"
	"net/url"
)

// Workspace roles.
const (
	RoleAdmin    = "Admin"
	RoleDocMaker = "DocMaker"
	RoleEditor   = "Editor"
)

// WorkspaceMember is a member of a workspace.
type WorkspaceMember struct {
	Object
	Email string `json:"email"`
	Name  string `json:"name"`
	// Role is RoleAdmin, RoleDocMaker or RoleEditor.
	Role                            string  `json:"role"`
	PictureURL                      string  `json:"pictureUrl"`
	RegisteredAt                    Time    `json:"registeredAt"`
	RoleChangedAt                   Time    `json:"roleChangedAt"`
	LastActiveAt                    Time    `json:"lastActiveAt"`
	OwnedDocs                       float64 `json:"ownedDocs"`
	DocsLastActiveAt                Time    `json:"docsLastActiveAt"`
	DocCollaboratorCount            float64 `json:"docCollaboratorCount"`
	TotalDocs                       float64 `json:"totalDocs"`
	TotalDocsLastActiveAt           Time    `json:"totalDocsLastActiveAt"`
	TotalDocCollaboratorsLast90Days float64 `json:"totalDocCollaboratorsLast90Days"`
}

// RoleActivity counts a workspace's active and inactive members in one month.
type RoleActivity struct {
	// Month is a date within it.
	Month                 string  `json:"month"`
	ActiveAdminCount      float64 `json:"activeAdminCount"`
	ActiveDocMakerCount   float64 `json:"activeDocMakerCount"`
	ActiveEditorCount     float64 `json:"activeEditorCount"`
	InactiveAdminCount    float64 `json:"inactiveAdminCount"`
	InactiveDocMakerCount float64 `json:"inactiveDocMakerCount"`
	InactiveEditorCount   float64 `json:"inactiveEditorCount"`
}

// ListMembersOptions narrows [Client.ListWorkspaceMembers]. Coda chooses the page size.
type ListMembersOptions struct {
	ListOptions
	// IncludedRoles are roles to list; none = all.
	IncludedRoles []string
}

// ListWorkspaceMembers lists a workspace's members (GET /workspaces/{workspace}/users). It needs an admin.
func (c *Client) ListWorkspaceMembers(ctx context.Context, workspace string,
	opts ListMembersOptions) iter.Seq2[*WorkspaceMember, error] {
	q := make(values)
	q.list("includedRoles", opts.IncludedRoles)
	return lister[WorkspaceMember]{
		request: request{op: OpListWorkspaceMembers, path: []string{workspace}, query: url.Values(q)}, opts: opts.ListOptions,
		key: func(m *WorkspaceMember) string { return m.Email },
	}.all(ctx, c)
}

// ChangeUserRole gives a member another role, and returns when it took effect (POST
// /workspaces/{workspace}/users/role). It needs an admin.
func (c *Client) ChangeUserRole(ctx context.Context, workspace, email, role string) (Time, error) {
	a, err := do[struct {
		RoleChangedAt Time `json:"roleChangedAt"`
	}](ctx, c, request{op: OpChangeUserRole, path: []string{workspace}, body: struct {
		Email   string `json:"email"`
		NewRole string `json:"newRole"`
	}{email, role}})
	if err != nil {
		return Time{}, err
	}
	return a.RoleChangedAt, nil
}

// ListWorkspaceRoleActivity reads how many members were active, month by month (GET /workspaces/{workspace}/roles). It
// needs an admin.
func (c *Client) ListWorkspaceRoleActivity(ctx context.Context, workspace string) ([]RoleActivity, error) {
	l, err := do[struct {
		Items []RoleActivity `json:"items"`
	}](ctx, c, request{op: OpListWorkspaceRoleActivity, path: []string{workspace}})
	if err != nil {
		return nil, err
	}
	return l.Items, nil
}
