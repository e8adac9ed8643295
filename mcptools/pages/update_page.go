package pages

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func updatePageTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_update_page", Title: "Rename or hide a page", Group: kit.GroupWrite, Overwrites: true, Repeatable: true,
		Description: "Change a page's name, subtitle, icon, cover or visibility. " +
			"What is left out stays. For its text use coda_edit_page. Pages cannot be moved through Coda's API.",
		Output: kit.WriteOutput(kit.Field{Name: "page", Kind: kit.KindObject, Always: true, Of: "doc id name url"}),
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
	update := coda.PageUpdate{Name: strings.TrimSpace(in.Name), Subtitle: in.Subtitle, IconName: in.Icon, ImageURL: in.ImageURL, IsHidden: in.Hidden}
	if update == (coda.PageUpdate{}) {
		return nil, kit.Complain("Nothing to change: pass name, subtitle, icon, image_url or hidden.")
	}
	if in.ImageURL != "" {
		if err := webAddress("image_url", in.ImageURL); err != nil {
			return nil, err
		}
	}
	target, err := c.Page(ctx, in.Doc, in.Page)
	if err != nil {
		return nil, err
	}
	m, err := c.Coda.UpdatePage(ctx, target.Doc, target.ID, update)
	if err != nil {
		return nil, err
	}
	w, err := c.Settle(ctx, m)
	if err != nil {
		return nil, err
	}
	out := pageWritten{Written: w, Page: pageRef{Doc: target.Doc, ID: target.ID, Name: update.Name, URL: pageURL(ctx, c, w, target.Doc, target.ID)}}
	return &kit.Answer{Text: fmt.Sprintf("Changed the page %s of doc %s%s\n%s", target.ID, target.Doc, kit.ColonURL(out.Page.URL), w.Text()), Data: out}, nil
}
