package sets

import (
	"context"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func pageAnalyticsTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_page_analytics", Title: "Use of a doc's pages", Group: kit.GroupRead, Set: setAnalytics,
		Description: "Tell how the pages of a doc are used: views, sessions and users. Only for Enterprise workspaces; " +
			"for docs as a whole use coda_doc_analytics.",
	}, pageAnalytics)
}

type pageAnalyticsInput struct {
	kit.InDoc
	inPeriod
}

func pageAnalytics(ctx context.Context, c *kit.Call, in pageAnalyticsInput) (*kit.Answer, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	out := figuresFound{Items: []figures{}}
	full := false
	for p, err := range c.Coda.ListPageAnalytics(ctx, doc,
		coda.AnalyticsOptions{Since: in.Since, Until: in.Until, ListOptions: coda.ListOptions{PageSize: 1000}}) {
		if err != nil {
			return nil, err
		}
		if full = !out.add(p.Page.ID, p.Page.Name, p.Metrics); full {
			break
		}
	}
	out.Updated = completeUntil(ctx, c, func(u *coda.AnalyticsUpdated) coda.Time { return u.Docs })
	return &kit.Answer{Text: out.text(c, full)}, nil
}
