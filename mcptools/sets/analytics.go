package sets

import (
	"fmt"
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
		b.WriteString(
			"No figures for this period. They appear about a day late, and only for docs that the account administers.\n",
		)
	}
	if f.Updated != "" {
		fmt.Fprintf(&b, "Figures are complete until %s; those that are 0 are left out.\n", f.Updated)
	}
	if full {
		c.Note("The first %d figures are shown; narrow the period or name what you want to know of.", len(f.Items))
	}
	return b.String()
}

// inPeriod are the arguments of tools that tell of a period.
type inPeriod struct {
	Since string `json:"since" doc:"YYYY-MM-DD"`
	Until string `json:"until" doc:"YYYY-MM-DD"`
}

// check checks two dates.
func (p inPeriod) check() error {
	since, until := p.Since, p.Until
	for _, day := range [][2]string{{"since", since}, {"until", until}} {
		if day[1] == "" {
			continue
		}
		if _, err := time.Parse(time.DateOnly, day[1]); err != nil {
			return kit.Complain(
				"Argument %q cannot be %q: it takes a date such as 2026-11-24.",
				day[0],
				kit.Clip(kit.OneLine(day[1]), 40),
			)
		}
	}
	if since != "" && until != "" && since > until {
		return kit.Complain("The period ends (%s) before it begins (%s).", until, since)
	}
	return nil
}
