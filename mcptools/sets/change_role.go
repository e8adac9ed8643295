package sets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func changeRoleTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_change_role", Title: "Change a member's role",
		Group: kit.GroupAdmin, Set: setWorkspaces, Overwrites: true, Repeatable: true,
		Description: "Give a workspace member another role. Use it only when asked to: Doc Makers and Admins may cost " +
			"money, and an Editor cannot create docs. Needs an admin's Coda account.",
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
	if ask, err := c.Confirm(ctx, in, kit.Question("Give this member another role?",
		kit.Thing{What: "Member", Name: email}, kit.Thing{What: "Role", Name: in.Role},
		kit.Thing{What: "Workspace", Name: id})); ask != nil || err != nil {
		return ask, err
	}
	if _, err := c.Coda.ChangeUserRole(ctx, id, email, in.Role); err != nil {
		return nil, err
	}
	return kit.Wrote(
		kit.Written{Status: kit.StatusApplied},
		fmt.Sprintf("%s is now %s of workspace %s.", kit.OneLine(email), in.Role, id),
	), nil
}
