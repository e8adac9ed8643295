package coda_test

import (
	"context"
	"errors"
	"testing"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// What the operation would be refused is refused ahead, and nothing is asked for it; what does not exist in the view is
// for the operation to answer.
func TestAllowedAhead(t *testing.T) {
	t.Parallel()
	no := &coda.RefusedError{Text: "not for you"}
	server, free := simulated(t, codatest.Options{}, unlimited)
	for name, c := range map[string]struct {
		place, doc   error
		create, edit bool
	}{
		"all":     {nil, nil, true, true},
		"no docs": {no, no, false, false},
		"no new":  {no, nil, false, true},
		"absent":  {nil, coda.ErrAbsent, true, true},
	} {
		seen := free.As(&coda.View{Key: name,
			Doc:   func(context.Context, coda.Use, coda.DocID, *coda.Lies) error { return c.doc },
			Place: func(context.Context, coda.Use, string, string) error { return c.place },
		})
		for what, is := range map[string]struct {
			err  error
			fine bool
		}{
			"create": {seen.MayCreateDoc(t.Context(), coda.DocCreate{Title: "x"}), c.create},
			"edit":   {seen.Allowed(t.Context(), coda.OpUpdatePage, "dRoadmap01"), c.edit},
		} {
			if is.fine && is.err != nil || !is.fine && !errors.Is(is.err, coda.ErrGuard) {
				t.Errorf("%s, %s: %v", name, what, is.err)
			}
		}
	}
	if n := server.Requests().Count(); n > 0 {
		t.Errorf("%d requests", n)
	}
}
