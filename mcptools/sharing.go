package mcptools

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

const setSharing = "sharing"

func sharingTools() []spec {
	return []spec{getSharingTool(), searchPeopleTool(), shareDocTool(), unshareDocTool(), updateSharingTool()}
}

func getSharingTool() spec {
	return handle(spec{
		name: "coda_get_sharing", title: "Who can open a doc", group: groupRead, set: setSharing,
		description: "List who can open a doc and with which access, and its sharing settings. Use it before changing who can open it.",
		params:      []param{docParam(true)},
		output:      []field{{"permissions", kindObjects, true, ""}, {"settings", kindObject, true, ""}, {"may", kindObject, true, ""}},
	}, getSharing)
}

type docInput struct {
	Doc string `json:"doc"`
}

type sharing struct {
	Permissions []permission    `json:"permissions"`
	Settings    sharingSettings `json:"settings"`
	May         sharingRights   `json:"may"`
}

type permission struct {
	ID     string `json:"id"`
	Who    string `json:"who"`
	Access string `json:"access"`
}

type sharingSettings struct {
	EditorsMayShare bool `json:"editors_may_share"`
	Copying         bool `json:"copying"`
	RequestsToEdit  bool `json:"requests_to_edit"`
}

type sharingRights struct {
	Share              bool `json:"share"`
	ShareWithWorkspace bool `json:"share_with_workspace"`
	ShareWithOrg       bool `json:"share_with_organization"`
	Copy               bool `json:"copy"`
}

const mostPermissions = 200

func getSharing(ctx context.Context, c *call, in docInput) (*answer, error) {
	doc, err := c.docID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	s := sharing{Permissions: []permission{}}
	for p, err := range c.coda.ListPermissions(ctx, doc, coda.ListOptions{}) {
		if err != nil {
			return nil, err
		}
		if len(s.Permissions) == mostPermissions {
			c.note("Only the first %d permissions are shown.", mostPermissions)
			break
		}
		s.Permissions = append(s.Permissions, permission{p.ID, principalText(p.Principal), p.Access})
	}
	settings, err := c.coda.GetACLSettings(ctx, doc)
	if err != nil {
		return nil, err
	}
	s.Settings = newSharingSettings(settings)
	rights, err := c.coda.GetSharingMetadata(ctx, doc)
	if err != nil {
		return nil, err
	}
	s.May = sharingRights{rights.CanShare, rights.CanShareWithWorkspace, rights.CanShareWithOrg, rights.CanCopy}
	var b strings.Builder
	for _, p := range s.Permissions {
		fmt.Fprintf(&b, "- %s: %s (permission %s)\n", clip(oneLine(p.Who), 200), p.Access, p.ID)
	}
	if len(s.Permissions) == 0 {
		b.WriteString("- nobody beside its owner\n")
	}
	return &answer{text: fmt.Sprintf("%s%sThis account may share it: %s.\n", marked(b.String()), s.Settings.text(), yesNo(s.May.Share)), data: s}, nil
}

func newSharingSettings(s *coda.ACLSettings) sharingSettings {
	return sharingSettings{EditorsMayShare: s.AllowEditorsToChangePermissions, Copying: s.AllowCopying, RequestsToEdit: s.AllowViewersToRequestEditing}
}

func (s sharingSettings) text() string {
	return fmt.Sprintf("Editors may share: %s. Viewers may copy: %s. Viewers may ask for edit access: %s.\n",
		yesNo(s.EditorsMayShare), yesNo(s.Copying), yesNo(s.RequestsToEdit))
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func principalText(p coda.Principal) string {
	switch {
	case p.Email != "":
		return p.Email
	case p.GroupName != "":
		return "group " + p.GroupName + " (" + p.GroupID + ")"
	case p.GroupID != "":
		return "group " + p.GroupID
	case p.Domain != "":
		return "everybody at " + p.Domain
	case p.WorkspaceID != "":
		return "workspace " + p.WorkspaceID
	case p.Type == "anyone":
		return "anyone with the link"
	}
	return p.Type
}

func searchPeopleTool() spec {
	return handle(spec{
		name: "coda_search_people", title: "Find people to share with", group: groupRead, set: setSharing,
		description: "Find people and groups that a doc can be shared with, at most 20 of each. Use it to learn the e-mail address or group id for coda_share_doc.",
		params:      []param{docParam(true), {name: "query", description: "Part of a name or address", required: true}},
		output:      []field{{"people", kindObjects, true, ""}, {"groups", kindObjects, true, ""}},
	}, searchPeople)
}

type searchPeopleInput struct {
	Doc   string `json:"doc"`
	Query string `json:"query"`
}

type peopleFound struct {
	People []personFound `json:"people"`
	Groups []groupFound  `json:"groups"`
}

type personFound struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

type groupFound struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func searchPeople(ctx context.Context, c *call, in searchPeopleInput) (*answer, error) {
	if strings.TrimSpace(in.Query) == "" {
		return nil, complain(`Argument "query" is empty. Coda finds nobody without a part of a name or address.`)
	}
	doc, err := c.docID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	found, err := c.coda.SearchPrincipals(ctx, doc, in.Query)
	if err != nil {
		return nil, err
	}
	p := peopleFound{People: []personFound{}, Groups: []groupFound{}}
	var b strings.Builder
	for _, u := range found.Users {
		p.People = append(p.People, personFound{u.Name, u.LoginID})
		fmt.Fprintf(&b, "- %s, %s\n", oneLine(u.Name), oneLine(u.LoginID))
	}
	for _, g := range found.Groups {
		p.Groups = append(p.Groups, groupFound{g.GroupID, g.GroupName})
		fmt.Fprintf(&b, "- group %s (%s)\n", oneLine(g.GroupName), g.GroupID)
	}
	text := markedList(b.String())
	if text == "" {
		text = fmt.Sprintf("Nobody whose name or address holds %q. A doc can still be shared with a full e-mail address.\n", clip(oneLine(in.Query), 80))
	}
	return &answer{text: text, data: p}, nil
}
