package sets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// What the tools of these sets change is taken back by making it what it was; see [kit.Reversal]. A share, an address
// on the web or a domain is there or not; settings and names have values, of which only those are kept that the call
// changed.

// shared is what somebody may do with a doc.
type shared struct {
	Who    coda.Principal `json:"who"`
	Access string         `json:"access"`
}

func sharedBy(p *coda.Permission) *shared {
	if p == nil {
		return nil
	}
	who := p.Principal
	who.GroupName, who.Email, who.Domain = "", strings.ToLower(who.Email), strings.ToLower(who.Domain)
	return &shared{Who: who, Access: p.Access}
}

func sharingReversal() kit.Reversal[shared] {
	return kit.Reversal[shared]{
		Look: func(ctx context.Context, c *kit.Call, doc string, known *shared) (*shared, error) {
			p, err := permissionOf(ctx, c, doc, known.Who)
			return sharedBy(p), err
		},
		Set: func(ctx context.Context, c *kit.Call, doc string, from, to *shared) (*shared, kit.Written, error) {
			if to != nil {
				return to, kit.Applied(kit.Effect{}), c.Coda.AddPermission(ctx, doc, coda.PermissionAdd{Access: to.Access,
					Principal: to.Who, SuppressEmail: true})
			}
			p, err := permissionOf(ctx, c, doc, from.Who)
			if err == nil && p != nil {
				err = c.Coda.DeletePermission(ctx, doc, p.ID)
			}
			return nil, kit.Applied(kit.Effect{}), err
		},
		Say: func(is, other *shared) string {
			if is == nil {
				return fmt.Sprintf("the doc is not shared with %s.", kit.OneLine(principalText(other.Who)))
			}
			return fmt.Sprintf("the doc is shared with %s: %s.", kit.OneLine(principalText(is.Who)), kit.OneLine(is.Access))
		},
		Ask: func(ctx context.Context, c *kit.Call, doc string, from, to *shared) string {
			about := []kit.Thing{{What: "Doc", Name: c.DescribeDoc(ctx, doc)}}
			if to == nil {
				return kit.Question("Withdraw access to this doc?", append(about,
					kit.Thing{What: "From", Name: principalText(from.Who)}, kit.Thing{What: "Access", Name: from.Access})...)
			}
			return kit.Question("Share this doc?", append(about, kit.Thing{What: "With", Name: principalText(to.Who)},
				kit.Thing{What: "Access", Name: to.Access})...)
		},
	}
}

// published is how a doc is published.
type published struct {
	Slug         string   `json:"slug"`
	Mode         string   `json:"mode"`
	Discoverable bool     `json:"discoverable"`
	Categories   []string `json:"categories,omitempty"`
}

func publishedAs(p *coda.DocPublished) *published {
	if p == nil {
		return nil
	}
	out := &published{Mode: p.Mode, Discoverable: p.Discoverable,
		Slug: strings.TrimPrefix(p.BrowserLink[strings.LastIndex(p.BrowserLink, "/")+1:], "@")}
	for _, category := range p.Categories {
		out.Categories = append(out.Categories, category.Name)
	}
	slices.Sort(out.Categories)
	return out
}

func publishingReversal() kit.Reversal[published] {
	return kit.Reversal[published]{
		Look: func(ctx context.Context, c *kit.Call, doc string, _ *published) (*published, error) {
			d, err := c.Coda.GetDoc(ctx, doc)
			if err != nil {
				return nil, err
			}
			return publishedAs(d.Published), nil
		},
		Set: func(ctx context.Context, c *kit.Call, doc string, _, to *published) (*published, kit.Written, error) {
			if to == nil {
				return nil, kit.Applied(kit.Effect{}), c.Coda.UnpublishDoc(ctx, doc)
			}
			m, err := c.Coda.PublishDoc(ctx, doc, coda.DocPublish{Slug: to.Slug, Mode: to.Mode,
				Discoverable: &to.Discoverable, CategoryNames: to.Categories})
			if err != nil {
				return nil, kit.Written{}, err
			}
			w, err := c.Settle(ctx, m)
			return to, w, err
		},
		Say: func(is, _ *published) string {
			if is == nil {
				return "the doc is not published."
			}
			return near.Sprintf("the doc is published under an address that ends in %q, with mode %s.",
				kit.Clip(kit.OneLine(is.Slug), 100), kit.OneLine(is.Mode))
		},
		Ask: func(ctx context.Context, c *kit.Call, doc string, _, to *published) string {
			about := []kit.Thing{{What: "Doc", Name: c.DescribeDoc(ctx, doc)}}
			if to == nil {
				return kit.Question("Take this published doc off the web?", about...)
			}
			return kit.Question("Publish this doc on the web, for everybody to see?", append(about,
				kit.Thing{What: "Address ends in", Name: to.Slug}, kit.Thing{What: "Mode", Name: to.Mode},
				kit.Thing{What: "Categories", Name: strings.Join(to.Categories, ", ")},
				kit.Thing{What: "Search engines and the gallery may list it", Name: yesNo(to.Discoverable)})...)
		},
	}
}

// asked keeps of settings those that a call changed.
func (in updateSharingInput) asked(s sharingSettings) *sharingChange {
	out := &sharingChange{}
	for _, f := range []struct {
		asked *bool
		is    bool
		to    **bool
	}{{in.EditorsMayShare, s.EditorsMayShare, &out.EditorsMayShare}, {in.Copying, s.Copying, &out.Copying},
		{in.RequestsToEdit, s.RequestsToEdit, &out.RequestsToEdit}} {
		if f.asked != nil {
			*f.to = new(bool)
			**f.to = f.is
		}
	}
	return out
}

// sharingChange are some of a doc's sharing settings.
type sharingChange struct {
	EditorsMayShare *bool `json:"editors_may_share,omitempty"`
	Copying         *bool `json:"copying,omitempty"`
	RequestsToEdit  *bool `json:"requests_to_edit,omitempty"`
}

func settingsReversal() kit.Reversal[sharingChange] {
	return kit.Reversal[sharingChange]{
		Look: func(ctx context.Context, c *kit.Call, doc string, known *sharingChange) (*sharingChange, error) {
			s, err := c.Coda.GetACLSettings(ctx, doc)
			if err != nil {
				return nil, err
			}
			in := updateSharingInput{EditorsMayShare: known.EditorsMayShare, Copying: known.Copying,
				RequestsToEdit: known.RequestsToEdit}
			return in.asked(newSharingSettings(s)), nil
		},
		Set: func(ctx context.Context, c *kit.Call, doc string, _, to *sharingChange) (*sharingChange, kit.Written, error) {
			_, err := c.Coda.UpdateACLSettings(ctx, doc, coda.ACLSettingsUpdate{
				AllowEditorsToChangePermissions: to.EditorsMayShare, AllowCopying: to.Copying,
				AllowViewersToRequestEditing: to.RequestsToEdit,
			})
			return to, kit.Applied(kit.Effect{}), err
		},
		Say: func(is, _ *sharingChange) string {
			var parts []string
			for _, f := range []struct {
				name string
				is   *bool
			}{{"Editors may share", is.EditorsMayShare}, {"Viewers may copy", is.Copying},
				{"Viewers may ask for edit access", is.RequestsToEdit}} {
				if f.is != nil {
					parts = append(parts, f.name+": "+yesNo(*f.is)+".")
				}
			}
			return strings.Join(parts, " ")
		},
	}
}

// domain is one under which a doc is shown.
type domain struct {
	Name string `json:"name"`
}

func domainReversal() kit.Reversal[domain] {
	return kit.Reversal[domain]{
		Look: func(ctx context.Context, c *kit.Call, doc string, known *domain) (*domain, error) {
			connected, _, err := domainsOf(ctx, c, doc, known.Name)
			if err != nil || !connected {
				return nil, err
			}
			return known, nil
		},
		Set: func(ctx context.Context, c *kit.Call, doc string, from, to *domain) (*domain, kit.Written, error) {
			if to == nil {
				return nil, kit.Applied(kit.Effect{}), c.Coda.DeleteCustomDomain(ctx, doc, from.Name)
			}
			return to, kit.Written{Status: kit.StatusPending}, c.Coda.AddCustomDomain(ctx, doc, to.Name)
		},
		Say: func(is, other *domain) string {
			if is == nil {
				return fmt.Sprintf("the doc is not shown under %s.", kit.OneLine(other.Name))
			}
			return fmt.Sprintf("the doc is connected to the domain %s.", kit.OneLine(is.Name))
		},
		Ask: func(ctx context.Context, c *kit.Call, doc string, from, to *domain) string {
			about := kit.Thing{What: "Doc", Name: c.DescribeDoc(ctx, doc)}
			if to == nil {
				return kit.Question("Stop showing this doc under this domain?", about,
					kit.Thing{What: "Domain", Name: from.Name})
			}
			return kit.Question("Show this doc under this domain?", about, kit.Thing{What: "Domain", Name: to.Name})
		},
	}
}

// role is what a member is in a workspace.
type role struct {
	Workspace string `json:"workspace"`
	Email     string `json:"email"`
	Role      string `json:"role"`
}

func roleReversal() kit.Reversal[role] {
	return kit.Reversal[role]{
		Look: func(ctx context.Context, c *kit.Call, _ string, known *role) (*role, error) {
			_, member, err := memberOf(ctx, c, known.Workspace, known.Email)
			if err != nil || member == nil {
				return nil, err
			}
			return &role{known.Workspace, known.Email, member.Role}, nil
		},
		Set: func(ctx context.Context, c *kit.Call, _ string, _, to *role) (*role, kit.Written, error) {
			_, err := c.Coda.ChangeUserRole(ctx, to.Workspace, to.Email, to.Role)
			return to, kit.Applied(kit.Effect{}), err
		},
		Say: func(is, other *role) string {
			if is == nil {
				return fmt.Sprintf("%s is not seen among the members of workspace %s.", kit.OneLine(other.Email), other.Workspace)
			}
			return fmt.Sprintf("%s is %s of workspace %s.", kit.OneLine(is.Email), kit.OneLine(is.Role), is.Workspace)
		},
		Ask: func(_ context.Context, _ *kit.Call, _ string, from, to *role) string {
			return kit.Question("Give this member another role?", kit.Thing{What: "Member", Name: to.Email},
				kit.Thing{What: "Role", Name: to.Role}, kit.Thing{What: "Workspace", Name: to.Workspace},
				kit.Thing{What: "Role before", Name: from.Role})
		},
	}
}

// isGone reports whether Coda says that there is no such thing.
func isGone(err error) bool { return errors.Is(err, coda.ErrNotFound) || errors.Is(err, coda.ErrGone) }
