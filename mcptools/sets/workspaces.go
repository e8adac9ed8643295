package sets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

const setWorkspaces = "workspaces"

func workspacesTools() []kit.Spec {
	return []kit.Spec{listMembersTool(), changeRoleTool(), roleActivityTool()}
}

var roles = []string{coda.RoleAdmin, coda.RoleDocMaker, coda.RoleEditor}

func listMembersTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_list_members", Title: "List workspace members", Group: kit.GroupAdmin, Set: setWorkspaces, LooksOnly: true,
		Description: "List the members of a workspace with role and last activity. Needs an admin's Coda account. To find people to share a doc with use coda_search_people.",
	}, listMembers)
}

type listMembersInput struct {
	Workspace string `json:"workspace" doc:"Workspace id; default the account's own"`
	Role      string `json:"role" enum:"Admin,DocMaker,Editor"`
	Query     string `json:"query" doc:"Part of a name or address"`
}

type membersFound struct {
	Members []memberFound `json:"members"`
	Total   int           `json:"total"`
}

type memberFound struct {
	Name   string `json:"name"`
	Email  string `json:"email"`
	Role   string `json:"role"`
	Active string `json:"last_active,omitempty"`
}

const mostMembers = 300

func listMembers(ctx context.Context, c *kit.Call, in listMembersInput) (*kit.Answer, error) {
	id, err := c.WorkspaceID(ctx, in.Workspace)
	if err != nil {
		return nil, err
	}
	options := coda.ListMembersOptions{}
	if in.Role != "" {
		options.IncludedRoles = []string{in.Role}
	}
	query := strings.ToLower(strings.TrimSpace(in.Query))
	out := membersFound{Members: []memberFound{}}
	var b strings.Builder
	for m, err := range c.Coda.ListWorkspaceMembers(ctx, id, options) {
		if err != nil {
			return nil, err
		}
		if !strings.Contains(strings.ToLower(m.Name+" "+m.Email), query) {
			continue
		}
		out.Total++
		if len(out.Members) == mostMembers || b.Len() > kit.DefaultChars {
			continue
		}
		found := memberFound{m.Name, m.Email, m.Role, kit.Day(m.LastActiveAt)}
		out.Members = append(out.Members, found)
		fmt.Fprintf(&b, "- %s, %s: %s", kit.Clip(kit.OneLine(m.Name), 100), kit.OneLine(m.Email), m.Role)
		if found.Active != "" {
			b.WriteString(", last active " + found.Active)
		}
		b.WriteString("\n")
	}
	if len(out.Members) < out.Total {
		c.Note("%d of %d members are shown; narrow them by role or query.", len(out.Members), out.Total)
	}
	return &kit.Answer{Text: kit.Plural(out.Total, "member") + " of workspace " + id + ":\n" + kit.MarkedList(b.String())}, nil
}

func changeRoleTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_change_role", Title: "Change a member's role", Group: kit.GroupAdmin, Set: setWorkspaces, Overwrites: true, Repeatable: true,
		Description: "Give a workspace member another role. Use it only when asked to: Doc Makers and Admins may cost money, and an Editor cannot create docs. Needs an admin's Coda account.",
	}, changeRole)
}

type changeRoleInput struct {
	Email     string `json:"email" required:"true"`
	Role      string `json:"role" required:"true" enum:"Admin,DocMaker,Editor"`
	Workspace string `json:"workspace" doc:"Workspace id; default the account's own"`
}

func changeRole(ctx context.Context, c *kit.Call, in changeRoleInput) (*kit.Answer, error) {
	id, err := c.WorkspaceID(ctx, in.Workspace)
	if err != nil {
		return nil, err
	}
	email := strings.TrimSpace(in.Email)
	if ask, err := c.Confirm(ctx, in, fmt.Sprintf("Make %s %s of workspace %s?", email, in.Role, id)); ask != nil || err != nil {
		return ask, err
	}
	if _, err := c.Coda.ChangeUserRole(ctx, id, email, in.Role); err != nil {
		return nil, err
	}
	return kit.Wrote(kit.Written{Status: kit.StatusApplied}, fmt.Sprintf("%s is now %s of workspace %s.", kit.OneLine(email), in.Role, id)), nil
}

func roleActivityTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_role_activity", Title: "Activity by role", Group: kit.GroupAdmin, Set: setWorkspaces, LooksOnly: true,
		Description: "Count active and inactive members of a workspace by role and month. Needs an admin's Coda account. For single members use coda_list_members.",
	}, roleActivity)
}

type workspaceInput struct {
	Workspace string `json:"workspace" doc:"Workspace id; default the account's own"`
}

type monthActivity struct {
	Month     string   `json:"month"`
	Admins    activity `json:"admins"`
	DocMakers activity `json:"doc_makers"`
	Editors   activity `json:"editors"`
}

type activity struct {
	Active   int `json:"active"`
	Inactive int `json:"inactive"`
}

func roleActivity(ctx context.Context, c *kit.Call, in workspaceInput) (*kit.Answer, error) {
	id, err := c.WorkspaceID(ctx, in.Workspace)
	if err != nil {
		return nil, err
	}
	found, err := c.Coda.ListWorkspaceRoleActivity(ctx, id)
	if err != nil {
		return nil, err
	}
	months := []monthActivity{}
	var b strings.Builder
	b.WriteString("|month|admins active|inactive|doc makers active|inactive|editors active|inactive|\n|-|-|-|-|-|-|-|\n")
	for i, m := range found {
		if i == 60 {
			c.Note("Only the first 60 months are shown.")
			break
		}
		row := monthActivity{kit.Clip(m.Month, 10), activity{int(m.ActiveAdminCount), int(m.InactiveAdminCount)},
			activity{int(m.ActiveDocMakerCount), int(m.InactiveDocMakerCount)}, activity{int(m.ActiveEditorCount), int(m.InactiveEditorCount)}}
		months = append(months, row)
		fmt.Fprintf(&b, "|%s|%d|%d|%d|%d|%d|%d|\n", kit.OneLine(row.Month), row.Admins.Active, row.Admins.Inactive, row.DocMakers.Active, row.DocMakers.Inactive, row.Editors.Active, row.Editors.Inactive)
	}
	return &kit.Answer{Text: b.String()}, nil
}
