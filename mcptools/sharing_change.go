package mcptools

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

func shareDocTool() spec {
	return handle(spec{
		name: "coda_share_doc", title: "Share a doc", group: groupAdmin, set: setSharing, repeatable: true, reachesOut: true,
		description: "Let a person, group, domain, workspace or anyone open a doc. Use it only when the person who asks named who shall have access; Coda then writes them a mail unless notify is false.",
		params: []param{
			docParam(true),
			{name: "who", description: "E-mail address, group id, domain such as example.com, workspace id (ws-…) or anyone", required: true},
			{name: "access", enum: []string{coda.AccessReadOnly, coda.AccessComment, coda.AccessWrite}, required: true},
			{name: "notify", kind: kindBoolean, description: "Default true"},
		},
		output: writeOutput(),
	}, shareDoc)
}

type shareDocInput struct {
	Doc    string `json:"doc"`
	Who    string `json:"who"`
	Access string `json:"access"`
	Notify *bool  `json:"notify"`
}

func shareDoc(ctx context.Context, c *call, in shareDocInput) (*answer, error) {
	principal, err := principalOf(in.Who)
	if err != nil {
		return nil, err
	}
	doc, err := c.docID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	ask, err := c.confirm(ctx, in, fmt.Sprintf("Share the doc %s with %s (%s)?", doc, principalText(principal), in.Access))
	if ask != nil || err != nil {
		return ask, err
	}
	add := coda.PermissionAdd{Access: in.Access, Principal: principal, SuppressEmail: in.Notify != nil && !*in.Notify}
	if err := c.coda.AddPermission(ctx, doc, add); err != nil {
		return nil, err
	}
	return &answer{
		text: fmt.Sprintf("The doc %s is now shared with %s: %s.", doc, principalText(principal), in.Access),
		data: written{Status: statusApplied},
	}, nil
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
		return coda.Principal{}, complain(`Argument "who" cannot be %q. It takes one e-mail address, group id, domain, workspace id or "anyone"; coda_search_people finds addresses and group ids.`, clip(oneLine(who), 80))
	case strings.Contains(who, "."):
		return coda.Principal{Type: "domain", Domain: who}, nil
	}
	return coda.Principal{Type: "group", GroupID: who}, nil
}

func unshareDocTool() spec {
	return handle(spec{
		name: "coda_unshare_doc", title: "Withdraw access to a doc", group: groupAdmin, set: setSharing, overwrites: true, repeatable: true,
		description: "Withdraw a permission to open a doc. Use it only when asked to; coda_get_sharing lists who has access and the ids of permissions.",
		params: []param{
			docParam(true),
			{name: "who", description: "Permission id, or the e-mail address it was given to", required: true},
		},
		output: writeOutput(),
	}, unshareDoc)
}

type unshareDocInput struct {
	Doc string `json:"doc"`
	Who string `json:"who"`
}

func unshareDoc(ctx context.Context, c *call, in unshareDocInput) (*answer, error) {
	doc, err := c.docID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	var found *coda.Permission
	var others []string
	for p, err := range c.coda.ListPermissions(ctx, doc, coda.ListOptions{}) {
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
		return nil, complain("No permission of this doc is %q.%s coda_get_sharing lists them.", clip(oneLine(in.Who), 80), didYouMean(in.Who, others))
	}
	who := principalText(found.Principal)
	if ask, err := c.confirm(ctx, in, fmt.Sprintf("Withdraw the %s access of %s to the doc %s?", found.Access, who, doc)); ask != nil || err != nil {
		return ask, err
	}
	if err := c.coda.DeletePermission(ctx, doc, found.ID); err != nil {
		return nil, err
	}
	return &answer{text: fmt.Sprintf("The access of %s to the doc %s is withdrawn.", oneLine(who), doc), data: written{Status: statusApplied}}, nil
}

func updateSharingTool() spec {
	return handle(spec{
		name: "coda_update_sharing", title: "Change a doc's sharing settings", group: groupAdmin, set: setSharing, overwrites: true, repeatable: true,
		description: "Change who may share, copy, or ask to edit a doc. Settings that are left out stay as they are; coda_get_sharing tells them.",
		params: []param{
			docParam(true),
			{name: "editors_may_share", kind: kindBoolean},
			{name: "copying", kind: kindBoolean, description: "Viewers may copy the doc"},
			{name: "requests_to_edit", kind: kindBoolean, description: "Viewers may ask for edit access"},
		},
		output: writeOutput(field{"settings", kindObject, true, ""}),
	}, updateSharing)
}

type updateSharingInput struct {
	Doc             string `json:"doc"`
	EditorsMayShare *bool  `json:"editors_may_share"`
	Copying         *bool  `json:"copying"`
	RequestsToEdit  *bool  `json:"requests_to_edit"`
}

func updateSharing(ctx context.Context, c *call, in updateSharingInput) (*answer, error) {
	if in.EditorsMayShare == nil && in.Copying == nil && in.RequestsToEdit == nil {
		return nil, complain("Nothing to change: pass editors_may_share, copying or requests_to_edit.")
	}
	doc, err := c.docID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	settings, err := c.coda.UpdateACLSettings(ctx, doc, coda.ACLSettingsUpdate{
		AllowEditorsToChangePermissions: in.EditorsMayShare, AllowCopying: in.Copying, AllowViewersToRequestEditing: in.RequestsToEdit,
	})
	if err != nil {
		return nil, err
	}
	s := newSharingSettings(settings)
	return &answer{text: "Applied. " + s.text(), data: struct {
		written
		Settings sharingSettings `json:"settings"`
	}{written{Status: statusApplied}, s}}, nil
}
