package coda

import (
	"context"
	"iter"
	"net/url"
	"strconv"
)

// AnalyticsOptions narrows the listings of analytics.
type AnalyticsOptions struct {
	// ListOptions.PageSize is 1000 by Coda's default and 5000 at most.
	ListOptions
	// Since and Until are dates, YYYY-MM-DD.
	Since, Until string
	// Scale is daily or cumulative; empty = daily.
	Scale string
	// OrderBy names a metric or attribute in Coda's spelling, Direction is ascending or descending.
	OrderBy, Direction string
	WorkspaceID        string
	// Query matches names.
	Query       string
	IsPublished *bool
}

func (o AnalyticsOptions) query() values {
	q := make(values)
	q.text("sinceDate", o.Since)
	q.text("untilDate", o.Until)
	q.text("scale", o.Scale)
	q.text("orderBy", o.OrderBy)
	q.text("direction", o.Direction)
	q.text("workspaceId", o.WorkspaceID)
	q.text("query", o.Query)
	q.flag("isPublished", o.IsPublished)
	return q
}

// Metrics are figures by Coda's names for them; Date is the day or, cumulative, the last day.
type Metrics struct {
	Date   string
	Values map[string]float64
}

// UnmarshalJSON takes every number; Coda adds metrics now and then, and writes money as a string.
func (m *Metrics) UnmarshalJSON(data []byte) error {
	var fields map[string]any
	if err := decode(data, &fields); err != nil {
		return nil
	}
	m.Values = make(map[string]float64, len(fields))
	for name, v := range fields {
		switch v := v.(type) {
		case float64:
			m.Values[name] = v
		case string:
			if name == "date" {
				m.Date = v
			} else if f, err := strconv.ParseFloat(v, 64); err == nil {
				m.Values[name] = f
			}
		}
	}
	return nil
}

// DocAnalytics are a document's figures.
type DocAnalytics struct {
	Object
	Doc struct {
		DocLink
		Title       string `json:"title"`
		CreatedAt   Time   `json:"createdAt"`
		PublishedAt Time   `json:"publishedAt"`
	} `json:"doc"`
	Metrics []Metrics `json:"metrics"`
}

// PageAnalytics are a page's figures.
type PageAnalytics struct {
	Object
	Page    PageLink  `json:"page"`
	Metrics []Metrics `json:"metrics"`
}

// PackAnalytics are a Pack's figures.
type PackAnalytics struct {
	Object
	Pack struct {
		ID        int    `json:"id"`
		Name      string `json:"name"`
		LogoURL   string `json:"logoUrl"`
		CreatedAt Time   `json:"createdAt"`
	} `json:"pack"`
	Metrics []Metrics `json:"metrics"`
}

// PackFormulaAnalytics are the figures of one formula of a Pack.
type PackFormulaAnalytics struct {
	Object
	Formula struct {
		Name string `json:"name"`
		Type string `json:"type"`
	} `json:"formula"`
	Metrics []Metrics `json:"metrics"`
}

// ListDocAnalytics lists the use of documents (GET /analytics/docs), of those given or of all. Documents that the guard
// refuses are left out.
func (c *Client) ListDocAnalytics(ctx context.Context, docs []DocID, opts AnalyticsOptions) iter.Seq2[*DocAnalytics,
	error] {
	q := opts.query()
	q.list("docIds", docs)
	return lister[DocAnalytics]{
		request: request{op: OpListDocAnalytics, query: url.Values(q), also: docs}, opts: opts.ListOptions, size: 5000,
		keep: func(d *DocAnalytics) bool { return c.allow(ctx, OpListDocAnalytics, d.Doc.ID) == nil },
	}.all(ctx, c)
}

// ListPageAnalytics lists the use of a document's pages (GET /analytics/docs/{doc}/pages), Enterprise only. Of the
// options, Since and Until apply.
func (c *Client) ListPageAnalytics(ctx context.Context, doc DocID, opts AnalyticsOptions) iter.Seq2[*PageAnalytics,
	error] {
	q := make(values)
	q.text("sinceDate", opts.Since)
	q.text("untilDate", opts.Until)
	return lister[PageAnalytics]{
		request: request{op: OpListPageAnalytics, path: []string{doc}, query: url.Values(q)}, opts: opts.ListOptions,
		size: 5000,
	}.all(ctx, c)
}

// DocAnalyticsSummary counts the sessions in all documents (GET /analytics/docs/summary). Of the options, Since, Until,
// WorkspaceID and IsPublished apply. The guard is asked about [AllDocs].
func (c *Client) DocAnalyticsSummary(ctx context.Context, opts AnalyticsOptions) (totalSessions int, err error) {
	a, err := do[struct {
		TotalSessions int `json:"totalSessions"`
	}](ctx, c, request{op: OpDocAnalyticsSummary, query: url.Values(summaryQuery(opts)), also: []DocID{AllDocs}})
	if err != nil {
		return 0, err
	}
	return a.TotalSessions, nil
}

func summaryQuery(opts AnalyticsOptions) values {
	return AnalyticsOptions{Since: opts.Since, Until: opts.Until, WorkspaceID: opts.WorkspaceID,
		IsPublished: opts.IsPublished}.query()
}

func packIDs(q values, ids []int) {
	text := make([]string, len(ids))
	for i, id := range ids {
		text[i] = strconv.Itoa(id)
	}
	q.list("packIds", text)
}

// ListPackAnalytics lists the use of the account's own Packs (GET /analytics/packs).
func (c *Client) ListPackAnalytics(ctx context.Context, packs []int, opts AnalyticsOptions) iter.Seq2[*PackAnalytics,
	error] {
	q := opts.query()
	packIDs(q, packs)
	return lister[PackAnalytics]{
		request: request{op: OpListPackAnalytics, query: url.Values(q)}, opts: opts.ListOptions, size: 5000,
	}.all(ctx, c)
}

// PackSummary is the use of Packs in sum.
type PackSummary struct {
	Object
	TotalDocInstalls       int `json:"totalDocInstalls"`
	TotalWorkspaceInstalls int `json:"totalWorkspaceInstalls"`
	TotalInvocations       int `json:"totalInvocations"`
}

// PackAnalyticsSummary sums the use of Packs (GET /analytics/packs/summary). Of the options, Since, Until, WorkspaceID
// and IsPublished apply.
func (c *Client) PackAnalyticsSummary(ctx context.Context, packs []int, opts AnalyticsOptions) (*PackSummary, error) {
	q := summaryQuery(opts)
	packIDs(q, packs)
	return do[PackSummary](ctx, c, request{op: OpPackAnalyticsSummary, query: url.Values(q)})
}

// ListPackFormulaAnalytics lists the use of a Pack's formulas (GET /analytics/packs/{pack}/formulas), of those named or
// of all; types are of action, formula, sync and metadata. Of the options, WorkspaceID, Query and IsPublished do not
// apply.
func (c *Client) ListPackFormulaAnalytics(ctx context.Context, pack int, names, types []string,
	opts AnalyticsOptions) iter.Seq2[*PackFormulaAnalytics, error] {
	q := AnalyticsOptions{Since: opts.Since, Until: opts.Until, Scale: opts.Scale, OrderBy: opts.OrderBy,
		Direction: opts.Direction}.query()
	q.list("packFormulaNames", names)
	q.list("packFormulaTypes", types)
	return lister[PackFormulaAnalytics]{
		request: request{op: OpListPackFormulaAnalytics, path: []string{strconv.Itoa(pack)}, query: url.Values(q)},
		opts:    opts.ListOptions, size: 5000,
	}.all(ctx, c)
}

// AnalyticsUpdated says up to which day the figures are complete.
type AnalyticsUpdated struct {
	Object
	Docs         Time `json:"docAnalyticsLastUpdated"`
	Packs        Time `json:"packAnalyticsLastUpdated"`
	PackFormulas Time `json:"packFormulaAnalyticsLastUpdated"`
}

// AnalyticsLastUpdated reads up to which day analytics are complete (GET /analytics/updated).
func (c *Client) AnalyticsLastUpdated(ctx context.Context) (*AnalyticsUpdated, error) {
	return do[AnalyticsUpdated](ctx, c, request{op: OpAnalyticsLastUpdated})
}
