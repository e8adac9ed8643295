package sets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func getSharingTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_get_sharing", Title: "Who can open a doc", Group: kit.GroupRead, Set: setSharing,
		Description: "List who can open a doc and with which access, and its sharing settings. Use it before changing " +
			"who can open it.",
	}, getSharing)
}

type docInput struct {
	kit.InDoc
}

// askedDocInput are the arguments of a tool that does something to a doc once the person agreed.
type askedDocInput struct {
	kit.InDoc
	kit.Asked
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
	return fmt.Sprintf(
		"This account may share it: %s, with its workspace: %s, with its organization: %s; copy it: %s.\n",
		yesNo(r.Share),
		yesNo(r.ShareWithWorkspace),
		yesNo(r.ShareWithOrg),
		yesNo(r.Copy),
	)
}
