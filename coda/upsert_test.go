package coda_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

const (
	bigDoc    = "dBigDoc001"
	bigTable1 = "grid-Big"
)

func records(n int) []coda.Record {
	rows := make([]coda.Record, n)
	for i := range rows {
		rows[i] = coda.Record{"Key": fmt.Sprintf("k%05d", i), "Count": i, "c-Note": fmt.Sprint("note ", i)}
	}
	return rows
}

// TestUpsertRows: as few requests as the limits allow, each reported, waits included.
func TestUpsertRows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t, func(o *codatest.Options) {
			o.Workspace, o.Behavior = bigTable(50), codatest.Realistic()
			o.Behavior.TimeoutRows = 0
		})
		c := clientOf(t, srv, demoToken)
		var chunks []string
		ctx := coda.WithObserver(t.Context(), func(_ context.Context, e coda.Event) {
			if s, ok := e.(coda.ChunkSent); ok {
				chunks = append(chunks, s.String())
			}
		})
		result, err := c.UpsertRows(ctx, bigDoc, bigTable1, records(250),
			coda.UpsertOptions{KeyColumns: []string{"Key"}, Wait: true})
		if err != nil || result.Next != 250 || len(result.Chunks) != 3 || result.Outcome() != coda.Applied ||
			len(result.RowIDs()) != 0 {
			t.Fatalf("%+v, %v", result, err)
		}
		if want := []string{"100 of 250 rows accepted (request 1 of 3)", "200 of 250 rows accepted (request 2 of 3)",
			"250 of 250 rows accepted (request 3 of 3)"}; !slices.Equal(chunks, want) {
			t.Errorf("reported %q", chunks)
		}
		if got := srv.Requests().Counts(); got["upsertRows"] != 3 || got["listColumns"] != 1 || got["whoami"] != 1 {
			t.Errorf("asked %v", got)
		}
		rows := srv.Doc(bigDoc).Table(bigTable1).Rows()
		if len(rows) != 250 || rows[249].Values["Note"] != "note 249" || rows[3].Values["Note"] != "note 3" {
			t.Errorf("%d rows", len(rows))
		}
	})
}

func TestInsertGivesRowIDsInOrder(t *testing.T) {
	t.Parallel()
	srv, c := simulated(t, codatest.Options{Workspace: bigTable(0)}, unlimited)
	result, err := c.InsertRows(t.Context(), bigDoc, "Things", records(120),
		coda.UpsertOptions{KeyColumns: []string{"Key"}})
	if err != nil || result.Outcome() != coda.Pending {
		t.Fatalf("%+v, %v", result, err)
	}
	rows := srv.Doc(bigDoc).Table(bigTable1).Rows()
	ids := result.RowIDs()
	if len(ids) != 120 || len(rows) != 120 {
		t.Fatalf("%d ids, %d rows", len(ids), len(rows))
	}
	for i, id := range ids {
		if rows[i].ID != id || rows[i].Name != fmt.Sprintf("k%05d", i) {
			t.Fatalf("row %d is %s %s, not %s", i, rows[i].ID, rows[i].Name, id)
		}
	}
}

// TestUpsertResumes where an earlier call ended, and names what is in doubt.
func TestUpsertResumes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault   codatest.Fault
		keyed   bool
		next    int
		inDoubt bool
		taken   int // rows that Coda has in truth
	}{
		"refused before it was taken": {codatest.Fault{Kind: codatest.FaultRespond, Operation: "upsertRows", Skip: 1,
			Status: 400}, false, 100, false, 100},
		"insert lost on the way": {codatest.Fault{Kind: codatest.FaultDropAfter, Operation: "upsertRows", Skip: 2},
			false, 200, true, 300},
		"insert answered 503": {codatest.Fault{Kind: codatest.FaultRespondAfter, Operation: "upsertRows", Skip: 0,
			Status: 503}, false, 0, true, 100},
		"keyed and always lost": {codatest.Fault{Kind: codatest.FaultDropAfter, Operation: "upsertRows", Skip: 1,
			Times: -1}, true, 100, true, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := simulatedIn(t, func(o *codatest.Options) { o.Workspace = bigTable(0) })
				c := clientOf(t, srv, demoToken, unlimited)
				srv.Inject(tc.fault)
				rows := records(350)
				var opts coda.UpsertOptions
				if tc.keyed {
					opts.KeyColumns = []string{"Key"}
				}
				result, err := c.UpsertRows(t.Context(), bigDoc, bigTable1, rows, opts)
				if err == nil || result.Next != tc.next || (result.InDoubt != nil) != tc.inDoubt ||
					errors.Is(err, coda.ErrFateUnknown) != tc.inDoubt {
					t.Fatalf("%+v, %v", result, err)
				}
				if n := len(srv.Doc(bigDoc).Table(bigTable1).Rows()); n != tc.taken {
					t.Fatalf("Coda has %d rows, want %d", n, tc.taken)
				}
				srv.ClearFaults()
				opts.ResumeFrom = result.Next
				if tc.inDoubt && !tc.keyed {
					opts.ResumeFrom = result.InDoubt.End // having looked
				}
				result, err = c.UpsertRows(t.Context(), bigDoc, bigTable1, rows, opts)
				if err != nil || result.Next != 350 {
					t.Fatalf("resumed: %+v, %v", result, err)
				}
				all := srv.Doc(bigDoc).Table(bigTable1).Rows()
				names := make(map[string]int)
				for _, r := range all {
					names[r.Name]++
				}
				if len(all) != 350 || len(names) != 350 {
					t.Errorf("%d rows of %d names in the end", len(all), len(names))
				}
			})
		})
	}
}

// TestValidation: what cannot be stored as meant is refused before anything is sent, with all that is needed to mend
// it.
func TestValidation(t *testing.T) {
	t.Parallel()
	srv, c := simulated(t, codatest.Options{}, unlimited)
	row := func(column string, value any) []coda.Record {
		return []coda.Record{{"Name": "ok"}, {"Name": "bad", column: value}}
	}
	for name, tc := range map[string]struct {
		rows []coda.Record
		opts coda.UpsertOptions
		want []string
	}{
		"unknown column": {row("Stauts", "Idea"), coda.UpsertOptions{}, []string{"row 1", `"Stauts"`, `did you mean "Start" or "Status"`, `accepted: "Name", "Status"`}},
		"calculated column": {row("Cost per day", 3), coda.UpsertOptions{},
			[]string{"row 1", "calculated", "accepted: nothing"}},
		"button":     {row("Start", "x"), coda.UpsertOptions{}, []string{"buttons"}},
		"wrong type": {row("Effort", "much"), coda.UpsertOptions{}, []string{"row 1", `"Effort"`, `"much"`, "not a number", "accepted: a number"}},
		"other currency": {row("Cost", coda.Money{Amount: "5", Currency: "USD"}), coda.UpsertOptions{},
			[]string{"row 1", "an amount in USD", "accepted: an amount in EUR"}},
		"ambiguous date": {row("Due", "04/03"), coda.UpsertOptions{},
			[]string{"not an unambiguous date", "a date such as 2026-11-24"}},
		"unknown option":     {row("Status", "Don"), coda.UpsertOptions{}, []string{"no such option", `did you mean "Done"?`, `accepted: "Idea", "Planned", "In progress", "Done"`}},
		"unmatched relation": {row("Release", "Winter"), coda.UpsertOptions{}, []string{"row 1", `"Release"`, `"Winter"`, `row of table "Releases"`}},
		"relation to no id":  {row("Release", "i-Nothing"), coda.UpsertOptions{}, []string{"no row has this id"}},
		"one bad in a list":  {row("Depends on", []any{"Gripper", "Gripr"}), coda.UpsertOptions{}, []string{`"Gripr"`}},
		"oversized row": {row("Description", strings.Repeat("x\n", 30_000)), coda.UpsertOptions{},
			[]string{"row 1", "88 KB", "85 KB"}},
		"empty row": {[]coda.Record{{"Name": "a"}, {}}, coda.UpsertOptions{}, []string{"row 1", "no values"}},
		"column twice": {[]coda.Record{{"Name": "a", "c-FeatName01": "b"}}, coda.UpsertOptions{},
			[]string{"the same column"}},
		"missing key": {[]coda.Record{{"Name": "a"}, {"Status": "Idea"}},
			coda.UpsertOptions{KeyColumns: []string{"Name"}}, []string{"row 1", "no value in a key column"}},
		"key twice": {[]coda.Record{{"Name": "a"}, {"Name": "b"}, {"Name": "a"}},
			coda.UpsertOptions{KeyColumns: []string{"Name"}}, []string{"row 2", "the same key as row 0"}},
		"unknown key column": {[]coda.Record{{"Name": "a"}}, coda.UpsertOptions{KeyColumns: []string{"Nmae"}}, []string{"key column", `did you mean "Name"`}},
		"calculated key": {[]coda.Record{{"Name": "a"}}, coda.UpsertOptions{KeyColumns: []string{"Created"}},
			[]string{"cannot be a key column"}},
		"index after resuming": {append(make([]coda.Record, 5), row("Effort", "x")...), coda.UpsertOptions{ResumeFrom: 5},
			[]string{"row 6"}},
		"everything at once": {slices.Repeat(row("Effort", "x"), 30), coda.UpsertOptions{}, []string{"rows 1, 3, 5, 7, 9 and 25 more,", `value "x"`}},
	} {
		srv.ResetRequests()
		_, err := c.UpsertRows(t.Context(), roadmap, features, tc.rows, tc.opts)
		var invalid *coda.ValidationError
		if !errors.As(err, &invalid) || !errors.Is(err, coda.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if tc.opts.ResumeFrom == 0 {
			if dry := c.CheckRows(t.Context(), roadmap, features, tc.rows, tc.opts); dry == nil || dry.Error() != err.Error() {
				t.Errorf("%s: checked alone: %v", name, dry)
			}
		}
		for _, part := range tc.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q is not in %v", name, part, err)
			}
		}
		if n := srv.Requests().Count("upsertRows"); n != 0 {
			t.Errorf("%s: %d writes were sent", name, n)
		}
	}
	if err := c.CheckRows(t.Context(), roadmap, features, row("Cost", coda.Money{Amount: "5", Currency: "eur"}),
		coda.UpsertOptions{}); err != nil || srv.Requests().Count("upsertRows") != 0 {
		t.Errorf("good rows: %v", err)
	}
	for name, call := range map[string]error{
		"no rows": only(c.UpsertRows(t.Context(), roadmap, features, nil, coda.UpsertOptions{})),
		"resume past end": only(c.UpsertRows(t.Context(), roadmap, features, row("Effort", 1),
			coda.UpsertOptions{ResumeFrom: 3})),
		"update by name": only(c.UpdateRow(t.Context(), roadmap, features, "Gripper", coda.Record{"Effort": 1},
			coda.UpsertOptions{})),
		"delete by name": only(c.DeleteRows(t.Context(), roadmap, features, []string{"Gripper"})),
		"delete none":    only(c.DeleteRows(t.Context(), roadmap, features, nil)),
	} {
		if !errors.Is(call, coda.ErrInvalid) {
			t.Errorf("%s: %v", name, call)
		}
	}
}

// TestRelationsAreWrittenByID, whichever way they are given, and one lookup serves all rows.
func TestRelationsAreWrittenByID(t *testing.T) {
	t.Parallel()
	srv, c := simulated(t, codatest.Options{}, unlimited)
	rows := []coda.Record{
		{"Name": "by name", "Release": "Spring", "Depends on": []any{"Gripper", "camera"}},
		{"Name": "by id", "Release": "i-RelSpring1"},
		{"Name": "by value", "Release": coda.Relation{Name: "Spring", RowID: "i-RelSpring1"}},
		{"Name": "from JSON", "Release": map[string]any{"name": "Spring", "rowId": "i-RelSpring1"}},
		{"Name": "none", "Release": ""},
	}
	if _, err := c.InsertRows(t.Context(), roadmap, features, rows, coda.UpsertOptions{}); err != nil {
		t.Fatal(err)
	}
	table := srv.Doc(roadmap).Table("Features")
	for _, r := range rows[:4] {
		got, _ := table.Row(r["Name"].(string))
		if fmt.Sprint(got.Links["Release"]) != "[i-RelSpring1]" {
			t.Errorf("%s: release %v", r["Name"], got.Links)
		}
	}
	if got, _ := table.Row("by name"); fmt.Sprint(got.Links["Depends on"]) != "[i-FeatGrip01 i-FeatCam001]" {
		t.Errorf("list: %v", got.Links)
	}
	if n := srv.Requests().Count("listRows", "getRow"); n > 5 {
		t.Errorf("%d lookups: %v", n, srv.Requests().Counts())
	}

	// Many names are looked up by one reading of the table.
	srv.ResetRequests()
	many := make([]coda.Record, 60)
	for i := range many {
		many[i] = coda.Record{"Name": fmt.Sprint("m", i),
			"Depends on": []any{"Gripper", "Camera", "Phone app", "Voice control", "Emergency stop", "Quick calibration"}[i%6]}
	}
	if _, err := c.InsertRows(t.Context(), roadmap, features, many, coda.UpsertOptions{}); err != nil {
		t.Fatal(err)
	}
	if n := srv.Requests().Count("listRows", "getRow"); n != 1 {
		t.Errorf("%d lookups", n)
	}

	// An ambiguous name is refused with the candidates.
	if _, err := c.InsertRows(t.Context(), roadmap, features, []coda.Record{{"Name": "Gripper"}},
		coda.UpsertOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err := c.InsertRows(t.Context(), roadmap, features, []coda.Record{{"Name": "x", "Depends on": "Gripper"}},
		coda.UpsertOptions{})
	if !errors.Is(err, coda.ErrInvalid) || !strings.Contains(err.Error(), "i-FeatGrip01") ||
		!strings.Contains(err.Error(), "2 rows are called") {
		t.Errorf("ambiguous relation: %v", err)
	}
}

// TestFreshRowsCanBeRelatedTo although the snapshot does not show them yet.
func TestFreshRowsCanBeRelatedTo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t, func(o *codatest.Options) { o.Behavior = codatest.Realistic() })
		c := clientOf(t, srv, demoToken)
		parent, err := c.InsertRows(t.Context(), roadmap, "grid-Releases01", []coda.Record{{"Name": "Winter"}},
			coda.UpsertOptions{})
		if err != nil {
			t.Fatal(err)
		}
		id := parent.RowIDs()[0]
		child := []coda.Record{{"Name": "Skis", "Release": id}}
		if _, err := c.InsertRows(t.Context(), roadmap, features, child, coda.UpsertOptions{Wait: true}); err != nil {
			t.Fatal(err)
		}
		if got, _ := srv.Doc(roadmap).Table("Features").Row("Skis"); fmt.Sprint(got.Links["Release"]) != "["+id+"]" {
			t.Errorf("links %v", got.Links)
		}
		other := clientOf(t, srv, demoToken)
		if _, err := other.InsertRows(t.Context(), roadmap, features, []coda.Record{{"Name": "Poles", "Release": "i-Unseen"}},
			coda.UpsertOptions{TrustRowIDs: true}); err != nil {
			t.Errorf("trusted id: %v", err)
		}
	})
}

// TestSchemaIsRememberedAndForgotten: one listing for many writes, a new one when a column is missing or Coda says so.
func TestSchemaIsRememberedAndForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t)
		c := clientOf(t, srv, demoToken, unlimited)
		insert := func(name, column string) error {
			return only(c.InsertRows(t.Context(), roadmap, features, []coda.Record{{"Name": name, column: "x"}},
				coda.UpsertOptions{}))
		}
		count := func() int { return srv.Requests().Count("listColumns") }
		for i := range 5 {
			if err := insert(fmt.Sprint(i), "Description"); err != nil {
				t.Fatal(err)
			}
		}
		if count() != 1 {
			t.Errorf("%d listings for five writes", count())
		}
		// A column that is not remembered may be new: look once, then refuse.
		time.Sleep(time.Second)
		if err := insert("a", "Nothing"); !errors.Is(err, coda.ErrInvalid) || count() != 2 {
			t.Errorf("%d listings, %v", count(), err)
		}
		srv.Inject(codatest.Fault{Kind: codatest.FaultRespond, Operation: "upsertRows", Status: 400, Body: `{"statusCode":400,"statusMessage":"Bad Request","message":"Could not find a column with ID or name c-FeatDescr1"}`})
		if err := insert("b", "Description"); !errors.Is(err, coda.ErrBadRequest) {
			t.Error(err)
		}
		if err := insert("c", "Description"); err != nil || count() != 3 {
			t.Errorf("after Coda missed a column: %d listings, %v", count(), err)
		}
		time.Sleep(61 * time.Second)
		if err := insert("d", "Description"); err != nil || count() != 4 {
			t.Errorf("after a minute: %d listings, %v", count(), err)
		}
	})
}

func TestViewsAreExplained(t *testing.T) {
	t.Parallel()
	_, c := simulated(t, codatest.Options{}, unlimited)
	_, err := c.InsertRows(t.Context(), roadmap, "Feature board", []coda.Record{{"Name": "x"}}, coda.UpsertOptions{})
	if !errors.Is(err, coda.ErrBadRequest) || !strings.Contains(err.Error(), `base table "Features" (grid-Features01)`) {
		t.Errorf("insert into a view: %v", err)
	}
}

// TestUpsertOfACancelledCaller stops between chunks.
func TestUpsertOfACancelledCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t, func(o *codatest.Options) { o.Workspace = bigTable(0) })
		c := clientOf(t, srv, demoToken)
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		result, err := c.InsertRows(ctx, bigDoc, bigTable1, records(1000), coda.UpsertOptions{})
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, coda.ErrFateUnknown) || result.Next != 600 {
			t.Errorf("%d accepted, %v", result.Next, err)
		}
		if n := len(srv.Doc(bigDoc).Table(bigTable1).Rows()); n != 600 {
			t.Errorf("Coda has %d rows", n)
		}
	})
}
