package mcptools

import (
	"context"
	"fmt"
	"strings"
)

func whoamiTool() spec {
	return handle(spec{
		name: "coda_whoami", title: "Who am I in Coda", group: groupRead,
		description: "Tell which Coda account and workspace this connection acts as, and whether its token is restricted. " +
			"Use it when something is refused or a person asks whose Coda this is; other tools do not need it first.",
		output: []field{{"name", kindString, true, ""}, {"email", kindString, true, ""}, {"workspace", kindObject, false, ""}, {"restricted", kindBoolean, true, ""}, {"token_name", kindString, false, ""}},
	}, whoami)
}

type account struct {
	Name       string     `json:"name"`
	Email      string     `json:"email"`
	Workspace  *workspace `json:"workspace,omitempty"`
	Restricted bool       `json:"restricted"`
	Token      string     `json:"token_name,omitempty"`
}

type workspace struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

func whoami(ctx context.Context, c *call, _ struct{}) (*answer, error) {
	user, err := c.coda.WhoAmI(ctx)
	if err != nil {
		return nil, err
	}
	a := account{Name: user.Name, Email: user.LoginID, Restricted: user.Scoped, Token: user.TokenName}
	var b strings.Builder
	fmt.Fprintf(&b, "Acting in Coda as %s <%s>", oneLine(user.Name), oneLine(user.LoginID))
	if user.Workspace.ID != "" {
		a.Workspace = &workspace{user.Workspace.ID, user.Workspace.Name}
		fmt.Fprintf(&b, " in workspace %s (%s)", oneLine(user.Workspace.Name), user.Workspace.ID)
	}
	b.WriteString(".")
	if user.Scoped {
		b.WriteString(" The token is restricted, by operation or to one doc or table; Coda does not say to which. A token for one doc cannot list docs: pass links or ids.")
	}
	return &answer{text: b.String(), data: a}, nil
}
