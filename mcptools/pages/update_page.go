package pages

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func updatePageTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_update_page", Title: "Update a page's properties", Group: kit.GroupWrite, Overwrites: true,
		Repeatable: true, TakeBack: takeBackPage(nil),
		Description: "Change a page's name, subtitle, icon, cover or visibility. " +
			"What is left out stays. For its text use coda_edit_page. Pages cannot be moved through Coda's API.",
		Output: []kit.Field{
			{Name: "page", Kind: kit.KindObject},
			{Name: "undo", Kind: kit.KindObject, Content: true, Label: "To undo, call coda_update_page on this page with:"},
		},
	}, updatePage)
}

type updatePageInput struct {
	kit.InPage
	Name     string `json:"name" doc:"New name"`
	Subtitle string `json:"subtitle"`
	Icon     string `json:"icon" doc:"Coda's name of an icon"`
	ImageURL string `json:"image_url" doc:"Cover"`
	Hidden   *bool  `json:"hidden"`
}

func updatePage(ctx context.Context, c *kit.Call, in updatePageInput) (*kit.Answer, error) {
	update := coda.PageUpdate{Name: strings.TrimSpace(in.Name), Subtitle: in.Subtitle, IconName: in.Icon,
		ImageURL: in.ImageURL, IsHidden: in.Hidden}
	if update == (coda.PageUpdate{}) {
		return nil, kit.Complain("Nothing to change: pass name, subtitle, icon, image_url or hidden.")
	}
	if in.ImageURL != "" {
		if err := publicAddress("image_url", in.ImageURL); err != nil {
			return nil, err
		}
	}
	ctx = coda.Afresh(ctx)
	target, err := c.Page(ctx, in.Doc, in.Page)
	if err != nil {
		return nil, err
	}
	before := lookAt(ctx, c, target.Doc, target.ID)
	if before.page != nil {
		target.Name = before.page.Name
	}
	doc := c.DescribeDoc(ctx, target.Doc)
	if before.holds(update) {
		as := fmt.Sprintf("%s of the page %s of doc %s %s already as asked.", kit.AndList(changedProperties(update)),
			kit.DescribeTarget(target), doc, map[bool]string{true: "is", false: "are"}[len(changedProperties(update)) == 1])
		return kit.Unchanged(as, kit.Fact{Name: "page", Value: pageRef{Doc: target.Doc, ID: target.ID, Name: target.Name,
			URL: before.url()}}), nil
	}
	kept, change := keptProperties(target, before, update)
	k, err := c.Keep(ctx, change, kept)
	if err != nil {
		return nil, err
	}
	m, err := c.Coda.UpdatePage(ctx, target.Doc, target.ID, update)
	if err != nil {
		k.Abandon(ctx, err)
		return nil, err
	}
	w, err := c.Settle(ctx, m)
	if err != nil {
		return nil, err
	}
	var after looked
	var told []string
	if w.Status == kit.StatusApplied {
		after = lookAt(ctx, c, target.Doc, target.ID)
		told = after.unseen(update.Name, update.Subtitle, update.IconName)
		update = after.taken(update)
	}
	if update == (coda.PageUpdate{}) {
		k.Abandon(ctx, nil)
		for _, line := range told {
			c.Note("%s", line)
		}
		return kit.Unchanged(fmt.Sprintf("the page %s of doc %s is as it was.", kit.DescribeTarget(target), doc),
			kit.Fact{Name: "page", Value: pageRef{Doc: target.Doc, ID: target.ID, Name: target.Name, URL: after.url()}}), nil
	}
	former, sentence := formerProperties(before, update)
	for _, line := range append(told, sentence) {
		if line != "" {
			c.Note("%s", line)
		}
	}
	page := pageRef{Doc: target.Doc, ID: target.ID, Name: cmp.Or(update.Name, target.Name), URL: after.url()}
	done := fmt.Sprintf("Changed %s of the page %s of doc %s%s", kit.AndList(changedProperties(update)),
		kit.DescribeTarget(target), doc, kit.ColonURL(page.URL))
	w.Effect, w.Pages = kit.Effect{Changed: 1}, []string{target.ID}
	kept, change = keptProperties(target, before, update)
	kept.Lost = sentence
	k.End(ctx, func(ch *kit.Change) {
		ch.What, ch.Effect, ch.Never = "changed "+kit.AndList(changedProperties(update)), w.Effect, change.Never
	}, kept)
	return kit.Wrote(w, done, kit.Fact{Name: "page", Value: page}, kit.Fact{Name: "undo", Value: former}), nil
}

func changedProperties(u coda.PageUpdate) []string {
	var names []string
	for _, p := range []struct {
		name    string
		changed bool
	}{
		{"the name", u.Name != ""}, {"the subtitle", u.Subtitle != ""}, {"the icon", u.IconName != ""},
		{"the cover", u.ImageURL != ""}, {"the visibility", u.IsHidden != nil},
	} {
		if p.changed {
			names = append(names, p.name)
		}
	}
	return names
}
