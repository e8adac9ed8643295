package sets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func disconnectDomainTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_disconnect_domain", Title: "Disconnect a domain",
		Group: kit.GroupAdmin, Set: setDocAdmin, Overwrites: true, Repeatable: true, ReachesOut: true,
		Description: "Stop showing a doc under a domain. Use it only when asked to: links to that domain then lead " +
			"nowhere.",
	}, disconnectDomain)
}

func disconnectDomain(ctx context.Context, c *kit.Call, in domainInput) (*kit.Answer, error) {
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	domain := strings.ToLower(strings.TrimSpace(in.Domain))
	if ask, err := c.Confirm(ctx, in,
		kit.Question("Stop showing this doc under this domain?", kit.Thing{What: "Doc", Name: doc},
			kit.Thing{What: "Domain", Name: domain})); ask != nil ||
		err != nil {
		return ask, err
	}
	if err := c.Coda.DeleteCustomDomain(ctx, doc, domain); err != nil {
		return nil, err
	}
	return kit.Wrote(
		kit.Written{Status: kit.StatusApplied},
		fmt.Sprintf("The doc %s is no longer shown under %s.", doc, kit.OneLine(domain)),
	), nil
}
