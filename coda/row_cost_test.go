package coda

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/coda/near"
)

// TestRefusedValuesAreReadOnce: what is refused in one row is not read again in the next, and however many names are
// unknown, what may have been meant is looked for within one bound. This is counted, since time is not the code's
// alone; BenchmarkRefusals has the time.
func TestRefusedValuesAreReadOnce(t *testing.T) {
	t.Parallel()
	options := make([]string, 4000)
	for i := range options {
		options[i] = fmt.Sprint("Option number ", i)
	}
	columns := []*Column{
		columnOf(ColSelect, choices(options...)), columnOf(ColDate), columnOf(ColNumber), columnOf(ColCheckbox),
	}
	for i, col := range columns {
		col.ID, col.Name = fmt.Sprint("c-", i), fmt.Sprint("Column ", i)
	}
	s := newSchema("d", "grid-1", columns)
	for name, tc := range map[string]struct {
		row  func(i int) Record
		read int
	}{
		"one wrong value each": {func(int) Record {
			return Record{"Column 0": "Opton", "Column 1": "04/03/2026", "Column 2": "1,234", "Column 3": 2.5}
		}, 4},
		"ten wrong options": {func(i int) Record { return Record{"Column 0": fmt.Sprint("Opton number ", i%10)} }, 10},
		"new wrong options": {func(i int) Record { return Record{"Column 0": fmt.Sprint("Opton number ", i)} }, mostFaults},
		"a wrong column":    {func(int) Record { return Record{"Colunm 0": "x"} }, 0},
		// One of them can only mean Column 1, whose values it is read as.
		"wrong columns": {func(i int) Record { return Record{fmt.Sprint("Colunm ", i): "x"} }, 1},
		"wrong dates": {func(i int) Record { return Record{"Column 1": fmt.Sprintf("04/03/%d", 1000+i%9000)} },
			9_000},
	} {
		rows := make([]Record, 10_000)
		for i := range rows {
			rows[i] = tc.row(i)
		}
		k := newRowChecker(nil, s, UpsertOptions{})
		k.rows(context.Background(), rows)
		if k.read != tc.read {
			t.Errorf("%s: %d values were read, want %d", name, k.read, tc.read)
		}
		if over := -k.work; over > near.Search/10 {
			t.Errorf("%s: %d characters compared beyond the bound", name, over)
		}
		if k.faults.total < mostFaults || len(k.faults.problems) > mostProblems {
			t.Errorf("%s: %d faults, %d problems", name, k.faults.total, len(k.faults.problems))
		}
	}
}

// TestTooManyNamesEndTheReading: a column that names more rows or people than are looked for is refused once that is
// known, without a request and without reading the rows behind.
func TestTooManyNamesEndTheReading(t *testing.T) {
	t.Parallel()
	for kind, most := range map[string]int{ColRelation: mostLookups, ColPerson: mostNamed} {
		for name, value := range map[string]func(i int) any{
			"each":    func(i int) any { return fmt.Sprint("S", i) },
			"in list": func(i int) any { return []any{fmt.Sprint("S", i), "S"} },
		} {
			s := newSchema("d", "grid-1", []*Column{columnOf(kind, array)})
			rows := make([]Record, 30_000)
			for i := range rows {
				rows[i] = Record{"X": value(i)}
			}
			k := newRowChecker(nil, s, UpsertOptions{})
			k.rows(context.Background(), rows)
			if k.read > most+1 {
				t.Errorf("%s, %s: %d values were read, want %d at most", kind, name, k.read, most+1)
			}
			if err := k.lookUp(context.Background()); !errors.Is(err, ErrInvalid) ||
				!strings.Contains(err.Error(), fmt.Sprintf("more than %d different", most)) {
				t.Errorf("%s, %s: %v", kind, name, err)
			}
		}
	}
}
