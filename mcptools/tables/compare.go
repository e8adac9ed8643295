package tables

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

// compare orders by the column's type: numbers by size, dates by time, everything else as text where neither is a number.
func (c comparison) compare(have, want string) (int, bool) {
	switch c.column.Format.Type {
	case coda.ColDate, coda.ColDateTime, coda.ColTime:
		return compareMoments(have, want)
	}
	return compareTexts(have, want)
}

func compareTexts(a, b string) (int, bool) {
	x, xok := numberOf(a)
	y, yok := numberOf(b)
	switch {
	case xok && yok:
		return compareFloats(x, y), true
	case xok != yok:
		return 0, false
	}
	return strings.Compare(strings.ToLower(a), strings.ToLower(b)), true
}

func compareFloats(x, y json.Number) int {
	a, _ := x.Float64()
	b, _ := y.Float64()
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func numberOf(s string) (json.Number, bool) {
	s = strings.TrimSpace(s)
	scale := 1.0
	if p, ok := strings.CutSuffix(s, "%"); ok {
		s, scale = strings.TrimSpace(p), 0.01
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f-f != 0 {
		return "", false
	}
	return json.Number(strconv.FormatFloat(f*scale, 'g', -1, 64)), true
}

// moment is a point in time, or a whole day.
type moment struct {
	time.Time
	day bool
}

var momentLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"}

func momentOf(s string) (moment, bool) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return moment{t, true}, true
	}
	for _, layout := range momentLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return moment{t, false}, true
		}
	}
	for _, layout := range []string{time.TimeOnly, "15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return moment{t, false}, true
		}
	}
	return moment{}, false
}

// compareMoments compares whole days where either side is one, on the calendar of each.
func compareMoments(have, want string) (int, bool) {
	a, aok := momentOf(have)
	b, bok := momentOf(want)
	if !aok || !bok {
		return 0, false
	}
	if a.day || b.day {
		return strings.Compare(a.Format(time.DateOnly), b.Format(time.DateOnly)), true
	}
	return a.Compare(b.Time), true
}
