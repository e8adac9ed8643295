//go:build unix

package build

import (
	"context"
	"strings"
	"testing"
)

// Work for somebody who has gone ends: nothing more is asked of Coda, and what they sent is not read if they have gone
// before. Not parallel, since it counts what is allocated.
func TestCancelledWorkEnds(t *testing.T) {
	w := openRefusing(t)
	const place = `"doc":"dRoadmap01","table":"grid-Features01",`
	rows := most(9_900, 1<<20, `{"Name":"row %","Effort":1}`, ",")
	text := quote(strings.Repeat("- a *b* [c](https://example.com)\n\n# e\n\n", 40_000))
	for name, c := range map[string]struct{ tool, arguments string }{
		"rows":           {"coda_upsert_rows", place + `"rows":[` + rows + `]`},
		"keyed rows":     {"coda_upsert_rows", place + `"key_columns":["Name"],"rows":[` + rows + `]`},
		"CSV":            {"coda_upsert_rows", place + `"csv":` + quote("Name,Effort\n"+most(9_900, 1<<20, "a%,1", "\n"))},
		"updates":        {"coda_update_rows", place + `"rows":[` + most(900, 1<<20, `{"row":"i-%","Name":"x"}`, ",") + `]`},
		"ids":            {"coda_delete_rows", place + `"rows":[` + most(900, 1<<20, `"i-%"`, ",") + `]`},
		"filter":         {"coda_query_rows", place + `"filter":{"or":[` + most(5_000, 200_000, `{"Name":"n %"}`, ",") + `]}`},
		"content":        {"coda_edit_page", `"doc":"dRoadmap01","page":"canvas-x","action":"append","content":` + text},
		"a new page":     {"coda_create_page", `"doc":"dRoadmap01","name":"x","content":` + text},
		"a new doc":      {"coda_create_doc", `"title":"x","content":` + text},
		"a page":         {"coda_read_page", `"doc":"dRoadmap01","page":"Roadmap"`},
		"search in docs": {"coda_search", `"query":"a"`},
	} {
		call := personal{refusedCall{name, c.tool, "{" + c.arguments + "}", true}, "all", ""}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		before := w.coda.requests.Load()
		if n := testing.AllocsPerRun(1, func() { w.serve(w.request(gone, call)) }); n > 5_000 {
			t.Errorf("%s, before: %.0f allocations", name, n)
		}
		if n := w.coda.requests.Load() - before; n > 0 {
			t.Errorf("%s, before: %d requests", name, n)
		}
		// In the midst of it: as soon as Coda is asked for something.
		going, cancel := context.WithCancel(t.Context())
		w.coda.asked = func(int64) { cancel() }
		before = w.coda.requests.Load()
		w.serve(w.request(going, call))
		if n := w.coda.requests.Load() - before; n > 1 {
			t.Errorf("%s, in the midst: %d requests", name, n)
		}
		cancel()
		w.coda.asked = nil
		w.log.Reset()
	}
}
