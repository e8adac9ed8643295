package codatest

import (
	"net/mail"
	"slices"
	"strings"
)

type aclSettings struct {
	AllowEditorsToChangePermissions bool `json:"allowEditorsToChangePermissions"`
	AllowCopying                    bool `json:"allowCopying"`
	AllowViewersToRequestEditing    bool `json:"allowViewersToRequestEditing"`
}

func defaultACL() aclSettings { return aclSettings{true, true, true} }

// canShare: the owner always may, editors if the settings let them.
func (c *call) canShare() bool {
	return strings.EqualFold(c.doc.owner, c.account.LoginID) ||
		c.doc.acl.AllowEditorsToChangePermissions && c.s.access(c.doc, c.account) == "write"
}

func getSharingMetadata(c *call) (any, error) {
	share := c.canShare()
	return obj{"canShare": share, "canShareWithWorkspace": share, "canShareWithOrg": share,
		"canCopy": c.doc.acl.AllowCopying}, nil
}

func (c *call) renderPermission(p Permission) any {
	principal := obj{"type": p.Type}
	switch p.Type {
	case "email":
		principal["email"] = p.Value
	case "group":
		principal["groupId"] = p.Value
		principal["groupName"] = p.Value
		for _, g := range c.s.ws.groups {
			if g.ID == p.Value {
				principal["groupName"] = g.Name
			}
		}
	case "domain":
		principal["domain"] = p.Value
	case "workspace":
		principal["workspaceId"] = p.Value
	case "internalAccess": // in listings only
		principal["internalAccessType"] = p.Value
	}
	return obj{"id": p.ID, "access": p.Access, "principal": principal}
}

func getPermissions(c *call) (any, error) {
	w, err := c.window(25, c.s.behavior.MaxListLimit)
	if err != nil {
		return nil, err
	}
	return page(c, w, c.doc.permissions, c.renderPermission), nil
}

func addPermission(c *call) (any, error) {
	var b struct {
		Access    string `json:"access"`
		Principal struct {
			Type        string `json:"type"`
			Email       string `json:"email"`
			GroupID     string `json:"groupId"`
			Domain      string `json:"domain"`
			WorkspaceID string `json:"workspaceId"`
		} `json:"principal"`
		SuppressEmail bool `json:"suppressEmail"`
	}
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	if !c.canShare() {
		return nil, forbidden("You do not have permission to share this doc.")
	}
	if !slices.Contains([]string{"readonly", "write", "comment"}, b.Access) {
		return nil, invalidBody("access: must be one of readonly, write, comment")
	}
	p := Permission{Access: b.Access, Type: b.Principal.Type}
	switch p.Type {
	case "email":
		p.Value = b.Principal.Email
		if _, err := mail.ParseAddress(p.Value); err != nil {
			return nil, badRequest("Invalid email %q.", p.Value)
		}
	case "group":
		p.Value = b.Principal.GroupID
		if !slices.ContainsFunc(c.s.ws.groups, func(g *Group) bool { return g.ID == p.Value }) {
			return nil, badRequest("Could not find a group with ID %q.", p.Value)
		}
	case "domain":
		p.Value = b.Principal.Domain
	case "workspace":
		p.Value = b.Principal.WorkspaceID
		if p.Value != c.s.ws.id {
			return nil, badRequest("Could not find a workspace with ID %q.", p.Value)
		}
	case "anyone":
		p.Value = "anyone"
	default:
		return nil, invalidBody("principal.type: must be one of email, group, domain, workspace, anyone")
	}
	if p.Value == "" {
		return nil, invalidBody("principal: Required")
	}
	for i, have := range c.doc.permissions {
		if have.Type == p.Type && strings.EqualFold(have.Value, p.Value) {
			c.doc.permissions[i].Access = p.Access
			return obj{}, nil
		}
	}
	p.ID = c.s.ids.next("")
	c.doc.permissions = append(c.doc.permissions, p)
	return obj{}, nil
}

func deletePermission(c *call) (any, error) {
	if !c.canShare() {
		return nil, forbidden("You do not have permission to share this doc.")
	}
	id := c.path("permissionId")
	i := slices.IndexFunc(c.doc.permissions, func(p Permission) bool { return p.ID == id })
	if i < 0 {
		return nil, notFound("Could not find a permission with ID %q.", id)
	}
	if p := c.doc.permissions[i]; p.Type == "email" && strings.EqualFold(p.Value, c.doc.owner) {
		return nil, badRequest("The owner's permission cannot be deleted.")
	}
	if p := c.doc.permissions[i]; p.Type == "email" {
		c.doc.met[strings.ToLower(p.Value)] = true
	}
	c.doc.permissions = slices.Delete(c.doc.permissions, i, i+1)
	return obj{}, nil
}

// searchPrincipals finds at most 20 users and 20 groups; an empty query finds nothing.
func searchPrincipals(c *call) (any, error) {
	const most = 20
	users, groups := []obj{}, []obj{}
	if q := strings.ToLower(c.query("query")); q != "" {
		for _, u := range c.s.ws.users {
			if len(users) < most && strings.Contains(strings.ToLower(u.Name+" "+u.LoginID), q) {
				users = append(users, obj{"name": u.Name, "loginId": u.LoginID, "type": "user"})
			}
		}
		for _, g := range c.s.ws.groups {
			if len(groups) < most && strings.Contains(strings.ToLower(g.Name), q) {
				groups = append(groups, obj{"type": "group", "groupId": g.ID, "groupName": g.Name})
			}
		}
	}
	return obj{"users": users, "groups": groups}, nil
}

func getAclSettings(c *call) (any, error) { return c.doc.acl, nil }

func updateAclSettings(c *call) (any, error) {
	if !strings.EqualFold(c.doc.owner, c.account.LoginID) {
		return nil, forbidden("Only the owner of a doc can change its sharing settings.")
	}
	next := c.doc.acl
	if err := c.decode(&next); err != nil {
		return nil, err
	}
	c.doc.acl = next
	return next, nil
}
