package sets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

const setSharing = "sharing"

func sharingTools() []kit.Spec {
	return []kit.Spec{getSharingTool(), searchPeopleTool(), shareDocTool(), unshareDocTool(), updateSharingTool()}
}

func getSharingTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_get_sharing", Title: "Who can open a doc", Group: kit.GroupRead, Set: setSharing,
		Description: "List who can open a doc and with which access, and its sharing settings. Use it before changing who can open it.",
	}, getSharing)
}

type docInput struct {
	kit.InDoc
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

func getSharing(ctx context.Context, c *kit.Call, in docInput) (*kit.Answer, error) {
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	s := sharing{Permissions: []permission{}}
	for p, err := range c.Coda.ListPermissions(ctx, doc, coda.ListOptions{}) {
		if err != nil {
			return nil, err
		}
		if len(s.Permissions) == mostPermissions {
			c.Note("Only the first %d permissions are shown.", mostPermissions)
			break
		}
		s.Permissions = append(s.Permissions, permission{p.ID, principalText(p.Principal), p.Access})
	}
	settings, err := c.Coda.GetACLSettings(ctx, doc)
	if err != nil {
		return nil, err
	}
	s.Settings = newSharingSettings(settings)
	rights, err := c.Coda.GetSharingMetadata(ctx, doc)
	if err != nil {
		return nil, err
	}
	s.May = sharingRights{rights.CanShare, rights.CanShareWithWorkspace, rights.CanShareWithOrg, rights.CanCopy}
	var b strings.Builder
	for _, p := range s.Permissions {
		fmt.Fprintf(&b, "- %s: %s (permission %s)\n", kit.Clip(kit.OneLine(p.Who), 200), p.Access, p.ID)
	}
	if len(s.Permissions) == 0 {
		b.WriteString("- nobody beside its owner\n")
	}
	return &kit.Answer{Text: kit.Marked(b.String()) + s.Settings.text() + "\n" + s.May.text()}, nil
}

func (r sharingRights) text() string {
	return fmt.Sprintf("This account may share it: %s, with its workspace: %s, with its organization: %s; copy it: %s.\n",
		yesNo(r.Share), yesNo(r.ShareWithWorkspace), yesNo(r.ShareWithOrg), yesNo(r.Copy))
}

func newSharingSettings(s *coda.ACLSettings) sharingSettings {
	return sharingSettings{EditorsMayShare: s.AllowEditorsToChangePermissions, Copying: s.AllowCopying, RequestsToEdit: s.AllowViewersToRequestEditing}
}

func (s sharingSettings) text() string {
	return fmt.Sprintf("Editors may share: %s. Viewers may copy: %s. Viewers may ask for edit access: %s.",
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

func searchPeopleTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_search_people", Title: "Find people to share with", Group: kit.GroupRead, Set: setSharing,
		Description: "Find people and groups that a doc can be shared with, at most 20 of each. Use it to learn the e-mail address or group id for coda_share_doc.",
	}, searchPeople)
}

type searchPeopleInput struct {
	kit.InDoc
	Query string `json:"query" required:"true" doc:"Part of a name or address"`
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

func searchPeople(ctx context.Context, c *kit.Call, in searchPeopleInput) (*kit.Answer, error) {
	if strings.TrimSpace(in.Query) == "" {
		return nil, kit.Complain(`Argument "query" is empty. Coda finds nobody without a part of a name or address.`)
	}
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	found, err := c.Coda.SearchPrincipals(ctx, doc, in.Query)
	if err != nil {
		return nil, err
	}
	p := peopleFound{People: []personFound{}, Groups: []groupFound{}}
	var b strings.Builder
	for _, u := range found.Users {
		p.People = append(p.People, personFound{u.Name, u.LoginID})
		fmt.Fprintf(&b, "- %s, %s\n", kit.OneLine(u.Name), kit.OneLine(u.LoginID))
	}
	for _, g := range found.Groups {
		p.Groups = append(p.Groups, groupFound{g.GroupID, g.GroupName})
		fmt.Fprintf(&b, "- group %s (%s)\n", kit.OneLine(g.GroupName), g.GroupID)
	}
	text := kit.MarkedList(b.String())
	if text == "" {
		text = fmt.Sprintf("Nobody whose name or address holds %q. A doc can still be shared with a full e-mail address.\n", kit.Clip(kit.OneLine(in.Query), 80))
	}
	return &kit.Answer{Text: text}, nil
}
