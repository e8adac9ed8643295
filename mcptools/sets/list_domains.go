package sets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func listDomainsTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_list_domains", Title: "List a doc's domains", Group: kit.GroupRead, Set: setDocAdmin,
		Description: "List the domains that a published doc is shown under, with the state of their set-up and their " +
			"registrar. Use it before coda_connect_domain.",
	}, listDomains)
}

type domainFound struct {
	Domain      string `json:"domain"`
	Setup       string `json:"setup"`
	Status      string `json:"status"`
	Certificate bool   `json:"certificate"`
	Registrar   string `json:"registrar,omitempty"`
}

const mostDomains = 20

func listDomains(ctx context.Context, c *kit.Call, in docInput) (*kit.Answer, error) {
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	found := []domainFound{}
	var b strings.Builder
	for d, err := range c.Coda.ListCustomDomains(ctx, doc, coda.ListOptions{}) {
		if err != nil {
			return nil, err
		}
		if len(found) == mostDomains {
			c.Note("Only the first %d domains are shown.", mostDomains)
			break
		}
		f := domainFound{Domain: d.Domain, Setup: d.SetupStatus, Status: d.DomainStatus, Certificate: d.HasCertificate}
		if registrar, err := c.Coda.CustomDomainProvider(ctx, d.Domain); err == nil {
			f.Registrar = registrar
		}
		found = append(found, f)
		fmt.Fprintf(
			&b,
			"- %s: set-up %s, %s, certificate %s, registrar %s\n",
			kit.OneLine(f.Domain),
			f.Setup,
			f.Status,
			yesNo(f.Certificate),
			kit.OneLine(f.Registrar),
		)
	}
	if len(found) == 0 {
		b.WriteString("The doc has no domain of its own.\n")
	}
	return &kit.Answer{Text: b.String()}, nil
}

type domainInput struct {
	kit.InDoc
	Domain string `json:"domain" required:"true" doc:"Such as docs.example.com"`
}
