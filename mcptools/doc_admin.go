package mcptools

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

const setDocAdmin = "doc_admin"

func docAdminTools() []spec {
	return []spec{updateDocTool(), deleteDocTool(), listDomainsTool(), connectDomainTool(), disconnectDomainTool(), addGoLinkTool()}
}

func updateDocTool() spec {
	return handle(spec{
		name: "coda_update_doc", title: "Rename a doc", group: groupWrite, set: setDocAdmin, overwrites: true, repeatable: true,
		description: "Change a doc's title or icon. What is left out stays. For pages use coda_update_page.",
		params:      []param{docParam(true), {name: "title"}, {name: "icon", description: "Coda's name of an icon"}},
		output:      writeOutput(field{"doc", kindObject, true, ""}),
	}, updateDoc)
}

type updateDocInput struct {
	Doc   string `json:"doc"`
	Title string `json:"title"`
	Icon  string `json:"icon"`
}

func updateDoc(ctx context.Context, c *call, in updateDocInput) (*answer, error) {
	update := coda.DocUpdate{Title: strings.TrimSpace(in.Title), IconName: in.Icon}
	if update == (coda.DocUpdate{}) {
		return nil, complain("Nothing to change: pass title or icon.")
	}
	doc, err := c.docID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	if err := c.coda.UpdateDoc(ctx, doc, update); err != nil {
		return nil, err
	}
	out := docCreated{written: written{Status: statusApplied}, Doc: docRef{ID: doc, Name: update.Title}}
	return &answer{text: fmt.Sprintf("Changed the doc %s.", doc), data: out}, nil
}

func deleteDocTool() spec {
	return handle(spec{
		name: "coda_delete_doc", title: "Delete a doc", group: groupDestructive, set: setDocAdmin, overwrites: true, repeatable: true,
		description: "Delete a whole doc with all its pages and tables. Use it only when the person asked for exactly this doc to be deleted.",
		params:      []param{docParam(true)},
		output:      writeOutput(field{"doc", kindObject, true, ""}),
	}, deleteDoc)
}

func deleteDoc(ctx context.Context, c *call, in docInput) (*answer, error) {
	doc, err := c.docID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	d, err := c.coda.GetDoc(ctx, doc)
	if err != nil {
		return nil, err
	}
	loss := fmt.Sprintf("Delete the doc %s (%s)", clip(oneLine(d.Name), 100), doc)
	if s := d.Size; s != nil {
		loss += fmt.Sprintf(" with %s, %s and %s", plural(int(s.PageCount), "page"), plural(int(s.TableAndViewCount), "table or view"), plural(int(s.TotalRowCount), "row"))
	}
	if ask, err := c.confirm(ctx, in, loss+"?"); ask != nil || err != nil {
		return ask, err
	}
	if err := c.coda.DeleteDoc(ctx, doc); err != nil {
		return nil, err
	}
	// Coda accepts it and tells no id to wait by.
	out := docCreated{written: written{Status: statusPending}, Doc: docRef{ID: doc, Name: d.Name}}
	return &answer{text: fmt.Sprintf("Coda accepted the deletion of the doc %s (%s). It happens within a minute and cannot be followed by coda_check_write.", clip(oneLine(d.Name), 100), doc), data: out}, nil
}

func listDomainsTool() spec {
	return handle(spec{
		name: "coda_list_domains", title: "List a doc's domains", group: groupRead, set: setDocAdmin,
		description: "List the domains that a published doc is shown under, with the state of their set-up and their registrar. Use it before coda_connect_domain.",
		params:      []param{docParam(true)},
		output:      []field{{"domains", kindObjects, true, ""}},
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

func listDomains(ctx context.Context, c *call, in docInput) (*answer, error) {
	doc, err := c.docID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	found := []domainFound{}
	var b strings.Builder
	for d, err := range c.coda.ListCustomDomains(ctx, doc, coda.ListOptions{}) {
		if err != nil {
			return nil, err
		}
		if len(found) == mostDomains {
			c.note("Only the first %d domains are shown.", mostDomains)
			break
		}
		f := domainFound{Domain: d.Domain, Setup: d.SetupStatus, Status: d.DomainStatus, Certificate: d.HasCertificate}
		if registrar, err := c.coda.CustomDomainProvider(ctx, d.Domain); err == nil {
			f.Registrar = registrar
		}
		found = append(found, f)
		fmt.Fprintf(&b, "- %s: set-up %s, %s, certificate %s, registrar %s\n", oneLine(f.Domain), f.Setup, f.Status, yesNo(f.Certificate), oneLine(f.Registrar))
	}
	if len(found) == 0 {
		b.WriteString("The doc has no domain of its own.\n")
	}
	return &answer{text: b.String(), data: struct {
		Domains []domainFound `json:"domains"`
	}{found}}, nil
}

type domainInput struct {
	Doc    string `json:"doc"`
	Domain string `json:"domain"`
}

func domainParam() param {
	return param{name: "domain", description: "Such as docs.example.com", required: true}
}

func connectDomainTool() spec {
	return handle(spec{
		name: "coda_connect_domain", title: "Connect a domain", group: groupAdmin, set: setDocAdmin, repeatable: true, reachesOut: true,
		description: "Show a published doc under a domain of one's own, or have Coda look at the domain's set-up again where it is connected already. The domain's DNS has to point to Coda, which nothing here can change.",
		params:      []param{docParam(true), domainParam()},
		output:      writeOutput(),
	}, connectDomain)
}

func connectDomain(ctx context.Context, c *call, in domainInput) (*answer, error) {
	doc, err := c.docID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	domain := strings.ToLower(strings.TrimSpace(in.Domain))
	for d, err := range c.coda.ListCustomDomains(ctx, doc, coda.ListOptions{}) {
		if err != nil {
			return nil, err
		}
		if strings.EqualFold(d.Domain, domain) {
			if err := c.coda.UpdateCustomDomain(ctx, doc, d.Domain); err != nil {
				return nil, err
			}
			return &answer{text: fmt.Sprintf("The domain %s was connected already; Coda looks at its set-up again.", oneLine(d.Domain)), data: written{Status: statusApplied}}, nil
		}
	}
	if err := c.coda.AddCustomDomain(ctx, doc, domain); err != nil {
		return nil, err
	}
	return &answer{text: fmt.Sprintf("Coda connects the domain %s to the doc %s. coda_list_domains tells how the set-up goes.", oneLine(domain), doc), data: written{Status: statusPending}}, nil
}

func disconnectDomainTool() spec {
	return handle(spec{
		name: "coda_disconnect_domain", title: "Disconnect a domain", group: groupAdmin, set: setDocAdmin, overwrites: true, repeatable: true, reachesOut: true,
		description: "Stop showing a doc under a domain. Use it only when asked to: links to that domain then lead nowhere.",
		params:      []param{docParam(true), domainParam()},
		output:      writeOutput(),
	}, disconnectDomain)
}

func disconnectDomain(ctx context.Context, c *call, in domainInput) (*answer, error) {
	doc, err := c.docID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	domain := strings.ToLower(strings.TrimSpace(in.Domain))
	if ask, err := c.confirm(ctx, in, fmt.Sprintf("Stop showing the doc %s under %s?", doc, oneLine(domain))); ask != nil || err != nil {
		return ask, err
	}
	if err := c.coda.DeleteCustomDomain(ctx, doc, domain); err != nil {
		return nil, err
	}
	return &answer{text: fmt.Sprintf("The doc %s is no longer shown under %s.", doc, oneLine(domain)), data: written{Status: statusApplied}}, nil
}

func addGoLinkTool() spec {
	return handle(spec{
		name: "coda_add_go_link", title: "Add a go link", group: groupAdmin, set: setDocAdmin, reachesOut: true,
		description: "Add a short link (go/name) to an organization. Use it only when asked to; it needs an Enterprise organization's admin. Go links cannot be listed or removed through Coda's API.",
		params: []param{
			{name: "name", description: "Letters, digits, - and _", required: true},
			{name: "url", description: "Where it leads", required: true},
			{name: "description"},
			{name: "url_pattern", description: "With {*} where the link's arguments go"},
			{name: "creator_email"},
			{name: "organization", description: "Organization id; default the account's own"},
		},
		output: writeOutput(),
	}, addGoLink)
}

type addGoLinkInput struct {
	Name         string `json:"name"`
	URL          string `json:"url"`
	Description  string `json:"description"`
	Pattern      string `json:"url_pattern"`
	CreatorEmail string `json:"creator_email"`
	Organization string `json:"organization"`
}

func addGoLink(ctx context.Context, c *call, in addGoLinkInput) (*answer, error) {
	if u, err := url.Parse(in.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, complain(`Argument "url" cannot be %q: it takes a full address such as https://coda.io/d/….`, clip(oneLine(in.URL), 100))
	}
	if in.Organization == "" {
		user, err := c.coda.WhoAmI(ctx)
		if err != nil {
			return nil, err
		}
		if in.Organization = user.Workspace.OrganizationID; in.Organization == "" {
			return nil, complain("This Coda account belongs to no organization that Coda tells of. Pass its id as organization; go links need an Enterprise organization.")
		}
	}
	link := coda.GoLink{Name: strings.TrimPrefix(strings.TrimSpace(in.Name), "go/"), DestinationURL: in.URL, Description: in.Description, URLPattern: in.Pattern, CreatorEmail: in.CreatorEmail}
	if err := c.coda.AddGoLink(ctx, in.Organization, link); err != nil {
		return nil, err
	}
	return &answer{text: fmt.Sprintf("Added go/%s, which leads to %s.", oneLine(link.Name), oneLine(link.DestinationURL)), data: written{Status: statusApplied}}, nil
}
