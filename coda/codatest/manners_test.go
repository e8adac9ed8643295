package codatest

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// strictLab is the lab of cells with one manner on.
func strictLab(t *testing.T, set func(*Manners)) *api {
	t.Helper()
	var b Behavior
	set(&b.Manners)
	return newAPI(t, Options{Workspace: cellLab(), Behavior: b})
}

// written writes a cell of the lab and returns it as rich JSON.
func written(a *api, column string, v any) string {
	a.t.Helper()
	const rows = "/docs/dLab/tables/Cells/rows"
	id := a.call(202, "POST", rows, rowBody(nil, "Key", "k", column, v))["addedRowIds"].([]any)[0].(string)
	return asJSON(a.get(rows + "/" + id + "?useColumnNames=true&valueFormat=rich")["values"].(obj)[column])
}

func TestMannersOfCells(t *testing.T) {
	t.Parallel()
	const grace = `{"@context":"http://schema.org/","@type":"Person","email":"grace@example.com","name":"Grace Hopper"}`
	const ada = `{"@context":"http://schema.org/","@type":"Person","email":"ada@example.com","name":"Ada Lovelace"}`
	const files, copied = "https://files.example.com/a.png", "https://codahosted.io/docs/dLab/blobs/bl-17a2074e504e7e82"
	const hosted = `{"@context":"http://schema.org/","@type":"ImageObject","height":600,"name":"a.png","status":"live",` +
		`"url":"` + copied + `","width":800}`
	const failed = `{"@context":"http://schema.org/","@type":"ImageObject","name":"a.png","status":"failed"}`
	split := func(m *Manners) { m.SplitCommas = true }
	people := func(m *Manners) { m.PeopleOfTheDoc = true }
	images := func(m *Manners) { m.RehostImages = true }
	reactions := func(m *Manners) { m.ScalarReactions = true }
	kind := func(*Manners) {}
	for _, tt := range []struct {
		name   string
		set    func(*Manners)
		column string
		write  any
		want   string
	}{
		{"kind: one text stays one", kind, "tags", "Doe, Jane", "[\"```Doe, Jane```\"]"},
		{"a comma splits", split, "tags", "Doe, Jane", "[\"```Doe```\",\"```Jane```\"]"},
		{"also people", split, "people", "ada@example.com,Grace Hopper", "[" + ada + "," + grace + "]"},
		{"an array is taken as it is", split, "tags", []any{"Doe, Jane"}, "[\"```Doe, Jane```\"]"},
		{"a column of one value does not split", split, "text", "Doe, Jane", "\"```Doe, Jane```\""},
		{"kind: every member is a person", kind, "person", "grace@example.com", grace},
		{"a member is not known in the doc", people, "person", "grace@example.com", "\"```grace@example.com```\""},
		{"the owner is", people, "person", "Ada Lovelace", ada},
		{"kind: an image keeps its address", kind, "image", files, strings.Replace(hosted, copied, files, 1)},
		{"an image moves to Coda", images, "image", files, hosted},
		{"the copy stays", images, "image", copied, strings.Replace(hosted, "a.png", "bl-17a2074e504e7e82", 1)},
		{"a file too", images, "files", []any{"https://10.0.0.7/a.png"}, "[" + failed + "]"},
		{"private: a name without dots", images, "image", "http://intranet/a.png", failed},
		{"private: loopback", images, "image", "http://[::1]:8080/a.png", failed},
		{"private: a network's own names", images, "image", "https://wiki.corp.internal/a.png", failed},
		{"private: a password", images, "image", "https://me:secret@files.example.com/a.png", failed},
		{"kind: a reaction becomes a list", kind, "votes", "👍", "[\"```👍```\"]"},
		{"a scalar stays a scalar", reactions, "votes", "👍", "\"```👍```\""},
		{"a list is a list", reactions, "votes", []any{"👍"}, "[\"```👍```\"]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := written(strictLab(t, tt.set), tt.column, tt.write); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// share shares the lab.
func (a *api) share(with obj) {
	a.t.Helper()
	a.call(200, "POST", "/docs/dLab/acl/permissions", obj{"access": "readonly", "principal": with})
}

func TestWhoIsKnownInADoc(t *testing.T) {
	t.Parallel()
	const cell = `"Grace Hopper"`
	for _, tt := range []struct {
		name  string
		meet  func(a *api)
		known bool
	}{
		{"nobody met", func(*api) {}, false},
		{"shared with the address", func(a *api) {
			a.share(obj{"type": "email", "email": "grace@example.com"})
		}, true},
		{"in a cell", func(a *api) {
			a.srv.Doc("dLab").Table("Cells").AddRow(map[string]any{"Key": "x", "people": []any{"grace@example.com"}})
		}, true},
		{"was in a cell", func(a *api) {
			table := a.srv.Doc("dLab").Table("Cells")
			id := table.AddRow(map[string]any{"Key": "x", "person": "grace@example.com"})
			table.SetCells(id, map[string]any{"person": nil})
		}, true},
		{"shared with everybody", func(a *api) {
			a.share(obj{"type": "anyone"})
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := strictLab(t, func(m *Manners) { m.PeopleOfTheDoc = true })
			tt.meet(a)
			if got := written(a, "person", "Grace Hopper"); strings.Contains(got, cell) != tt.known {
				t.Errorf("known %t: %s", tt.known, got)
			}
		})
	}
}

// formulaLab has relations to a table whose rows are named by a formula, and to one whose rows are named by a number.
func formulaLab() *Workspace {
	ws := NewWorkspace("Lab")
	d := ws.AddDoc(Doc{ID: "dLab", Name: "Lab"})
	full := Column{Name: "Full", Display: true, Formula: "thisRow.First", Compute: func(cell func(string) any) any {
		return "Dr " + cell("First").(string)
	}}
	d.AddTable(Table{Name: "People", Columns: []Column{{Name: "First"}, full}}).
		Rows = []Row{{ID: "i-p1", Values: map[string]any{"First": "Who"}}}
	d.AddTable(Table{Name: "Visits", Columns: []Column{{Name: "Number", Type: "number"}}}).
		Rows = []Row{{ID: "i-v7", Values: map[string]any{"Number": 7}}}
	d.AddTable(Table{Name: "Cells", Columns: []Column{{Name: "Key"},
		{Name: "of", Type: "lookup", Table: "People"}, {Name: "visit", Type: "lookup", Table: "Visits"}}})
	return ws
}

func TestRelationsThroughAFormula(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{false, true} {
		a := newAPI(t, Options{Workspace: formulaLab(), Behavior: Behavior{Manners: Manners{StrictRelations: strict}}})
		if got := written(a, "of", "Dr Who"); strings.Contains(got, "i-p1") == strict {
			t.Errorf("strict %t: by the formula's text: %s", strict, got)
		}
		if got := written(a, "of", "i-p1"); !strings.Contains(got, "i-p1") {
			t.Errorf("strict %t: by the id: %s", strict, got)
		}
		if got := written(a, "visit", "7"); !strings.Contains(got, "i-v7") {
			t.Errorf("strict %t: by a text: %s", strict, got)
		}
		if got := written(a, "visit", 7); strings.Contains(got, "i-v7") {
			t.Errorf("strict %t: a JSON number found the row: %s", strict, got)
		}
	}
}

func TestUntypedColumns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		first any
		want  string
	}{
		{7, "number"}, {"1,234.5", "number"}, {"45 %", "percent"}, {"€ 12", "currency"}, {true, "checkbox"},
		{"false", "checkbox"}, {"2026-03-01", "date"}, {"2026-03-01T10:00:00Z", "dateTime"},
		{"https://example.com", "link"}, {"007 and more", "text"}, {"", "text"},
	} {
		ws := NewWorkspace("Lab")
		ws.AddDoc(Doc{ID: "dLab", Name: "Lab"}).
			AddTable(Table{Name: "Cells", Columns: []Column{{Name: "Key"}, {ID: "c-new", Name: "new", Untyped: true}}})
		for _, on := range []bool{false, true} {
			want := tt.want
			if !on {
				want = "text"
			}
			a := newAPI(t, Options{Workspace: ws, Behavior: Behavior{Manners: Manners{InferTypes: on}}})
			written(a, "new", tt.first)
			if got := a.get("/docs/dLab/tables/Cells/columns/c-new")["format"].(obj)["type"]; got != want {
				t.Errorf("infer %t: after %v the column is of type %v, want %s", on, tt.first, got, want)
			}
		}
	}
	a := strictLab(t, func(m *Manners) { m.InferTypes = true })
	a.srv.Doc("dLab").Table("Cells").AddColumn(Column{ID: "c-new", Name: "new", Untyped: true})
	written(a, "new", "2026-03-01")
	if got := written(a, "new", "not a day"); got != "\"```not a day```\"" {
		t.Errorf("the second value is %s", got)
	}
	if got := a.get("/docs/dLab/tables/Cells/columns/c-new")["format"].(obj)["type"]; got != "date" {
		t.Errorf("the type changed to %v", got)
	}
}

func TestEditsOfOthersLag(t *testing.T) {
	t.Parallel()
	for _, lag := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := Behavior{SnapshotEvery: 30 * time.Second, Manners: Manners{LagEdits: lag}}
			a := newAPI(t, Options{InMemory: true, Behavior: b})
			a.get(featureRows) // takes the first snapshot
			time.Sleep(time.Second)
			table := a.srv.Doc(DemoRoadmap).Table("Features")
			table.SetCells("i-FeatGrip01", map[string]any{"Name": "Hand"})
			id := table.AddRow(map[string]any{"Name": "Wheels"})
			table.DeleteRows("i-FeatVoice1")
			table.RenameColumn("Effort", "Days")
			seen := func() (n int) {
				list, columns := names(a.get(featureRows)), names(a.get(roadmapPath+"/tables/Features/columns?limit=100"))
				for _, ok := range []bool{strings.Contains(list, "Hand"), strings.Contains(list, "Wheels"),
					!strings.Contains(list, "Voice control"), strings.Contains(columns, "Days")} {
					if ok {
						n++
					}
				}
				return n
			}
			want := 4
			if lag {
				want = 0
				a.call(400, "GET", featureRows, nil, "X-Coda-Doc-Version", "latest")
				a.call(404, "GET", featureRows+"/"+id, nil)
			} else {
				a.get(featureRows, "X-Coda-Doc-Version", "latest")
			}
			if got := seen(); got != want {
				t.Errorf("lag %t: %d edits are seen, want %d", lag, got, want)
			}
			if _, ok := table.Row("Wheels"); !ok {
				t.Error("the inspection does not see what is there")
			}
			time.Sleep(30 * time.Second)
			if got := seen(); got != 4 {
				t.Errorf("lag %t: %d edits are seen in the next snapshot", lag, got)
			}
			a.get(featureRows, "X-Coda-Doc-Version", "latest")
		})
	}
}

// While nothing is pending, "latest" is answered, and with the newest; while
// anything is, in whatever table, it is refused.
func TestLatestIsRefusedWhileAnythingIsPending(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := Behavior{SnapshotEvery: 30 * time.Second, WriteDelay: Exactly(10 * time.Second), Manners: RealManners()}
		a := newAPI(t, Options{InMemory: true, Behavior: b})
		latest := []string{"X-Coda-Doc-Version", "latest"}
		a.get(featureRows, latest...)
		time.Sleep(25 * time.Second)
		a.call(202, "POST", roadmapPath+"/tables/Log/rows", rowBody(nil, "Entry", "x"))
		for range 3 { // pending, then applied but not in the snapshot of second 30
			a.call(400, "GET", featureRows, nil, latest...)
			time.Sleep(10 * time.Second)
		}
		a.get("/docs/"+DemoWiki, latest...) // another doc
		time.Sleep(10 * time.Second)        // second 65: the snapshot of second 60 has it
		a.srv.Doc(DemoRoadmap).Table("Log").AddRow(map[string]any{"Entry": "y"})
		a.call(400, "GET", featureRows, nil, latest...)
		time.Sleep(25 * time.Second)
		if got := names(a.get(roadmapPath+"/tables/Log/rows", latest...)); got != "The log begins, x, y" {
			t.Errorf("latest shows %s", got)
		}
	})
}
