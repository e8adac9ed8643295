package sets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func disconnectDomainTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_disconnect_domain", Title: "Disconnect a domain",
		Group: kit.GroupAdmin, Set: setDocAdmin, Overwrites: true, Repeatable: true, ReachesOut: true,
		TakeBack: domainReversal().TakeBack, Remover: "coda_connect_domain",
		Description: "Stop showing a doc under a domain. Use it only when asked to: links to that domain then lead " +
			"nowhere.",
	}, disconnectDomain)
}

type disconnectDomainInput struct {
	domainInput
	kit.Asked
}

func disconnectDomain(ctx context.Context, c *kit.Call, in disconnectDomainInput) (*kit.Answer, error) {
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	name := strings.ToLower(strings.TrimSpace(in.Domain))
	about := c.DescribeDoc(ctx, doc)
	connected, others, err := domainsOf(ctx, c, doc, name)
	if err != nil {
		return nil, err
	}
	if !connected {
		return kit.Unchanged(fmt.Sprintf("the doc %s is not shown under %s.%s", about, kit.OneLine(name),
			kit.Near(name, "It is shown under", others))), nil
	}
	ask, err := c.Consent(ctx, kit.Act{Text: kit.Question("Stop showing this doc under this domain?",
		kit.Thing{What: "Doc", Name: about}, kit.Thing{What: "Domain", Name: name})})
	if ask != nil || err != nil {
		return ask, err
	}
	turn, was := domainReversal(), &domain{name}
	k, err := turn.Keep(ctx, c, doc, was, nil, true)
	if err != nil {
		return nil, err
	}
	if err := c.Coda.DeleteCustomDomain(ctx, doc, name); err != nil {
		k.Abandon(ctx, err)
		return nil, err
	}
	effect := kit.Effect{Deleted: 1}
	done := fmt.Sprintf("The doc %s is no longer shown under %s.", about, kit.OneLine(name))
	turn.End(ctx, k, done, effect, was, nil, "")
	return kit.Wrote(kit.Applied(effect), done), nil
}

// domainsOf tells whether a doc is connected to a domain, and the names of its domains.
func domainsOf(ctx context.Context, c *kit.Call, doc, domain string) (connected bool, all []string, err error) {
	for d, err := range c.Coda.ListCustomDomains(ctx, doc, coda.ListOptions{}) {
		if err != nil {
			return false, nil, err
		}
		connected = connected || strings.EqualFold(d.Domain, domain)
		all = append(all, d.Domain)
	}
	return connected, all, nil
}
