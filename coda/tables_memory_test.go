package coda_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

// TestTablesAreRemembered for a minute, by name too, and read again where a name is not among them.
func TestTablesAreRemembered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t)
		refused := false
		c := clientOf(t, srv, demoToken, unlimited, func(cfg *coda.Config) {
			cfg.Account = "ada"
			cfg.Guard = func(context.Context, coda.Op, coda.DocID) error {
				if refused {
					return errors.New("no")
				}
				return nil
			}
		})
		lists := func() int { return srv.Requests().Counts()["listTables"] }
		if _, ok := c.TableListed(t.Context(), roadmap, features); ok {
			t.Error("known before it was listed")
		}
		if tables, err := c.Tables(t.Context(), roadmap); err != nil || len(tables) != 6 {
			t.Fatal(tables, err)
		}
		for _, name := range []string{"Features", "Releases", "Log"} {
			if _, err := c.ResolveTable(t.Context(), roadmap, name); err != nil {
				t.Error(err)
			}
		}
		if table, ok := c.TableListed(t.Context(), roadmap, features); !ok || table.Name != "Features" || lists() != 1 {
			t.Errorf("%+v %t, %d listings", table, ok, lists())
		}
		if _, err := c.ResolveTable(t.Context(), roadmap, "Nothing"); !errors.Is(err, coda.ErrNotFound) || lists() != 2 {
			t.Errorf("%v, %d listings", err, lists())
		}
		if _, err := c.ResolveTable(coda.Afresh(t.Context()), roadmap, "Log"); err != nil || lists() != 3 {
			t.Errorf("a write took a remembered name: %v, %d listings", err, lists())
		}
		refused = true
		if _, ok := c.TableListed(t.Context(), roadmap, features); ok {
			t.Error("shown to somebody who may not see the doc")
		}
		refused = false
		time.Sleep(time.Minute)
		if _, ok := c.TableListed(t.Context(), roadmap, features); ok {
			t.Error("remembered for more than a minute")
		}
	})
}
