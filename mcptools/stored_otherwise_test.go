package mcptools

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// What Coda makes of a value is told, where it is not what was asked for.

// newYork is the stock in a doc whose clocks are put forward on 8 March 2026 and back on 1 November.
func newYork() *codatest.Workspace {
	w := stock(2, codatest.Column{ID: "c-At", Name: "At", Type: "dateTime"},
		codatest.Column{ID: "c-Misc", Name: "Misc", Untyped: true})
	w.Docs[len(w.Docs)-1].Timezone = "America/New_York"
	return w
}

func otherwiseWorld(t *testing.T) *world {
	return newWorld(t, worldOptions{workspace: newYork(),
		behavior: &codatest.Behavior{Manners: codatest.Manners{InferTypes: true}}})
}

func TestHourThatClocksSkip(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, at string
		holds    []string
		lacks    string
	}{
		{"skipped", "2026-03-08T02:30", []string{"T01:30", `"2026-03-08T02:30:00" was stored as`, "clocks", "offset"},
			"as written"},
		{"the same time a day later", "2026-03-09T02:30", []string{"1 row as written", "the clocks there skip"},
			"was stored as"},
		{"with an offset", "2026-03-08T02:30-05:00", []string{"1 row as written"}, "clocks"},
		{"at noon", "2026-03-08T12:30", []string{"1 row as written"}, "the clocks there skip"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := otherwiseWorld(t)
				for _, a := range []rowsAnswer{
					must[rowsAnswer](w, "coda_update_rows", stockCall(map[string]any{
						"rows": updates(1, 1, map[string]any{"At": test.at})})),
					must[rowsAnswer](w, "coda_upsert_rows", stockCall(map[string]any{"rows": []any{
						map[string]any{"Name": "New", "At": test.at}}})),
				} {
					text := a.Done + " " + strings.Join(a.Notes, " ")
					for _, want := range test.holds {
						if !strings.Contains(text, want) {
							t.Errorf("%q is not told: %s", want, text)
						}
					}
					if strings.Contains(text, test.lacks) {
						t.Errorf("%q is told: %s", test.lacks, text)
					}
				}
			})
		})
	}
}

func TestColumnWithoutTypeGetsOne(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value any
		holds []string
	}{
		{"12/24/2026", []string{"column", "Misc", "of type date now", `"12/24/2026" is stored as "2026-12-24`}},
		{"007", []string{"of type number now", `"007" is stored as "7"`}},
		{"https://example.com/a", []string{"of type link now"}},
		{"true", []string{"of type checkbox now"}},
		{"words", []string{"as written"}},
	} {
		for _, rows := range []int{1, 8} {
			synctest.Test(t, func(t *testing.T) {
				w := otherwiseWorld(t)
				var add []any
				for i := range rows {
					add = append(add, map[string]any{"Name": "New " + string(rune('a'+i)), "Misc": test.value})
				}
				a := must[rowsAnswer](w, "coda_upsert_rows", stockCall(map[string]any{"rows": add}))
				typed := test.value != "words"
				for _, want := range test.holds {
					if (typed || rows == 1) && !strings.Contains(strings.ToLower(a.Done), strings.ToLower(want)) {
						t.Errorf("%v, %d rows: %q is not told: %s", test.value, rows, want, a.Done)
					}
				}
				if typed && strings.Contains(a.Done, "as written") {
					t.Errorf("%v: claimed to stand there: %s", test.value, a.Done)
				}
			})
		}
	}
}
