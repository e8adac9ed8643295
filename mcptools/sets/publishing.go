package sets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

const setPublishing = "publishing"

func publishingTools() []kit.Spec {
	return []kit.Spec{listCategoriesTool(), publishDocTool(), unpublishDocTool()}
}

func listCategoriesTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_list_categories", Title: "List publishing categories", Group: kit.GroupRead, Set: setPublishing,
		Description: "List the categories that a published doc can be filed under. Use it before coda_publish_doc with categories.",
	}, listCategories)
}

func listCategories(ctx context.Context, c *kit.Call, _ struct{}) (*kit.Answer, error) {
	found, err := c.Coda.ListCategories(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(found))
	for i, category := range found {
		names[i] = category.Name
	}
	return &kit.Answer{Text: "Categories: " + kit.OneLine(strings.Join(names, ", "))}, nil
}

func publishDocTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_publish_doc", Title: "Publish a doc", Group: kit.GroupAdmin, Set: setPublishing, Repeatable: true, ReachesOut: true, Overwrites: true,
		Description: "Publish a doc on the web, or change how it is published. Use it only when the person asked to make the doc public; what is left out stays as it is.",
		Output:      []kit.Field{{Name: "url", Kind: kit.KindString}},
	}, publishDoc)
}

type publishDocInput struct {
	kit.InDoc
	Slug         string   `json:"slug" doc:"End of the public address"`
	Mode         string   `json:"mode" enum:"view,play,edit"`
	Discoverable *bool    `json:"discoverable" doc:"Let search engines and the gallery list it"`
	Categories   []string `json:"categories"`
}

func publishDoc(ctx context.Context, c *kit.Call, in publishDocInput) (*kit.Answer, error) {
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	if ask, err := c.Confirm(ctx, in, fmt.Sprintf("Publish the doc %s on the web, for everybody to see?", doc)); ask != nil || err != nil {
		return ask, err
	}
	m, err := c.Coda.PublishDoc(ctx, doc, coda.DocPublish{Slug: in.Slug, Mode: in.Mode, Discoverable: in.Discoverable, CategoryNames: in.Categories})
	if err != nil {
		return nil, err
	}
	w, err := c.Settle(ctx, m)
	if err != nil {
		return nil, err
	}
	address := ""
	if w.Status == kit.StatusApplied {
		if d, err := c.Coda.GetDoc(ctx, doc); err == nil && d.Published != nil {
			address = d.Published.BrowserLink
		}
	}
	return kit.Wrote(w, fmt.Sprintf("Published the doc %s%s", doc, kit.ColonURL(address)), kit.Fact{Name: "url", Value: address}), nil
}

func unpublishDocTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_unpublish_doc", Title: "Unpublish a doc", Group: kit.GroupAdmin, Set: setPublishing, Repeatable: true, Overwrites: true, ReachesOut: true,
		Description: "Take a published doc off the web. Use it only when asked to: links to the public address then lead nowhere. The doc itself stays.",
	}, unpublishDoc)
}

func unpublishDoc(ctx context.Context, c *kit.Call, in docInput) (*kit.Answer, error) {
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	if ask, err := c.Confirm(ctx, in, fmt.Sprintf("Take the published doc %s off the web?", doc)); ask != nil || err != nil {
		return ask, err
	}
	if err := c.Coda.UnpublishDoc(ctx, doc); err != nil {
		return nil, err
	}
	return kit.Wrote(kit.Written{Status: kit.StatusApplied}, fmt.Sprintf("The doc %s is no longer published.", doc)), nil
}
