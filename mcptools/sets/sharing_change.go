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
		Name: "coda_share_doc", Title: "Share a doc", Group: kit.GroupAdmin, Set: setSharing, Repeatable: true, ReachesOut: true,
		Description: "Let a person, group, domain, workspace or anyone open a doc. Use it only when the person who asks named who shall have access; Coda then writes them a mail unless notify is false.",
	}, shareDoc)
}

type shareDocInput struct {
	kit.InDoc
	Who    string `json:"who" required:"true" doc:"E-mail address, group id, domain such as example.com, workspace id (ws-…) or anyone"`
	Access string `json:"access" required:"true" enum:"readonly,comment,write"`
	Notify *bool  `json:"notify" doc:"Default true"`
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
	ask, err := c.Confirm(ctx, in, fmt.Sprintf("Share the doc %s with %s (%s)?", doc, principalText(principal), in.Access))
	if ask != nil || err != nil {
		return ask, err
	}
	add := coda.PermissionAdd{Access: in.Access, Principal: principal, SuppressEmail: in.Notify != nil && !*in.Notify}
	if err := c.Coda.AddPermission(ctx, doc, add); err != nil {
		return nil, err
	}
	return kit.Wrote(kit.Written{Status: kit.StatusApplied}, fmt.Sprintf("The doc %s is now shared with %s: %s.", doc, kit.OneLine(principalText(principal)), in.Access)), nil
}

// principalOf reads what kind of principal a text names.
func principalOf(who string) (coda.Principal, error) {
	who = strings.TrimSpace(who)
	switch {
	case strings.EqualFold(who, "anyone"):
		return coda.Principal{Type: "anyone"}, nil
	case strings.HasPrefix(who, "ws-"):
		return coda.Principal{Type: "workspace", WorkspaceID: who}, nil
	case strings.Count(who, "@") == 1 && !strings.HasPrefix(who, "@") && !strings.HasSuffix(who, "@") && !strings.ContainsAny(who, " ,;"):
		return coda.Principal{Type: "email", Email: who}, nil
	case who == "" || strings.ContainsAny(who, " ,;@/"):
		return coda.Principal{}, kit.Complain(`Argument "who" cannot be %q. It takes one e-mail address, group id, domain, workspace id or "anyone"; coda_search_people finds addresses and group ids.`, kit.Clip(kit.OneLine(who), 80))
	case strings.Contains(who, "."):
		return coda.Principal{Type: "domain", Domain: who}, nil
	}
	return coda.Principal{Type: "group", GroupID: who}, nil
}

func unshareDocTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_unshare_doc", Title: "Withdraw access to a doc", Group: kit.GroupAdmin, Set: setSharing, Overwrites: true, Repeatable: true,
		Description: "Withdraw a permission to open a doc. Use it only when asked to; coda_get_sharing lists who has access and the ids of permissions.",
	}, unshareDoc)
}

type unshareDocInput struct {
	kit.InDoc
	Who string `json:"who" required:"true" doc:"Permission id, or the e-mail address it was given to"`
}

func unshareDoc(ctx context.Context, c *kit.Call, in unshareDocInput) (*kit.Answer, error) {
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	var found *coda.Permission
	var others []string
	for p, err := range c.Coda.ListPermissions(ctx, doc, coda.ListOptions{}) {
		if err != nil {
			return nil, err
		}
		if p.ID == in.Who || strings.EqualFold(p.Principal.Email, strings.TrimSpace(in.Who)) {
			found = p
			break
		}
		others = append(others, principalText(p.Principal))
	}
	if found == nil {
		return nil, kit.Complain("No permission of this doc is %q.%s coda_get_sharing lists them.", kit.Clip(kit.OneLine(in.Who), 80), kit.DidYouMean(in.Who, others))
	}
	who := principalText(found.Principal)
	if ask, err := c.Confirm(ctx, in, fmt.Sprintf("Withdraw the %s access of %s to the doc %s?", found.Access, who, doc)); ask != nil || err != nil {
		return ask, err
	}
	if err := c.Coda.DeletePermission(ctx, doc, found.ID); err != nil {
		return nil, err
	}
	return kit.Wrote(kit.Written{Status: kit.StatusApplied}, fmt.Sprintf("The access of %s to the doc %s is withdrawn.", kit.OneLine(who), doc)), nil
}

func updateSharingTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_update_sharing", Title: "Change a doc's sharing settings", Group: kit.GroupAdmin, Set: setSharing, Overwrites: true, Repeatable: true,
		Description: "Change who may share, copy, or ask to edit a doc. Settings that are left out stay as they are; coda_get_sharing tells them.",
		Output:      []kit.Field{{Name: "settings", Kind: kit.KindObject}},
	}, updateSharing)
}

type updateSharingInput struct {
	kit.InDoc
	EditorsMayShare *bool `json:"editors_may_share"`
	Copying         *bool `json:"copying" doc:"Viewers may copy the doc"`
	RequestsToEdit  *bool `json:"requests_to_edit" doc:"Viewers may ask for edit access"`
}

func updateSharing(ctx context.Context, c *kit.Call, in updateSharingInput) (*kit.Answer, error) {
	if in.EditorsMayShare == nil && in.Copying == nil && in.RequestsToEdit == nil {
		return nil, kit.Complain("Nothing to change: pass editors_may_share, copying or requests_to_edit.")
	}
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	settings, err := c.Coda.UpdateACLSettings(ctx, doc, coda.ACLSettingsUpdate{
		AllowEditorsToChangePermissions: in.EditorsMayShare, AllowCopying: in.Copying, AllowViewersToRequestEditing: in.RequestsToEdit,
	})
	if err != nil {
		return nil, err
	}
	s := newSharingSettings(settings)
	return kit.Wrote(kit.Written{Status: kit.StatusApplied}, fmt.Sprintf("Changed the sharing settings of the doc %s. %s", doc, s.text()), kit.Fact{Name: "settings", Value: s}), nil
}
