package sets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func connectDomainTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_connect_domain", Title: "Connect a domain",
		Group: kit.GroupAdmin, Set: setDocAdmin, Repeatable: true, ReachesOut: true,
		TakeBack: domainReversal().TakeBack, Remover: "coda_disconnect_domain",
		Description: "Show a published doc under your own domain, or have Coda check the set-up of a " +
			"connected domain again. The domain's DNS must point to Coda; no tool here can change that.",
	}, connectDomain)
}

func connectDomain(ctx context.Context, c *kit.Call, in domainInput) (*kit.Answer, error) {
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	name := strings.ToLower(strings.TrimSpace(in.Domain))
	for d, err := range c.Coda.ListCustomDomains(ctx, doc, coda.ListOptions{}) {
		if err != nil {
			return nil, err
		}
		if strings.EqualFold(d.Domain, name) {
			if err := c.Coda.UpdateCustomDomain(ctx, doc, d.Domain); err != nil {
				return nil, err
			}
			return kit.Wrote(
				kit.Applied(kit.Effect{Unchanged: 1}),
				fmt.Sprintf("The domain %s is already connected to the doc %s; Coda checks its set-up again.",
					kit.OneLine(d.Domain), c.DescribeDoc(ctx, doc)),
			), nil
		}
	}
	turn, left := domainReversal(), &domain{name}
	k, err := turn.Keep(ctx, c, doc, nil, left, true)
	if err != nil {
		return nil, err
	}
	if err := c.Coda.AddCustomDomain(ctx, doc, name); err != nil {
		k.Abandon(ctx, err)
		return nil, err
	}
	effect := kit.Effect{Added: 1}
	done := fmt.Sprintf("Coda connects the domain %s to the doc %s. coda_list_domains shows how the set-up is going.",
		kit.OneLine(name), c.DescribeDoc(ctx, doc))
	turn.End(ctx, k, done, effect, nil, left, "")
	return kit.Wrote(kit.Written{Status: kit.StatusPending, Effect: effect}, done), nil
}
