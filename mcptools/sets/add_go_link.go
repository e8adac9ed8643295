package sets

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func addGoLinkTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_add_go_link", Title: "Add a go link", Group: kit.GroupAdmin, Set: setDocAdmin, ReachesOut: true,
		Lasting: "Coda's API cannot remove a go link",
		Description: "Add a short link (go/name) to an organization. Use it only when asked to; it needs an Enterprise " +
			"organization's admin. Go links cannot be listed or removed through Coda's API.",
	}, addGoLink)
}

type addGoLinkInput struct {
	Name         string `json:"name" required:"true" doc:"Letters, digits, - and _"`
	URL          string `json:"url" required:"true" doc:"Where it leads"`
	Description  string `json:"description"`
	Pattern      string `json:"url_pattern" doc:"With {*} where the link's arguments go"`
	CreatorEmail string `json:"creator_email"`
	Organization string `json:"organization" doc:"Organization id; default the account's own"`
}

func addGoLink(ctx context.Context, c *kit.Call, in addGoLinkInput) (*kit.Answer, error) {
	if u, err := url.Parse(in.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, kit.Complain(
			`Argument "url" cannot be %q: it takes a full address such as https://coda.io/d/….`,
			kit.Clip(kit.OneLine(in.URL), 100),
		)
	}
	if in.Organization == "" {
		user, err := c.Coda.WhoAmI(ctx)
		if err != nil {
			return nil, err
		}
		if in.Organization = user.Workspace.OrganizationID; in.Organization == "" {
			return nil, kit.Complain(
				"Coda names no organization for this account. Pass its id as organization; go links need an " +
					"Enterprise organization.",
			)
		}
	}
	link := coda.GoLink{
		Name:           strings.TrimPrefix(strings.TrimSpace(in.Name), "go/"),
		DestinationURL: in.URL,
		Description:    in.Description,
		URLPattern:     in.Pattern,
		CreatorEmail:   in.CreatorEmail,
	}
	if err := c.Coda.AddGoLink(ctx, in.Organization, link); err != nil {
		return nil, err
	}
	return kit.Wrote(
		kit.Applied(kit.Effect{Added: 1}),
		fmt.Sprintf("Added go/%s, which leads to %s.", kit.OneLine(link.Name), kit.OneLine(link.DestinationURL)),
	), nil
}
