package sets

import (
	"context"
	"slices"
	"strconv"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func packAnalyticsTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_pack_analytics", Title: "Use of Packs", Group: kit.GroupRead, Set: setAnalytics,
		Description: "Tell how the account's own Packs are used: installs, invocations, revenue; with one pack, its " +
			"formulas. Not for other people's Packs.",
	}, packAnalytics)
}

type packAnalyticsInput struct {
	Pack     int      `json:"pack" min:"1" max:"2147483648" strict:"true" doc:"Pack id; then its formulas are shown"`
	Formulas []string `json:"formulas" doc:"Only these formulas of the pack"`
	Types    []string `json:"types" doc:"action, formula, sync, metadata"`
	Scale    string   `json:"scale" enum:"cumulative,daily" doc:"Default cumulative"`
	inPeriod
}

func packAnalytics(ctx context.Context, c *kit.Call, in packAnalyticsInput) (*kit.Answer, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	known := []string{"action", "formula", "sync", "metadata"}
	for _, t := range in.Types {
		if !slices.Contains(known, t) {
			return nil, kit.Complain(
				`Argument "types" cannot hold %q.%s It takes %s.`,
				kit.Clip(kit.OneLine(t), 40),
				kit.DidYouMean(t, known),
				kit.OrList(known),
			)
		}
	}
	options := docAnalyticsInput{Scale: in.Scale, inPeriod: in.inPeriod}.options()
	out := figuresFound{Items: []figures{}}
	var packs []int
	full := false
	if in.Pack != 0 {
		packs = []int{in.Pack}
		for f, err := range c.Coda.ListPackFormulaAnalytics(ctx, in.Pack, in.Formulas, in.Types, options) {
			if err != nil {
				return nil, err
			}
			if full = !out.add(f.Formula.Type, f.Formula.Name, f.Metrics); full {
				break
			}
		}
	} else {
		for p, err := range c.Coda.ListPackAnalytics(ctx, nil, options) {
			if err != nil {
				return nil, err
			}
			if full = !out.add(strconv.Itoa(p.Pack.ID), p.Pack.Name, p.Metrics); full {
				break
			}
		}
	}
	if s, err := c.Coda.PackAnalyticsSummary(ctx, packs, options); err == nil {
		out.Summary = map[string]int{
			"installs in docs":       s.TotalDocInstalls,
			"installs in workspaces": s.TotalWorkspaceInstalls,
			"invocations":            s.TotalInvocations,
		}
	}
	out.Updated = completeUntil(ctx, c, func(u *coda.AnalyticsUpdated) coda.Time { return u.Packs })
	return &kit.Answer{Text: out.text(c, full)}, nil
}
