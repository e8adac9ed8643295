package sets

import (
	"context"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func listCategoriesTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_list_categories", Title: "List publishing categories", Group: kit.GroupRead, Set: setPublishing,
		Description: "List the categories that a published doc can be filed under. Use it before coda_publish_doc with " +
			"categories.",
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
