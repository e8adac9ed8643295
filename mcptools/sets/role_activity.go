package sets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func roleActivityTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_role_activity", Title: "Activity by role", Group: kit.GroupAdmin, Set: setWorkspaces, LooksOnly: true,
		Description: "Count active and inactive members of a workspace by role and month. Needs an admin's Coda " +
			"account. For single members use coda_list_members.",
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
	var b strings.Builder
	b.WriteString("|month|admins active|inactive|doc makers active|inactive|editors active|inactive|\n|-|-|-|-|-|-|-|\n")
	for i, m := range found {
		if i == 60 {
			c.Note("Only the first 60 months are shown.")
			break
		}
		row := monthActivity{kit.Clip(m.Month, 10), activity{int(m.ActiveAdminCount), int(m.InactiveAdminCount)},
			activity{
				int(m.ActiveDocMakerCount),
				int(m.InactiveDocMakerCount),
			}, activity{int(m.ActiveEditorCount), int(m.InactiveEditorCount)}}
		fmt.Fprintf(
			&b,
			"|%s|%d|%d|%d|%d|%d|%d|\n",
			kit.OneLine(row.Month),
			row.Admins.Active,
			row.Admins.Inactive,
			row.DocMakers.Active,
			row.DocMakers.Inactive,
			row.Editors.Active,
			row.Editors.Inactive,
		)
	}
	return &kit.Answer{Text: b.String()}, nil
}
