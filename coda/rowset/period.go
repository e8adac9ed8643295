package rowset

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda/internal/lazyregexp"
)

// period is a stretch of time, from ≤ t < to. A day, month or year is one, and so is 14:30, which lasts for a minute.
type period struct {
	from, to time.Time
	// wall says that from and to are readings of the doc's own clock and calendar, written in UTC; otherwise they are
	// points in time.
	wall bool
}

// wallOf is what the clock shows at t, wherever that is.
func wallOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

func dayOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func days(from time.Time, n int) period { return period{from, from.AddDate(0, 0, n), true} }

// compare tells where t lies: before the period, in it, or after it.
func (p period) compare(t time.Time) int {
	if p.wall {
		t = wallOf(t)
	}
	switch {
	case t.Before(p.from):
		return -1
	case t.Before(p.to):
		return 0
	}
	return 1
}

// day is the calendar day that was written, whatever clock or offset stands behind it; a month or year stays one.
func (p period) day() period {
	if p.to.Sub(p.from) >= 24*time.Hour {
		return p
	}
	return days(dayOf(p.from), 1)
}

// String writes the period for a note.
func (p period) String() string {
	last := p.to.Add(-time.Nanosecond)
	switch {
	case !p.wall:
		return p.from.Format(time.RFC3339) + " to " + p.to.Format(time.RFC3339)
	case dayOf(p.from).Equal(dayOf(last)):
		return p.from.Format(time.DateOnly)
	}
	return p.from.Format(time.DateOnly) + " to " + last.Format(time.DateOnly)
}

var (
	yearForm    = lazyregexp.New(`^[0-9]{4}$`)
	quarterForm = lazyregexp.New(`^([0-9]{4})-?q([1-4])$`)
	weekForm    = lazyregexp.New(`^([0-9]{4})-?w([0-9]{2})$`)
	// ambiguousDay is 04/03/2026 and its like, whose day and month nobody can tell apart.
	ambiguousDay = lazyregexp.New(`^[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}$`)
)

var dayLayouts = []string{time.DateOnly, "2006/01/02", "January 2, 2006", "Jan 2, 2006", "2 January 2006",
	"2 Jan 2006"}

var monthLayouts = []string{"2006-01", "January 2006", "Jan 2006"}

// instantLayouts are those of points in time, with how long each lasts and whether it is a reading of the doc's clock.
var instantLayouts = []struct {
	layout string
	lasts  time.Duration
	wall   bool
}{
	{"2006-01-02T15:04:05Z07:00", time.Second, false},
	{"2006-01-02T15:04Z07:00", time.Minute, false},
	{"2006-01-02T15:04:05", time.Second, true},
	{"2006-01-02T15:04", time.Minute, true},
}

// periodOf reads what needs no clock: a year, quarter, month, week, day or point in time.
func periodOf(text string) (period, bool) {
	s := strings.Join(strings.Fields(text), " ")
	if len(s) > 40 {
		return period{}, false
	}
	lower := strings.ToLower(s)
	if year, quarter, ok := strings.Cut(lower, " "); ok && len(year) == 2 && year[0] == 'q' {
		lower = quarter + "-" + year // Q1 2026
	}
	if yearForm.MatchString(lower) {
		from, err := time.Parse("2006", lower)
		return period{from, from.AddDate(1, 0, 0), true}, err == nil
	}
	if m := quarterForm.FindStringSubmatch(lower); m != nil {
		year, _ := strconv.Atoi(m[1])
		from := time.Date(year, time.Month(3*int(m[2][0]-'1')+1), 1, 0, 0, 0, 0, time.UTC)
		return period{from, from.AddDate(0, 3, 0), true}, true
	}
	if m := weekForm.FindStringSubmatch(lower); m != nil {
		return isoWeek(m[1], m[2])
	}
	for _, layout := range dayLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return days(t, 1), true
		}
	}
	for _, layout := range monthLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return period{t, t.AddDate(0, 1, 0), true}, true
		}
	}
	return instantOf(s)
}

func instantOf(s string) (period, bool) {
	if len(s) > 10 && s[10] == ' ' {
		s = s[:10] + "T" + s[11:]
	}
	for _, l := range instantLayouts {
		t, err := time.Parse(l.layout, s)
		if err != nil {
			continue
		}
		lasts := l.lasts
		if strings.Contains(s, ".") { // time.Parse takes fractions of seconds without being asked
			lasts = time.Millisecond
		}
		return period{t, t.Add(lasts), l.wall}, true
	}
	return period{}, false
}

func isoWeek(year, week string) (period, bool) {
	y, _ := strconv.Atoi(year)
	w, _ := strconv.Atoi(week)
	monday := mondayOf(time.Date(y, 1, 4, 0, 0, 0, 0, time.UTC)).AddDate(0, 0, 7*(w-1))
	gotYear, gotWeek := monday.ISOWeek()
	return days(monday, 7), gotYear == y && gotWeek == w
}

func mondayOf(t time.Time) time.Time {
	return dayOf(t).AddDate(0, 0, -(int(t.Weekday())+6)%7)
}

// clockOf reads a time of day.
func clockOf(text string) (period, bool) {
	s := strings.ToUpper(strings.TrimSpace(text))
	for layout, lasts := range map[string]time.Duration{
		"15:04:05": time.Second, "15:04": time.Minute, "3:04 PM": time.Minute, "3:04PM": time.Minute,
		"3 PM": time.Hour, "3PM": time.Hour,
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return period{clockTime(t), clockTime(t).Add(lasts), true}, true
		}
	}
	return period{}, false
}

// clockTime is a time of day without its day.
func clockTime(t time.Time) time.Time {
	return time.Date(1, 1, 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// relative is a period that depends on when it is asked for.
type relative func(now time.Time) period

var (
	unitForm  = lazyregexp.New(`^(this|current|last|previous|past|next) (week|month|quarter|year)$`)
	spanForm  = lazyregexp.New(`^(last|past|previous|next) ([0-9]{1,4}) (hour|day|week|month|year)s?$`)
	agoForm   = lazyregexp.New(`^([0-9]{1,4}) (day|week|month|year)s? ago$`)
	aheadForm = lazyregexp.New(`^in ([0-9]{1,4}) (day|week|month|year)s?$`)
)

// relativeForms tells what relativeOf takes.
const relativeForms = `today, yesterday, tomorrow, now, this week, last month, next year, last 7 days, 3 days ` +
	`ago, in 2 weeks`

// relativeOf reads what depends on today, a day of the doc's calendar.
func relativeOf(text string) (relative, bool) {
	s := fold(strings.ReplaceAll(clip(text, 40), "_", " "))
	switch s {
	case "now":
		return func(now time.Time) period { return period{now, now.Add(time.Second), false} }, true
	case "today":
		return onDay(0, "day"), true
	case "yesterday":
		return onDay(-1, "day"), true
	case "tomorrow":
		return onDay(1, "day"), true
	}
	if m := unitForm.FindStringSubmatch(s); m != nil {
		shift := map[string]int{"this": 0, "current": 0, "next": 1}
		n, ok := shift[m[1]]
		if !ok {
			n = -1
		}
		return func(now time.Time) period { return unitAt(now, m[2], n) }, true
	}
	if m := spanForm.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[2])
		return spanOf(m[1] == "next", n, m[3]), n > 0
	}
	if m := agoForm.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[1])
		return onDay(-n, m[2]), true
	}
	if m := aheadForm.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[1])
		return onDay(n, m[2]), true
	}
	return nil, false
}

func onDay(n int, unit string) relative {
	return func(now time.Time) period { return days(shifted(dayOf(now), n, unit), 1) }
}

func shifted(t time.Time, n int, unit string) time.Time {
	switch unit {
	case "week":
		return t.AddDate(0, 0, 7*n)
	case "month":
		return t.AddDate(0, n, 0)
	case "quarter":
		return t.AddDate(0, 3*n, 0)
	case "year":
		return t.AddDate(n, 0, 0)
	}
	return t.AddDate(0, 0, n)
}

// unitAt is the week, month, quarter or year that now lies in, or the n-th after it. Weeks begin on Monday.
func unitAt(now time.Time, unit string, n int) period {
	from := mondayOf(now)
	switch unit {
	case "month":
		from = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	case "quarter":
		from = time.Date(now.Year(), (now.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
	case "year":
		from = time.Date(now.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return period{shifted(from, n, unit), shifted(from, n+1, unit), true}
}

// spanOf is a number of days and more that ends or begins with today, or of hours that ends or begins now.
func spanOf(ahead bool, n int, unit string) relative {
	return func(now time.Time) period {
		if unit == "hour" {
			if ahead {
				return period{now, now.Add(time.Duration(n) * time.Hour), false}
			}
			return period{now.Add(-time.Duration(n) * time.Hour), now.Add(time.Second), false}
		}
		today := dayOf(now)
		if ahead {
			return period{today, shifted(today, n, unit), true}
		}
		tomorrow := today.AddDate(0, 0, 1)
		return period{shifted(tomorrow, -n, unit), tomorrow, true}
	}
}

// cellMoment reads a date or time as Coda writes it into cells, with the offset of the doc's time zone at that time.
func cellMoment(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly, "2006-01-02T15:04:05", "15:04:05", "15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// zoneName writes an offset for a note.
func zoneName(zone *time.Location, at time.Time) string {
	name, offset := at.In(zone).Zone()
	if offset == 0 {
		return "UTC"
	}
	if name == "" {
		sign := '+'
		if offset < 0 {
			sign, offset = '-', -offset
		}
		return fmt.Sprintf("UTC%c%02d:%02d", sign, offset/3600, offset/60%60)
	}
	return name
}
