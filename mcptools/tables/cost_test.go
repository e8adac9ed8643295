package tables

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/coda"
)

// departing is a context whose caller goes away after some looks at it, and counts all.
type departing struct {
	context.Context
	stays, looks int
}

func (d *departing) Err() error {
	if d.looks++; d.looks > d.stays {
		return context.Canceled
	}
	return nil
}

// Rows are not read on for somebody who has gone.
func TestReadingRowsStops(t *testing.T) {
	t.Parallel()
	schema := demoSchema(t)
	given := make([]map[string]any, 20*lookEvery)
	kept := make([]coda.Record, len(given))
	for i := range given {
		given[i] = map[string]any{"Name": "x"}
		kept[i] = given[i]
	}
	text := "Name\n" + strings.Repeat("x\n", len(given))
	for name, read := range map[string]func(ctx context.Context) error{
		"csv":           func(ctx context.Context) error { _, err := recordsOfCSV(ctx, schema, text); return err },
		"rows":          func(ctx context.Context) error { _, err := records(ctx, schema, given); return err },
		"written again": func(ctx context.Context) error { _, err := plainRows(ctx, schema, kept); return err },
	} {
		whole := &departing{Context: t.Context(), stays: 1000}
		if err := read(whole); err != nil || whole.looks < 20 {
			t.Errorf("%s: %v after %d looks", name, err, whole.looks)
		}
		left := &departing{Context: t.Context(), stays: 3}
		if err := read(left); !errors.Is(err, context.Canceled) || left.looks > 5 {
			t.Errorf("%s: %v, and looked on %d times", name, err, left.looks-left.stays)
		}
	}
}

// CSV that is refused for its size is not taken apart. Not parallel, since it counts what is allocated.
func TestRefusedCSVIsNotRead(t *testing.T) {
	schema := demoSchema(t)
	const size = 1_900_000
	for name, text := range map[string]string{
		"many rows":           "Name,Effort\n" + strings.Repeat("a,b\n", size/4),
		"many cells":          "Name,Effort,Due,Tags,Status,Owner\n" + strings.Repeat("a,b,c,d,e,f\n", 9_000),
		"many columns":        strings.Repeat("Name,", size/5) + "\n1,2",
		"many empty columns":  strings.Repeat(",", size),
		"one long name":       strings.Repeat("é", size/2) + "\nx",
		"a quote never ended": `"` + strings.Repeat("x\n", size/2),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := recordsOfCSV(t.Context(), schema, text)
		runtime.ReadMemStats(&after)
		if spent := after.TotalAlloc - before.TotalAlloc; err == nil || spent > 100_000 {
			t.Errorf("%s: %d bytes allocated, %.200s", name, spent, errorText(err))
		}
	}
}
