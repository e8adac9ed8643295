package coda_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// hostileRows are what somebody may send to be refused at great cost.
func hostileRows() map[string][]coda.Record {
	fit := func(n int) int { return n }
	if testing.Short() {
		fit = func(n int) int { return n / 10 }
	}
	many := func(n int, row func(i int) coda.Record) []coda.Record {
		rows := make([]coda.Record, fit(n))
		for i := range rows {
			rows[i] = row(i)
		}
		return rows
	}
	long := strings.Repeat("x", fit(1_900_000))
	wide := make(coda.Record)
	for i := range fit(95_000) {
		wide[fmt.Sprint("column ", i)] = i
	}
	return map[string][]coda.Record{
		"one unknown column": many(50_000, func(int) coda.Record { return coda.Record{"Nothing": 1} }),
		"unknown columns": many(50_000,
			func(i int) coda.Record { return coda.Record{fmt.Sprint("Nothing ", i): 1} }),
		"a wide row": {wide},
		"unknown options": many(50_000,
			func(i int) coda.Record { return coda.Record{"Status": fmt.Sprint("Done", i)} }),
		"one unknown option": many(50_000, func(i int) coda.Record { return coda.Record{"Status": "Dnoe"} }),
		"one wrong row of all columns": many(10_000, func(int) coda.Record {
			return coda.Record{"Status": "Dnoe", "Due": "04/03/2026", "Effort": "1,234", "Owner": "Theo", "Release": "Sprin",
				"Tags": "softwear", "Urgent": "perhaps"}
		}),
		"one unknown person": many(50_000, func(int) coda.Record { return coda.Record{"Owner": "Theo"} }),
		"unknown people": many(50_000, func(i int) coda.Record {
			return coda.Record{"Owner": fmt.Sprint("T", i%1900)}
		}),
		"one unknown row": many(50_000, func(int) coda.Record { return coda.Record{"Release": "Sprin"} }),
		"unknown rows": many(50_000, func(i int) coda.Record {
			return coda.Record{"Release": fmt.Sprint("S", i)}
		}),
		"different unknown rows": many(19_000, func(i int) coda.Record {
			return coda.Record{"Release": fmt.Sprint("S", i)}
		}),
		"one unreadable date": many(50_000, func(int) coda.Record {
			return coda.Record{"Due": "04/03/2026"}
		}),
		"one unreadable number": many(50_000, func(int) coda.Record { return coda.Record{"Effort": "1,234"} }),
		"unreadable numbers": many(50_000, func(i int) coda.Record {
			return coda.Record{"Effort": fmt.Sprint("1,", 100+i%900)}
		}),
		"a long option":               {{"Status": long}},
		"a long column name":          {{long: "x"}},
		"a long option of a list":     {{"Tags": long}},
		"many options in a text":      {{"Tags": strings.Repeat("hardware,", fit(200_000))}},
		"a long number":               {{"Effort": strings.Repeat("1", fit(1_900_000))}},
		"a long date":                 {{"Due": long}},
		"many people in a text":       {{"Crew": strings.Repeat("Theo,", fit(300_000))}},
		"many related rows in a text": {{"Depends on": strings.Repeat("Gripr,", fit(300_000))}},
	}
}

// TestRefusalsAreBounded: whatever somebody sends to be refused, the refusal is short and names few things. What it
// costs is measured by BenchmarkRefusals.
func TestRefusalsAreBounded(t *testing.T) {
	t.Parallel()
	_, c := simulated(t, codatest.Options{}, unlimited)
	hostile := hostileRows()
	for name, rows := range hostile {
		err := c.CheckRows(t.Context(), roadmap, features, rows, coda.UpsertOptions{})
		if !errors.Is(err, coda.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if n := len(err.Error()); n > 20_000 {
			t.Errorf("%s: the refusal is %d bytes long", name, n)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.CheckRows(ctx, roadmap, features, hostile["one unknown option"], coda.UpsertOptions{}); !errors.Is(err,
		context.Canceled) {
		t.Errorf("of a caller who has gone: %v", err)
	}
}

// BenchmarkRefusals tells what a refusal costs: 40 ms of a core at most.
func BenchmarkRefusals(b *testing.B) {
	_, c := simulated(b, codatest.Options{}, unlimited)
	for name, rows := range hostileRows() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := c.CheckRows(b.Context(), roadmap, features, rows, coda.UpsertOptions{}); err == nil {
					b.Fatal("not refused")
				}
			}
		})
	}
}
