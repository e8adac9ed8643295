package coda_test

import (
	"errors"
	"testing"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

func TestFindRowsByName(t *testing.T) {
	t.Parallel()
	srv, c := simulated(t, codatest.Options{}, unlimited)
	srv.Doc(roadmap).Table("Releases").AddRow(map[string]any{"Name": "Winter"})
	srv.Doc(roadmap).Table("Releases").AddRow(map[string]any{"Name": "Winter"})
	const link = "coda://docs/dRoadmap01/tables/grid-Releases01/rows/i-RelSpring1"
	found, err := c.FindRowsByName(t.Context(), roadmap, "grid-Releases01",
		[]string{"Spring", "summer", "Winter", "Sprin", "i-RelAutumn1", "i-Nothing", link})
	if err != nil {
		t.Fatal(err)
	}
	for text, id := range map[string]string{"Spring": "i-RelSpring1", "summer": "i-RelSummer1",
		"i-RelAutumn1": "i-RelAutumn1", link: "i-RelSpring1"} {
		if f := found[text]; f.ID != id || f.Err != nil {
			t.Errorf("%s: %+v", text, f)
		}
	}
	const elsewhere = "coda://docs/dRoadmap01/tables/grid-Features01/rows/i-FeatCam001"
	if found, err := c.FindRowsByName(t.Context(), roadmap, "grid-Releases01", []string{elsewhere}); err != nil ||
		found[elsewhere].ID != "" || found[elsewhere].Err == nil {
		t.Errorf("a row of another table: %+v, %v", found, err)
	}
	var unknown *coda.UnknownNameError
	if f := found["Sprin"]; !errors.As(f.Err, &unknown) || len(unknown.Similar) == 0 || unknown.Similar[0] != "Spring" ||
		f.Partial {
		t.Errorf("%+v", f)
	}
	if f := found["Winter"]; !errors.Is(f.Err, coda.ErrAmbiguous) {
		t.Errorf("%+v", f)
	}
	if f := found["i-Nothing"]; !errors.Is(f.Err, coda.ErrNotFound) {
		t.Errorf("%+v", f)
	}
}
