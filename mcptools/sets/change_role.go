package sets

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func changeRoleTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_change_role", Title: "Change a member's role",
		Group: kit.GroupAdmin, Set: setWorkspaces, Overwrites: true, Repeatable: true,
		TakeBack: roleReversal().TakeBack,
		Description: "Give a workspace member another role. Use it only when asked to: Doc Makers and Admins may cost " +
			"money, and an Editor cannot create docs. Needs an admin's Coda account.",
	}, changeRole)
}

type changeRoleInput struct {
	Email     string `json:"email" required:"true"`
	Role      string `json:"role" required:"true" enum:"Admin,DocMaker,Editor"`
	Workspace string `json:"workspace" doc:"Workspace id; default the account's own"`
	kit.Asked
}

func changeRole(ctx context.Context, c *kit.Call, in changeRoleInput) (*kit.Answer, error) {
	id, err := c.WorkspaceID(ctx, in.Workspace)
	if err != nil {
		return nil, err
	}
	who, member, err := memberOf(ctx, c, id, strings.TrimSpace(in.Email))
	if err != nil {
		return nil, err
	}
	if member != nil && member.Role == in.Role {
		return kit.Unchanged(fmt.Sprintf("%s is %s of workspace %s already.", who, in.Role, id)), nil
	}
	named := who
	if member == nil {
		named = in.Email // just as it was given
	}
	about := []kit.Thing{{What: "Member", Name: named}, {What: "Role", Name: in.Role}, {What: "Workspace", Name: id}}
	if member != nil {
		about = append(about, kit.Thing{What: "Role before", Name: member.Role})
	}
	ask, err := c.Consent(ctx, kit.Act{Text: kit.Question("Give this member another role?", about...)})
	if ask != nil || err != nil {
		return ask, err
	}
	email, never := strings.TrimSpace(in.Email), "the former role is not known"
	turn, was, left := roleReversal(), (*role)(nil), &role{id, email, in.Role}
	if member != nil {
		was, never = &role{id, email, member.Role}, ""
	}
	k, err := turn.Keep(ctx, c, "", was, left, false)
	if err != nil {
		return nil, err
	}
	if _, err := c.Coda.ChangeUserRole(ctx, id, email, in.Role); err != nil {
		k.Abandon(ctx, err)
		return nil, err
	}
	effect := kit.Effect{Changed: 1}
	done := fmt.Sprintf("%s is now %s of workspace %s.%s", who, in.Role, id, roleBefore(member))
	turn.End(ctx, k, done, effect, was, left, never)
	return kit.Wrote(kit.Applied(effect), done), nil
}

func roleBefore(member *coda.WorkspaceMember) string {
	if member == nil {
		return ""
	}
	return " The role before was " + kit.OneLine(member.Role) + "."
}

// memberOf finds a member by address, and names them; nil where the account may not list members, or Coda lists none of
// that address: then Coda itself decides.
func memberOf(ctx context.Context, c *kit.Call, workspace, email string) (who string, member *coda.WorkspaceMember,
	err error) {
	for m, err := range c.Coda.ListWorkspaceMembers(ctx, workspace, coda.ListMembersOptions{}) {
		switch {
		case errors.Is(err, coda.ErrForbidden), errors.Is(err, coda.ErrNotFound):
			return kit.OneLine(email), nil, nil
		case err != nil:
			return "", nil, err
		case strings.EqualFold(m.Email, email):
			return fmt.Sprintf("%s (%s)", kit.Clip(kit.OneLine(m.Name), 100), kit.OneLine(m.Email)), m, nil
		}
	}
	return kit.OneLine(email), nil, nil
}
