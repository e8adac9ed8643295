package codatest

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// analyzedPacks are the Packs that the parameters choose.
func (c *call) analyzedPacks() []Pack {
	ids, q := c.queryList("packIds"), strings.ToLower(c.query("query"))
	var out []Pack
	for _, p := range c.s.ws.packs {
		if len(ids) > 0 && !slices.Contains(ids, strconv.Itoa(p.ID)) ||
			q != "" && !strings.Contains(strings.ToLower(p.Name), q) {
			continue
		}
		out = append(out, p)
	}
	return out
}

// usage are the metrics that Packs and their formulas have in common.
func usage(seed, on string) obj {
	m := obj{}
	for _, what := range []string{"docsActivelyUsing", "workspacesActivelyUsing", "workspacesActivelyTrialing"} {
		n := figure(20, seed, on, what)
		m[what] = n
		for _, span := range []string{"7Day", "30Day", "90Day", "AllTime"} {
			n += figure(10, seed, on, what, span)
			m[what+span] = n
		}
	}
	m["workspacesNewlySubscribed"] = figure(2, seed, on, "subscribed")
	m["workspacesWithActiveSubscriptions"] = figure(9, seed, on, "subscriptions")
	m["workspacesWithSuccessfulTrials"] = figure(4, seed, on, "trials")
	m["revenueUsd"] = strconv.Itoa(figure(500, seed, on, "revenue")) + ".00"
	return m
}

func packMetrics(p Pack, day time.Time) obj {
	id, on := strconv.Itoa(p.ID), day.Format(time.DateOnly)
	m := usage(id, on)
	for _, what := range []string{"docInstalls", "workspaceInstalls", "numFormulaInvocations", "numActionInvocations",
		"numSyncInvocations", "numMetadataInvocations"} {
		m[what] = figure(50, id, on, what)
	}
	return m
}

func listPackAnalytics(c *call) (any, error) {
	w, err := c.window(1000, 5000)
	if err != nil {
		return nil, err
	}
	if _, err := c.series(func(time.Time) obj { return obj{} }); err != nil {
		return nil, err
	}
	out := page(c, w, c.analyzedPacks(), func(p Pack) any {
		metrics, _ := c.series(func(day time.Time) obj { return packMetrics(p, day) })
		return obj{"pack": obj{"id": p.ID, "name": p.Name, "createdAt": stamp(c.s.ws.start.AddDate(-1, 0, 0))},
			"metrics": metrics}
	})
	delete(out, "href")
	return out, nil
}

func listPackAnalyticsSummary(c *call) (any, error) {
	days, err := c.days()
	if err != nil {
		return nil, err
	}
	total := obj{"totalDocInstalls": 0, "totalWorkspaceInstalls": 0, "totalInvocations": 0}
	add := func(name string, n any) { total[name] = total[name].(int) + n.(int) }
	for _, p := range c.analyzedPacks() {
		for _, day := range days {
			m := packMetrics(p, day)
			add("totalDocInstalls", m["docInstalls"])
			add("totalWorkspaceInstalls", m["workspaceInstalls"])
			add("totalInvocations", m["numFormulaInvocations"])
		}
	}
	return total, nil
}

func listPackFormulaAnalytics(c *call) (any, error) {
	w, err := c.window(1000, 5000)
	if err != nil {
		return nil, err
	}
	if _, err := c.series(func(time.Time) obj { return obj{} }); err != nil {
		return nil, err
	}
	names := c.queryList("packFormulaNames")
	var formulas []string
	for _, p := range c.s.ws.packs {
		if strconv.Itoa(p.ID) != c.path("packId") {
			continue
		}
		for _, f := range p.Formulas {
			if len(names) == 0 || slices.Contains(names, f) {
				formulas = append(formulas, f)
			}
		}
	}
	out := page(c, w, formulas, func(name string) any {
		metrics, _ := c.series(func(day time.Time) obj {
			on := day.Format(time.DateOnly)
			m := usage(c.path("packId")+name, on)
			m["formulaInvocations"] = figure(80, name, on, "invocations")
			m["errors"] = figure(3, name, on, "errors")
			m["medianLatencyMs"] = figure(400, name, on, "latency")
			m["medianResponseSizeBytes"] = figure(9000, name, on, "size")
			return m
		})
		return obj{"formula": obj{"name": name, "type": "formula"}, "metrics": metrics}
	})
	delete(out, "href")
	return out, nil
}

func getAnalyticsLastUpdated(c *call) (any, error) {
	day := c.now.UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	return obj{"docAnalyticsLastUpdated": day, "packAnalyticsLastUpdated": day, "packFormulaAnalyticsLastUpdated": day},
		nil
}
