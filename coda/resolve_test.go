package coda_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// TestResolve: what each kind of reference leads to, and what finding out costs.
func TestResolve(t *testing.T) {
	t.Parallel()
	const home = "https://coda.io/d/Product-roadmap_d" + roadmap
	table := func(id, name string) coda.Target {
		return coda.Target{Kind: coda.KindTable, Doc: roadmap, ID: id, Name: name}
	}
	for _, tc := range []struct {
		text  string
		in    coda.Within
		want  coda.Target
		costs string
	}{
		// No request where the text tells all.
		{home, coda.Within{}, coda.Target{Kind: coda.KindDoc, Doc: roadmap, ID: roadmap}, "map[]"},
		{home + "/Features_sutFeat", coda.Within{Kind: coda.KindDoc},
			coda.Target{Kind: coda.KindDoc, Doc: roadmap, ID: roadmap}, "map[]"},
		{"https://coda.io/apis/v1/docs/" + roadmap + "/tables/" + features + "/rows/i-FeatGrip01", coda.Within{},
			coda.Target{Kind: coda.KindRow, Doc: roadmap, Table: features, ID: "i-FeatGrip01"}, "map[]"},
		{"canvas-RoadmapNote", coda.Within{Kind: coda.KindPage, Doc: roadmap},
			coda.Target{Kind: coda.KindPage, Doc: roadmap, ID: "canvas-RoadmapNote"}, "map[]"},
		{features, coda.Within{Doc: roadmap}, coda.Target{Kind: coda.KindTable, Doc: roadmap, ID: features}, "map[]"},
		{"i-FeatGrip01", coda.Within{Kind: coda.KindRow, Doc: roadmap, Table: features},
			coda.Target{Kind: coda.KindRow, Doc: roadmap, Table: features, ID: "i-FeatGrip01"}, "map[]"},
		{"fl-product", coda.Within{Kind: coda.KindFolder}, coda.Target{Kind: coda.KindFolder, ID: "fl-product"}, "map[]"},
		// One listing for names and for abbreviations.
		{"Product roadmap", coda.Within{Kind: coda.KindDoc},
			coda.Target{Kind: coda.KindDoc, Doc: roadmap, ID: roadmap, Name: "Product roadmap"}, "map[listDocs:1]"},
		{"product  ROADMAP", coda.Within{}, coda.Target{Kind: coda.KindDoc, Doc: roadmap, ID: roadmap,
			Name: "Product roadmap"}, "map[listDocs:1]"},
		{roadmap, coda.Within{Kind: coda.KindDoc},
			coda.Target{Kind: coda.KindDoc, Doc: roadmap, ID: roadmap, Name: "Product roadmap"}, "map[getDoc:1]"},
		{"Meeting notes", coda.Within{Kind: coda.KindPage, Doc: roadmap},
			coda.Target{Kind: coda.KindPage, Doc: roadmap, ID: "canvas-RoadmapNote", Name: "Meeting notes"}, "map[listPages:1]"},
		{home + "/Meeting-notes_supNote", coda.Within{},
			coda.Target{Kind: coda.KindPage, Doc: roadmap, ID: "canvas-RoadmapNote", Name: "Meeting notes"}, "map[listPages:1]"},
		{home + "#Features_tFeatures01", coda.Within{}, table(features, "Features"), "map[listTables:1]"},
		{home + "#Features_tuures01", coda.Within{}, table(features, "Features"), "map[listTables:1]"},
		{"Feature board", coda.Within{Kind: coda.KindTable, Doc: roadmap}, table("table-Board0001", "Feature board"),
			"map[listTables:1]"},
		{home + "#Features_tFeatures01/_rui-FeatGrip01", coda.Within{},
			coda.Target{Kind: coda.KindRow, Doc: roadmap, Table: features, ID: "i-FeatGrip01"}, "map[listTables:1]"},
		{"Cost per day", coda.Within{Kind: coda.KindColumn, Doc: roadmap, Table: features},
			coda.Target{Kind: coda.KindColumn, Doc: roadmap, Table: features, ID: "c-FeatTotal1", Name: "Cost per day"},
			"map[listColumns:1]"},
		{"Gripper", coda.Within{Kind: coda.KindRow, Doc: roadmap, Table: features},
			coda.Target{Kind: coda.KindRow, Doc: roadmap, Table: features, ID: "i-FeatGrip01", Name: "Gripper"},
			"map[listColumns:1 listRows:1]"},
		{"Gripper", coda.Within{Kind: coda.KindRow, Doc: roadmap, Table: "Features"},
			coda.Target{Kind: coda.KindRow, Doc: roadmap, Table: features, ID: "i-FeatGrip01", Name: "Gripper"},
			"map[listColumns:1 listRows:1 listTables:1]"},
		{"Next release", coda.Within{Kind: coda.KindFormula, Doc: roadmap},
			coda.Target{Kind: coda.KindFormula, Doc: roadmap, ID: "f-NextShip01", Name: "Next release"}, "map[listFormulas:1]"},
		{"Budget limit", coda.Within{Kind: coda.KindControl, Doc: roadmap},
			coda.Target{Kind: coda.KindControl, Doc: roadmap, ID: "ctrl-Budget01", Name: "Budget limit"}, "map[listControls:1]"},
		{"Budget limit", coda.Within{Doc: roadmap}, coda.Target{Kind: coda.KindControl, Doc: roadmap, ID: "ctrl-Budget01",
			Name: "Budget limit"}, "map[listControls:1 listFormulas:1 listPages:1 listTables:1]"},
		{"People", coda.Within{Kind: coda.KindFolder}, coda.Target{Kind: coda.KindFolder, ID: "fl-people", Name: "People"},
			"map[listFolders:1]"},
		{"Acme Robotics", coda.Within{Kind: coda.KindWorkspace},
			coda.Target{Kind: coda.KindWorkspace, ID: "ws-acme", Name: "Acme Robotics"}, "map[whoami:1]"},
		// A page where a table is wanted means the only table on it.
		{"https://coda.io/d/_d" + wiki + "/_sueople", coda.Within{Kind: coda.KindTable},
			coda.Target{Kind: coda.KindTable, Doc: wiki, ID: "grid-People0001", Name: "People"},
			"map[listPages:1 listTables:1]"},
	} {
		srv, c := simulated(t, codatest.Options{}, func(cfg *coda.Config) { cfg.Account = "ada@example.com" })
		for range 2 {
			got, err := c.Resolve(t.Context(), tc.text, tc.in)
			if err != nil || got != tc.want {
				t.Errorf("%q in %+v\ngot  %+v, %v\nwant %+v", tc.text, tc.in, got, err, tc.want)
			}
			// The second time it is remembered.
			if got := fmt.Sprint(srv.Requests().Counts()); got != tc.costs {
				t.Errorf("%q in %+v cost %s, want %s", tc.text, tc.in, got, tc.costs)
			}
		}
	}
}

func TestResolveRefusesToGuess(t *testing.T) {
	t.Parallel()
	w := codatest.Demo()
	w.Docs[0].Pages = append(w.Docs[0].Pages, codatest.Page{ID: "canvas-Second", Name: "Meeting notes"})
	w.Docs = append(w.Docs, codatest.Doc{ID: "dOtherPlan", Name: "Product roadmap", Owner: "ada@example.com"})
	_, c := simulated(t, codatest.Options{Workspace: w})

	var ambiguous *coda.AmbiguousError
	_, err := c.ResolvePage(t.Context(), roadmap, "Meeting notes")
	if !errors.As(err, &ambiguous) || len(ambiguous.Candidates) != 2 || ambiguous.Candidates[1].ID != "canvas-Second" ||
		!errors.Is(err, coda.ErrAmbiguous) {
		t.Errorf("two pages: %v", err)
	}
	if _, err = c.ResolveDoc(t.Context(), "Product roadmap"); !errors.As(err, &ambiguous) ||
		len(ambiguous.Candidates) != 2 {
		t.Errorf("two documents: %v", err)
	}
	if _, err = c.Resolve(t.Context(), "Features", coda.Within{Doc: roadmap}); !errors.As(err, &ambiguous) ||
		len(ambiguous.Candidates) != 2 {
		t.Errorf("a page and a table: %v", err)
	}
	if _, err = c.ResolveTable(t.Context(), "", "https://coda.io/d/_d"+roadmap+"/Features_sudmapF"); err == nil {
		t.Error("a page that does not exist holds a table")
	}
	if _, err = c.ResolveTable(t.Context(), roadmap, "canvas-RoadmapFeat"); !errors.As(err, &ambiguous) ||
		len(ambiguous.Candidates) != 2 {
		t.Errorf("a page with two tables: %v", err)
	}

	var unknown *coda.UnknownNameError
	_, err = c.ResolvePage(t.Context(), roadmap, "Meeting noted")
	if !errors.As(err, &unknown) || !errors.Is(err, coda.ErrNotFound) || len(unknown.Similar) == 0 ||
		unknown.Similar[0] != "Meeting notes" {
		t.Errorf("misspelt: %v", err)
	}
	for name, call := range map[string]error{
		"link to another doc": only(c.ResolvePage(t.Context(), wiki, "https://coda.io/d/_d"+roadmap+"/_supNote")),
		"page without a doc":  only(c.ResolvePage(t.Context(), "", "Meeting notes")),
		"row without a table": only(c.ResolveRow(t.Context(), roadmap, "", "Gripper")),
		"row where a page is": only(c.ResolvePage(t.Context(), roadmap, "i-FeatGrip01")),
		"link to elsewhere":   only(c.ResolveDoc(t.Context(), "https://example.com/d/_dAbC")),
		"an automation's name": only(c.Resolve(t.Context(), "New idea",
			coda.Within{Kind: coda.KindAutomation, Doc: roadmap})),
	} {
		if !errors.Is(call, coda.ErrInvalid) {
			t.Errorf("%s: %v", name, call)
		}
	}
}

// TestResolveAsksCodaLast: only links that nothing else explains go to resolveBrowserLink.
func TestResolveAsksCodaLast(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	s.on("GET /base/apis/v1/resolveBrowserLink", 200,
		map[string]any{"resource": map[string]any{"type": "row", "id": "i-a", "name": "Apple",
			"href": s.URL + "/base/apis/v1/docs/dAnyDoc001/tables/grid-a/rows/i-a"}})
	c := s.client(t)
	want := coda.Target{Kind: coda.KindRow, Doc: "dAnyDoc001", Table: "grid-a", ID: "i-a", Name: "Apple"}
	for _, link := range []string{"https://coda.io/@ada/published", "https://coda.io/d/_ddAnyDoc001#Table_tgrid/r12",
		"https://coda.io/d/_ddAnyDoc001#odd"} {
		got, err := c.Resolve(t.Context(), link, coda.Within{})
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", link, got, err)
		}
	}
	got, err := c.ResolveTable(t.Context(), "", "https://coda.io/@ada/published")
	if err != nil || got.ID != "grid-a" || got.Kind != coda.KindTable {
		t.Errorf("table of the row: %+v, %v", got, err)
	}
	if _, err := c.ResolvePage(t.Context(), "", "https://coda.io/@ada/published"); !errors.Is(err, coda.ErrInvalid) {
		t.Errorf("a row where a page is wanted: %v", err)
	}
}
