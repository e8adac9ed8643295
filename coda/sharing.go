package coda

import (
	"context"
	"iter"
	"net/url"
)

// Access levels of a permission. Listings also have "none".
const (
	AccessReadOnly = "readonly"
	AccessComment  = "comment"
	AccessWrite    = "write"
)

// SharingMetadata says what the account may do with a document's sharing.
type SharingMetadata struct {
	Object
	CanShare              bool `json:"canShare"`
	CanShareWithWorkspace bool `json:"canShareWithWorkspace"`
	CanShareWithOrg       bool `json:"canShareWithOrg"`
	CanCopy               bool `json:"canCopy"`
}

// Principal is whom a permission is given to. Type is email, group, domain, workspace or anyone, in listings also
// internalAccess; the field that belongs to it is set.
type Principal struct {
	Type               string `json:"type"`
	Email              string `json:"email,omitempty"`
	GroupID            string `json:"groupId,omitempty"`
	GroupName          string `json:"groupName,omitempty"`
	Domain             string `json:"domain,omitempty"`
	WorkspaceID        string `json:"workspaceId,omitempty"`
	InternalAccessType string `json:"internalAccessType,omitempty"`
}

// Permission is one grant of access to a document.
type Permission struct {
	Object
	ID        string    `json:"id"`
	Access    string    `json:"access"`
	Principal Principal `json:"principal"`
}

// PermissionAdd is a grant to be made.
type PermissionAdd struct {
	// Access is AccessReadOnly, AccessComment or AccessWrite.
	Access    string    `json:"access"`
	Principal Principal `json:"principal"`
	// SuppressEmail keeps Coda from writing to the person.
	SuppressEmail bool `json:"suppressEmail,omitempty"`
}

// UserSummary is a person found by [Client.SearchPrincipals].
type UserSummary struct {
	Name        string `json:"name"`
	LoginID     string `json:"loginId"`
	PictureLink string `json:"pictureLink"`
}

// Principals are people and groups, at most 20 of each.
type Principals struct {
	Object
	Users  []UserSummary `json:"users"`
	Groups []Principal   `json:"groups"`
}

// ACLSettings are a document's settings of sharing.
type ACLSettings struct {
	Object
	AllowEditorsToChangePermissions bool `json:"allowEditorsToChangePermissions"`
	AllowCopying                    bool `json:"allowCopying"`
	AllowViewersToRequestEditing    bool `json:"allowViewersToRequestEditing"`
}

// ACLSettingsUpdate changes [ACLSettings]; nil fields are left as they are.
type ACLSettingsUpdate struct {
	AllowEditorsToChangePermissions *bool `json:"allowEditorsToChangePermissions,omitempty"`
	AllowCopying                    *bool `json:"allowCopying,omitempty"`
	AllowViewersToRequestEditing    *bool `json:"allowViewersToRequestEditing,omitempty"`
}

// GetSharingMetadata reads what may be shared (GET …/acl/metadata).
func (c *Client) GetSharingMetadata(ctx context.Context, doc DocID) (*SharingMetadata, error) {
	return do[SharingMetadata](ctx, c, request{op: OpGetSharingMetadata, path: []string{doc}})
}

// ListPermissions lists who may open a document (GET …/acl/permissions).
func (c *Client) ListPermissions(ctx context.Context, doc DocID, opts ListOptions) iter.Seq2[*Permission, error] {
	return lister[Permission]{
		request: request{op: OpListPermissions, path: []string{doc}}, opts: opts, size: 200,
		key: func(p *Permission) string { return p.ID },
	}.all(ctx, c)
}

// AddPermission shares a document (POST …/acl/permissions).
func (c *Client) AddPermission(ctx context.Context, doc DocID, p PermissionAdd) error {
	return c.run(ctx, request{op: OpAddPermission, path: []string{doc}, body: p})
}

// DeletePermission withdraws a permission by its id (DELETE …/acl/permissions/{permission}).
func (c *Client) DeletePermission(ctx context.Context, doc DocID, permission string) error {
	return c.run(ctx, request{op: OpDeletePermission, path: []string{doc, permission}})
}

// SearchPrincipals finds people and groups that a document can be shared with (GET …/acl/principals/search). An empty
// query finds nobody.
func (c *Client) SearchPrincipals(ctx context.Context, doc DocID, query string) (*Principals, error) {
	q := make(values)
	q.text("query", query)
	return do[Principals](ctx, c, request{op: OpSearchPrincipals, path: []string{doc}, query: url.Values(q)})
}

// GetACLSettings reads the settings of sharing (GET …/acl/settings).
func (c *Client) GetACLSettings(ctx context.Context, doc DocID) (*ACLSettings, error) {
	return do[ACLSettings](ctx, c, request{op: OpGetACLSettings, path: []string{doc}})
}

// UpdateACLSettings changes the settings of sharing (PATCH …/acl/settings).
func (c *Client) UpdateACLSettings(ctx context.Context, doc DocID, u ACLSettingsUpdate) (*ACLSettings, error) {
	return do[ACLSettings](ctx, c, request{op: OpUpdateACLSettings, path: []string{doc}, body: u})
}
