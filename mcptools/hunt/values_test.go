package hunt

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// value is what is written to a cell: the argument, and what the cell has to hold afterwards in the form of [plain].
type value struct {
	arg  any
	want string
	// bad says that no cell can hold this as what it is meant to be, so that it has to be refused.
	bad bool
}

// plain brings a cell, as valueFormat=rich shows it, into one comparable text.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSuffix(strings.TrimPrefix(v, "```"), "```")
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = plain(e)
		}
		return strings.Join(parts, "|")
	case map[string]any:
		for _, key := range []string{"rowId", "email", "amount", "url"} {
			if x, ok := v[key]; ok {
				return plain(x)
			}
		}
		return fmt.Sprint(v["status"])
	}
	return fmt.Sprint(v)
}

// sameCell compares what a cell holds with what it should: an empty checkbox is one that is not checked.
func sameCell(c column, got any, want string) bool {
	g := plain(got)
	switch c.kind {
	case "checkbox":
		if g == "" {
			g = "false"
		}
		if want == "" {
			want = "false"
		}
	case "image", "attachments":
		// Coda keeps a copy, under an address of its own.
		copied := want != "" && strings.HasPrefix(g, "https://codahosted.io/")
		return g == want || copied && strings.Count(g, "|") == strings.Count(want, "|")
	case "date":
		g, want = day(g), day(want)
	case "dateTime":
		g, want = moment(g), moment(want)
	}
	return g == want
}

func day(s string) string {
	if t, err := time.Parse("2006-01-02T15:04:05.000-07:00", s); err == nil {
		return t.Format(time.DateOnly)
	}
	return s
}

func moment(s string) string {
	for _, form := range []string{"2006-01-02T15:04:05.000-07:00", time.RFC3339} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC().Format(time.RFC3339)
		}
	}
	return s
}

var words = []string{"Amber", "Brass", "Cedar", "Delta", "Ember", "Fjord", "Grove", "Haven",
	"7", "007", "1e3", "or", "null", "true", "i-x"}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// valueFor makes a value for a column: mostly a right one, at times one that has to be refused.
func (w *world) valueFor(r *rand.Rand, c column) value {
	if r.IntN(14) == 0 {
		return value{arg: nil, want: ""}
	}
	if r.IntN(20) == 0 {
		if v, ok := w.badValue(r, c); ok {
			return v
		}
	}
	if c.array {
		var args []any
		var wants []string
		for range 1 + r.IntN(2) {
			v := w.single(r, c)
			if !contains(wants, v.want) {
				args, wants = append(args, v.arg), append(wants, v.want)
			}
		}
		return value{arg: args, want: strings.Join(wants, "|")}
	}
	return w.single(r, c)
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func (w *world) single(r *rand.Rand, c column) value {
	switch c.kind {
	case "number", "currency":
		n := r.IntN(1000)
		return value{arg: n, want: strconv.Itoa(n)}
	case "percent":
		return value{arg: 0.25, want: "0.25"}
	case "scale":
		n := 1 + r.IntN(5)
		return value{arg: n, want: strconv.Itoa(n)}
	case "checkbox":
		b := r.IntN(2) == 0
		return value{arg: b, want: strconv.FormatBool(b)}
	case "date":
		d := fmt.Sprintf("2026-%02d-%02d", 1+r.IntN(12), 1+r.IntN(28))
		if r.IntN(4) == 0 {
			return value{arg: d + "T00:00:00Z", want: d}
		}
		return value{arg: d, want: d}
	case "dateTime":
		month, day, hour := time.Month(1+r.IntN(12)), 1+r.IntN(28), r.IntN(24)
		at := time.Date(2026, month, day, hour, 30, 0, 0, time.UTC)
		if hour > 3 && day%2 == 0 { // on the doc's clock, at an hour that it never skips
			arg := at.Format("2006-01-02T15:04:05")
			at = time.Date(2026, month, day, hour, 30, 0, 0, w.zone)
			return value{arg: arg, want: at.Format(time.RFC3339)}
		}
		return value{arg: at.Format(time.RFC3339), want: at.Format(time.RFC3339)}
	case "duration":
		n := 2 + r.IntN(20)
		return value{arg: fmt.Sprintf("%d hrs", n), want: fmt.Sprintf("%d hrs", n)}
	case "select":
		o := pick(r, options)
		return value{arg: o, want: o}
	case "person":
		p := pick(r, w.known)
		if r.IntN(3) == 0 {
			return value{arg: p.Name + " <" + p.LoginID + ">", want: p.LoginID}
		}
		return value{arg: p.LoginID, want: p.LoginID}
	case "lookup":
		t := pick(r, w.targets)
		return value{arg: t, want: t}
	case "link":
		l := "https://example.com/" + pick(r, words)
		return value{arg: l, want: l}
	case "image", "attachments":
		l := fmt.Sprintf("https://files.example.com/%d.png", r.IntN(50))
		return value{arg: l, want: l}
	case "email":
		return value{arg: "x@example.com", want: "x@example.com"}
	case "reaction":
		return value{arg: "👍", want: "👍"}
	}
	s := pick(r, words) + " " + strconv.Itoa(r.IntN(50))
	return value{arg: s, want: s}
}

// badValue is one that the column cannot hold as what it looks like.
func (w *world) badValue(r *rand.Rand, c column) (value, bool) {
	bad := func(arg any) (value, bool) { return value{arg: arg, bad: true}, true }
	switch c.kind {
	case "number", "percent", "currency", "scale":
		return bad("plenty")
	case "date", "dateTime":
		return bad("when it is done")
	case "duration":
		return bad("a while")
	case "checkbox":
		return bad("perhaps")
	case "select":
		return bad("Blu")
	case "person":
		return bad(pick(r, []any{"Grace", "stranger@example.com", "Nobody at all"}))
	case "image":
		return bad("http://intranet/picture.png")
	case "lookup":
		return bad(pick(r, []any{"Twin", "no such target", "i-nothing"}))
	}
	return value{}, false
}
