package coda_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

const (
	stockDoc   = "dStock0001"
	stockTable = "grid-Stock0001"
)

// stock is a table of n rows "Item 1", "Item 2" … with a number each.
func stock(n int) *codatest.Workspace {
	w := codatest.Demo()
	table := codatest.Table{ID: stockTable, Name: "Stock", Columns: []codatest.Column{
		{ID: "c-Name", Name: "Name", Type: "text", Display: true}, {ID: "c-Qty", Name: "Qty", Type: "number"},
	}}
	for i := range n {
		table.Rows = append(table.Rows, codatest.Row{
			ID: fmt.Sprintf("i-Stock%06d", i+1), Values: map[string]any{"Name": fmt.Sprint("Item ", i+1), "Qty": 10},
		})
	}
	w.Docs = append(w.Docs, codatest.Doc{ID: stockDoc, Name: "Warehouse", Owner: "ada@example.com",
		Pages: []codatest.Page{{ID: "canvas-Stock", Name: "Stock page"}}, Tables: []codatest.Table{table}})
	return w
}

// stockroom is a client of a Coda that holds it, in a bubble.
func stockroom(t *testing.T, n int, behave func(*codatest.Behavior)) (codatest.TableView, *coda.Client) {
	t.Helper()
	srv := simulatedIn(t, func(o *codatest.Options) {
		lagging(o)
		o.Workspace = stock(n)
		if behave != nil {
			behave(&o.Behavior)
		}
	})
	return srv.Doc(stockDoc).Table("Stock"), clientOf(t, srv, demoToken)
}

func zero(from, to int) (changes []coda.RowChange) {
	for i := from; i <= to; i++ {
		changes = append(changes, coda.RowChange{Row: fmt.Sprintf("i-Stock%06d", i), Values: coda.Record{"Qty": 0}})
	}
	return changes
}

func send(t *testing.T, c *coda.Client, p *coda.RowsPlan, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Release()
	if err := p.Send(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, m := range p.Mutations {
		if r, err := c.WaitMutation(t.Context(), m); err != nil || r.Outcome != coda.Applied {
			t.Fatalf("%+v, %v", r, err)
		}
	}
}

// TestIDsStayIDs: rows that were renamed a moment ago are still the rows of those ids, however far reads lag behind.
func TestIDsStayIDs(t *testing.T) {
	t.Parallel()
	for _, rows := range []int{6, 40} {
		synctest.Test(t, func(t *testing.T) {
			table, c := stockroom(t, rows+2, nil)
			for i, name := range []string{"First", "Second"} {
				if _, err := c.UpdateRow(t.Context(), stockDoc, stockTable, fmt.Sprintf("i-Stock%06d", i+1),
					coda.Record{"Name": name}, coda.UpsertOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			p, err := c.PlanUpdate(t.Context(), stockDoc, stockTable, zero(1, rows), coda.PlanOptions{})
			send(t, c, p, err)
			got := table.Rows()
			if len(got) != rows+2 {
				t.Fatalf("%d rows of %d", len(got), rows+2)
			}
			for i, row := range got {
				if want := map[bool]float64{true: 0, false: 10}[i < rows]; row.Values["Qty"] != want {
					t.Errorf("%d rows: %s has %v", rows, row.ID, row.Values["Qty"])
				}
			}
			if got[0].Name != "First" || p.NeedsProof() != (rows > 12) {
				t.Errorf("%q, by key: %v", got[0].Name, p.ByKey)
			}
			if !p.NeedsProof() {
				return
			}
			proof, err := p.Prove(t.Context(), time.Minute)
			if err != nil || proof.AsMeant != rows || len(proof.PossiblyNew)+len(proof.Unlike)+len(proof.Gone) != 0 {
				t.Errorf("%+v, %v", proof, err)
			}
			former := p.Former(p.Steps[0], p.Steps[0].Rows[0])
			if len(former) != 1 || former[p.Schema.Columns[1]].Text() != "10" {
				t.Errorf("former values %v", former)
			}
		})
	}
}

// TestRacesAreTold: what somebody else does between the look and the write is seen afterwards.
func TestRacesAreTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table, c := stockroom(t, 30, nil)
		p, err := c.PlanUpdate(t.Context(), stockDoc, stockTable, zero(1, 20), coda.PlanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		table.SetCells("i-Stock000003", map[string]any{"Name": "Renamed in between"})
		table.DeleteRows("i-Stock000004")
		send(t, c, p, nil)
		proof, err := p.Prove(t.Context(), 2*time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if len(proof.PossiblyNew) != 2 || !slices.Equal(proof.Unlike, []string{"i-Stock000003"}) ||
			!slices.Equal(proof.Gone, []string{"i-Stock000004"}) || proof.AsMeant != 18 {
			t.Errorf("%+v", proof)
		}
		for _, id := range proof.PossiblyNew {
			if _, there := table.Row(id); !there {
				t.Errorf("%s is not there", id)
			}
		}
	})
}

// TestNothingProvenGoesByID: without proof there are no former values, and no upsert.
func TestNothingProvenGoesByID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table, c := stockroom(t, 30, func(b *codatest.Behavior) { b.IgnoreDocVersion = true })
		p, err := c.PlanUpdate(t.Context(), stockDoc, stockTable, zero(1, 20), coda.PlanOptions{})
		send(t, c, p, err)
		if p.Proven || p.NeedsProof() || p.Former(p.Steps[0], "i-Stock000001") != nil ||
			!errors.Is(p.Unproven, coda.ErrStale) {
			t.Errorf("proven %v, by key %v", p.Proven, p.ByKey)
		}
		if rows := table.Rows(); len(rows) != 30 || rows[19].Values["Qty"] != 0.0 {
			t.Errorf("%d rows", len(rows))
		}
		_, err = c.PlanUpsert(t.Context(), stockDoc, stockTable, []coda.Record{{"Name": "Item 1", "Qty": 1}},
			coda.PlanOptions{UpsertOptions: coda.UpsertOptions{KeyColumns: []string{"Name"}}})
		if !errors.Is(err, coda.ErrStale) {
			t.Errorf("an upsert without proof: %v", err)
		}
	})
}

// TestSendStopsInTime: what does not fit into the time is left, and going on does nothing twice.
func TestSendStopsInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table, c := stockroom(t, 30, func(b *codatest.Behavior) { b.IgnoreDocVersion = true })
		changes := zero(1, 20)
		from, calls := 0, 0
		for ; from < len(changes); calls++ {
			p, err := c.PlanUpdate(t.Context(), stockDoc, stockTable, changes,
				coda.PlanOptions{UpsertOptions: coda.UpsertOptions{ResumeFrom: from}})
			if err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			if err := p.Send(t.Context(), begin.Add(15*time.Second)); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begin); took > 30*time.Second {
				t.Errorf("took %s", took)
			}
			if p.Next <= from {
				t.Fatalf("no progress from %d", from)
			}
			from = p.Next
		}
		time.Sleep(time.Minute)
		if rows := table.Rows(); calls < 2 || len(rows) != 30 || rows[19].Values["Qty"] != 0.0 ||
			rows[20].Values["Qty"] == 0.0 {
			t.Errorf("%d calls", calls)
		}
	})
}

// TestUpsertPlans: what becomes of each row, before anything is written.
func TestUpsertPlans(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table, c := stockroom(t, 12, nil)
		table.SetCells("i-Stock000007", map[string]any{"Name": "Twin"})
		table.SetCells("i-Stock000008", map[string]any{"Name": "Twin"})
		table.SetCells("i-Stock000009", map[string]any{"Name": "Gripper"})
		rows := []coda.Record{
			{"Name": "Item 1", "Qty": 5}, {"Name": "Item 2", "Qty": 10}, {"Name": "Twin", "Qty": 1},
			{"Name": "item  3 ", "Qty": 1},
			{"Name": "Grippr", "Qty": 1}, {"Name": "Item 99", "Qty": 1}, {"Name": "ITEM 99", "Qty": 2},
		}
		plan := func(mode coda.WriteMode, several bool) *coda.RowsPlan {
			t.Helper()
			p, err := c.PlanUpsert(t.Context(), stockDoc, stockTable, rows, coda.PlanOptions{
				UpsertOptions: coda.UpsertOptions{KeyColumns: []string{"Name"}}, Mode: mode, Several: several,
				Patience: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			p.Release()
			return p
		}
		kinds := func(p *coda.RowsPlan) (k []coda.StepKind) {
			for _, s := range p.Steps {
				k = append(k, s.Kind)
			}
			return k
		}
		p := plan("", false)
		want := []coda.StepKind{coda.StepChange, coda.StepSame, coda.StepSeveral, coda.StepNear, coda.StepAdd, coda.StepAdd,
			coda.StepNear}
		if got := kinds(p); !slices.Equal(got, want) {
			t.Errorf("upsert: %v", got)
		}
		if s := p.Steps[3]; len(s.Near) != 1 || s.Near[0].ID != "i-Stock000003" {
			t.Errorf("other letters: %+v", s)
		}
		if s := p.Steps[4]; len(s.Near) != 1 || s.Near[0].ID != "i-Stock000009" {
			t.Errorf("a typo: %+v", s)
		}
		if s := p.Steps[5]; len(s.Near) != 0 {
			t.Errorf("another number is no typo: %+v", s)
		}
		p = plan(coda.ModeUpdate, true)
		want = []coda.StepKind{coda.StepChange, coda.StepSame, coda.StepChange, coda.StepNear, coda.StepMissing,
			coda.StepMissing, coda.StepNear}
		if got := kinds(p); !slices.Equal(got, want) || len(p.Steps[2].Rows) != 2 || p.Steps[4].Near[0].Name != "Gripper" {
			t.Errorf("update: %v", got)
		}
		if got := kinds(plan(coda.ModeAdd, false)); got[0] != coda.StepAdd {
			t.Errorf("add: %v", got)
		}
		if n := len(table.Rows()); n != 12 {
			t.Errorf("%d rows after looking only", n)
		}
	})
}

// TestUpsertAddsNothingTwice: neither a repeat while the first is pending nor two at once.
func TestUpsertAddsNothingTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table, c := stockroom(t, 3, nil)
		var rows []coda.Record
		for i := range 250 {
			rows = append(rows, coda.Record{"Name": fmt.Sprint("New ", i), "Qty": i})
		}
		opts := coda.PlanOptions{UpsertOptions: coda.UpsertOptions{KeyColumns: []string{"Name"}}, Patience: time.Minute}
		once := func(ctx context.Context) (*coda.RowsPlan, error) {
			p, err := c.PlanUpsert(ctx, stockDoc, stockTable, rows, opts)
			if err != nil {
				return nil, err
			}
			defer p.Release()
			return p, p.Send(ctx, time.Now().Add(time.Minute))
		}
		both := make(chan int, 2)
		for range 2 {
			go func() {
				p, err := once(t.Context())
				if err != nil {
					t.Error(err)
					both <- 0
					return
				}
				both <- p.Count(coda.StepAdd)
			}()
		}
		if n := <-both + <-both; n != 250 {
			t.Errorf("two at once add %d", n)
		}
		p, err := once(t.Context())
		if err != nil || p.Count(coda.StepSame) != 250 {
			t.Errorf("a repeat: %d unchanged, %v", p.Count(coda.StepSame), err)
		}
		time.Sleep(time.Minute)
		if n := len(table.Rows()); n != 253 {
			t.Errorf("%d rows", n)
		}
	})
}
