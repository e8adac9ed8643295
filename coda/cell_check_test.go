package coda

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/coda/near"
)

const refused = "REFUSED"

// readingCase is a value, the column it goes into, and what is sent. A lookup is written as its text with a question
// mark.
type readingCase struct {
	col  *Column
	in   any
	want any
	// says is part of a note; "" = nothing is said.
	says string
}

func columnOf(kind string, change ...func(*Column)) *Column {
	c := &Column{ID: "c-x", Name: "X", Format: Format{Type: kind}}
	for _, f := range change {
		f(c)
	}
	return c
}

func array(c *Column) { c.Format.IsArray = true }
func bounds(c *Column) {
	c.Format.Minimum, c.Format.Maximum = json.RawMessage("1"), json.RawMessage("10")
}
func euros(c *Column)   { c.Format.CurrencyCode = "EUR" }
func dollars(c *Column) { c.Format.CurrencyCode = "USD" }
func choices(names ...string) func(*Column) {
	return func(c *Column) {
		for _, n := range names {
			c.Format.Options = append(c.Format.Options, SelectOption{Name: n})
		}
	}
}

func testReadings(t *testing.T, opts ValueOptions, cases []readingCase) {
	t.Helper()
	for _, tc := range cases {
		var notes noteList
		work := near.Search
		r := &columnReader{col: tc.col, doc: "dDoc", opts: &opts, say: notes.say, work: &work}
		got, err := r.read(tc.in)
		if err != nil {
			got = refused
			var problem *refusal
			if !errors.As(err, &problem) || problem.accepted == "" || problem.problem == "" {
				t.Errorf("%s, %v: says neither what is wrong nor what would do: %v", tc.col.Format.Type, tc.in, err)
			}
		}
		if l, ok := got.(lookup); ok {
			got = l.shown() + "?"
		}
		if fmt.Sprintf("%T %v", got, got) != fmt.Sprintf("%T %v", tc.want, tc.want) {
			t.Errorf("%s, %#v: sent as %#v (%v), want %#v", tc.col.Format.Type, tc.in, got, err, tc.want)
		}
		var said []string
		for _, n := range notes.list() {
			said = append(said, n.Text)
		}
		if text := strings.Join(said, "; "); err == nil && (tc.says == "") != (text == "") ||
			!strings.Contains(text, tc.says) {
			t.Errorf("%s, %#v: said %q, want %q", tc.col.Format.Type, tc.in, text, tc.says)
		}
	}
}

// TestColumnReadings: what each column type takes, in which form it is sent, and what it refuses.
func TestColumnReadings(t *testing.T) {
	t.Parallel()
	withOptions := choices("Done", "In progress")
	num := func(s string) json.Number { return json.Number(s) }
	const zone = "doc's time zone"
	testReadings(t, ValueOptions{}, []readingCase{
		{columnOf(ColText), "a", "a", ""}, {columnOf(ColText), "007", "007", ""}, {columnOf(ColText), 12, "12", ""},
		{columnOf(ColText), 1.5, "1.5", ""}, {columnOf(ColText), true, "true", ""},
		{columnOf(ColText), nil, "", ""}, {columnOf(ColText), json.Number("12345678901234567890"), "12345678901234567890",
			""},
		{columnOf(ColText), []any{"a"}, "a", ""}, {columnOf(ColText), []any{}, "", ""},
		{columnOf(ColText), []any{"a", "b"}, refused, ""}, {columnOf(ColText), map[string]any{"x": 1}, refused, ""},
		{columnOf(ColText), "```007```", "007", "wrapping"}, {columnOf(ColText), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
			"2026-01-02T03:04:05Z", ""},
		{columnOf(ColText), math.NaN(), refused, ""}, {columnOf(ColText), func() {}, refused, ""},
		{columnOf(ColText), json.Number("x"), refused, ""},
		{columnOf(ColCanvas), "# a", "# a", "as it is"}, {columnOf(ColCanvas), "plain", "plain", ""},
		{columnOf(ColEmail), "ada@example.com", "ada@example.com", ""}, {columnOf(ColEmail), "ada", refused, ""},
		{columnOf(ColEmail), "Ada <ada@example.com>", "ada@example.com", "only the address"},
		{columnOf(ColEmail, array), "a@example.com, b@example.com", []any{"a@example.com", "b@example.com"}, ""},
		{columnOf(ColLink), "https://a.example", "https://a.example", ""},
		{columnOf(ColLink), Link{Name: "A", URL: "https://a.example"}, "https://a.example", "not their names"},
		{columnOf(ColLink), "[A b](https://a.example/x)", "https://a.example/x", "not their names"},
		{columnOf(ColLink), "A <https://a.example>", "https://a.example", "not their names"},
		{columnOf(ColLink), "two words", refused, ""}, {columnOf(ColLink), "tbd", refused, ""},
		{columnOf(ColLink), "example.com/x", "https://example.com/x", "https://example.com/x"},
		{columnOf(ColLink), "javascript:alert(1)", refused, ""},
		{columnOf(ColImage), "https://a.example/x.png", []any{"https://a.example/x.png"}, "copy"},
		{columnOf(ColImage), "x.png", refused, ""},
		{columnOf(ColImageReference), "https://a.example/x.png", "https://a.example/x.png", ""},
		{columnOf(ColImage), "http://localhost/x.png", refused, ""},
		{columnOf(ColImage), "https://10.0.0.1/x.png", refused, ""},
		{columnOf(ColAttachments), []any{"https://a.example/1", "http://a.example/2"},
			[]any{"https://a.example/1", "http://a.example/2"}, "copy"},
		{columnOf(ColCheckbox), true, true, ""}, {columnOf(ColCheckbox), "True", true, ""},
		{columnOf(ColCheckbox), "yes", true, ""}, {columnOf(ColCheckbox), "No", false, ""},
		{columnOf(ColCheckbox), "x", true, "checked"},
		{columnOf(ColCheckbox), 1, true, ""}, {columnOf(ColCheckbox), 2, refused, ""},
		{columnOf(ColCheckbox), "maybe", refused, ""}, {columnOf(ColCheckbox), "", "", ""},
		{columnOf(ColSelect, withOptions), "Done", "Done", ""},
		{columnOf(ColSelect, withOptions), "in  PROGRESS", "In progress", "In progress"},
		{columnOf(ColSelect, withOptions), "Dnoe", refused, ""},
		{columnOf(ColSelect, withOptions), []any{"Done", "In progress"}, refused, ""},
		{columnOf(ColSelect, withOptions, array), []any{"Done", "In progress"}, []any{"Done", "In progress"}, ""},
		{columnOf(ColSelect, withOptions, array), []any{"Done", "Nope"}, refused, ""},
		{columnOf(ColSelect, withOptions, array), "Done", []any{"Done"}, ""},
		{columnOf(ColSelect), "anything", "anything", "no options"},
		{columnOf(ColSelect, withOptions, array), "Done, in progress", []any{"Done", "In progress"}, ""},
		{columnOf(ColSelect, withOptions, array), "Done;Done", []any{"Done"}, ""},
		{columnOf(ColSelect, array, choices("Red", "Green", "Red, Green", "a, b, c")), "Red, Green", []any{"Red, Green"}, ""},
		{columnOf(ColSelect, array, choices("Red", "Green", "a, b, c")), "Green, a, b, c, Red",
			[]any{"Green", "a, b, c", "Red"}, ""},
		{columnOf(ColSelect, array, choices("Red", "Green")), "Green, Blue", refused, ""},
		{columnOf(ColSelect, array, choices("done", "Done")), "DONE", refused, ""},
		{columnOf(ColSelect, array), []any{[]any{"a"}}, refused, ""},
		{columnOf(ColSelect, withOptions, array), []any{}, "", ""},
		{columnOf(ColPerson), Person{Name: "Ada", Email: "ada@example.com"}, "Ada <ada@example.com>?", ""},
		{columnOf(ColPerson), " Ada ", "Ada?", ""}, {columnOf(ColPerson), 7, refused, ""},
		{columnOf(ColPerson), []any{"a", "b"}, refused, ""},
		{columnOf(ColPerson), map[string]any{"@type": "Person", "name": "Ada", "email": "ada@example.com"}, "Ada <ada@example.com>?", ""}, {columnOf(ColPerson), Cell(`{"@type":"Person","name":"Ada"}`), "Ada?", ""},
		{columnOf(ColRelation), Relation{Name: "A", RowID: "i-a"}, "i-a?", ""},
		{columnOf(ColRelation), "Apple", "Apple?", ""}, {columnOf(ColRelation), 12, "12?", ""},
		{columnOf(ColRelation), true, refused, ""},
		{columnOf(ColRelation), map[string]any{"name": "A", "row": "i-a"}, "i-a?", ""},
		{columnOf(ColRelation), map[string]any{"row": "i-a", "name": "A"}, "i-a?", ""},
		{columnOf(ColRelation), "Apple (i-a)", "i-a?", ""},
		{columnOf(ColRelation), "https://coda.io/d/_ddDoc#_tgrid-x/_rui-a", "i-a?", ""},
		{columnOf(ColRelation), "https://coda.io/d/_dAbCdEfGhIj#_tX/_rui-a", refused, ""},
		{columnOf(ColRelation), "https://elsewhere.example/x", refused, ""},
		{columnOf(ColReaction, array), []any{"👍"}, []any{"👍"}, ""}, {columnOf(ColReaction), "👍", []any{"👍"}, ""},
		{columnOf(ColReaction), "👍, 🎉", []any{"👍", "🎉"}, ""}, {columnOf(ColReaction), 1, refused, ""},
		{columnOf(ColReaction), "ok", refused, ""},
		{columnOf(ColButton), "x", refused, ""}, {columnOf(ColText, func(c *Column) { c.Calculated = true }), "x", refused,
			""}, {columnOf(ColNumber, func(c *Column) { c.Calculated = true }), "", refused, ""},
		{columnOf("hologram"), []string{"a", "b"}, []any{"a", "b"}, ""},
		{columnOf("hologram"), []any{"a", []any{"b"}}, []any{"a", []any{"b"}}, ""}, {columnOf("hologram"), true, true, ""},
		{columnOf("hologram"), []any{[]any{[]any{"a"}}}, refused, ""},

		{columnOf(ColNumber), 12, num("12"), ""}, {columnOf(ColNumber), "12.5", num("12.5"), ""},
		{columnOf(ColNumber), " 7 ", num("7"), ""}, {columnOf(ColNumber), "+7", num("7"), ""},
		{columnOf(ColNumber), "−7", num("-7"), "-7"},
		{columnOf(ColNumber), "1,000", refused, ""}, {columnOf(ColNumber), "1,5", refused, ""},
		{columnOf(ColNumber), "1.234,56", refused, ""}, {columnOf(ColNumber), "1.234.567", refused, ""},
		{columnOf(ColNumber), "1,234.56", num("1234.56"), "1234.56"},
		{columnOf(ColNumber), "1,234,567", num("1234567"), "1234567"}, {columnOf(ColNumber), "12 400", num("12400"), "12400"},
		{columnOf(ColNumber), "12'400.50", num("12400.50"), "12400.50"},
		{columnOf(ColNumber), "1.234", num("1.234"), "decimal point"},
		{columnOf(ColNumber), "007", num("7"), "7"}, {columnOf(ColNumber), ".5", num("0.5"), ""},
		{columnOf(ColNumber), "1e3", num("1e3"), ""},
		{columnOf(ColNumber), "", "", ""}, {columnOf(ColNumber), true, refused, ""},
		{columnOf(ColNumber), "NaN", refused, ""}, {columnOf(ColNumber), "45%", refused, ""},
		{columnOf(ColNumber), "12 kg", refused, ""}, {columnOf(ColNumber), "1e999", refused, ""},
		{columnOf(ColNumber), 1e21, num("1000000000000000000000"), ""},
		{columnOf(ColNumber), json.Number("9007199254740993"), refused, ""},
		{columnOf(ColNumber), "9007199254740992", num("9007199254740992"), ""},
		{columnOf(ColNumber), "12345678901234567890", refused, ""},
		{columnOf(ColPercent), "45%", num("0.45"), "0.45 = 45 %"}, {columnOf(ColPercent), "45 %", num("0.45"), "0.45 = 45 %"},
		{columnOf(ColPercent), 0.07, num("0.07"), "0.07 = 7 %"}, {columnOf(ColPercent), 45, num("45"), "45 = 4500 %"},
		{columnOf(ColPercent), "x%", refused, ""},
		{columnOf(ColCurrency), Money{Amount: "12.50", Currency: "EUR"}, num("12.50"), ""},
		{columnOf(ColCurrency), map[string]any{"amount": 7.0, "currency": "EUR"}, num("7"), ""},
		{columnOf(ColCurrency), "$7", refused, ""},
		{columnOf(ColCurrency, euros), "12400 EUR", num("12400"), ""},
		{columnOf(ColCurrency, euros), 12400, num("12400"), "in EUR"},
		{columnOf(ColCurrency, euros), "€12,400.50", num("12400.50"), "12400.50"},
		{columnOf(ColCurrency, euros), "-€5", num("-5"), ""}, {columnOf(ColCurrency, euros), "5 €", num("5"), ""},
		{columnOf(ColCurrency, euros), "$7", refused, ""}, {columnOf(ColCurrency, euros), "7 USD", refused, ""},
		{columnOf(ColCurrency, dollars), "$7", num("7"), ""}, {columnOf(ColCurrency, euros), "7 pieces", refused, ""},
		{columnOf(ColScale, bounds), 3, num("3"), ""}, {columnOf(ColScale, bounds), 11, refused, ""},
		{columnOf(ColScale, bounds), -1, refused, ""}, {columnOf(ColSlider, bounds), 0, refused, ""},
		{columnOf(ColSlider), 400, num("400"), ""},

		{columnOf(ColDate), "2026-03-01", "2026-03-01", ""}, {columnOf(ColDate), "2026-03-04T00:00:00Z", "2026-03-04", ""},
		{columnOf(ColDate), "2026-03-04T00:00:00.000-05:00", "2026-03-04", ""},
		{columnOf(ColDate), "2026-03-04T23:30:00+14:00", "2026-03-04", "only the day"},
		{columnOf(ColDate), "04/03", refused, ""}, {columnOf(ColDate), "04/03/2026", refused, ""},
		{columnOf(ColDate), "13/03/2026", "2026-03-13", "2026-03-13"},
		{columnOf(ColDate), "03/13/2026", "2026-03-13", "2026-03-13"},
		{columnOf(ColDate), "05/05/2026", "2026-05-05", "2026-05-05"},
		{columnOf(ColDate), "4 March 2026", "2026-03-04", "2026-03-04"},
		{columnOf(ColDate), "Mar 4, 2026", "2026-03-04", "2026-03-04"},
		{columnOf(ColDate), "Wed, March 4th, 2026", "2026-03-04", "2026-03-04"},
		{columnOf(ColDate), "2026/03/04", "2026-03-04", "2026-03-04"},
		{columnOf(ColDate), 1767225600, refused, ""}, {columnOf(ColDate), "12:30", refused, ""},
		{columnOf(ColDate), "tomorrow", refused, ""}, {columnOf(ColDate), "2026-02-30", refused, ""},
		{columnOf(ColDate), "30/02/2026", refused, ""}, {columnOf(ColDate), "04.03.26", refused, ""},
		{columnOf(ColDate), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "2026-01-02", "only the day"},
		{columnOf(ColDateTime), "2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z", ""},
		{columnOf(ColDateTime), "2026-03-01 12:00", "2026-03-01T12:00:00", zone},
		{columnOf(ColDateTime), "2026-13-01", refused, ""}, {columnOf(ColDateTime), "2026-03-01", "2026-03-01", zone},
		{columnOf(ColDateTime), "2026-03-01T12:00+0100", "2026-03-01T12:00:00+01:00", ""},
		{columnOf(ColDateTime), "2026-03-01T12:00:00.250-05:00", "2026-03-01T12:00:00.25-05:00", ""},
		{columnOf(ColDateTime), "March 4, 2026 3:30 pm", "2026-03-04T15:30:00", "2026-03-04T15:30:00"},
		{columnOf(ColDateTime), "12:30", refused, ""}, {columnOf(ColDateTime), "2026-03-01T25:00", refused, ""},
		{columnOf(ColDateTime), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "2026-01-02T03:04:05Z", ""},
		{columnOf(ColTime), "12:30", "12:30:00", ""}, {columnOf(ColTime), "3:04 PM", "15:04:00", "15:04:00"},
		{columnOf(ColTime), "12 am", "00:00:00", "00:00:00"}, {columnOf(ColTime), "25:00", refused, ""},
		{columnOf(ColTime), "1899-12-30T15:04:00.000-05:00", "15:04:00", ""},
		{columnOf(ColTime), "2026-03-01", refused, ""}, {columnOf(ColTime), "12", refused, ""},
		{columnOf(ColDuration), "2 days", "2 days", ""}, {columnOf(ColDuration), 3, refused, ""},
		{columnOf(ColDuration), "10 hrs", "10 hrs", ""}, {columnOf(ColDuration), "1:30", "1 hr 30 mins", "1 hr 30 mins"},
		{columnOf(ColDuration), "PT90M", "1 hr 30 mins", "1 hr 30 mins"},
		{columnOf(ColDuration), "90 min", "1 hr 30 mins", ""},
		{columnOf(ColDuration), "1 day, 3 hours and 5m", "1 day 3 hrs 5 mins", ""},
		{columnOf(ColDuration), "1.5 hours", "1 hr 30 mins", ""},
		{columnOf(ColDuration), "P1DT2H", "1 day 2 hrs", "1 day 2 hrs"}, {columnOf(ColDuration), "2w", "14 days", ""},
		{columnOf(ColDuration), "1:75", refused, ""}, {columnOf(ColDuration), "90", refused, ""},
		{columnOf(ColDuration), "2 months", refused, ""}, {columnOf(ColDuration), "soon", refused, ""},
		{columnOf(ColDuration), "-2 hrs", refused, ""}, {columnOf(ColDuration), "0.5 secs", "0.5 secs", ""},
		{columnOf(ColDuration), "P", refused, ""},
	})
}

// TestReadingsByOption: the same texts mean something else, once it is said what.
func TestReadingsByOption(t *testing.T) {
	t.Parallel()
	num := func(s string) json.Number { return json.Number(s) }
	testReadings(t, ValueOptions{Dates: DatesDMY, Decimal: ","}, []readingCase{
		{columnOf(ColDate), "04/03/2026", "2026-03-04", "2026-03-04"},
		{columnOf(ColDate), "4.3.26", "2026-03-04", "2026-03-04"}, {columnOf(ColDate), "03/13/2026", refused, ""},
		{columnOf(ColDate), "2026-03-04", "2026-03-04", ""},
		{columnOf(ColDateTime), "04/03/2026 15:30", "2026-03-04T15:30:00", "2026-03-04"},
		{columnOf(ColNumber), "1.234,56", num("1234.56"), "1234.56"}, {columnOf(ColNumber), "1,5", num("1.5"), "1.5"},
		{columnOf(ColNumber), "1.234", num("1234"), "1234"}, {columnOf(ColNumber), "12.5", refused, ""},
		{columnOf(ColNumber), 12.5, num("12.5"), ""}, {columnOf(ColNumber), "1,234.56", refused, ""},
		{columnOf(ColCurrency, euros), "1.234,50 €", num("1234.50"), "1234.50"},
		{columnOf(ColPercent), "12,5 %", num("0.125"), "12.5 %"},
	})
	testReadings(t, ValueOptions{Dates: DatesMDY, Decimal: "."}, []readingCase{
		{columnOf(ColDate), "04/03/2026", "2026-04-03", "2026-04-03"}, {columnOf(ColNumber), "1,234", num("1234"), "1234"},
		{columnOf(ColNumber), "1.234", num("1.234"), ""}, {columnOf(ColNumber), "1,5", refused, ""},
	})
	testReadings(t, ValueOptions{Dates: DatesYMD},
		[]readingCase{{columnOf(ColDate), "26/03/04", "2026-03-04", "2026-03-04"},
			{columnOf(ColDate), "04/03/2026", refused, ""}})
}

// TestColumnTypesAreTold: the table that documentation is made of has every known type, once.
func TestColumnTypesAreTold(t *testing.T) {
	t.Parallel()
	told := make(map[string]bool)
	for _, c := range ColumnTypes() {
		if told[c.Type] || columnOf(c.Type).freeForm() || c.Takes == "" || c.Refuses == "" {
			t.Errorf("%s: told twice, unknown or empty", c.Type)
		}
		told[c.Type] = true
	}
	for _, kind := range []string{ColText, ColPerson, ColRelation, ColNumber, ColPercent, ColCurrency, ColDate,
		ColDateTime, ColTime, ColDuration, ColEmail, ColLink, ColSlider,
		ColScale, ColImage, ColImageReference, ColAttachments, ColButton, ColCheckbox, ColSelect, ColReaction, ColCanvas} {
		if !told[kind] {
			t.Errorf("%s is not told", kind)
		}
	}
}

func TestDurations(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]time.Duration{
		"1 day 3 hrs 30 mins": 27*time.Hour + 30*time.Minute, "1:30:15": time.Hour + 30*time.Minute + 15*time.Second,
		"PT0.5H": 30 * time.Minute, "P1W": 7 * 24 * time.Hour, "0 secs": 0, "1,5 hrs": 90 * time.Minute,
		"2 days, 3 hrs": 51 * time.Hour, "1 hr, and 5 mins": 65 * time.Minute, "1 hr and 5 min.": 65 * time.Minute,
		"123456:00": 123456 * time.Hour, "pt90m": 90 * time.Minute, "1H30": -1, "PT": -1, "P1DT": -1, "P": -1, "90": -1,
		"2 months": -1, "-2 hrs": -1, "- 2 hrs": -1, "1:60": -1, "999999999 days": -1, "": -1,
	} {
		if want < 0 {
			if d, err := ParseDuration(in); err == nil {
				t.Errorf("%q is %v", in, d)
			}
			continue
		}
		d, err := ParseDuration(in)
		if err != nil || d != want {
			t.Errorf("%q is %v, %v", in, d, err)
		}
		if again, err := ParseDuration(DurationText(d)); err != nil || again != d {
			t.Errorf("%q written as %q is %v, %v", in, DurationText(d), again, err)
		}
	}
}

func FuzzValues(f *testing.F) {
	for _, s := range []string{"04/03/2026", "1.234,56", "Red, Green", "PT90M", "[a](https://b.example)",
		"Mar 4, 2026 3 pm", "€12", "1e400"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, kind := range ColumnTypes() {
			for _, opts := range []ValueOptions{{}, {Dates: DatesDMY, Decimal: ","}} {
				for _, change := range []func(*Column){func(*Column) {}, array} {
					work := near.Search
					var notes noteList
					col := columnOf(kind.Type, change, choices("Red", "Green", "Red, Green"))
					r := &columnReader{col: col, opts: &opts, say: notes.say, work: &work}
					got, err := r.read(s)
					if err != nil {
						continue
					}
					if n, ok := got.(json.Number); ok && !json.Valid([]byte(n)) {
						t.Fatalf("%s: %q became the number %q", kind.Type, s, n)
					}
					if _, err := encode(got); err != nil {
						t.Fatalf("%s: %q became %#v: %v", kind.Type, s, got, err)
					}
				}
			}
		}
	})
}

// More values than fit into a row are refused before any of them is read or looked up.
func TestCellsHoldABoundedList(t *testing.T) {
	t.Parallel()
	many := make([]any, maxCellValues+1)
	for i := range many {
		many[i] = fmt.Sprintf("v%d", i)
	}
	for _, col := range []*Column{columnOf(ColSelect, array, choices("v0")), columnOf(ColPerson, array),
		columnOf(ColRelation, array), columnOf(ColText, array)} {
		var notes noteList
		work := near.Search
		r := &columnReader{col: col, doc: "dDoc", opts: &ValueOptions{}, say: notes.say, work: &work}
		_, err := r.read(many)
		var problem *refusal
		if !errors.As(err, &problem) || problem.problem != "a list of 5001 values" {
			t.Errorf("%s: %v", col.Format.Type, err)
		}
		if work != near.Search {
			t.Errorf("%s: it was looked for what may have been meant", col.Format.Type)
		}
	}
	r := &columnReader{col: columnOf(ColText, array), doc: "dDoc", opts: &ValueOptions{}}
	if _, err := r.read(many[1:]); err != nil {
		t.Error(err)
	}
}
