package rowset

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/bestviable/coda-gateway/coda"
)

// FuzzFilter: a filter is understood or refused in words, never answered with a panic, and means the same twice.
func FuzzFilter(f *testing.F) {
	f.Add(`{"or":[{"Status":"Planned"},{"Due":{"<":"2026-01-01"}}],"Effort":[1,"2",null]}`)
	f.Add(`{"not":{"Owner":{"email":"x"}},"updated":{"since":"last 7 days"}}`)
	f.Add(`{"column":"Cost","between":["1 EUR","€ 2,000.50"],"Review at":"2026-05-20T14:30+02:00"}`)
	f.Add(`{"Tags":"hardware, safety","Urgent":"yes","Crew":{"all":["Ada","Grace"]}}`)
	schema := demoSchema(f)
	row := demoRow(f, schema, calibration)
	e := &Engine{People: somebody}
	f.Fuzz(func(t *testing.T, text string) {
		var filter Filter
		d := json.NewDecoder(bytes.NewReader([]byte(text)))
		d.UseNumber()
		if d.Decode(&filter) != nil {
			t.Skip("no JSON object")
		}
		c, err := e.Compile(t.Context(), schema, filter)
		if err != nil {
			if !errors.Is(err, coda.ErrInvalid) || err.Error() == "" || len(err.Error()) > 10_000 {
				t.Fatalf("refused with %d bytes: %.200v", len(err.Error()), err)
			}
			return
		}
		c.Pin(noon)
		again, err := e.Compile(t.Context(), schema, filter)
		if err != nil {
			t.Fatalf("refused the second time: %v", err)
		}
		again.Pin(noon)
		if c.Holds(row) != again.Holds(row) {
			t.Fatal("the same filter holds and does not")
		}
		if c != nil {
			pushDown(c.node)
		}
	})
}

// FuzzCursor: what comes back is one that was given, or refused.
func FuzzCursor(f *testing.F) {
	f.Add(cursor{Query: "q", Token: "x", Skip: 3}.String(), "q")
	f.Fuzz(func(t *testing.T, text, query string) {
		if c, err := parseCursor(text, query); err == nil && (c.Skip < 0 || c.Query != query) {
			t.Fatalf("%+v", c)
		}
	})
}

// FuzzPeriod: whatever is taken for a period ends after it begins, and holds its own beginning.
func FuzzPeriod(f *testing.F) {
	for _, s := range []string{"2026", "2026-Q3", "2026-W53", "2026-02-30", "14:30", "last 9999 years", "2026-05-20 14:30",
		"Mar 4, 2026", "3 PM"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		check := func(p period, ok bool) {
			if ok && (!p.from.Before(p.to) || p.compare(p.from) != 0 || p.compare(p.to) != 1) {
				t.Fatalf("%q is %v to %v", text, p.from, p.to)
			}
		}
		check(periodOf(text))
		check(clockOf(text))
		if r, ok := relativeOf(text); ok {
			check(r(wallOf(noon)), true)
		}
	})
}
