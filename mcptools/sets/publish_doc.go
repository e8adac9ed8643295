package sets

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func publishDocTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_publish_doc", Title: "Publish a doc",
		Group: kit.GroupAdmin, Set: setPublishing, Repeatable: true, ReachesOut: true, Overwrites: true,
		TakeBack: publishingReversal().TakeBack, Remover: "coda_unpublish_doc",
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
	kit.Asked
}

// about is what the person is asked about.
func (in publishDocInput) about(doc string) []kit.Thing {
	about := []kit.Thing{{What: "Doc", Name: doc}, {What: "Address ends in", Name: in.Slug}, {What: "Mode", Name: in.Mode},
		{What: "Categories", Name: strings.Join(in.Categories, ", ")}}
	if in.Discoverable != nil {
		about = append(about, kit.Thing{What: "Search engines and the gallery may list it", Name: yesNo(*in.Discoverable)})
	}
	return about
}

// isSo reports whether a doc is published as it is asked for.
func (in publishDocInput) isSo(p *coda.DocPublished) bool {
	for _, category := range in.Categories {
		if !slices.ContainsFunc(p.Categories, func(c coda.Category) bool { return strings.EqualFold(c.Name, category) }) {
			return false
		}
	}
	return (in.Slug == "" || strings.HasSuffix(p.BrowserLink, "/@"+in.Slug)) && (in.Mode == "" || in.Mode == p.Mode) &&
		(in.Discoverable == nil || *in.Discoverable == p.Discoverable) &&
		(len(in.Categories) == 0 || len(in.Categories) == len(p.Categories))
}

func publishDoc(ctx context.Context, c *kit.Call, in publishDocInput) (*kit.Answer, error) {
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	before, err := c.Coda.GetDoc(ctx, doc)
	if err != nil {
		return nil, err
	}
	name := kit.DescribeTarget(coda.Target{ID: doc, Name: before.Name})
	if p := before.Published; p != nil && in.isSo(p) {
		return kit.Unchanged(fmt.Sprintf("the doc %s is already published like this%s", name, kit.ColonURL(p.BrowserLink)),
			kit.Fact{Name: "url", Value: p.BrowserLink}), nil
	}
	ask, err := c.Consent(ctx, kit.Act{Undone: "not published", Text: kit.Question(
		"Publish this doc on the web, for everybody to see?", in.about(name)...)})
	if ask != nil || err != nil {
		return ask, err
	}
	turn, was := publishingReversal(), publishedAs(before.Published)
	left := in.publishes(was)
	k, err := turn.Keep(ctx, c, doc, was, left, was == nil)
	if err != nil {
		return nil, err
	}
	m, err := c.Coda.PublishDoc(
		ctx,
		doc,
		coda.DocPublish{Slug: in.Slug, Mode: in.Mode, Discoverable: in.Discoverable, CategoryNames: in.Categories},
	)
	if err != nil {
		k.Abandon(ctx, err)
		return nil, err
	}
	w, err := c.Settle(ctx, m)
	if err != nil {
		return nil, err
	}
	address := ""
	if w.Status == kit.StatusApplied {
		if d, err := c.Coda.GetDoc(ctx, doc); err == nil && d.Published != nil {
			address, left = d.Published.BrowserLink, publishedAs(d.Published)
		}
	}
	w.Effect = kit.Effect{Changed: 1}
	done := fmt.Sprintf("Published the doc %s%s", name, kit.ColonURL(address))
	turn.End(ctx, k, done, w.Effect, was, left, "")
	return kit.Wrote(w, done, kit.Fact{Name: "url", Value: address}), nil
}

// publishes is how the doc will be published, as far as that is known before.
func (in publishDocInput) publishes(was *published) *published {
	out := published{Mode: "view"}
	if was != nil {
		out = *was
	}
	out.Slug, out.Mode = cmp.Or(in.Slug, out.Slug), cmp.Or(in.Mode, out.Mode)
	if in.Discoverable != nil {
		out.Discoverable = *in.Discoverable
	}
	if len(in.Categories) > 0 {
		out.Categories = slices.Sorted(slices.Values(in.Categories))
	}
	return &out
}
