package coda_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

func TestFindRows(t *testing.T) {
	t.Parallel()
	srv, c := simulated(t, codatest.Options{}, unlimited)
	type f = coda.Filter
	for _, tc := range []struct {
		filters []f
		want    string
		local   bool
		query   bool
	}{
		{nil, "Gripper Camera Quick calibration Emergency stop Phone app Voice control", false, false},
		{[]f{{"Status", coda.Equal, "Planned"}}, "Camera Quick calibration", false, true},
		{[]f{{"Effort", coda.Equal, "12"}}, "Camera", false, true},
		{[]f{{"Status", coda.Equal, "Planned"}, {"Urgent", coda.Equal, true}}, "Quick calibration", true, true},
		{[]f{{"Status", coda.NotEqual, "Planned"}}, "Gripper Emergency stop Phone app Voice control", true, false},
		{[]f{{"Tags", coda.Equal, "hardware"}}, "Gripper Camera Emergency stop", true, false},
		{[]f{{"Release", coda.Equal, "Spring"}}, "Gripper Emergency stop", true, false},
		{[]f{{"Release", coda.Equal, "i-RelSummer1"}}, "Camera Quick calibration", true, false},
		{[]f{{"Depends on", coda.Equal, "Gripper"}}, "Camera Quick calibration", true, false},
		{[]f{{"Owner", coda.Equal, "GRACE@example.com"}}, "Gripper Emergency stop", true, false},
		{[]f{{"Owner", coda.Empty, nil}}, "Phone app", true, false},
		{[]f{{"Owner", coda.NotEmpty, nil}, {"Value", coda.GreaterOrEqual, 5}}, "Gripper Quick calibration Emergency stop", true, false},
		{[]f{{"Cost", coda.Greater, 9000}, {"Cost", coda.LessOrEqual, "12400"}}, "Gripper Voice control", true, false},
		{[]f{{"Due", coda.Less, "2026-03-01"}}, "Emergency stop", true, false},
		{[]f{{"Due", coda.Equal, "2026-03-01"}}, "Gripper", true, false},
		{[]f{{"Description", coda.Contains, "VACUUM"}}, "Gripper", true, false},
		{[]f{{"Name", coda.Equal, "Nothing"}}, "", false, true},
	} {
		srv.ResetRequests()
		found, err := c.FindRows(t.Context(), roadmap, features, coda.FindOptions{Filters: tc.filters})
		if err != nil {
			t.Errorf("%v: %v", tc.filters, err)
			continue
		}
		var names []string
		for _, r := range found.Rows {
			names = append(names, r.Name)
		}
		if got := strings.Join(names, " "); got != tc.want || found.ClientSide != tc.local || !found.Complete || found.Note != "" {
			t.Errorf("%v: found %q (client side %v, complete %v, %q), want %q", tc.filters, got, found.ClientSide, found.Complete, found.Note, tc.want)
		}
		for _, r := range srv.Requests().Where(func(r codatest.Request) bool { return r.Operation == "listRows" }) {
			if strings.Contains(r.Query, "query=") != tc.query {
				t.Errorf("%v: asked %s", tc.filters, r.Query)
			}
		}
	}
	for name, opts := range map[string]coda.FindOptions{
		"unknown comparison": {Filters: []f{{"Name", "like", "x"}}},
		"list":               {Filters: []f{{"Name", coda.Equal, []any{"a", "b"}}}},
		"cursor":             {Cursor: "nonsense"},
	} {
		if _, err := c.FindRows(t.Context(), roadmap, features, opts); !errors.Is(err, coda.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.FindRows(t.Context(), roadmap, features, coda.FindOptions{Filters: []f{{"Nmae", coda.Equal, "x"}}}); !errors.Is(err, coda.ErrNotFound) {
		t.Errorf("unknown column: %v", err)
	}
}

// TestFindRowsInParts: a search goes on where it stopped, without gaps and without repeating, and says when it is partial.
func TestFindRowsInParts(t *testing.T) {
	t.Parallel()
	_, c := simulated(t, codatest.Options{Workspace: bigTable(1300)}, unlimited)
	for name, opts := range map[string]coda.FindOptions{
		"by Coda":         {Limit: 70},
		"here":            {Limit: 70, Filters: []coda.Filter{{Column: "Count", Op: coda.NotEqual, Value: 3}}},
		"here, few looks": {Limit: 1000, MaxScan: 500, Filters: []coda.Filter{{Column: "Key", Op: coda.Contains, Value: "7"}}},
	} {
		var got []string
		for part := 0; ; part++ {
			found, err := c.FindRows(t.Context(), bigDoc, bigTable1, opts)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range found.Rows {
				got = append(got, r.Name)
			}
			if found.Complete != (found.Cursor == "") || found.Complete != (found.Note == "") || len(found.Rows) > opts.Limit {
				t.Fatalf("%s: %d rows, complete %v, cursor %q, note %q", name, len(found.Rows), found.Complete, found.Cursor, found.Note)
			}
			if found.Complete {
				break
			}
			if part > 50 {
				t.Fatal("no end")
			}
			opts.Cursor = found.Cursor
		}
		var want []string
		for i := range 1300 {
			key := fmt.Sprintf("k%05d", i)
			if name == "here" && i == 3 || name == "here, few looks" && !strings.Contains(key, "7") {
				continue
			}
			want = append(want, key)
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: found %d rows, want %d", name, len(got), len(want))
		}
	}
}

// TestColumnsThatAreNew can be searched and resolved although the table's columns are remembered from before.
func TestColumnsThatAreNew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t)
		c := clientOf(t, srv, demoToken, unlimited)
		if _, err := c.Schema(t.Context(), roadmap, features); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		srv.Doc(roadmap).Table("Features").AddColumn(codatest.Column{ID: "c-New01", Name: "Review"})
		col, err := c.ResolveColumn(t.Context(), roadmap, "Features", "review")
		if err != nil || col.ID != "c-New01" || col.Table != features || col.Kind != coda.KindColumn {
			t.Errorf("%+v, %v", col, err)
		}
		time.Sleep(time.Second)
		srv.Doc(roadmap).Table("Features").AddColumn(codatest.Column{ID: "c-New02", Name: "Second review"})
		review := coda.FindOptions{Filters: []coda.Filter{{Column: "Second review", Op: coda.Equal, Value: "x"}}}
		if _, err := c.FindRows(t.Context(), roadmap, features, review); err != nil {
			t.Error(err)
		}
		srv.Doc(roadmap).Table("Features").DeleteColumn("Second review")
		if _, err := c.FindRows(t.Context(), roadmap, features, review); err == nil {
			t.Error("a column that is gone was searched")
		}
		if _, err := c.FindRows(t.Context(), roadmap, features, review); !errors.Is(err, coda.ErrNotFound) || !strings.Contains(err.Error(), "no column is called") {
			t.Errorf("after Coda missed the column: %v", err)
		}
		if _, err := c.ResolveColumn(t.Context(), roadmap, features, "Nothing"); !errors.Is(err, coda.ErrNotFound) {
			t.Errorf("no such column: %v", err)
		}
	})
}

// TestSearchesRestartInTheMiddle: a timeout behind the first page loses nothing, unless a cursor has fixed the page size.
func TestSearchesRestartInTheMiddle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t, func(o *codatest.Options) { o.Workspace = bigTable(1200) })
		c := clientOf(t, srv, demoToken, unlimited)
		opts := coda.FindOptions{Limit: 2000, Filters: []coda.Filter{{Column: "Key", Op: coda.Contains, Value: "k"}}}
		srv.Inject(codatest.Fault{Kind: codatest.FaultRespond, Operation: "listRows", Skip: 1, Times: 4, Status: 504})
		found, err := c.FindRows(t.Context(), bigDoc, bigTable1, opts)
		if err != nil || len(found.Rows) != 1200 || !found.Complete {
			t.Fatalf("%+v, %v", found, err)
		}
		for i, r := range found.Rows {
			if r.Name != fmt.Sprintf("k%05d", i) {
				t.Fatalf("row %d is %s", i, r.Name)
			}
		}
		opts.MaxScan = 500
		if found, err = c.FindRows(t.Context(), bigDoc, bigTable1, opts); err != nil || found.Cursor == "" {
			t.Fatalf("%+v, %v", found, err)
		}
		opts.Cursor = found.Cursor
		srv.Inject(codatest.Fault{Kind: codatest.FaultRespond, Operation: "listRows", Times: 4, Status: 504})
		if _, err := c.FindRows(t.Context(), bigDoc, bigTable1, opts); !errors.Is(err, coda.ErrTimeout) || !strings.Contains(err.Error(), "without the cursor") {
			t.Errorf("with a cursor: %v", err)
		}
	})
}
