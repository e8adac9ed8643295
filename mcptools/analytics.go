package mcptools

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

const setAnalytics = "analytics"

func analyticsTools() []spec {
	return []spec{docAnalyticsTool(), pageAnalyticsTool(), packAnalyticsTool()}
}

func periodParams() []param {
	return []param{
		{name: "since", description: "YYYY-MM-DD"},
		{name: "until", description: "YYYY-MM-DD"},
	}
}

func scaleParam() param {
	return param{name: "scale", enum: []string{"cumulative", "daily"}, description: "Default cumulative"}
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

func figuresOutput() []field {
	return []field{{"items", kindObjects, true, ""}, {"summary", kindObject, false, ""}, {"complete_until", kindString, false, ""}}
}

// mostFigures bounds the lines of an answer.
const mostFigures = 200

// add appends the metrics of one thing, and reports whether there is room for more.
func (f *figuresFound) add(id, name string, metrics []coda.Metrics) bool {
	for _, m := range metrics {
		if len(f.Items) == mostFigures || f.size > defaultChars {
			return false
		}
		f.size += len(name) + 30*len(m.Values)
		item := figures{ID: id, Name: clip(name, 200), Date: m.Date, Metrics: make(map[string]float64, len(m.Values))}
		for metric, value := range m.Values {
			if value != 0 {
				item.Metrics[metric] = value
			}
		}
		f.Items = append(f.Items, item)
	}
	return true
}

func (f figuresFound) text(c *call, full bool) string {
	var b strings.Builder
	for _, name := range sortedKeys(f.Summary) {
		fmt.Fprintf(&b, "%s: %s\n", name, thousands(f.Summary[name]))
	}
	var items strings.Builder
	for _, item := range f.Items {
		fmt.Fprintf(&items, "- %s (%s)", oneLine(item.Name), item.ID)
		if item.Date != "" {
			items.WriteString(" " + oneLine(item.Date))
		}
		sep := ": "
		for _, metric := range sortedKeys(item.Metrics) {
			fmt.Fprintf(&items, "%s%s %s", sep, metric, strconv.FormatFloat(item.Metrics[metric], 'f', -1, 64))
			sep = ", "
		}
		items.WriteString("\n")
	}
	b.WriteString(markedList(items.String()))
	if len(f.Items) == 0 {
		b.WriteString("No figures for this period. They appear about a day late, and only for docs that the account administers.\n")
	}
	if f.Updated != "" {
		fmt.Fprintf(&b, "Figures are complete until %s; those that are 0 are left out.\n", f.Updated)
	}
	if full {
		c.note("The first %d figures are shown; narrow the period or name what you want to know of.", len(f.Items))
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
			return complain("Argument %q cannot be %q: it takes a date such as 2026-11-24.", name, clip(oneLine(value), 40))
		}
	}
	if since != "" && until != "" && since > until {
		return complain("The period ends (%s) before it begins (%s).", until, since)
	}
	return nil
}

func docAnalyticsTool() spec {
	return handle(spec{
		name: "coda_doc_analytics", title: "Use of docs", group: groupRead, set: setAnalytics,
		description: "Tell how docs are used: views, sessions, copies, likes and more, with the total of sessions. Use coda_page_analytics for the pages of one doc. It needs rights over the docs' statistics.",
		params: append([]param{
			{name: "docs", kind: kindStrings, description: "Links, ids or names; default all"},
			{name: "query", description: "Part of the docs' names"},
			scaleParam(),
		}, periodParams()...),
		output: figuresOutput(),
	}, docAnalytics)
}

type docAnalyticsInput struct {
	Docs  []string `json:"docs"`
	Query string   `json:"query"`
	Scale string   `json:"scale"`
	Since string   `json:"since"`
	Until string   `json:"until"`
}

func (in docAnalyticsInput) options() coda.AnalyticsOptions {
	scale := in.Scale
	if scale == "" {
		scale = "cumulative"
	}
	return coda.AnalyticsOptions{Since: in.Since, Until: in.Until, Scale: scale, Query: in.Query, ListOptions: coda.ListOptions{PageSize: 1000}}
}

const mostAnalysed = 20

func docAnalytics(ctx context.Context, c *call, in docAnalyticsInput) (*answer, error) {
	if err := period(in.Since, in.Until); err != nil {
		return nil, err
	}
	if len(in.Docs) > mostAnalysed {
		return nil, complain(`"docs" names %d docs, more than %d. Make several calls.`, len(in.Docs), mostAnalysed)
	}
	var ids []string
	for _, ref := range in.Docs {
		id, err := c.docID(ctx, ref)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	out := figuresFound{Items: []figures{}}
	full := false
	for d, err := range c.coda.ListDocAnalytics(ctx, ids, in.options()) {
		if err != nil {
			return nil, err
		}
		if full = !out.add(d.Doc.ID, d.Doc.Title, d.Metrics); full {
			break
		}
	}
	if len(ids) == 0 && in.Query == "" {
		// The total over all docs is not for everybody to see; the list is what was asked for.
		if total, err := c.coda.DocAnalyticsSummary(ctx, in.options()); err == nil {
			out.Summary = map[string]int{"total sessions": total}
		}
	}
	out.Updated = c.completeUntil(ctx, func(u *coda.AnalyticsUpdated) coda.Time { return u.Docs })
	return &answer{text: out.text(c, full), data: out}, nil
}

// completeUntil is the day up to which figures are complete; empty where Coda does not tell.
func (c *call) completeUntil(ctx context.Context, of func(*coda.AnalyticsUpdated) coda.Time) string {
	u, err := c.coda.AnalyticsLastUpdated(ctx)
	if err != nil {
		return ""
	}
	return day(of(u))
}

func pageAnalyticsTool() spec {
	return handle(spec{
		name: "coda_page_analytics", title: "Use of a doc's pages", group: groupRead, set: setAnalytics,
		description: "Tell how the pages of a doc are used: views, sessions and users. Only for Enterprise workspaces; for docs as a whole use coda_doc_analytics.",
		params:      append([]param{docParam(true)}, periodParams()...),
		output:      figuresOutput(),
	}, pageAnalytics)
}

type pageAnalyticsInput struct {
	Doc   string `json:"doc"`
	Since string `json:"since"`
	Until string `json:"until"`
}

func pageAnalytics(ctx context.Context, c *call, in pageAnalyticsInput) (*answer, error) {
	if err := period(in.Since, in.Until); err != nil {
		return nil, err
	}
	doc, err := c.docID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	out := figuresFound{Items: []figures{}}
	full := false
	for p, err := range c.coda.ListPageAnalytics(ctx, doc, coda.AnalyticsOptions{Since: in.Since, Until: in.Until, ListOptions: coda.ListOptions{PageSize: 1000}}) {
		if err != nil {
			return nil, err
		}
		if full = !out.add(p.Page.ID, p.Page.Name, p.Metrics); full {
			break
		}
	}
	out.Updated = c.completeUntil(ctx, func(u *coda.AnalyticsUpdated) coda.Time { return u.Docs })
	return &answer{text: out.text(c, full), data: out}, nil
}

func packAnalyticsTool() spec {
	return handle(spec{
		name: "coda_pack_analytics", title: "Use of Packs", group: groupRead, set: setAnalytics,
		description: "Tell how the account's own Packs are used: installs, invocations, revenue; with one pack, its formulas. Not for Packs of others.",
		params: append([]param{
			{name: "pack", kind: kindInteger, lowest: 1, highest: 1 << 31, description: "Pack id; then its formulas are shown"},
			{name: "formulas", kind: kindStrings, description: "Only these formulas of the pack"},
			{name: "types", kind: kindStrings, description: "action, formula, sync, metadata"},
			scaleParam(),
		}, periodParams()...),
		output: figuresOutput(),
	}, packAnalytics)
}

type packAnalyticsInput struct {
	Pack     int      `json:"pack"`
	Formulas []string `json:"formulas"`
	Types    []string `json:"types"`
	Scale    string   `json:"scale"`
	Since    string   `json:"since"`
	Until    string   `json:"until"`
}

func packAnalytics(ctx context.Context, c *call, in packAnalyticsInput) (*answer, error) {
	if err := period(in.Since, in.Until); err != nil {
		return nil, err
	}
	known := []string{"action", "formula", "sync", "metadata"}
	for _, t := range in.Types {
		if !slices.Contains(known, t) {
			return nil, complain(`Argument "types" cannot hold %q.%s It takes %s.`, clip(oneLine(t), 40), didYouMean(t, known), orList(known))
		}
	}
	options := docAnalyticsInput{Scale: in.Scale, Since: in.Since, Until: in.Until}.options()
	out := figuresFound{Items: []figures{}}
	var packs []int
	full := false
	if in.Pack != 0 {
		packs = []int{in.Pack}
		for f, err := range c.coda.ListPackFormulaAnalytics(ctx, in.Pack, in.Formulas, in.Types, options) {
			if err != nil {
				return nil, err
			}
			if full = !out.add(f.Formula.Type, f.Formula.Name, f.Metrics); full {
				break
			}
		}
	} else {
		for p, err := range c.coda.ListPackAnalytics(ctx, nil, options) {
			if err != nil {
				return nil, err
			}
			if full = !out.add(strconv.Itoa(p.Pack.ID), p.Pack.Name, p.Metrics); full {
				break
			}
		}
	}
	if s, err := c.coda.PackAnalyticsSummary(ctx, packs, options); err == nil {
		out.Summary = map[string]int{"installs in docs": s.TotalDocInstalls, "installs in workspaces": s.TotalWorkspaceInstalls, "invocations": s.TotalInvocations}
	}
	out.Updated = c.completeUntil(ctx, func(u *coda.AnalyticsUpdated) coda.Time { return u.Packs })
	return &answer{text: out.text(c, full), data: out}, nil
}
