package codatest

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strings"
	"time"
)

// Analytics are made up: plausible, the same for the same object and day, and
// a day behind.

// seriesDays is how far back they go where the request names no start.
const seriesDays = 30

// figure is a number between 0 and most that depends on nothing but its arguments.
func figure(most int, parts ...string) int {
	h := fnv.New32a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p + "\x00"))
	}
	return int(h.Sum32() % uint32(most+1))
}

// days returns the days of the series.
func (c *call) days() ([]time.Time, error) {
	last := c.now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -1)
	until, err := c.queryDate("untilDate", last)
	if err != nil {
		return nil, err
	}
	if until.After(last) {
		until = last
	}
	since, err := c.queryDate("sinceDate", until.AddDate(0, 0, 1-seriesDays))
	if err != nil {
		return nil, err
	}
	var out []time.Time
	for d := since; !d.After(until) && len(out) < 366; d = d.AddDate(0, 0, 1) {
		out = append(out, d)
	}
	return out, nil
}

func (c *call) queryDate(name string, def time.Time) (time.Time, error) {
	v := c.query(name)
	if v == "" {
		return def, nil
	}
	t, err := time.Parse(time.DateOnly, v)
	if err != nil {
		return def, badRequest("Invalid value %q for query parameter %q: must be a date", v, name)
	}
	return t, nil
}

// series sums the metrics of the days into one where the scale is cumulative.
func (c *call) series(metrics func(day time.Time) obj) ([]obj, error) {
	scale, err := c.queryEnum("scale", "daily", "daily", "cumulative")
	if err != nil {
		return nil, err
	}
	days, err := c.days()
	if err != nil {
		return nil, err
	}
	out := []obj{}
	total := obj{}
	for _, day := range days {
		m := metrics(day)
		if scale == "daily" {
			m["date"] = day.Format(time.DateOnly)
			out = append(out, m)
			continue
		}
		for name, v := range m {
			if n, ok := v.(int); ok {
				sum, _ := total[name].(int)
				total[name] = sum + n
			} else {
				total[name] = v
			}
		}
		total["date"] = day.Format(time.DateOnly)
	}
	if scale == "cumulative" && len(days) > 0 {
		out = append(out, total)
	}
	return out, nil
}

func docMetrics(d *docState, day time.Time) obj {
	on := day.Format(time.DateOnly)
	desktop, mobile, other := figure(40, d.id, on, "desktop"), figure(10, d.id, on, "mobile"), figure(3, d.id, on, "other")
	m := obj{"views": figure(60, d.id, on, "views"), "copies": figure(2, d.id, on, "copies"),
		"likes":           figure(2, d.id, on, "likes"),
		"sessionsDesktop": desktop, "sessionsMobile": mobile, "sessionsOther": other, "totalSessions": desktop + mobile +
			other}
	credits := 0
	for _, kind := range []string{"Chat", "Block", "Column", "Assistant", "Reviewer"} {
		n := figure(5, d.id, on, kind)
		m["aiCredits"+kind] = n
		credits += n
	}
	m["aiCredits"] = credits
	return m
}

// analyzedDocs are the docs of the listing: those the account can read.
func (c *call) analyzedDocs() ([]*docState, error) {
	published := c.query("isPublished")
	want, err := c.queryBool("isPublished", false)
	if err != nil {
		return nil, err
	}
	ids, q := c.queryList("docIds"), strings.ToLower(c.query("query"))
	var out []*docState
	for _, d := range c.s.ws.docs {
		switch {
		case d.deleted || c.s.access(d, c.account) == "none":
		case published != "" && (d.published != nil) != want:
		case len(ids) > 0 && !slices.Contains(ids, d.id):
		case c.query("workspaceId") != "" && c.query("workspaceId") != c.s.ws.id:
		case q != "" && !strings.Contains(strings.ToLower(d.name), q):
		default:
			out = append(out, d)
		}
	}
	return out, nil
}

func listDocAnalytics(c *call) (any, error) {
	w, err := c.window(1000, 5000)
	if err != nil {
		return nil, err
	}
	docs, err := c.analyzedDocs()
	if err != nil {
		return nil, err
	}
	direction, err := c.queryEnum("direction", "ascending", "ascending", "descending")
	if err != nil {
		return nil, err
	}
	if key := c.query("orderBy"); key != "" {
		slices.SortStableFunc(docs, func(a, b *docState) int { return compareDocs(key, a, b, c.now) })
	}
	if direction == "descending" {
		slices.Reverse(docs)
	}
	if _, err := c.series(func(time.Time) obj { return obj{} }); err != nil {
		return nil, err
	}
	out := page(c, w, docs, func(d *docState) any {
		about := obj{"id": d.id, "type": "doc", "href": c.href("docs", d.id), "browserLink": c.s.docLink(d), "title": d.name,
			"createdAt": stamp(d.createdAt)}
		if d.icon != "" {
			about["icon"] = icon(d.icon)
		}
		if d.published != nil {
			about["publishedAt"] = stamp(d.createdAt)
		}
		metrics, _ := c.series(func(day time.Time) obj { return docMetrics(d, day) })
		return obj{"doc": about, "metrics": metrics}
	})
	delete(out, "href")
	return out, nil
}

func compareDocs(key string, a, b *docState, now time.Time) int {
	switch key {
	case "title":
		return cmp.Compare(a.name, b.name)
	case "docId":
		return cmp.Compare(a.id, b.id)
	case "createdAt", "publishedAt":
		return a.createdAt.Compare(b.createdAt)
	}
	sum := func(d *docState) (n int) {
		for i := range seriesDays {
			v, _ := docMetrics(d, now.UTC().AddDate(0, 0, -1-i))[key].(int)
			n += v
		}
		return n
	}
	return cmp.Compare(sum(a), sum(b))
}

func listDocAnalyticsSummary(c *call) (any, error) {
	docs, err := c.analyzedDocs()
	if err != nil {
		return nil, err
	}
	days, err := c.days()
	if err != nil {
		return nil, err
	}
	total := 0
	for _, d := range docs {
		for _, day := range days {
			total += docMetrics(d, day)["totalSessions"].(int)
		}
	}
	return obj{"totalSessions": total}, nil
}

// listPageAnalytics shows nothing of a doc that the account cannot read.
func listPageAnalytics(c *call) (any, error) {
	w, err := c.window(1000, 5000)
	if err != nil {
		return nil, err
	}
	var pages []*pageState
	if d := c.s.ws.doc(c.docID); d != nil && c.s.access(d, c.account) != "none" {
		pages = d.read().pages
	}
	if _, err := c.days(); err != nil {
		return nil, err
	}
	out := page(c, w, pages, func(p *pageState) any {
		about := obj{"id": p.id, "name": p.name}
		if p.icon != "" {
			about["icon"] = icon(p.icon)
		}
		metrics, _ := c.series(func(day time.Time) obj {
			on := day.Format(time.DateOnly)
			seconds := figure(120, p.id, on, "seconds")
			return obj{"views": figure(30, p.id, on, "views"), "sessions": figure(20, p.id, on, "sessions"),
				"users":                figure(8, p.id, on, "users"),
				"averageSecondsViewed": seconds, "medianSecondsViewed": seconds / 2, "tabs": figure(5, p.id, on, "tabs")}
		})
		return obj{"page": about, "metrics": metrics}
	})
	delete(out, "href")
	return out, nil
}
