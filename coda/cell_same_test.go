package coda

import "testing"

// TestCompareCell: what reads the same is the same, and what cannot be told is not guessed.
func TestCompareCell(t *testing.T) {
	t.Parallel()
	of := func(kind string) *Column { return &Column{ID: "c-1", Format: Format{Type: kind}} }
	for _, test := range []struct {
		col  *Column
		cell string
		v    any
		want sameness
	}{
		{of(ColCheckbox), `false`, nil, same},
		{of(ColCheckbox), `""`, false, same},
		{of(ColCheckbox), `true`, nil, different},
		{of(ColCheckbox), `true`, true, same},
		{of(ColNumber), `""`, nil, same},
		{of(ColNumber), `0`, nil, different},
		{of(ColText), "\"```a```\"", "a", same},
		{of(ColText), `"**a**"`, "a", unknowable},
	} {
		if got := compareCell(test.col, Cell(test.cell), test.v); got != test.want {
			t.Errorf("%s %s, written %v: %d, want %d", test.col.Format.Type, test.cell, test.v, got, test.want)
		}
	}
}
