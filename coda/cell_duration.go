package coda

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda/internal/lazyregexp"
	"github.com/bestviable/coda-gateway/coda/near"
)

const durationForms = `text with a unit ("90 minutes", "1 day 3 hrs"), hours and minutes ("1:30"), or ISO 8601 ("PT90M")`

var (
	durationPart  = lazyregexp.New(`^([0-9]+(?:[.,][0-9]+)?)\s*([a-zA-Z]+)\.?(?:(?:\s*,\s*|\s+)and\s+|\s*,\s*|\s*)`)
	durationClock = lazyregexp.New(`^(\d{1,6}):([0-5]\d)(?::([0-5]\d))?$`)
	durationISO   = lazyregexp.New(`^P(?:(\d+(?:[.,]\d+)?)W)?(?:(\d+(?:[.,]\d+)?)D)?(?:T(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$`)
)

const (
	secondsPerDay   = 86_400
	longestDuration = 100_000 * secondsPerDay
)

// durationUnit is a unit's length in seconds, 0 for what is none. Months and years have no length of their own.
func durationUnit(unit string) float64 {
	switch strings.ToLower(unit) {
	case "w", "wk", "wks", "week", "weeks":
		return 7 * secondsPerDay
	case "d", "day", "days":
		return secondsPerDay
	case "h", "hr", "hrs", "hour", "hours":
		return 3600
	case "m", "min", "mins", "minute", "minutes":
		return 60
	case "s", "sec", "secs", "second", "seconds":
		return 1
	case "ms":
		return 0.001
	}
	return 0
}

// duration reads a duration and writes it in the words that Coda itself shows.
func (r *columnReader) duration(v any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return nil, refuse(durationForms, "a duration without a unit")
	}
	seconds, err := ParseDuration(s)
	if err != nil {
		return nil, refuse(durationForms, "%s", strings.TrimPrefix(err.Error(), "coda: "))
	}
	words := DurationText(seconds)
	if strings.Contains(s, ":") || strings.HasPrefix(strings.TrimSpace(s), "P") {
		r.say(r.col, s, near.Sprintf("%q = %s", clip(s, 40), words))
	}
	return words, nil
}

// ParseDuration reads a duration as Coda shows it and as people write it ("1 day 3 hrs", "90 min", "1:30", "PT90M").
func ParseDuration(s string) (time.Duration, error) {
	s = strings.TrimSpace(s)
	if len(s) > 100 {
		return 0, fmt.Errorf("coda: not a duration")
	}
	if s == "" {
		return 0, fmt.Errorf("coda: an empty duration")
	}
	if strings.HasPrefix(s, "-") {
		return 0, fmt.Errorf("coda: a negative duration")
	}
	seconds, err := durationSeconds(s)
	if err != nil {
		return 0, err
	}
	if seconds > longestDuration {
		return 0, fmt.Errorf("coda: longer than %d days", longestDuration/secondsPerDay)
	}
	return time.Duration(math.Round(seconds*1000)) * time.Millisecond, nil
}

func durationSeconds(s string) (float64, error) {
	if m := durationClock.FindStringSubmatch(s); m != nil {
		return 3600*decimalOf(m[1]) + 60*decimalOf(m[2]) + decimalOf(m[3]), nil
	}
	if m := durationISO.FindStringSubmatch(strings.ToUpper(s)); m != nil &&
		strings.ContainsAny(s[len(s)-1:], "wdhmsWDHMS") {
		total := 0.0
		for i, unit := range []float64{7 * secondsPerDay, secondsPerDay, 3600, 60, 1} {
			total += unit * decimalOf(m[i+1])
		}
		return total, nil
	}
	if strings.Trim(s, "0123456789.,") == "" {
		return 0, fmt.Errorf("coda: a duration without a unit")
	}
	total := 0.0
	for rest := s; rest != ""; {
		m := durationPart.FindStringSubmatch(rest)
		if m == nil {
			return 0, fmt.Errorf("coda: not a duration")
		}
		unit := durationUnit(m[2])
		if unit == 0 {
			return 0, near.Errorf("coda: %q is not a unit of time that has one length", clip(m[2], 20))
		}
		total += unit * decimalOf(m[1])
		rest = rest[len(m[0]):]
	}
	return total, nil
}

func decimalOf(s string) float64 {
	f, _ := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	return f
}

// DurationText writes a duration as Coda does: "1 day 3 hrs 30 mins".
func DurationText(d time.Duration) string {
	if d < 0 {
		return "-" + DurationText(-d)
	}
	var parts []string
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"day", secondsPerDay * time.Second}, {"hr", time.Hour}, {"min", time.Minute}} {
		n := d / u.size
		d %= u.size
		switch {
		case n == 1:
			parts = append(parts, "1 "+u.name)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", n, u.name))
		}
	}
	if d > 0 || len(parts) == 0 {
		unit := " secs"
		if d == time.Second {
			unit = " sec"
		}
		parts = append(parts, strconv.FormatFloat(d.Seconds(), 'f', -1, 64)+unit)
	}
	return strings.Join(parts, " ")
}
