package sets

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/docs"
	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

const setDocAdmin = "doc_admin"

func docAdminTools() []kit.Spec {
	return []kit.Spec{updateDocTool(), deleteDocTool(), listDomainsTool(), connectDomainTool(), disconnectDomainTool(), addGoLinkTool()}
}

func updateDocTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_update_doc", Title: "Rename a doc", Group: kit.GroupWrite, Set: setDocAdmin, Overwrites: true, Repeatable: true,
		Description: "Change a doc's title or icon. What is left out stays. For pages use coda_update_page.",
		Output:      []kit.Field{{Name: "doc", Kind: kit.KindObject}},
	}, updateDoc)
}

type updateDocInput struct {
	kit.InDoc
	Title string `json:"title"`
	Icon  string `json:"icon" doc:"Coda's name of an icon"`
}

func updateDoc(ctx context.Context, c *kit.Call, in updateDocInput) (*kit.Answer, error) {
	update := coda.DocUpdate{Title: strings.TrimSpace(in.Title), IconName: in.Icon}
	if update == (coda.DocUpdate{}) {
		return nil, kit.Complain("Nothing to change: pass title or icon.")
	}
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	if err := c.Coda.UpdateDoc(ctx, doc, update); err != nil {
		return nil, err
	}
	done := fmt.Sprintf("Changed the doc %s.", doc)
	return kit.Wrote(kit.Written{Status: kit.StatusApplied}, done, kit.Fact{Name: "doc", Value: docs.DocRef{ID: doc, Name: update.Title}}), nil
}

func deleteDocTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_delete_doc", Title: "Delete a doc", Group: kit.GroupDestructive, Set: setDocAdmin, Overwrites: true, Repeatable: true,
		Description: "Delete a whole doc with all its pages and tables. Use it only when the person asked for exactly this doc to be deleted.",
		Output:      []kit.Field{{Name: "doc", Kind: kit.KindObject}},
	}, deleteDoc)
}

func deleteDoc(ctx context.Context, c *kit.Call, in docInput) (*kit.Answer, error) {
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	d, err := c.Coda.GetDoc(ctx, doc)
	if err != nil {
		return nil, err
	}
	loss := fmt.Sprintf("Delete the doc %s (%s)", kit.Clip(kit.OneLine(d.Name), 100), doc)
	if s := d.Size; s != nil {
		loss += fmt.Sprintf(" with %s, %s and %s", kit.Plural(int(s.PageCount), "page"), kit.Plural(int(s.TableAndViewCount), "table or view"), kit.Plural(int(s.TotalRowCount), "row"))
	}
	if ask, err := c.Confirm(ctx, in, loss+"?"); ask != nil || err != nil {
		return ask, err
	}
	if err := c.Coda.DeleteDoc(ctx, doc); err != nil {
		return nil, err
	}
	// Coda accepts it and tells no id to wait by.
	done := fmt.Sprintf("Coda accepted the deletion of the doc %s (%s). It happens within a minute and cannot be followed by coda_check_write.",
		kit.Clip(kit.OneLine(d.Name), 100), doc)
	return kit.Wrote(kit.Written{Status: kit.StatusPending}, done, kit.Fact{Name: "doc", Value: docs.DocRef{ID: doc, Name: d.Name}}), nil
}

func listDomainsTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_list_domains", Title: "List a doc's domains", Group: kit.GroupRead, Set: setDocAdmin,
		Description: "List the domains that a published doc is shown under, with the state of their set-up and their registrar. Use it before coda_connect_domain.",
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
		fmt.Fprintf(&b, "- %s: set-up %s, %s, certificate %s, registrar %s\n", kit.OneLine(f.Domain), f.Setup, f.Status, yesNo(f.Certificate), kit.OneLine(f.Registrar))
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

func connectDomainTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_connect_domain", Title: "Connect a domain", Group: kit.GroupAdmin, Set: setDocAdmin, Repeatable: true, ReachesOut: true,
		Description: "Show a published doc under a domain of one's own, or have Coda look at the domain's set-up again where it is connected already. The domain's DNS has to point to Coda, which nothing here can change.",
	}, connectDomain)
}

func connectDomain(ctx context.Context, c *kit.Call, in domainInput) (*kit.Answer, error) {
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	domain := strings.ToLower(strings.TrimSpace(in.Domain))
	for d, err := range c.Coda.ListCustomDomains(ctx, doc, coda.ListOptions{}) {
		if err != nil {
			return nil, err
		}
		if strings.EqualFold(d.Domain, domain) {
			if err := c.Coda.UpdateCustomDomain(ctx, doc, d.Domain); err != nil {
				return nil, err
			}
			return kit.Wrote(kit.Written{Status: kit.StatusApplied}, fmt.Sprintf("The domain %s was connected already; Coda looks at its set-up again.", kit.OneLine(d.Domain))), nil
		}
	}
	if err := c.Coda.AddCustomDomain(ctx, doc, domain); err != nil {
		return nil, err
	}
	return kit.Wrote(kit.Written{Status: kit.StatusPending}, fmt.Sprintf("Coda connects the domain %s to the doc %s. coda_list_domains tells how the set-up goes.", kit.OneLine(domain), doc)), nil
}

func disconnectDomainTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_disconnect_domain", Title: "Disconnect a domain", Group: kit.GroupAdmin, Set: setDocAdmin, Overwrites: true, Repeatable: true, ReachesOut: true,
		Description: "Stop showing a doc under a domain. Use it only when asked to: links to that domain then lead nowhere.",
	}, disconnectDomain)
}

func disconnectDomain(ctx context.Context, c *kit.Call, in domainInput) (*kit.Answer, error) {
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	domain := strings.ToLower(strings.TrimSpace(in.Domain))
	if ask, err := c.Confirm(ctx, in, fmt.Sprintf("Stop showing the doc %s under %s?", doc, kit.OneLine(domain))); ask != nil || err != nil {
		return ask, err
	}
	if err := c.Coda.DeleteCustomDomain(ctx, doc, domain); err != nil {
		return nil, err
	}
	return kit.Wrote(kit.Written{Status: kit.StatusApplied}, fmt.Sprintf("The doc %s is no longer shown under %s.", doc, kit.OneLine(domain))), nil
}

func addGoLinkTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_add_go_link", Title: "Add a go link", Group: kit.GroupAdmin, Set: setDocAdmin, ReachesOut: true,
		Description: "Add a short link (go/name) to an organization. Use it only when asked to; it needs an Enterprise organization's admin. Go links cannot be listed or removed through Coda's API.",
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
		return nil, kit.Complain(`Argument "url" cannot be %q: it takes a full address such as https://coda.io/d/….`, kit.Clip(kit.OneLine(in.URL), 100))
	}
	if in.Organization == "" {
		user, err := c.Coda.WhoAmI(ctx)
		if err != nil {
			return nil, err
		}
		if in.Organization = user.Workspace.OrganizationID; in.Organization == "" {
			return nil, kit.Complain("This Coda account belongs to no organization that Coda tells of. Pass its id as organization; go links need an Enterprise organization.")
		}
	}
	link := coda.GoLink{Name: strings.TrimPrefix(strings.TrimSpace(in.Name), "go/"), DestinationURL: in.URL, Description: in.Description, URLPattern: in.Pattern, CreatorEmail: in.CreatorEmail}
	if err := c.Coda.AddGoLink(ctx, in.Organization, link); err != nil {
		return nil, err
	}
	return kit.Wrote(kit.Written{Status: kit.StatusApplied}, fmt.Sprintf("Added go/%s, which leads to %s.", kit.OneLine(link.Name), kit.OneLine(link.DestinationURL))), nil
}
