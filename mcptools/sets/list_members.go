package sets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func listMembersTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_list_members", Title: "List workspace members",
		Group: kit.GroupAdmin, Set: setWorkspaces, LooksOnly: true,
		Description: "List the members of a workspace with role and last activity. Use it before changing a member's " +
			"role. Needs an admin's Coda account.",
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
	return &kit.Answer{
		Text: kit.Plural(out.Total, "member") + " of workspace " + id + ":\n" + kit.MarkedList(b.String()),
	}, nil
}
