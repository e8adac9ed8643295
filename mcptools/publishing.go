package mcptools

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

const setPublishing = "publishing"

func publishingTools() []spec {
	return []spec{listCategoriesTool(), publishDocTool(), unpublishDocTool()}
}

func listCategoriesTool() spec {
	return handle(spec{
		name: "coda_list_categories", title: "List publishing categories", group: groupRead, set: setPublishing,
		description: "List the categories that a published doc can be filed under. Use it before coda_publish_doc with categories.",
		output:      []field{{"categories", kindStrings, true, ""}},
	}, listCategories)
}

func listCategories(ctx context.Context, c *call, _ struct{}) (*answer, error) {
	found, err := c.coda.ListCategories(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(found))
	for i, category := range found {
		names[i] = category.Name
	}
	return &answer{text: "Categories: " + oneLine(strings.Join(names, ", ")), data: struct {
		Categories []string `json:"categories"`
	}{names}}, nil
}

func publishDocTool() spec {
	return handle(spec{
		name: "coda_publish_doc", title: "Publish a doc", group: groupAdmin, set: setPublishing, repeatable: true, reachesOut: true, overwrites: true,
		description: "Publish a doc on the web, or change how it is published. Use it only when the person asked to make the doc public; what is left out stays as it is.",
		params: []param{
			docParam(true),
			{name: "slug", description: "End of the public address"},
			{name: "mode", enum: []string{"view", "play", "edit"}},
			{name: "discoverable", kind: kindBoolean, description: "Let search engines and the gallery list it"},
			{name: "categories", kind: kindStrings},
		},
		output: writeOutput(field{"url", kindString, false, ""}),
	}, publishDoc)
}

type publishDocInput struct {
	Doc          string   `json:"doc"`
	Slug         string   `json:"slug"`
	Mode         string   `json:"mode"`
	Discoverable *bool    `json:"discoverable"`
	Categories   []string `json:"categories"`
}

type docPublished struct {
	written
	URL string `json:"url,omitempty"`
}

func publishDoc(ctx context.Context, c *call, in publishDocInput) (*answer, error) {
	doc, err := c.docID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	if ask, err := c.confirm(ctx, in, fmt.Sprintf("Publish the doc %s on the web, for everybody to see?", doc)); ask != nil || err != nil {
		return ask, err
	}
	m, err := c.coda.PublishDoc(ctx, doc, coda.DocPublish{Slug: in.Slug, Mode: in.Mode, Discoverable: in.Discoverable, CategoryNames: in.Categories})
	if err != nil {
		return nil, err
	}
	w, err := c.settle(ctx, m)
	if err != nil {
		return nil, err
	}
	out := docPublished{written: w}
	if w.Status == statusApplied {
		if d, err := c.coda.GetDoc(ctx, doc); err == nil && d.Published != nil {
			out.URL = d.Published.BrowserLink
		}
	}
	return &answer{text: fmt.Sprintf("Published the doc %s%s\n%s", doc, colonURL(out.URL), w.text()), data: out}, nil
}

func unpublishDocTool() spec {
	return handle(spec{
		name: "coda_unpublish_doc", title: "Unpublish a doc", group: groupAdmin, set: setPublishing, repeatable: true, overwrites: true, reachesOut: true,
		description: "Take a published doc off the web. Use it only when asked to: links to the public address then lead nowhere. The doc itself stays.",
		params:      []param{docParam(true)},
		output:      writeOutput(),
	}, unpublishDoc)
}

func unpublishDoc(ctx context.Context, c *call, in docInput) (*answer, error) {
	doc, err := c.docID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	if ask, err := c.confirm(ctx, in, fmt.Sprintf("Take the published doc %s off the web?", doc)); ask != nil || err != nil {
		return ask, err
	}
	if err := c.coda.UnpublishDoc(ctx, doc); err != nil {
		return nil, err
	}
	return &answer{text: fmt.Sprintf("The doc %s is no longer published.", doc), data: written{Status: statusApplied}}, nil
}
