package sets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func shareDocTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_share_doc", Title: "Share a doc",
		Group: kit.GroupAdmin, Set: setSharing, Repeatable: true, ReachesOut: true,
		TakeBack: sharingReversal().TakeBack, Remover: "coda_unshare_doc",
		Description: "Let a person, group, domain, workspace or anyone open a doc. Use it only when the person " +
			"asking named who gets access; Coda then e-mails them unless notify is false.",
	}, shareDoc)
}

type shareDocInput struct {
	kit.InDoc
	Who    string `json:"who" required:"true" doc:"E-mail address, group id (grp-…), domain such as example.com, workspace id (ws-…) or anyone"`
	Access string `json:"access" required:"true" enum:"readonly,comment,write"`
	Notify *bool  `json:"notify" doc:"Default true"`
	kit.Asked
}

func shareDoc(ctx context.Context, c *kit.Call, in shareDocInput) (*kit.Answer, error) {
	principal, err := principalOf(in.Who)
	if err != nil {
		return nil, err
	}
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	if principal.Type == "" {
		return nil, whoIsMeant(ctx, c, doc, in.Who)
	}
	name := c.DescribeDoc(ctx, doc)
	before, err := permissionOf(ctx, c, doc, principal)
	if err != nil {
		return nil, err
	}
	about := []kit.Thing{{What: "Doc", Name: name}, {What: "With", Name: principalText(principal)},
		{What: "Access", Name: in.Access}}
	if before != nil {
		if before.Access == in.Access {
			return kit.Unchanged(fmt.Sprintf("the doc %s is shared with %s already: %s (permission %s).", name,
				kit.OneLine(principalText(before.Principal)), in.Access, before.ID)), nil
		}
		about = append(about, kit.Thing{What: "Access before", Name: before.Access})
	}
	quiet := in.Notify != nil && !*in.Notify
	if principal.Email != "" || principal.GroupID != "" {
		about = append(about, kit.Thing{What: "Coda e-mails them", Name: yesNo(!quiet)})
	}
	ask, err := c.Consent(ctx, kit.Act{Undone: "not shared", Text: kit.Question("Share this doc?", about...)})
	if ask != nil || err != nil {
		return ask, err
	}
	turn, was, left := sharingReversal(), sharedBy(before), sharedBy(&coda.Permission{Access: in.Access,
		Principal: principal})
	k, err := turn.Keep(ctx, c, doc, was, left, was == nil)
	if err != nil {
		return nil, err
	}
	add := coda.PermissionAdd{Access: in.Access, Principal: principal, SuppressEmail: quiet}
	if err := c.Coda.AddPermission(ctx, doc, add); err != nil {
		k.Abandon(ctx, err)
		return nil, err
	}
	effect := kit.Effect{Added: 1}
	done := fmt.Sprintf("The doc %s is now shared with %s: %s.%s", name, kit.OneLine(principalText(principal)), in.Access,
		accessBefore(before))
	turn.End(ctx, k, done, effect, was, left, "")
	return kit.Wrote(kit.Applied(effect), done), nil
}

func accessBefore(p *coda.Permission) string {
	if p == nil {
		return ""
	}
	return " The access before was " + kit.OneLine(p.Access) + "."
}

// permissionOf is what a principal has already; nil for nothing.
func permissionOf(ctx context.Context, c *kit.Call, doc string, who coda.Principal) (*coda.Permission, error) {
	for p, err := range c.Coda.ListPermissions(ctx, doc, coda.ListOptions{}) {
		if err != nil {
			return nil, err
		}
		if has := p.Principal; has.Type == who.Type && strings.EqualFold(has.Email, who.Email) &&
			has.GroupID == who.GroupID && strings.EqualFold(has.Domain, who.Domain) && has.WorkspaceID == who.WorkspaceID {
			return p, nil
		}
	}
	return nil, nil
}

// whoIsMeant refuses a name, with those who bear it: it opens nothing, for a group's id looks like any word, and Coda
// asks nobody which of two people was meant.
func whoIsMeant(ctx context.Context, c *kit.Call, doc, who string) error {
	found, err := c.Coda.SearchPrincipals(ctx, doc, who)
	if err != nil {
		found = &coda.Principals{} // a token that may not search gets the words alone
	}
	var meant []string
	for _, u := range found.Users {
		meant = append(meant, kit.Short(fmt.Sprintf("%s <%s>", u.Name, u.LoginID), 120))
	}
	for _, g := range found.Groups {
		meant = append(meant, kit.Short(fmt.Sprintf("group %s (%s)", g.GroupName, g.GroupID), 120))
	}
	text := fmt.Sprintf(`Nothing was shared: "%s" is a name. Pass the e-mail address or group id (grp-…)`, kit.Short(who, 80))
	if len(meant) > 0 {
		return kit.Complain("%s of the one you mean: %s.", text, kit.OrList(meant[:min(len(meant), mostMeant)]))
	}
	return kit.Complain("%s; coda_search_people finds them.", text)
}

// mostMeant is how many people and groups of a name are told.
const mostMeant = 5

// principalOf reads what kind of principal a text names; of a name the type is empty.
func principalOf(who string) (coda.Principal, error) {
	who = strings.TrimSpace(who)
	switch {
	case strings.EqualFold(who, "anyone"):
		return coda.Principal{Type: "anyone"}, nil
	case strings.HasPrefix(who, "ws-"):
		return coda.Principal{Type: "workspace", WorkspaceID: who}, nil
	case strings.Count(who, "@") == 1 && !strings.HasPrefix(who, "@") && !strings.HasSuffix(who, "@") &&
		!strings.ContainsAny(who, " ,;"):
		return coda.Principal{Type: "email", Email: who}, nil
	case strings.HasPrefix(who, "grp-") && !strings.ContainsAny(who, " ,;@/"):
		return coda.Principal{Type: "group", GroupID: who}, nil
	case who == "" || strings.ContainsAny(who, ",;@/"):
		return coda.Principal{}, kit.Complain(
			`Argument "who" cannot be %q. It takes one e-mail address, group id, domain, workspace id or "anyone"; coda_search_people finds addresses and group ids.`,
			kit.Clip(kit.OneLine(who), 80),
		)
	case strings.Contains(who, ".") && !strings.Contains(who, " "):
		return coda.Principal{Type: "domain", Domain: who}, nil
	}
	return coda.Principal{}, nil
}
