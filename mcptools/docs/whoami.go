package docs

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func whoamiTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_whoami", Title: "Who am I in Coda", Group: kit.GroupRead,
		Description: "Tell which Coda account and workspace this connection acts as, and whether its token is restricted. " +
			"Use it when something is refused or a person asks whose Coda this is.",
	}, whoami)
}

func whoami(ctx context.Context, c *kit.Call, _ struct{}) (*kit.Answer, error) {
	user, err := c.Coda.WhoAmI(ctx)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Acting in Coda as %s <%s>", kit.OneLine(user.Name), kit.OneLine(user.LoginID))
	if user.Workspace.ID != "" {
		fmt.Fprintf(&b, " in workspace %s (%s)", kit.OneLine(user.Workspace.Name), user.Workspace.ID)
	}
	b.WriteString(".")
	if user.TokenName != "" {
		fmt.Fprintf(&b, " Its token is called %s.", kit.Clip(kit.OneLine(user.TokenName), 100))
	}
	if user.Scoped {
		b.WriteString(" The token is restricted, by operation or to one doc or table; Coda does not say to which. A token " +
			"for one doc cannot list docs: pass links or ids.")
	}
	return &kit.Answer{Text: b.String()}, nil
}
