package coda_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// lagging is a Coda whose reads are behind by half a minute and whose writes take ten seconds.
func lagging(o *codatest.Options) {
	o.Behavior = codatest.Behavior{WriteDelay: codatest.Exactly(10 * time.Second), SnapshotEvery: 30 * time.Second}
}

// TestNamesAreResolvedAfreshForWriting: what a name meant a moment ago does not decide where a write goes.
func TestNamesAreResolvedAfreshForWriting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clientOf(t, simulatedIn(t, lagging), demoToken, unlimited)
		var ambiguous *coda.AmbiguousError

		if _, err := c.ResolveDoc(t.Context(), "Product roadmap"); err != nil {
			t.Fatal(err)
		}
		made, err := c.CreateDoc(t.Context(), coda.DocCreate{Title: "Product roadmap"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.ResolveDoc(t.Context(), "Product roadmap"); !errors.As(err, &ambiguous) ||
			!strings.Contains(err.Error(), made.ID) {
			t.Errorf("a second doc of the name: %v", err)
		}

		if _, err := c.ResolvePage(t.Context(), roadmap, "Meeting notes"); err != nil {
			t.Fatal(err)
		}
		page, err := c.CreatePage(t.Context(), roadmap, coda.PageCreate{Name: "Meeting notes"})
		if err != nil {
			t.Fatal(err)
		}
		// The listing shows the first only, for half a minute.
		if _, err := c.ResolvePage(coda.Afresh(t.Context()), roadmap, "Meeting notes"); !errors.As(err, &ambiguous) ||
			!strings.Contains(err.Error(), page.ID) {
			t.Errorf("a second page of the name: %v", err)
		}
		time.Sleep(45 * time.Second) // in the bubble: until Coda knows the page
		if _, err := c.UpdatePage(t.Context(), roadmap, page.ID, coda.PageUpdate{Name: "Minutes"}); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"Meeting notes": "canvas-RoadmapNote", "Minutes": page.ID} {
			if got, err := c.ResolvePage(coda.Afresh(t.Context()), roadmap, name); err != nil || got.ID != want {
				t.Errorf("%s after a renaming: %+v, %v", name, got, err)
			}
		}
		if _, err := c.DeletePage(t.Context(), roadmap, "canvas-RoadmapNote",
			coda.DeletePageOptions{Force: true}); err != nil {
			t.Fatal(err)
		}
		if got, err := c.ResolvePage(coda.Afresh(t.Context()), roadmap, "Meeting notes"); !errors.Is(err, coda.ErrNotFound) {
			t.Errorf("a deleted page: %+v, %v", got, err)
		}
	})
}

// TestRowNamesAreProvenForWriting: a row that was added a moment ago may bear the name too.
func TestRowNamesAreProvenForWriting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t, lagging)
		c := clientOf(t, srv, demoToken, unlimited)
		if _, err := c.ResolveRow(t.Context(), roadmap, features, "Gripper"); err != nil {
			t.Fatal(err)
		}
		added, err := c.InsertRows(t.Context(), roadmap, features, []coda.Record{{"Name": "Gripper"}}, coda.UpsertOptions{})
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		var ambiguous *coda.AmbiguousError
		if _, err = c.ResolveRow(coda.Afresh(t.Context()), roadmap, features, "Gripper"); !errors.As(err, &ambiguous) ||
			!strings.Contains(err.Error(), added.RowIDs()[0]) {
			t.Errorf("a second row of the name: %v", err)
		}
		if waited := time.Since(begin); waited > 41*time.Second {
			t.Errorf("waited %s", waited)
		}
		if _, err = c.ResolveRow(coda.Afresh(t.Context()), roadmap, features, "Emergency stop"); err != nil {
			t.Errorf("nothing pending: %v", err)
		}
		// Where it takes Coda too long, nothing is guessed.
		srv.Behave(func(b *codatest.Behavior) {
			*b = codatest.Behavior{SnapshotEvery: time.Hour, WriteDelay: codatest.Exactly(time.Minute)}
		})
		if _, err := c.UpdateRow(t.Context(), roadmap, features, "i-FeatGrip01", coda.Record{"Effort": 1},
			coda.UpsertOptions{}); err != nil {
			t.Fatal(err)
		}
		var unproven *coda.UnprovenNameError
		_, err = c.ResolveRow(coda.Afresh(t.Context()), roadmap, features, "Emergency stop")
		if !errors.As(err, &unproven) || !errors.Is(err, coda.ErrStale) || len(unproven.Candidates) != 1 ||
			unproven.Candidates[0].ID != "i-FeatStop01" {
			t.Errorf("an hour behind: %v", err)
		}
	})
}

// TestCurrent: a read is proven, waited for, or said not to be provable.
func TestCurrent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t, lagging)
		c := clientOf(t, srv, demoToken, unlimited)
		var effort string
		read := func(ctx context.Context) error {
			row, err := c.GetRow(ctx, roadmap, features, "i-FeatGrip01", coda.GetRowOptions{})
			if err == nil {
				effort = row.Values["c-FeatEffort"].Text()
			}
			return err
		}
		update := func(n int) {
			t.Helper()
			if _, err := c.UpdateRow(t.Context(), roadmap, features, "i-FeatGrip01", coda.Record{"Effort": n},
				coda.UpsertOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Current(t.Context(), 0, read); err != nil {
			t.Errorf("nothing pending: %v", err)
		}
		update(77)
		if err := c.Current(t.Context(), time.Second, read); !errors.Is(err, coda.ErrStale) || effort == "77" {
			t.Errorf("pending: %v, read %s", err, effort)
		}
		if err := c.Current(t.Context(), time.Minute, read); err != nil || effort != "77" {
			t.Errorf("waited for: %v, read %s", err, effort)
		}
		// A bad request is not taken for staleness.
		bad := func(ctx context.Context) error {
			_, err := c.ListRowsPage(ctx, roadmap, features, coda.ListRowsOptions{Query: "nonsense"})
			return err
		}
		begin := time.Now()
		if err := c.Current(t.Context(), time.Minute, bad); errors.Is(err, coda.ErrStale) ||
			!errors.Is(err, coda.ErrBadRequest) || time.Since(begin) != 0 {
			t.Errorf("bad request: %v after %s", err, time.Since(begin))
		}
		// Where the demand is passed over, an answer proves nothing.
		srv.Behave(func(b *codatest.Behavior) { *b = codatest.Behavior{IgnoreDocVersion: true, SnapshotEvery: time.Hour} })
		other := clientOf(t, srv, demoToken, unlimited)
		if err := other.Current(t.Context(), time.Minute, func(ctx context.Context) error {
			_, err := other.GetRow(ctx, roadmap, features, "i-FeatGrip01", coda.GetRowOptions{})
			return err
		}); !errors.Is(err, coda.ErrStale) || !strings.Contains(err.Error(), "not heeded") {
			t.Errorf("not heeded: %v", err)
		}
	})
}

// TestMemoryIsKeptPerAccount: one account's name answers no other's, while what changes is forgotten for all.
func TestMemoryIsKeptPerAccount(t *testing.T) {
	t.Parallel()
	srv, _ := simulated(t, codatest.Options{})
	memory := coda.NewMemory()
	share := func(cfg *coda.Config) { cfg.Memory = memory }
	ada, grace := clientOf(t, srv, demoToken, share), clientOf(t, srv, demoTokenGrace, share)
	count := func() int { return srv.Requests().Counts()["listDocs"] }
	for _, c := range []*coda.Client{ada, ada, grace, grace} {
		_, _ = c.ResolveDoc(t.Context(), "Team wiki")
	}
	if n := count(); n < 2 {
		t.Errorf("%d listings for two accounts", n)
	}
	before := count()
	if err := grace.UpdateDoc(t.Context(), wiki, coda.DocUpdate{Title: "Old wiki"}); err != nil {
		t.Skip("Grace may not rename the doc:", err)
	}
	if _, err := ada.ResolveDoc(t.Context(), "Team wiki"); !errors.Is(err, coda.ErrNotFound) {
		t.Errorf("after somebody else renamed it: %v", err)
	}
	if count() == before {
		t.Error("no listing after a renaming")
	}
}
