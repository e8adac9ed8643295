package codatest

import (
	"strings"
	"testing"
)

const linkedYAML = `
name: Acme
users: [{name: Ada Lovelace, loginId: ada@example.com, role: Admin}]
tokens: [{value: my-token, name: test, user: ada@example.com}]
docs:
  - id: dSource
    name: Source
    tables:
      - id: grid-teams
        name: Teams
        columns:
          - {name: Name, display: true}
          - {name: Members, type: lookup, table: People, array: true, back: Team}
          - {name: Lead, type: lookup, table: People, back: Leads}
        rows:
          - {$id: i-red, Name: Red, Members: [Ann, Bob], Lead: Ann}
          - {$id: i-blue, Name: Blue}
      - id: grid-people
        name: People
        columns:
          - {name: Name, display: true}
          - {name: Age, type: number}
          - {name: Team, type: lookup, table: Teams}
          - {name: Leads, type: lookup, table: Teams}
          - {name: Friends, type: lookup, table: People, array: true, back: Friends}
        rows:
          - {$id: i-ann, Name: Ann, Age: 41, Friends: [Bob]}
          - {$id: i-bob, Name: Bob, Age: 27}
          - {$id: i-cy, Name: Cy, Team: Blue}
  - id: dCopy
    name: Copy
    tables:
      - id: grid-copy
        name: Everybody
        from: {doc: Source, table: People}
        columns: [{name: Remark, own: true}]
      - id: grid-cal
        name: Calendar
        sync: true
        columns: [{name: Event, display: true}, {name: Mine, own: true}]
        rows: [{$id: i-party, Event: Party, Mine: yes please}]
`

func linked(t *testing.T) *api {
	t.Helper()
	ws, err := ParseWorkspace([]byte(linkedYAML))
	if err != nil {
		t.Fatal(err)
	}
	a := newAPI(t, Options{Workspace: ws})
	a.token = "my-token"
	return a
}

// cellsOf writes the cells of a column in short: row=value.
func (a *api) cellsOf(doc, table, column string) string {
	var out []string
	for _, r := range a.srv.Doc(doc).Table(table).Rows() {
		out = append(out, r.Name+"="+joinSimple(r.Values[column]))
	}
	return strings.Join(out, " ")
}

func (a *api) put(path string, cells ...any) {
	a.t.Helper()
	row := rowBody(nil, cells...)["rows"].([]obj)[0]
	a.call(202, "PUT", path, obj{"row": row})
}

func TestTwoWayRelations(t *testing.T) {
	t.Parallel()
	a := linked(t)
	check := func(what, table, column, want string) {
		t.Helper()
		if got := a.cellsOf("dSource", table, column); got != want {
			t.Errorf("%s: %s of %s is %q, want %q", what, column, table, got, want)
		}
	}
	check("filled from the other side", "People", "Team", "Ann=Red Bob=Red Cy=Blue")
	check("filled from the other side", "Teams", "Members", "Red=Ann,Bob Blue=Cy")
	check("one to one", "People", "Leads", "Ann=Red Bob= Cy=")
	check("within one table", "People", "Friends", "Ann=Bob Bob=Ann Cy=")

	const teams, people = "/docs/dSource/tables/Teams/rows", "/docs/dSource/tables/People/rows"
	a.put(people+"/i-bob", "Team", "i-blue")
	check("the many side moves", "Teams", "Members", "Red=Ann Blue=Cy,Bob")
	a.put(teams+"/i-red", "Members", []any{"i-cy"})
	check("the list is replaced", "People", "Team", "Ann= Bob=Blue Cy=Red")
	check("who moved leaves its place", "Teams", "Members", "Red=Cy Blue=Bob")
	a.put(teams+"/i-blue", "Lead", "Ann")
	check("one to one moves", "Teams", "Lead", "Red= Blue=Ann")
	check("one to one moves", "People", "Leads", "Ann=Blue Bob= Cy=")
	a.put(teams+"/i-blue", "Lead", "")
	check("emptied", "People", "Leads", "Ann= Bob= Cy=")
	a.put(people+"/i-cy", "Friends", []any{"i-ann", "i-cy"})
	check("within one table", "People", "Friends", "Ann=Bob,Cy Bob=Ann Cy=Ann,Cy")
	a.call(202, "POST", people, rowBody(nil, "Name", "Di", "Team", "Red"))
	check("a new row", "Teams", "Members", "Red=Cy,Di Blue=Bob")
	a.srv.Doc("dSource").Table("People").SetCells("i-ann", map[string]any{"Team": "Blue"})
	check("by somebody in the browser", "Teams", "Members", "Red=Cy,Di Blue=Bob,Ann")
	a.call(202, "DELETE", people+"/i-cy", nil)
	check("a deleted row", "Teams", "Members", "Red=Di Blue=Bob,Ann")
}

func TestSyncTables(t *testing.T) {
	t.Parallel()
	a := linked(t)
	for _, table := range []string{"grid-copy", "grid-cal"} {
		rows := "/docs/dCopy/tables/" + table + "/rows"
		before := asJSON(a.get(rows)["items"])
		row := items(a.get(rows))[0]["id"].(string)
		a.call(400, "POST", rows, rowBody(nil, "Remark", "x"))
		a.call(400, "DELETE", rows, obj{"rowIds": []string{row}})
		a.call(400, "DELETE", rows+"/"+row, nil)
		if after := asJSON(a.get(rows)["items"]); after != before {
			t.Errorf("%s: a refused write changed %s to %s", table, before, after)
		}
	}
	a.put("/docs/dCopy/tables/Calendar/rows/i-party", "Event", "Funeral", "Mine", "no")
	if got := a.cellsOf("dCopy", "Calendar", "Mine"); got != "Party=no" {
		t.Errorf("after writing both columns: %s", got)
	}
	columns := items(a.get("/docs/dCopy/tables/Calendar/columns"))
	if columns[0]["calculated"] != true || columns[1]["calculated"] != nil {
		t.Errorf("the columns are %v", columns)
	}
}

func TestCrossDocTables(t *testing.T) {
	t.Parallel()
	a := linked(t)
	if got := a.cellsOf("dCopy", "Everybody", "Age"); got != "Ann=41 Bob=27 Cy=" {
		t.Errorf("the copy holds %s", got)
	}
	if got := a.cellsOf("dCopy", "Everybody", "Friends"); got != "Ann=Bob Bob=Ann Cy=" {
		t.Errorf("a relation is shown as %s", got)
	}
	ann, _ := a.srv.Doc("dCopy").Table("Everybody").Row("Ann")
	a.put("/docs/dCopy/tables/Everybody/rows/"+ann.ID, "Remark", "mine", "Age", 99)
	a.srv.Doc("dSource").Table("People").SetCells("i-ann", map[string]any{"Age": 42})
	a.srv.Doc("dSource").Table("People").DeleteRows("i-bob")
	id := a.srv.Doc("dSource").Table("People").AddRow(map[string]any{"Name": "Di"})
	if got := a.cellsOf("dCopy", "Everybody", "Age"); got != "Ann=41 Bob=27 Cy=" {
		t.Errorf("before the sync the copy holds %s", got)
	}
	a.srv.Doc("dCopy").Table("Everybody").Sync()
	if got := a.cellsOf("dCopy", "Everybody", "Age"); got != "Ann=42 Cy= Di=" {
		t.Errorf("after the sync the copy holds %s", got)
	}
	again, _ := a.srv.Doc("dCopy").Table("Everybody").Row("Ann")
	if again.ID != ann.ID || again.Values["Remark"] != "mine" {
		t.Errorf("the row lost its id or its own cell: %+v", again)
	}
	if di, _ := a.srv.Doc("dCopy").Table("Everybody").Row("Di"); di.ID == "" || di.ID == id {
		t.Errorf("a row of the copy has the id %q", di.ID)
	}
}

func TestFixturesOfSyncedTables(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ from, to, want string }{
		{"{doc: Source, table: People}", "{doc: Nowhere, table: People}", `from: no doc "Nowhere" before this one`},
		{"{doc: Source, table: People}", "{doc: Source, table: Nothing}", `from: no table "Nothing" in doc "Source"`},
		{"back: Team}", "back: Age}", `column "Members": "Age" of table "People" is no relation to table "Teams"`},
		{"Age, type: number", "Age, type: number, own: true", `column "Age": own is for the columns of a sync table`},
		{"Age, type: number", "Age, type: number, untyped: true", `column "Age": it is untyped and of type "number"`},
	} {
		_, err := ParseWorkspace([]byte(strings.Replace(linkedYAML, tt.from, tt.to, 1)))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: the error is %v, want %s", tt.to, err, tt.want)
		}
	}
}
