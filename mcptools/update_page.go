package mcptools

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

func updatePageTool() spec {
	return handle(spec{
		name: "coda_update_page", title: "Rename or hide a page", group: groupWrite, overwrites: true, repeatable: true,
		description: "Change a page's name, subtitle, icon, cover or visibility. " +
			"What is left out stays. For its text use coda_edit_page. Pages cannot be moved through Coda's API.",
		params: []param{
			pageParam(), docParam(false),
			{name: "name", description: "New name"},
			{name: "subtitle"},
			{name: "icon", description: "Coda's name of an icon"},
			{name: "image_url", description: "Cover"},
			{name: "hidden", kind: kindBoolean},
		},
		output: writeOutput(field{"page", kindObject, true, "doc id name url"}),
	}, updatePage)
}

type updatePageInput struct {
	Page     string `json:"page"`
	Doc      string `json:"doc"`
	Name     string `json:"name"`
	Subtitle string `json:"subtitle"`
	Icon     string `json:"icon"`
	ImageURL string `json:"image_url"`
	Hidden   *bool  `json:"hidden"`
}

func updatePage(ctx context.Context, c *call, in updatePageInput) (*answer, error) {
	update := coda.PageUpdate{Name: strings.TrimSpace(in.Name), Subtitle: in.Subtitle, IconName: in.Icon, ImageURL: in.ImageURL, IsHidden: in.Hidden}
	if update == (coda.PageUpdate{}) {
		return nil, complain("Nothing to change: pass name, subtitle, icon, image_url or hidden.")
	}
	if in.ImageURL != "" {
		if err := webAddress("image_url", in.ImageURL); err != nil {
			return nil, err
		}
	}
	target, err := c.page(ctx, in.Doc, in.Page)
	if err != nil {
		return nil, err
	}
	m, err := c.coda.UpdatePage(ctx, target.Doc, target.ID, update)
	if err != nil {
		return nil, err
	}
	w, err := c.settle(ctx, m)
	if err != nil {
		return nil, err
	}
	out := pageWritten{written: w, Page: pageRef{Doc: target.Doc, ID: target.ID, Name: update.Name, URL: c.pageURL(ctx, w, target.Doc, target.ID)}}
	return &answer{text: fmt.Sprintf("Changed the page %s of doc %s%s\n%s", target.ID, target.Doc, colonURL(out.Page.URL), w.text()), data: out}, nil
}
