package coda_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

// TestNameOf asks once a minute, and again where the thing was renamed here.
func TestNameOf(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t)
		c := clientOf(t, srv, demoToken, unlimited, func(cfg *coda.Config) { cfg.Account = "ada" })
		doc := coda.Target{Kind: coda.KindDoc, Doc: roadmap, ID: roadmap}
		table := coda.Target{Kind: coda.KindTable, Doc: roadmap, ID: features}
		for range 3 {
			if d, t2 := c.NameOf(t.Context(), doc), c.NameOf(t.Context(), table); d != "Product roadmap" || t2 != "Features" {
				t.Errorf("%q %q", d, t2)
			}
		}
		if n := srv.Requests().Count("getDoc", "getTable"); n != 2 {
			t.Errorf("%d requests", n)
		}
		if err := c.UpdateDoc(t.Context(), roadmap, coda.DocUpdate{Title: "Plans"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		if d := c.NameOf(t.Context(), doc); d != "Plans" {
			t.Errorf("after it was renamed: %q", d)
		}
		if name := c.NameOf(t.Context(), coda.Target{Kind: coda.KindTable, Doc: roadmap, ID: "grid-None"}); name != "" {
			t.Errorf("a table that is not there is called %q", name)
		}
	})
}
