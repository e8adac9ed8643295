package coda_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// unleash makes the server drop, refuse and fail a share of all writes, in an order of its own for every seed.
func unleash(srv *codatest.Server, rng *rand.Rand) {
	kinds := []codatest.Fault{
		{Kind: codatest.FaultDrop}, {Kind: codatest.FaultDropAfter}, {Kind: codatest.FaultTruncate},
		{Kind: codatest.FaultRespond, Status: 429}, {Kind: codatest.FaultRespond, Status: 503},
		{Kind: codatest.FaultRespondAfter, Status: 502},
		{Kind: codatest.FaultRespondAfter, Status: 504, Body: "<html>"},
		{Kind: codatest.FaultSlow, Chunk: 7, Pause: 50 * time.Millisecond},
	}
	rng.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	for _, f := range kinds {
		f.Operation, f.Skip, f.Every, f.Times = "upsertRows", rng.IntN(4), 2+rng.IntN(6), 1+rng.IntN(3)
		srv.Inject(f)
	}
	for _, f := range kinds[:4] {
		f.Operation, f.Skip, f.Every, f.Times = "getMutationStatus", rng.IntN(4), 2+rng.IntN(6), 1+rng.IntN(3)
		srv.Inject(f)
	}
}

// TestChaos: a thousand rows arrive exactly once through lost connections, 429s and 5xx, on a service with the manners
// of the real one. Keyed rows need nothing but resuming; inserts whose fate is unknown are looked up before they go on.
func TestChaos(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		for _, keyed := range []bool{true, false} {
			t.Run(fmt.Sprintf("seed %d keyed %v", seed, keyed), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { chaos(t, seed, keyed) })
			})
		}
	}
}

func chaos(t *testing.T, seed uint64, keyed bool) {
	srv := simulatedIn(t, func(o *codatest.Options) {
		o.Workspace, o.Behavior, o.Seed = bigTable(0), codatest.Realistic(), seed+1
	})
	unleash(srv, rand.New(rand.NewPCG(seed, 9)))
	c := clientOf(t, srv, demoToken)
	rows := records(1000)
	opts := coda.UpsertOptions{Wait: true}
	if keyed {
		opts.KeyColumns = []string{"Key"}
	}
	unknown := 0
	for tries := 1; ; tries++ {
		result, err := c.UpsertRows(t.Context(), bigDoc, bigTable1, rows, opts)
		if err == nil {
			if result.Next != len(rows) || result.Outcome() != coda.Applied {
				t.Fatalf("ended at row %d, %s", result.Next, result.Outcome())
			}
			break
		}
		if tries == 30 {
			t.Fatal(err)
		}
		opts.ResumeFrom = result.Next
		switch {
		case errors.Is(err, coda.ErrFateUnknown) && !keyed:
			unknown++
			// What a careful person does: wait until writes have settled, and look.
			time.Sleep(time.Minute)
			if _, taken := srv.Doc(bigDoc).Table(bigTable1).Row(rows[result.InDoubt.First]["Key"].(string)); taken {
				opts.ResumeFrom = result.InDoubt.End
			}
		case errors.Is(err, coda.ErrFateUnknown), errors.Is(err, coda.ErrRateLimited), errors.Is(err, coda.ErrUnavailable),
			errors.Is(err, coda.ErrTimeout):
			time.Sleep(time.Minute)
		default:
			t.Fatal(err)
		}
	}
	time.Sleep(time.Minute)
	got := srv.Doc(bigDoc).Table(bigTable1).Rows()
	times := make(map[string]int)
	for _, r := range got {
		times[r.Name]++
	}
	for _, r := range rows {
		if n := times[r["Key"].(string)]; n != 1 {
			t.Fatalf("row %s arrived %d times", r["Key"], n)
		}
	}
	if len(got) != len(rows) {
		t.Errorf("%d rows arrived", len(got))
	}
	faults := srv.Requests().Where(func(r codatest.Request) bool { return r.Fault != "" })
	if len(faults) < 5 || !keyed && unknown == 0 {
		t.Errorf("only %d faults, %d of unknown fate: nothing was tested", len(faults), unknown)
	}
}
