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

// peopleWorld is a doc with a table of tasks. Grace Hopper and Zoë Müller are in cells, Bob has the doc by address, Ada
// owns it; Grace Lin is in a cell of another table, and Lin Tanaka only in the workspace.
func peopleWorld() *codatest.Workspace {
	w := &codatest.Workspace{
		ID: "ws-p", Name: "People",
		Users: []codatest.User{
			{Name: "Ada Lovelace", LoginID: "ada@example.com", Role: codatest.Admin},
			{Name: "Grace Hopper", LoginID: "grace@example.com"}, {Name: "Grace Lin", LoginID: "lin.g@example.com"},
			{Name: "Zoë Müller", LoginID: "zoe@example.com"}, {Name: "Bob", LoginID: "bob@example.com"},
			{Name: "Lin Tanaka", LoginID: "tanaka@example.com"},
		},
		Tokens: []codatest.Token{{Value: demoToken, Name: "t", User: "ada@example.com"}},
		Docs: []codatest.Doc{{
			ID: "dPeople001", Name: "Doc", Owner: "ada@example.com",
			Permissions: []codatest.Permission{{Access: "write", Type: "email", Value: "bob@example.com"}},
			Pages:       []codatest.Page{{ID: "canvas-P", Name: "Page"}},
			Tables: []codatest.Table{
				{ID: "grid-Tasks", Name: "Tasks", Columns: []codatest.Column{{ID: "c-Name", Name: "Name", Display: true},
					{ID: "c-Owner", Name: "Owner", Type: "person"}, {ID: "c-Crew", Name: "Crew", Type: "person", Array: true}},
					Rows: []codatest.Row{{Values: map[string]any{"Name": "one", "Owner": "grace@example.com",
						"Crew": []any{"zoe@example.com"}}}}},
				{ID: "grid-Other", Name: "Other", Columns: []codatest.Column{{ID: "c-N", Name: "Name", Display: true},
					{ID: "c-Who", Name: "Who", Type: "person"}},
					Rows: []codatest.Row{{Values: map[string]any{"Name": "x", "Who": "lin.g@example.com"}}}},
			},
		}},
	}
	return w
}

// TestPeopleAreFound by what the doc shows, and refused where it does not tell who is meant.
func TestPeopleAreFound(t *testing.T) {
	t.Parallel()
	srv, c := simulated(t, codatest.Options{Workspace: peopleWorld(),
		Behavior: codatest.Behavior{Manners: codatest.Manners{PeopleOfTheDoc: true}}}, unlimited)
	for _, tc := range []struct {
		column string
		given  any
		want   string // the addresses that are stored, or part of the refusal after "!"
		note   string
	}{
		{"Owner", "grace@example.com", "Grace Hopper", ""},
		{"Owner", "GRACE@example.com", "Grace Hopper", ""},
		{"Owner", "Grace Hopper", "Grace Hopper", "Grace Hopper <grace@example.com>"},
		{"Owner", "hopper", "Grace Hopper", `"hopper" = Grace Hopper <grace@example.com>`},
		{"Owner", "Hopper, Grace", "Grace Hopper", "Grace Hopper <grace@example.com>"},
		{"Owner", "Grace Hopper <grace@example.com>", "Grace Hopper", ""},
		{"Owner", "G. Hopper <grace@example.com>", "Grace Hopper", "Grace Hopper <grace@example.com>"},
		{"Owner", map[string]any{"name": "Grace Hopper", "email": "grace@example.com"}, "Grace Hopper", ""},
		{"Owner", "zoe muller", "Zoë Müller", "Zoë Müller <zoe@example.com>"},
		{"Owner", "Bob", "Bob", "bob@example.com"},
		{"Owner", "Ada", "Ada Lovelace", "Ada Lovelace <ada@example.com>"},
		{"Owner", "Grace", "!2 people may be meant: Grace Hopper <grace@example.com>, Grace Lin <lin.g@example.com>", ""},
		{"Owner", "Greace", "!nobody known in this doc, did you mean Grace Hopper <grace@example.com> or Grace Lin " +
			"<lin.g@example.com>?", ""},
		{"Owner", "Theo", "!nobody known in this doc", ""},
		{"Owner", "theo@example.com", "!share the doc with them first", ""},
		{"Owner", "Zoë and Bob", "!2 people", ""},
		{"Crew", "Zoë, Bob and ada@example.com", "Zoë Müller,Bob,Ada Lovelace",
			"Zoë Müller <zoe@example.com>, Bob <bob@example.com>, Ada Lovelace <ada@example.com>"},
		{"Crew", []any{"Zoë", "hopper"}, "Zoë Müller,Grace Hopper", ""},
		{"Crew", "Bob", "Bob", ""},
		{"Crew", "Zoë, Theo", `!"Theo"`, ""},
		{"Crew", "Zoë, Grace", "!2 people may be meant", ""},
	} {
		result, err := c.InsertRows(t.Context(), "dPeople001", "grid-Tasks",
			[]coda.Record{{"Name": "new", tc.column: tc.given}}, coda.UpsertOptions{})
		if part, refused := strings.CutPrefix(tc.want, "!"); refused {
			if !errors.Is(err, coda.ErrInvalid) || !strings.Contains(err.Error(), part) {
				t.Errorf("%v: %v, want a refusal with %q", tc.given, err, part)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v: %v", tc.given, err)
			continue
		}
		rows := srv.Doc("dPeople001").Table("Tasks").Rows()
		if got := fmt.Sprint(rows[len(rows)-1].Values[tc.column]); strings.Trim(got,
			"[]") != strings.Trim(fmt.Sprint(strings.Split(tc.want, ",")), "[]") {
			t.Errorf("%v: stored %v, want %v", tc.given, got, tc.want)
		}
		if notes := fmt.Sprint(result.Notes); tc.note != "" && !strings.Contains(notes, tc.note) || tc.note == "" &&
			len(result.Notes) > 0 && !isList(tc.given) && tc.given != "Bob" {
			t.Errorf("%v: said %v, want %q", tc.given, notes, tc.note)
		}
	}
}

func isList(v any) bool {
	_, ok := v.([]any)
	return ok
}

// TestPeopleOfTheWorkspace are refused where the doc does not show them: Coda would store dead text. Filters may ask
// for them.
func TestPeopleOfTheWorkspace(t *testing.T) {
	t.Parallel()
	srv, c := simulated(t, codatest.Options{Workspace: peopleWorld(),
		Behavior: codatest.Behavior{Manners: codatest.Manners{PeopleOfTheDoc: true}}}, unlimited)
	write := func(column string, value any) error {
		_, err := c.InsertRows(t.Context(), "dPeople001", "grid-Tasks", []coda.Record{{column: value}},
			coda.UpsertOptions{})
		return err
	}
	for _, tc := range []struct {
		column string
		given  any
		want   string
	}{
		{"Owner", "Tanaka", "Lin Tanaka <tanaka@example.com> is in the workspace, but not in this doc"},
		{"Owner", "tanaka@example.com", "share the doc with them first"},
		{"Owner", "Lin Tanaka", "share the doc with them first"},
		{"Owner", "Lin Tanaka <TANAKA@example.com>", "share the doc with them first"},
		{"Owner", map[string]any{"name": "Lin", "email": "tanaka@example.com"}, "share the doc with them first"},
		{"Crew", "Zoë, Tanaka", "share the doc with them first"},
		{"Crew", []any{"zoe@example.com", "tanaka@example.com"}, "share the doc with them first"},
		{"Owner", "Lin", "2 people may be meant: Grace Lin <lin.g@example.com>, Lin Tanaka <tanaka@example.com> (only in " +
			"the workspace)"},
		{"Owner", "Tanakka", "did you mean Lin Tanaka <tanaka@example.com> (only in the workspace)?"},
	} {
		err := write(tc.column, tc.given)
		if !errors.Is(err, coda.ErrInvalid) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v: %v, want %q", tc.given, err, tc.want)
		}
	}
	if rows := srv.Doc("dPeople001").Table("Tasks").Rows(); len(rows) != 1 {
		t.Errorf("%d rows", len(rows))
	}
	found, err := c.FindPeople(t.Context(), "dPeople001", "grid-Tasks", []string{"Tanaka"})
	if err != nil || len(found[0].Matches) != 1 || found[0].Matches[0].Email != "tanaka@example.com" {
		t.Errorf("in a filter: %+v, %v", found, err)
	}
	// What the refusal says helps, at once.
	if err := c.AddPermission(t.Context(), "dPeople001", coda.PermissionAdd{Access: coda.AccessWrite,
		Principal: coda.Principal{Type: "email", Email: "tanaka@example.com"}}); err != nil {
		t.Fatal(err)
	}
	if err := write("Owner", "Tanaka"); err != nil {
		t.Error(err)
	}
	rows := srv.Doc("dPeople001").Table("Tasks").Rows()
	if got := fmt.Sprint(rows[len(rows)-1].Values["Owner"]); got != "Lin Tanaka" {
		t.Errorf("stored %s", got)
	}
}

// TestPeopleAreRemembered for a few minutes, but not against somebody who has come since.
func TestPeopleAreRemembered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t, func(o *codatest.Options) { o.Workspace = peopleWorld() })
		c := clientOf(t, srv, demoToken, unlimited)
		check := func(owner string) error {
			return c.CheckRows(t.Context(), "dPeople001", "grid-Tasks", []coda.Record{{"Owner": owner}, {"Owner": owner}},
				coda.UpsertOptions{})
		}
		if err := check("Bob"); err != nil {
			t.Fatal(err)
		}
		srv.ResetRequests()
		if err := check("Bob"); err != nil || srv.Requests().Count("listRows", "getPermissions", "searchPrincipals",
			"listWorkspaceMembers", "getDoc") != 0 {
			t.Errorf("asked again: %v, %v", srv.Requests().Counts(), err)
		}
		if err := check("theo@example.com"); !errors.Is(err, coda.ErrInvalid) {
			t.Errorf("a stranger: %v", err)
		}
		time.Sleep(time.Minute)
		if err := c.AddPermission(t.Context(), "dPeople001",
			coda.PermissionAdd{Access: coda.AccessWrite,
				Principal: coda.Principal{Type: "email", Email: "theo@example.com"}}); err != nil {
			t.Fatal(err)
		}
		if err := check("theo@example.com"); err != nil {
			t.Errorf("after sharing: %v", err)
		}
	})
}

// TestAllFaultsAtOnce: values, people and related rows in one refusal, each distinct value once.
func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	_, c := simulated(t, codatest.Options{}, unlimited)
	var rows []coda.Record
	for i := range 40 {
		rows = append(rows, coda.Record{"Name": fmt.Sprint("n", i), "Status": []string{"Idea", "Dnoe"}[i%2],
			"Due":     []string{"2026-03-01", "04/03/2026", "1/2/2026", "2026-05-05"}[i%4],
			"Release": []string{"Spring", "Sprin"}[i%2], "Owner": []string{"Grace", "Theo"}[i%2], "Tags": "hardware, softwear",
			"Effort": []string{"1", "1,5"}[i%2]})
	}
	_, err := c.InsertRows(t.Context(), roadmap, features, rows, coda.UpsertOptions{})
	var invalid *coda.ValidationError
	if !errors.As(err, &invalid) {
		t.Fatal(err)
	}
	if invalid.Total != 20*5+20+20 || invalid.Unlisted() != 0 || len(invalid.Rows) != 40 || len(invalid.Problems) != 7 {
		t.Errorf("%d faults in %d rows as %d problems, %d unlisted", invalid.Total, len(invalid.Rows), len(invalid.Problems),
			invalid.Unlisted())
	}
	got := make(map[string]string)
	for _, p := range invalid.Problems {
		got[p.Column+" "+p.Key] = fmt.Sprint(p.Count, p.Rows[:2], p.Candidates)
	}
	for key, want := range map[string]string{
		"Status Dnoe": "20 [1 3] [Done]", "Tags softwear": "40 [0 1] [software]", "Release Sprin": "20 [1 3] [Spring]",
		"Owner Theo":     "20 [1 3] []",
		"Due 04/03/2026": "10 [1 5] []", "Due 1/2/2026": "10 [2 6] []", "Effort 1,5": "20 [1 3] []",
	} {
		if got[key] != want {
			t.Errorf("%s: %q, want %q", key, got[key], want)
		}
	}

	// The same rows again, with a word on how they are meant.
	opts := coda.UpsertOptions{Values: coda.ValueOptions{Dates: coda.DatesDMY, Decimal: ",",
		Map: map[string]map[string]any{
			"Status": {"Dnoe": "Done"}, "Tags": {"softwear": "software"}, "Release": {"Sprin": "Spring"}, "Owner": {"Theo": nil},
		}}}
	p, err := c.PrepareRows(t.Context(), roadmap, features, rows, opts)
	if err != nil {
		t.Fatal(err)
	}
	want := "[{c-FeatDue001 2026-03-04} {c-FeatEffort 1.5} {c-FeatName01 n1} {c-FeatOwner1 } {c-FeatRel001 " +
		"i-RelSpring1} {c-FeatStatus Done} {c-FeatTags01 [hardware software]}]"
	if got := fmt.Sprint(p.Edits[1].Cells); got != want {
		t.Errorf("prepared %s\nwant     %s", got, want)
	}
	if err := c.CheckRows(t.Context(), roadmap, features, rows[:1],
		coda.UpsertOptions{Values: coda.ValueOptions{Dates: "ddmm"}}); !errors.Is(err, coda.ErrInvalid) ||
		!strings.Contains(err.Error(), "dmy, mdy or ymd") {
		t.Errorf("an unknown order: %v", err)
	}
	if err := c.CheckRows(t.Context(), roadmap, features, []coda.Record{{"Name": "x"}}, coda.UpsertOptions{Values: coda.ValueOptions{Map: map[string]map[string]any{"Nmae": {"x": "y"}}}}); !errors.Is(err, coda.ErrInvalid) || !strings.Contains(err.Error(), `did you mean "Name"`) {
		t.Errorf("a map of no column: %v", err)
	}
}

// TestSkipInvalid plans the rows that can be stored, and tells of the others under the numbers of the call.
func TestSkipInvalid(t *testing.T) {
	t.Parallel()
	srv, c := simulated(t, codatest.Options{}, unlimited)
	rows := []coda.Record{{"Name": "a"}, {"Name": "b", "Status": "Dnoe"}, {"Name": "c"}, {"Name": "d", "Owner": "Theo"},
		{"Name": "e"}}
	opts := coda.PlanOptions{UpsertOptions: coda.UpsertOptions{SkipInvalid: true, ResumeFrom: 1}}
	plan, err := c.PlanUpsert(t.Context(), roadmap, features, rows, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer plan.Release()
	if plan.Skipped == nil || fmt.Sprint(plan.Skipped.Rows) != "[1 3]" || len(plan.Steps) != 2 ||
		plan.Steps[0].Index != 2 || plan.Steps[1].Index != 4 {
		t.Fatalf("skipped %+v, steps %+v", plan.Skipped, plan.Steps)
	}
	if err := plan.Send(t.Context(), time.Now().Add(time.Minute)); err != nil || plan.Next != 5 {
		t.Fatalf("next %d, %v", plan.Next, err)
	}
	for name, want := range map[string]bool{"a": false, "b": false, "c": true, "d": false, "e": true} {
		if _, there := srv.Doc(roadmap).Table("Features").Row(name); there != want {
			t.Errorf("row %s: there %v", name, there)
		}
	}
	for name, bad := range map[string]coda.PlanOptions{
		"all rows": {UpsertOptions: coda.UpsertOptions{SkipInvalid: true, ResumeFrom: 3,
			Values: coda.ValueOptions{Map: map[string]map[string]any{"Name": {"e": []any{"x", "y"}}}}}},
		"no such key": {UpsertOptions: coda.UpsertOptions{SkipInvalid: true, KeyColumns: []string{"Nmae"}}},
		"no such map": {UpsertOptions: coda.UpsertOptions{SkipInvalid: true,
			Values: coda.ValueOptions{Map: map[string]map[string]any{"Nmae": {"a": "b"}}}}},
		"not asked to": {},
	} {
		if _, err := c.PlanUpsert(t.Context(), roadmap, features, rows, bad); !errors.Is(err, coda.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Rows that are given by id keep theirs.
	first, _ := srv.Doc(roadmap).Table("Features").Row("c")
	last, _ := srv.Doc(roadmap).Table("Features").Row("e")
	changes := []coda.RowChange{{Row: first.ID, Values: coda.Record{"Status": "Dnoe"}},
		{Row: last.ID, Values: coda.Record{"Status": "Done"}}}
	update, err := c.PlanUpdate(t.Context(), roadmap, features, changes,
		coda.PlanOptions{UpsertOptions: coda.UpsertOptions{SkipInvalid: true}})
	if err != nil || len(update.Steps) != 1 || fmt.Sprint(update.Steps[0].Rows) != "["+last.ID+"]" {
		t.Fatalf("%+v, %v", update, err)
	}
}
