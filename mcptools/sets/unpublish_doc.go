package sets

import (
	"context"
	"fmt"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func unpublishDocTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_unpublish_doc", Title: "Unpublish a doc",
		Group: kit.GroupAdmin, Set: setPublishing, Repeatable: true, Overwrites: true, ReachesOut: true,
		TakeBack: publishingReversal().TakeBack, Remover: "coda_publish_doc",
		Description: "Take a published doc off the web. Use it only when asked to: links to the public address then " +
			"lead nowhere. The doc itself stays.",
	}, unpublishDoc)
}

func unpublishDoc(ctx context.Context, c *kit.Call, in askedDocInput) (*kit.Answer, error) {
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	before, err := c.Coda.GetDoc(ctx, doc)
	if err != nil {
		return nil, err
	}
	name := kit.DescribeTarget(coda.Target{ID: doc, Name: before.Name})
	if before.Published == nil {
		return kit.Unchanged(fmt.Sprintf("the doc %s is not published.", name)), nil
	}
	ask, err := c.Consent(ctx, kit.Act{Text: kit.Question("Take this published doc off the web?",
		kit.Thing{What: "Doc", Name: name}, kit.Thing{What: "Address", Name: before.Published.BrowserLink})})
	if ask != nil || err != nil {
		return ask, err
	}
	turn, was := publishingReversal(), publishedAs(before.Published)
	k, err := turn.Keep(ctx, c, doc, was, nil, true)
	if err != nil {
		return nil, err
	}
	if err := c.Coda.UnpublishDoc(ctx, doc); err != nil {
		k.Abandon(ctx, err)
		return nil, err
	}
	effect, done := kit.Effect{Changed: 1}, fmt.Sprintf("The doc %s is no longer published.", name)
	turn.End(ctx, k, done, effect, was, nil, "")
	return kit.Wrote(kit.Applied(effect), done), nil
}
