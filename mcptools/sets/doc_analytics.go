package sets

import (
	"context"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func docAnalyticsTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_doc_analytics", Title: "Use of docs", Group: kit.GroupRead, Set: setAnalytics,
		Description: "Tell how docs are used: views, sessions, copies, likes and more, with the total of sessions. Use " +
			"coda_page_analytics for the pages of one doc. It needs rights over the docs' statistics.",
	}, docAnalytics)
}

type docAnalyticsInput struct {
	Docs  []string `json:"docs" max:"20" doc:"Links, ids or names; default all"`
	Query string   `json:"query" doc:"Part of the docs' names"`
	Scale string   `json:"scale" enum:"cumulative,daily" doc:"Default cumulative"`
	inPeriod
}

func (in docAnalyticsInput) options() coda.AnalyticsOptions {
	scale := in.Scale
	if scale == "" {
		scale = "cumulative"
	}
	return coda.AnalyticsOptions{
		Since:       in.Since,
		Until:       in.Until,
		Scale:       scale,
		Query:       in.Query,
		ListOptions: coda.ListOptions{PageSize: 1000},
	}
}

func docAnalytics(ctx context.Context, c *kit.Call, in docAnalyticsInput) (*kit.Answer, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	var ids []string
	for _, ref := range in.Docs {
		id, err := c.DocID(ctx, ref)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	out := figuresFound{Items: []figures{}}
	full := false
	for d, err := range c.Coda.ListDocAnalytics(ctx, ids, in.options()) {
		if err != nil {
			return nil, err
		}
		if full = !out.add(d.Doc.ID, d.Doc.Title, d.Metrics); full {
			break
		}
	}
	if len(ids) == 0 && in.Query == "" {
		// The total over all docs is not for everybody to see; the list is what was asked for.
		if total, err := c.Coda.DocAnalyticsSummary(ctx, in.options()); err == nil {
			out.Summary = map[string]int{"total sessions": total}
		}
	}
	out.Updated = completeUntil(ctx, c, func(u *coda.AnalyticsUpdated) coda.Time { return u.Docs })
	return &kit.Answer{Text: out.text(c, full)}, nil
}

// completeUntil is the day up to which figures are complete; empty where Coda does not tell.
func completeUntil(ctx context.Context, c *kit.Call, of func(*coda.AnalyticsUpdated) coda.Time) string {
	u, err := c.Coda.AnalyticsLastUpdated(ctx)
	if err != nil {
		return ""
	}
	return kit.Day(of(u))
}
