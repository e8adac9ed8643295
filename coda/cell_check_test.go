package coda

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"
)

// TestColumnChecks: what each column type takes, in which form it is sent, and what it refuses.
func TestColumnChecks(t *testing.T) {
	t.Parallel()
	options := []SelectOption{{Name: "Done"}, {Name: "In progress"}}
	col := func(kind string, change ...func(*Column)) *Column {
		c := &Column{ID: "c-x", Name: "X", Format: Format{Type: kind}}
		for _, f := range change {
			f(c)
		}
		return c
	}
	array := func(c *Column) { c.Format.IsArray = true }
	withOptions := func(c *Column) { c.Format.Options = options }
	bounds := func(c *Column) {
		c.Format.Minimum, c.Format.Maximum = json.RawMessage("1"), json.RawMessage("10")
	}
	num := func(s string) json.Number { return json.Number(s) }
	refused := "REFUSED"
	for _, tc := range []struct {
		col  *Column
		in   any
		want any
	}{
		{col(ColText), "a", "a"}, {col(ColText), 12, "12"}, {col(ColText), 1.5, "1.5"}, {col(ColText), true, "true"}, {col(ColText), nil, ""},
		{col(ColText), []any{"a"}, "a"}, {col(ColText), []any{}, ""}, {col(ColText), []any{"a", "b"}, refused}, {col(ColText), map[string]any{"x": 1}, refused},
		{col(ColCanvas), "# a", "# a"},
		{col(ColNumber), 12, num("12")}, {col(ColNumber), "12.5", num("12.5")}, {col(ColNumber), " 7 ", num("7")}, {col(ColNumber), "+7", num("7")}, {col(ColNumber), "1,000", refused},
		{col(ColNumber), "", ""}, {col(ColNumber), true, refused}, {col(ColNumber), "NaN", refused}, {col(ColNumber), "45%", refused}, {col(ColNumber), 1e21, num("1000000000000000000000")},
		{col(ColPercent), "45%", "45%"}, {col(ColPercent), 0.45, num("0.45")}, {col(ColPercent), "x%", refused},
		{col(ColCurrency), Money{Amount: "12.50", Currency: "EUR"}, num("12.50")}, {col(ColCurrency), map[string]any{"amount": 7.0, "currency": "EUR"}, num("7")}, {col(ColCurrency), "$7", refused},
		{col(ColScale, bounds), 3, num("3")}, {col(ColScale, bounds), 11, refused}, {col(ColScale, bounds), -1, refused}, {col(ColSlider, bounds), 0, refused}, {col(ColSlider), 400, num("400")},
		{col(ColCheckbox), true, true}, {col(ColCheckbox), "True", true}, {col(ColCheckbox), "yes", refused}, {col(ColCheckbox), 1, refused},
		{col(ColDate), "2026-03-01", "2026-03-01"}, {col(ColDate), "04/03", refused}, {col(ColDate), 1767225600, refused}, {col(ColDate), "12:30", refused}, {col(ColDate), "tomorrow", refused},
		{col(ColDateTime), "2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"}, {col(ColDateTime), "2026-03-01 12:00", "2026-03-01 12:00"}, {col(ColDateTime), "2026-13-01", refused},
		{col(ColTime), "12:30", "12:30"}, {col(ColTime), "25:00", refused},
		{col(ColDuration), "2 days", "2 days"}, {col(ColDuration), 3, refused},
		{col(ColSelect, withOptions), "Done", "Done"}, {col(ColSelect, withOptions), "in  PROGRESS", "In progress"}, {col(ColSelect, withOptions), "Dnoe", refused},
		{col(ColSelect, withOptions), []any{"Done", "In progress"}, refused}, {col(ColSelect, withOptions, array), []any{"Done", "In progress"}, []any{"Done", "In progress"}},
		{col(ColSelect, withOptions, array), []any{"Done", "Nope"}, refused}, {col(ColSelect, withOptions, array), "Done", "Done"}, {col(ColSelect), "anything", "anything"},
		{col(ColPerson), Person{Name: "Ada", Email: "ada@example.com"}, "ada@example.com"}, {col(ColPerson), "Ada", "Ada"}, {col(ColPerson), 7, refused},
		{col(ColPerson, array), []any{map[string]any{"name": "A", "email": "a@b.c"}, "b@b.c"}, []any{"a@b.c", "b@b.c"}}, {col(ColPerson), []any{"a", "b"}, refused},
		{col(ColPerson), map[string]any{"@type": "Person", "name": "Ada", "email": "ada@example.com"}, "ada@example.com"}, {col(ColPerson), Cell(`{"@type":"Person","name":"Ada"}`), "Ada"},
		{col(ColText), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "2026-01-02T03:04:05Z"}, {col(ColDateTime), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "2026-01-02T03:04:05Z"},
		{col(ColText), math.NaN(), refused}, {col(ColText), func() {}, refused}, {col(ColText), json.Number("x"), refused}, {col("hologram"), []string{"a", "b"}, []any{"a", "b"}},
		{col(ColEmail), "ada@example.com", "ada@example.com"}, {col(ColEmail), "ada", refused},
		{col(ColLink), "https://a.example", "https://a.example"}, {col(ColLink), Link{Name: "A", URL: "https://a.example"}, "https://a.example"}, {col(ColLink), "two words", refused},
		{col(ColImage), "https://a.example/x.png", "https://a.example/x.png"}, {col(ColImage), "x.png", refused}, {col(ColAttachments), []any{"https://a.example/1", "http://a.example/2"}, []any{"https://a.example/1", "http://a.example/2"}},
		{col(ColRelation), Relation{Name: "A", RowID: "i-a"}, "i-a"}, {col(ColRelation), "Apple", "Apple"}, {col(ColRelation), 12, "12"}, {col(ColRelation), true, refused},
		{col(ColReaction, array), []any{"👍"}, []any{"👍"}}, {col(ColReaction), 1, refused},
		{col(ColButton), "x", refused}, {col(ColText, func(c *Column) { c.Calculated = true }), "x", refused}, {col(ColNumber, func(c *Column) { c.Calculated = true }), "", refused},
		{col("hologram"), []any{"a", []any{"b"}}, []any{"a", []any{"b"}}}, {col("hologram"), true, true},
		{col(ColSelect, array), []any{[]any{"a"}}, refused}, {col("hologram"), []any{[]any{[]any{"a"}}}, refused},
	} {
		got, err := normalize(tc.in)
		if err == nil {
			got, err = tc.col.check(got)
		} else {
			err = refuse("something else", "%v", err)
		}
		if err != nil {
			got = refused
			var r *refusal
			if errors.As(err, &r) && (r.accepted == "" || r.problem == "") {
				t.Errorf("%s, %v: says neither what is wrong nor what would do: %v", tc.col.Format.Type, tc.in, err)
			}
		}
		if fmt.Sprintf("%T %v", got, got) != fmt.Sprintf("%T %v", tc.want, tc.want) {
			t.Errorf("%s, %#v: sent as %#v (%v), want %#v", tc.col.Format.Type, tc.in, got, err, tc.want)
		}
	}
}
