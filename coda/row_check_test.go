package coda_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// TestRefusalsAreCheap: whatever somebody sends to be refused, it costs little more than looking at it once.
func TestRefusalsAreCheap(t *testing.T) {
	t.Parallel()
	_, c := simulated(t, codatest.Options{}, unlimited)
	many := func(n int, row func(i int) coda.Record) []coda.Record {
		rows := make([]coda.Record, n)
		for i := range rows {
			rows[i] = row(i)
		}
		return rows
	}
	long := strings.Repeat("x", 1_900_000)
	wide := make(coda.Record)
	for i := range 95_000 {
		wide[fmt.Sprint("column ", i)] = i
	}
	if err := c.CheckRows(t.Context(), roadmap, features, []coda.Record{{"Name": "x"}}, coda.UpsertOptions{}); err != nil {
		t.Fatal(err)
	}
	for name, rows := range map[string][]coda.Record{
		"one unknown column":          many(50_000, func(int) coda.Record { return coda.Record{"Nothing": 1} }),
		"unknown columns":             many(50_000, func(i int) coda.Record { return coda.Record{fmt.Sprint("Nothing ", i): 1} }),
		"a wide row":                  {wide},
		"unknown options":             many(50_000, func(i int) coda.Record { return coda.Record{"Status": fmt.Sprint("Done", i)} }),
		"one unknown option":          many(50_000, func(i int) coda.Record { return coda.Record{"Status": "Dnoe"} }),
		"a long option":               {{"Status": long}},
		"a long column name":          {{long: "x"}},
		"a long option of a list":     {{"Tags": long}},
		"many options in a text":      {{"Tags": strings.Repeat("hardware,", 200_000)}},
		"a long number":               {{"Effort": strings.Repeat("1", 1_900_000)}},
		"a long date":                 {{"Due": long}},
		"many people in a text":       {{"Crew": strings.Repeat("Theo,", 300_000)}},
		"many related rows in a text": {{"Depends on": strings.Repeat("Gripr,", 300_000)}},
	} {
		begin := time.Now()
		err := c.CheckRows(t.Context(), roadmap, features, rows, coda.UpsertOptions{})
		var invalid *coda.ValidationError
		if !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if n := len(err.Error()); n > 20_000 {
			t.Errorf("%s: the refusal is %d bytes long", name, n)
		}
		t.Logf("%s: %v, %d problems, %d faults", name, time.Since(begin), len(invalid.Problems), invalid.Total)
		// The machine may be busy; what is meant is far less.
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("%s: refused after %v", name, took)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.CheckRows(ctx, roadmap, features, many(50_000, func(i int) coda.Record { return coda.Record{"Status": "Dnoe"} }), coda.UpsertOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("of a caller who has gone: %v", err)
	}
}
