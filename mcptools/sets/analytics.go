package sets

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

const setAnalytics = "analytics"

func analyticsTools() []kit.Spec {
	return []kit.Spec{docAnalyticsTool(), pageAnalyticsTool(), packAnalyticsTool()}
}

// figures are the metrics of one thing: of the period, or of each day.
type figures struct {
	ID      string             `json:"id"`
	Name    string             `json:"name"`
	Date    string             `json:"date,omitempty"`
	Metrics map[string]float64 `json:"metrics"`
}

type figuresFound struct {
	Items   []figures      `json:"items"`
	Summary map[string]int `json:"summary,omitempty"`
	// Updated is the day up to which figures are complete.
	Updated string `json:"complete_until,omitempty"`
	size    int
}

// mostFigures bounds the lines of an answer.
const mostFigures = 200

// add appends the metrics of one thing, and reports whether there is room for more.
func (f *figuresFound) add(id, name string, metrics []coda.Metrics) bool {
	for _, m := range metrics {
		if len(f.Items) == mostFigures || f.size > kit.DefaultChars {
			return false
		}
		f.size += len(name) + 30*len(m.Values)
		item := figures{ID: id, Name: kit.Clip(name, 200), Date: m.Date, Metrics: make(map[string]float64, len(m.Values))}
		for metric, value := range m.Values {
			if value != 0 {
				item.Metrics[metric] = value
			}
		}
		f.Items = append(f.Items, item)
	}
	return true
}

func (f figuresFound) text(c *kit.Call, full bool) string {
	var b strings.Builder
	for _, name := range kit.SortedKeys(f.Summary) {
		fmt.Fprintf(&b, "%s: %s\n", name, kit.Thousands(f.Summary[name]))
	}
	var items strings.Builder
	for _, item := range f.Items {
		fmt.Fprintf(&items, "- %s (%s)", kit.OneLine(item.Name), item.ID)
		if item.Date != "" {
			items.WriteString(" " + kit.OneLine(item.Date))
		}
		sep := ": "
		for _, metric := range kit.SortedKeys(item.Metrics) {
			fmt.Fprintf(&items, "%s%s %s", sep, metric, strconv.FormatFloat(item.Metrics[metric], 'f', -1, 64))
			sep = ", "
		}
		items.WriteString("\n")
	}
	b.WriteString(kit.MarkedList(items.String()))
	if len(f.Items) == 0 {
		b.WriteString("No figures for this period. They appear about a day late, and only for docs that the account administers.\n")
	}
	if f.Updated != "" {
		fmt.Fprintf(&b, "Figures are complete until %s; those that are 0 are left out.\n", f.Updated)
	}
	if full {
		c.Note("The first %d figures are shown; narrow the period or name what you want to know of.", len(f.Items))
	}
	return b.String()
}

// period checks two dates.
func period(since, until string) error {
	for name, value := range map[string]string{"since": since, "until": until} {
		if value == "" {
			continue
		}
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			return kit.Complain("Argument %q cannot be %q: it takes a date such as 2026-11-24.", name, kit.Clip(kit.OneLine(value), 40))
		}
	}
	if since != "" && until != "" && since > until {
		return kit.Complain("The period ends (%s) before it begins (%s).", until, since)
	}
	return nil
}

func docAnalyticsTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_doc_analytics", Title: "Use of docs", Group: kit.GroupRead, Set: setAnalytics,
		Description: "Tell how docs are used: views, sessions, copies, likes and more, with the total of sessions. Use coda_page_analytics for the pages of one doc. It needs rights over the docs' statistics.",
	}, docAnalytics)
}

type docAnalyticsInput struct {
	Docs  []string `json:"docs" doc:"Links, ids or names; default all"`
	Query string   `json:"query" doc:"Part of the docs' names"`
	Scale string   `json:"scale" enum:"cumulative,daily" doc:"Default cumulative"`
	Since string   `json:"since" doc:"YYYY-MM-DD"`
	Until string   `json:"until" doc:"YYYY-MM-DD"`
}

func (in docAnalyticsInput) options() coda.AnalyticsOptions {
	scale := in.Scale
	if scale == "" {
		scale = "cumulative"
	}
	return coda.AnalyticsOptions{Since: in.Since, Until: in.Until, Scale: scale, Query: in.Query, ListOptions: coda.ListOptions{PageSize: 1000}}
}

const mostAnalysed = 20

func docAnalytics(ctx context.Context, c *kit.Call, in docAnalyticsInput) (*kit.Answer, error) {
	if err := period(in.Since, in.Until); err != nil {
		return nil, err
	}
	if len(in.Docs) > mostAnalysed {
		return nil, kit.Complain(`"docs" names %d docs, more than %d. Make several calls.`, len(in.Docs), mostAnalysed)
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

func pageAnalyticsTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_page_analytics", Title: "Use of a doc's pages", Group: kit.GroupRead, Set: setAnalytics,
		Description: "Tell how the pages of a doc are used: views, sessions and users. Only for Enterprise workspaces; for docs as a whole use coda_doc_analytics.",
	}, pageAnalytics)
}

type pageAnalyticsInput struct {
	kit.InDoc
	Since string `json:"since" doc:"YYYY-MM-DD"`
	Until string `json:"until" doc:"YYYY-MM-DD"`
}

func pageAnalytics(ctx context.Context, c *kit.Call, in pageAnalyticsInput) (*kit.Answer, error) {
	if err := period(in.Since, in.Until); err != nil {
		return nil, err
	}
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	out := figuresFound{Items: []figures{}}
	full := false
	for p, err := range c.Coda.ListPageAnalytics(ctx, doc, coda.AnalyticsOptions{Since: in.Since, Until: in.Until, ListOptions: coda.ListOptions{PageSize: 1000}}) {
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

func packAnalyticsTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_pack_analytics", Title: "Use of Packs", Group: kit.GroupRead, Set: setAnalytics,
		Description: "Tell how the account's own Packs are used: installs, invocations, revenue; with one pack, its formulas. Not for Packs of others.",
	}, packAnalytics)
}

type packAnalyticsInput struct {
	Pack     int      `json:"pack" min:"1" max:"2147483648" strict:"true" doc:"Pack id; then its formulas are shown"`
	Formulas []string `json:"formulas" doc:"Only these formulas of the pack"`
	Types    []string `json:"types" doc:"action, formula, sync, metadata"`
	Scale    string   `json:"scale" enum:"cumulative,daily" doc:"Default cumulative"`
	Since    string   `json:"since" doc:"YYYY-MM-DD"`
	Until    string   `json:"until" doc:"YYYY-MM-DD"`
}

func packAnalytics(ctx context.Context, c *kit.Call, in packAnalyticsInput) (*kit.Answer, error) {
	if err := period(in.Since, in.Until); err != nil {
		return nil, err
	}
	known := []string{"action", "formula", "sync", "metadata"}
	for _, t := range in.Types {
		if !slices.Contains(known, t) {
			return nil, kit.Complain(`Argument "types" cannot hold %q.%s It takes %s.`, kit.Clip(kit.OneLine(t), 40), kit.DidYouMean(t, known), kit.OrList(known))
		}
	}
	options := docAnalyticsInput{Scale: in.Scale, Since: in.Since, Until: in.Until}.options()
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
		out.Summary = map[string]int{"installs in docs": s.TotalDocInstalls, "installs in workspaces": s.TotalWorkspaceInstalls, "invocations": s.TotalInvocations}
	}
	out.Updated = completeUntil(ctx, c, func(u *coda.AnalyticsUpdated) coda.Time { return u.Packs })
	return &kit.Answer{Text: out.text(c, full)}, nil
}
