package rowset

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	durationParts = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)[\s,]*`)
	durationClock = regexp.MustCompile(`^([0-9]{1,6}):([0-5][0-9])(?::([0-5][0-9]))?$`)
	durationISO   = regexp.MustCompile(`^p(?:([0-9.]+)w)?(?:([0-9.]+)d)?` +
		`(?:t(?:([0-9.]+)h)?(?:([0-9.]+)m)?(?:([0-9.]+)s)?)?$`)
)

var durationUnits = map[string]time.Duration{
	"w": 7 * 24 * time.Hour, "wk": 7 * 24 * time.Hour, "wks": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour,
	"weeks": 7 * 24 * time.Hour,
	"d":     24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
	"h": time.Hour, "hr": time.Hour, "hrs": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
}

// durationOf reads "10 hrs", "2 days 3 hrs", "1:30" (hours and minutes) and "PT90M".
func durationOf(text string) (time.Duration, bool) {
	s := strings.ToLower(strings.TrimSpace(text))
	if len(s) > 100 {
		return 0, false
	}
	s, negative := strings.CutPrefix(s, "-")
	seconds, ok := secondsOf(strings.TrimSpace(s))
	if !ok || seconds > math.MaxInt64/float64(2*time.Second) {
		return 0, false
	}
	if negative {
		seconds = -seconds
	}
	// Rounded, so that 0.1 hours are the same as 6 minutes.
	return time.Duration(math.Round(seconds*1000)) * time.Millisecond, true
}

func secondsOf(s string) (float64, bool) {
	if m := durationClock.FindStringSubmatch(s); m != nil {
		return sumOf(m[1:], []time.Duration{time.Hour, time.Minute, time.Second})
	}
	if m := durationISO.FindStringSubmatch(s); m != nil && s != "p" && !strings.HasSuffix(s, "t") {
		return sumOf(m[1:], []time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second})
	}
	total, parts := 0.0, 0
	for s != "" {
		m := durationParts.FindStringSubmatch(s)
		if m == nil {
			return 0, false
		}
		unit, ok := durationUnits[m[2]]
		n, err := strconv.ParseFloat(m[1], 64)
		if !ok || err != nil {
			return 0, false
		}
		total += n * unit.Seconds()
		parts++
		s = strings.TrimPrefix(s[len(m[0]):], "and ")
	}
	return total, parts > 0
}

func sumOf(parts []string, units []time.Duration) (total float64, ok bool) {
	for i, part := range parts {
		if part == "" {
			continue
		}
		n, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return 0, false
		}
		total += n * units[i].Seconds()
	}
	return total, true
}
