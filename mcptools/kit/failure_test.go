package kit

import (
	"errors"
	"fmt"
	"testing"

	"github.com/bestviable/coda-gateway/coda"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		want string
	}{
		{Complain("As it is."), "As it is."},
		{fmt.Errorf("coda: row %q: say which table: %w", "x", coda.ErrInvalid), `Row "x": say which table.`},
		{errors.New("something odd"), "Something odd."},
		{&coda.AmbiguousError{Kind: coda.KindPage, Name: "Notes", Candidates: []coda.Candidate{{ID: "canvas-1", Where: `below "A"`}, {ID: "canvas-2"}}},
			"2 pages match \"Notes\". Use the id of the one you mean:\n- canvas-1: below \"A\"\n- canvas-2\n"},
		{fmt.Errorf("wrapped: %w", &coda.UnknownNameError{Kind: coda.KindTable, Name: "Tsks", Where: "doc d",
			Similar: []string{"Tasks"}}),
			`Wrapped: coda: no table is called "Tsks" in doc d; did you mean "Tasks"?`},
	} {
		if got := Explain(test.err); got != test.want {
			t.Errorf("%v:\n got %q\nwant %q", test.err, got, test.want)
		}
	}
}
