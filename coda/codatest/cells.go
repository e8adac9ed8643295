package codatest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The values a cell may hold beside string, float64, bool, nil and []any.
type (
	relation struct{ table, row string }
	person   struct{ login, name string }
	instant  struct {
		t    time.Time
		kind string // date, dateTime, time
	}
	image struct {
		url, name string // name "": the last part of url
		failed    bool   // could not be fetched
	}
	markdown string // of a canvas: text with formatting
)

// cellParser reads written values as Coda does: whatever makes no sense for
// the column is kept as the text it is, without a word.
type cellParser struct {
	ws  *workspaceState
	d   *docState
	k   *content
	now time.Time
	off bool // disableParsing

	manners Manners
}

// calculated reports whether what is written to the column is discarded.
func (c *columnState) calculated() bool {
	return c.synced || c.Formula != "" || c.Computed != "" || c.Compute != nil || c.Type == "button"
}

// parse reads v, which came from JSON or from a fixture.
func (p *cellParser) parse(col *columnState, v any) any {
	if s, ok := v.(string); ok && col.Array && p.manners.SplitCommas && !p.off && strings.Contains(s, ",") {
		v = splitCommas(s)
	}
	list, isList := v.([]any)
	if !isList {
		out := p.single(col, v)
		if col.Array && out != nil && !(col.Type == "reaction" && p.manners.ScalarReactions) {
			return []any{out}
		}
		return out
	}
	var out []any
	for _, e := range list {
		if inner, ok := e.([]any); ok { // one level of nesting is allowed
			for _, x := range inner {
				out = append(out, p.single(col, x))
			}
			continue
		}
		out = append(out, p.single(col, e))
	}
	out = slices.DeleteFunc(out, func(x any) bool { return x == nil })
	switch {
	case len(out) == 0:
		return nil
	case len(out) == 1 && !col.Array:
		return out[0]
	}
	return out
}

// splitCommas is what one text for several values becomes.
func splitCommas(s string) []any {
	var out []any
	for part := range strings.SplitSeq(s, ",") {
		out = append(out, strings.TrimSpace(part))
	}
	return out
}

func (p *cellParser) single(col *columnState, v any) any {
	switch n := v.(type) {
	case int:
		v = float64(n)
	case int64:
		v = float64(n)
	case uint64:
		v = float64(n)
	case time.Time:
		v = n.Format(time.RFC3339)
		if n.Equal(n.Truncate(24 * time.Hour)) {
			v = n.Format(time.DateOnly)
		}
	}
	if v == nil || v == "" {
		return nil
	}
	s, isString := v.(string)
	switch col.Type {
	case "number", "percent", "currency", "slider", "scale":
		if isString {
			if f, ok := parseNumber(s); ok {
				return f
			}
		}
		return v
	case "checkbox":
		if b, err := strconv.ParseBool(strings.ToLower(s)); isString && err == nil {
			return b
		}
		return v
	case "duration":
		if f, ok := parseDuration(s); isString && ok {
			return f
		}
		return v
	}
	if !isString {
		switch col.Type {
		case "date", "dateTime", "time":
			return v // a UNIX time stays the number it is
		}
		return textOfScalar(v)
	}
	if p.off {
		return s
	}
	switch col.Type {
	case "date", "dateTime", "time":
		if t, ok := parseTime(s, col.Type, p.zone(), p.now); ok {
			return instant{t, col.Type}
		}
	case "person":
		if x, ok := p.person(s); ok {
			return x
		}
	case "lookup":
		if r, ok := p.relation(col, s); ok {
			return r
		}
	case "image", "attachments", "imageReference":
		if strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
			return p.fetchImage(s)
		}
	}
	return s
}

func (p *cellParser) zone() *time.Location {
	if p.d.zone != nil {
		return p.d.zone
	}
	return time.UTC
}

// relation finds the target row by id or by its exact display text.
func (p *cellParser) relation(col *columnState, s string) (relation, bool) {
	t, i := p.k.table(col.target)
	if i < 0 {
		return relation{}, false
	}
	base := p.k.baseOf(t)
	if base.row(s) != nil {
		return relation{t.id, s}, true
	}
	if p.manners.StrictRelations && base.displayColumn().calculated() {
		return relation{}, false
	}
	for _, r := range base.rows {
		if p.k.rowName(p.d, base, r) == s {
			return relation{t.id, r.id}, true
		}
	}
	return relation{}, false
}

func textOfScalar(v any) any {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return v
}

// parseNumber reads what people type: thousands separators, a currency sign, a
// percent sign.
func parseNumber(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	percent := strings.HasSuffix(s, "%")
	s = strings.TrimSuffix(s, "%")
	s = strings.TrimSpace(strings.TrimLeft(s, "$€£¥"))
	s = strings.ReplaceAll(s, ",", "")
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != f || f > 1e300 || f < -1e300 {
		return 0, false
	}
	if percent {
		f /= 100
	}
	return f, true
}

var durationPart = regexp.MustCompile(`(?i)(\d+(?:\.\d+)?)\s*(d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)(?:\s|,|$)`)

// parseDuration reads "1 day 3 hours" into days.
func parseDuration(s string) (float64, bool) {
	rest := durationPart.ReplaceAllString(s, "")
	if strings.TrimSpace(rest) != "" {
		return 0, false
	}
	days := 0.0
	for _, m := range durationPart.FindAllStringSubmatch(s, -1) {
		n, _ := strconv.ParseFloat(m[1], 64)
		switch m[2][0] | 0x20 {
		case 'd':
			days += n
		case 'h':
			days += n / 24
		case 'm':
			days += n / (24 * 60)
		case 's':
			days += n / (24 * 60 * 60)
		}
	}
	return days, days != 0
}

var dateForms = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04",
	time.DateOnly,
	// month before day, the trap for most of the world
	"1/2/2006 15:04", "1/2/2006", "January 2, 2006", "Jan 2, 2006", "1/2",
}

var timeForms = []string{"15:04:05", "15:04", "3:04 PM", "3:04PM", "3 PM"}

// dayZero is the day on which Coda puts a time without a date.
var dayZero = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

func parseTime(s, kind string, zone *time.Location, now time.Time) (time.Time, bool) {
	if kind == "time" {
		for _, form := range timeForms {
			if t, err := time.Parse(form, s); err == nil {
				return time.Date(dayZero.Year(), dayZero.Month(), dayZero.Day(), t.Hour(), t.Minute(), t.Second(), 0, zone), true
			}
		}
	}
	for _, form := range dateForms {
		t, err := time.ParseInLocation(form, s, zone)
		if err != nil {
			continue
		}
		t = t.In(zone)
		if form == "1/2" {
			t = time.Date(now.In(zone).Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone)
		}
		if kind == "date" {
			t = time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone)
		}
		return t, true
	}
	return time.Time{}, false
}

// sameCell compares stored values, as an upsert does with its key columns.
func sameCell(a, b any) bool {
	la, aList := a.([]any)
	lb, bList := b.([]any)
	if aList || bList {
		return aList && bList && slices.EqualFunc(la, lb, sameCell)
	}
	ta, aTime := a.(instant)
	tb, bTime := b.(instant)
	if aTime && bTime {
		return ta.t.Equal(tb.t)
	}
	return a == b
}

// editSize counts a written value as Coda does: its UTF-8 bytes, and every
// line break once more.
func editSize(v any) int {
	switch v := v.(type) {
	case string:
		return len(v) + strings.Count(v, "\n")
	case []any:
		n := 0
		for _, e := range v {
			n += editSize(e)
		}
		return n
	case nil:
		return 0
	default:
		s, _ := textOfScalar(v).(string)
		return len(s)
	}
}
