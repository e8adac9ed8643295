package sets

import (
	"context"
	"fmt"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func publishDocTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_publish_doc", Title: "Publish a doc",
		Group: kit.GroupAdmin, Set: setPublishing, Repeatable: true, ReachesOut: true, Overwrites: true,
		Description: "Publish a doc on the web, or change how it is published. Use it only when the person asked to " +
			"make the doc public; what is left out stays as it is.",
		Output: []kit.Field{{Name: "url", Kind: kit.KindString}},
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
	if ask, err := c.Confirm(ctx, in,
		kit.Question("Publish this doc on the web, for everybody to see?", kit.Thing{What: "Doc", Name: doc})); ask != nil ||
		err != nil {
		return ask, err
	}
	m, err := c.Coda.PublishDoc(
		ctx,
		doc,
		coda.DocPublish{Slug: in.Slug, Mode: in.Mode, Discoverable: in.Discoverable, CategoryNames: in.Categories},
	)
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
	return kit.Wrote(
		w,
		fmt.Sprintf("Published the doc %s%s", doc, kit.ColonURL(address)),
		kit.Fact{Name: "url", Value: address},
	), nil
}
