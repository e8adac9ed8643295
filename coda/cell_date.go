package coda

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda/internal/lazyregexp"
	"github.com/bestviable/coda-gateway/coda/near"
)

var momentForms = map[string]string{
	ColDate:     "a date such as 2026-11-24",
	ColDateTime: "a date and time such as 2026-11-24T15:04 or 2026-11-24T15:04:00+01:00",
	ColTime:     "a time such as 15:04",
}

// moment reads a date, a time of day, or both, in a form that cannot be mistaken: Coda reads 04/03 by the document's
// locale, and stores a Unix time as a number.
//
// A date is a day on a calendar and a time of day is what a clock shows: both are stored as they were written, whatever
// offset came with them, because the document's time zone would make another day or hour of them. A date with time is a
// point in time where it has an offset; without one Coda takes it for the document's time zone.
func (r *columnReader) moment(v any) (any, error) {
	kind := r.col.Format.Type
	s, ok := v.(string)
	if !ok {
		if _, isNumber := v.(json.Number); isNumber {
			return nil, refuse(momentForms[kind], "a number would be stored as a number, not as a time")
		}
		return nil, refuse(momentForms[kind], "not a date or time")
	}
	w, problem := readMoment(strings.TrimSpace(s), r.opts.Dates)
	if problem != "" {
		r := &refusal{problem: problem, accepted: momentForms[kind]}
		if strings.Contains(problem, "dates \"") {
			r.mends = "dates"
		}
		return nil, r
	}
	switch kind {
	case ColDate:
		return r.day(s, w)
	case ColTime:
		if w.clock == "" {
			return nil, refuse(momentForms[kind], "a date without a time of day")
		}
		if w.day != "" && w.day != clockDay || w.day == "" && !strings.HasPrefix(w.clock, strings.TrimSpace(s)) {
			r.say(r.col, s, near.Sprintf("%q = %s", clip(s, 40), w.clock))
		}
		return w.clock, nil
	}
	if w.day == "" {
		return nil, refuse(momentForms[kind], "a time of day without a date")
	}
	out := w.day
	switch {
	case w.clock == "":
		r.say(r.col, "day", "a date without a time is stored as the beginning of that day in the doc's time zone")
	case w.offset == "":
		r.say(r.col, "offset", "times without an offset are in the doc's time zone")
		if w.clock < latestSkip {
			r.say(r.col, "skip", "a time that the clocks there skip is stored as another")
		}
		out += "T" + w.clock
	default:
		out += "T" + w.clock + w.offset
	}
	if w.reordered {
		r.say(r.col, s, near.Sprintf("%q = %s", clip(s, 40), out))
	}
	return out, nil
}

// latestSkip is the time of day before which clocks are put forward, wherever that is done.
const latestSkip = "04"

// day is what a date column stores.
func (r *columnReader) day(s string, w writtenMoment) (any, error) {
	switch {
	case w.day == "":
		return nil, refuse(momentForms[ColDate], "a time of day without a date")
	case strings.Trim(w.clock, "0:.") != "":
		r.say(r.col, "clock", "only the day is stored, without the time of day: "+near.Quote(clip(s, 40))+" = "+w.day)
	case w.reordered:
		r.say(r.col, s, near.Sprintf("%q = %s", clip(s, 40), w.day))
	}
	return w.day, nil
}

// clockDay is the day on which Coda shows a time of day that has none.
const clockDay = "1899-12-30"

// writtenMoment is a date and time as it was written, each part empty where it was not.
type writtenMoment struct {
	day, clock, offset string
	// reordered: the day was not written as ISO 8601 has it.
	reordered bool
}

var (
	clockAlone  = lazyregexp.New(`(?i)^T?(\d{1,2})(?::(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*([ap]\.?m\.?)?\s*(Z|[+-]\d{2}:?\d{2})?$`)
	dayAndClock = lazyregexp.New(`(?i)^(.*?\d)(?:T|,?\s+(?:at\s+)?)(\d{1,2}(?::\d{2}.*|\s*[ap]\.?m\.?.*))$`)
	dayISO      = lazyregexp.New(`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$`)
	dayDigits   = lazyregexp.New(`^(\d{1,2})([-/.])\s?(\d{1,2})[-/.]\s?(\d{4}|\d{2})$`)
	dayShortYMD = lazyregexp.New(`^(\d{2})[-/.](\d{1,2})[-/.](\d{1,2})$`)
	dayWords    = lazyregexp.New(`^(?:[A-Za-z]{3,9},?\s+)?(?:(\d{1,2})(?:st|nd|rd|th|\.)?[\s-]+([A-Za-z]{3,9})\.?|([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?),?[\s-]+(\d{4})$`)
)

const notAMoment = "not an unambiguous date or time"

// readMoment reads a date, a time, or both. problem says why it cannot.
func readMoment(s, order string) (w writtenMoment, problem string) {
	if len(s) > 60 {
		return w, notAMoment
	}
	// As it is written the most, for which no expression is tried.
	if _, err := time.Parse(time.DateOnly, s); err == nil && s >= "0001" {
		return writtenMoment{day: s}, ""
	}
	if m := clockAlone.FindStringSubmatch(s); m != nil && (m[2] != "" || m[5] != "") {
		w.clock, w.offset = readClock(m)
		if w.clock == "" {
			return w, notAMoment
		}
		return w, ""
	}
	day := s
	if m := dayAndClock.FindStringSubmatch(s); m != nil {
		c := clockAlone.FindStringSubmatch(m[2])
		if c == nil {
			return w, notAMoment
		}
		if w.clock, w.offset = readClock(c); w.clock == "" {
			return w, notAMoment
		}
		day = m[1]
	}
	w.day, problem = readDay(day, order)
	w.reordered = w.day != day
	return w, problem
}

// readClock writes a time of day as 15:04:05; empty where there is no such time.
func readClock(m []string) (clock, offset string) {
	hour, _ := strconv.Atoi(m[1])
	minute, _ := strconv.Atoi("0" + m[2])
	second, _ := strconv.Atoi("0" + m[3])
	if half := strings.ToLower(strings.ReplaceAll(m[5], ".", "")); half != "" {
		if hour < 1 || hour > 12 {
			return "", ""
		}
		if hour %= 12; half == "pm" {
			hour += 12
		}
	}
	if hour > 23 || minute > 59 || second > 59 {
		return "", ""
	}
	clock = fmt.Sprintf("%02d:%02d:%02d", hour, minute, second)
	if fraction := strings.TrimRight(m[4], "0"); fraction != "" {
		clock += "." + fraction
	}
	switch o := strings.ToUpper(m[6]); {
	case len(o) == 5:
		offset = o[:3] + ":" + o[3:]
	default:
		offset = o
	}
	return clock, offset
}

// readDay writes a date as 2026-11-24.
func readDay(s, order string) (day, problem string) {
	s = strings.TrimSpace(s)
	if m := dayISO.FindStringSubmatch(s); m != nil {
		return dayOf(m[1], m[2], m[3])
	}
	if m := dayWords.FindStringSubmatch(s); m != nil {
		month := monthOf(m[2] + m[3])
		if month == "" {
			return "", notAMoment
		}
		return dayOf(m[5], month, m[1]+m[4])
	}
	if m := dayShortYMD.FindStringSubmatch(s); m != nil && order == DatesYMD {
		return dayOf("20"+m[1], m[2], m[3])
	}
	m := dayDigits.FindStringSubmatch(s)
	if m == nil {
		return "", notAMoment
	}
	year := m[4]
	if len(year) == 2 {
		if order == "" {
			return "", `a two-digit year: pass dates "dmy", "mdy" or "ymd" to say how it is meant`
		}
		year = "20" + year
	}
	dmy, dmyProblem := dayOf(year, m[3], m[1])
	mdy, mdyProblem := dayOf(year, m[1], m[3])
	switch {
	case order == DatesDMY:
		return dmy, dmyProblem
	case order == DatesMDY:
		return mdy, mdyProblem
	case order == DatesYMD:
		return "", "not a date that begins with the year"
	case dmyProblem == "" && mdyProblem == "" && dmy != mdy:
		return "", fmt.Sprintf(`may be %s or %s: say which with dates "dmy" or "mdy"`, dmy, mdy)
	case dmyProblem == "":
		return dmy, ""
	}
	return mdy, mdyProblem
}

func dayOf(year, month, day string) (string, string) {
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Year() != y || int(t.Month()) != m || t.Day() != d || y < 1 {
		return "", "no such day"
	}
	return t.Format(time.DateOnly), ""
}

// monthOf is the number of a month by its English name or the first three or four letters of it.
func monthOf(name string) string {
	name = strings.ToLower(name)
	for m := time.January; m <= time.December; m++ {
		full := strings.ToLower(m.String())
		if name == full || name == full[:3] || len(name) == 4 && strings.HasPrefix(full, name) {
			return strconv.Itoa(int(m))
		}
	}
	return ""
}
