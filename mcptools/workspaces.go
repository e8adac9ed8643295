package mcptools

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

const setWorkspaces = "workspaces"

func workspacesTools() []spec { return []spec{listMembersTool(), changeRoleTool(), roleActivityTool()} }

func workspaceParam() param {
	return param{name: "workspace", description: "Workspace id; default the account's own"}
}

// workspaceID is the workspace that was named, or the account's own.
func (c *call) workspaceID(ctx context.Context, ref string) (string, error) {
	if strings.TrimSpace(ref) == "" {
		user, err := c.coda.WhoAmI(ctx)
		if err != nil {
			return "", err
		}
		return user.Workspace.ID, nil
	}
	t, err := c.coda.Resolve(ctx, ref, coda.Within{Kind: coda.KindWorkspace})
	if err != nil {
		return "", refError(err)
	}
	return t.ID, nil
}

var roles = []string{coda.RoleAdmin, coda.RoleDocMaker, coda.RoleEditor}

func listMembersTool() spec {
	return handle(spec{
		name: "coda_list_members", title: "List workspace members", group: groupAdmin, set: setWorkspaces, looksOnly: true,
		description: "List the members of a workspace with role and last activity. Needs an admin's Coda account. To find people to share a doc with use coda_search_people.",
		params: []param{
			workspaceParam(),
			{name: "role", enum: roles},
			{name: "query", description: "Part of a name or address"},
		},
		output: []field{{"members", kindObjects, true, ""}, {"total", kindInteger, true, ""}},
	}, listMembers)
}

type listMembersInput struct {
	Workspace string `json:"workspace"`
	Role      string `json:"role"`
	Query     string `json:"query"`
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

func listMembers(ctx context.Context, c *call, in listMembersInput) (*answer, error) {
	id, err := c.workspaceID(ctx, in.Workspace)
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
	for m, err := range c.coda.ListWorkspaceMembers(ctx, id, options) {
		if err != nil {
			return nil, err
		}
		if !strings.Contains(strings.ToLower(m.Name+" "+m.Email), query) {
			continue
		}
		out.Total++
		if len(out.Members) == mostMembers || b.Len() > defaultChars {
			continue
		}
		found := memberFound{m.Name, m.Email, m.Role, day(m.LastActiveAt)}
		out.Members = append(out.Members, found)
		fmt.Fprintf(&b, "- %s, %s: %s", clip(oneLine(m.Name), 100), oneLine(m.Email), m.Role)
		if found.Active != "" {
			b.WriteString(", last active " + found.Active)
		}
		b.WriteString("\n")
	}
	if len(out.Members) < out.Total {
		c.note("%d of %d members are shown; narrow them by role or query.", len(out.Members), out.Total)
	}
	return &answer{text: plural(out.Total, "member") + " of workspace " + id + ":\n" + markedList(b.String()), data: out}, nil
}

func changeRoleTool() spec {
	return handle(spec{
		name: "coda_change_role", title: "Change a member's role", group: groupAdmin, set: setWorkspaces, overwrites: true, repeatable: true,
		description: "Give a workspace member another role. Use it only when asked to: Doc Makers and Admins may cost money, and an Editor cannot create docs. Needs an admin's Coda account.",
		params: []param{
			{name: "email", required: true},
			{name: "role", enum: roles, required: true},
			workspaceParam(),
		},
		output: writeOutput(),
	}, changeRole)
}

type changeRoleInput struct {
	Email     string `json:"email"`
	Role      string `json:"role"`
	Workspace string `json:"workspace"`
}

func changeRole(ctx context.Context, c *call, in changeRoleInput) (*answer, error) {
	id, err := c.workspaceID(ctx, in.Workspace)
	if err != nil {
		return nil, err
	}
	email := strings.TrimSpace(in.Email)
	if ask, err := c.confirm(ctx, in, fmt.Sprintf("Make %s %s of workspace %s?", email, in.Role, id)); ask != nil || err != nil {
		return ask, err
	}
	if _, err := c.coda.ChangeUserRole(ctx, id, email, in.Role); err != nil {
		return nil, err
	}
	return &answer{text: fmt.Sprintf("%s is now %s of workspace %s.", oneLine(email), in.Role, id), data: written{Status: statusApplied}}, nil
}

func roleActivityTool() spec {
	return handle(spec{
		name: "coda_role_activity", title: "Activity by role", group: groupAdmin, set: setWorkspaces, looksOnly: true,
		description: "Count active and inactive members of a workspace by role and month. Needs an admin's Coda account. For single members use coda_list_members.",
		params:      []param{workspaceParam()},
		output:      []field{{"months", kindObjects, true, ""}},
	}, roleActivity)
}

type workspaceInput struct {
	Workspace string `json:"workspace"`
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

func roleActivity(ctx context.Context, c *call, in workspaceInput) (*answer, error) {
	id, err := c.workspaceID(ctx, in.Workspace)
	if err != nil {
		return nil, err
	}
	found, err := c.coda.ListWorkspaceRoleActivity(ctx, id)
	if err != nil {
		return nil, err
	}
	months := []monthActivity{}
	var b strings.Builder
	b.WriteString("|month|admins active|inactive|doc makers active|inactive|editors active|inactive|\n|-|-|-|-|-|-|-|\n")
	for i, m := range found {
		if i == 60 {
			c.note("Only the first 60 months are shown.")
			break
		}
		row := monthActivity{clip(m.Month, 10), activity{int(m.ActiveAdminCount), int(m.InactiveAdminCount)},
			activity{int(m.ActiveDocMakerCount), int(m.InactiveDocMakerCount)}, activity{int(m.ActiveEditorCount), int(m.InactiveEditorCount)}}
		months = append(months, row)
		fmt.Fprintf(&b, "|%s|%d|%d|%d|%d|%d|%d|\n", oneLine(row.Month), row.Admins.Active, row.Admins.Inactive, row.DocMakers.Active, row.DocMakers.Inactive, row.Editors.Active, row.Editors.Inactive)
	}
	return &answer{text: b.String(), data: struct {
		Months []monthActivity `json:"months"`
	}{months}}, nil
}
