package codatest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFixturesThatAreRefused(t *testing.T) {
	t.Parallel()
	const head = "name: W\nusers: [{name: A, loginId: a@example.com}]\n"
	table := func(rest string) string {
		return head + "docs:\n  - name: D\n    tables:\n      - name: T\n        columns: [{name: N}]\n" + rest
	}
	for _, tt := range []struct{ name, yaml, want string }{
		{"empty", "", "empty"},
		{"no YAML", "{", "fixture"},
		{"two documents", head + "---\n" + head, "more than one"},
		{"unknown key", head + "dcos: []\n", "line 3: field dcos not found"},
		{"unknown nested key", head + "docs: [{name: D, page: x}]\n", "field page not found"},
		{"no users", "name: W\n", "no users"},
		{"unknown role", "users: [{name: A, loginId: a, role: King}]\n", `unknown role "King"`},
		{"user twice", "users: [{loginId: a}, {loginId: A}]\n", "there twice"},
		{"token of nobody", head + "tokens: [{value: x, user: b}]\n", `no user "b"`},
		{"token without value", head + "tokens: [{user: a@example.com}]\n", "no value"},
		{"token twice", head + "tokens: [{value: x, user: a@example.com}, {value: x, user: a@example.com}]\n", "given twice"},
		{"token for no doc", head + "tokens: [{value: x, user: a@example.com, doc: D}]\n", `no doc "D"`},
		{"token access", head + "tokens: [{value: x, user: a@example.com, access: all}]\n", `unknown access "all"`},
		{"doc without name", head + "docs: [{}]\n", "no name"},
		{"owner", head + "docs: [{name: D, owner: b}]\n", `no user "b" to own it`},
		{"folder", head + "docs: [{name: D, folder: F}]\n", `no folder "F"`},
		{"timezone", head + "docs: [{name: D, timezone: Mars}]\n", `unknown timezone "Mars"`},
		{"id twice", head + "docs: [{id: dX, name: D}, {id: dX, name: E}]\n", `id "dX" is given twice`},
		{"bad id", head + "docs: [{id: a/b, name: D}]\n", `id "a/b"`},
		{"page type", head + "docs: [{name: D, pages: [{name: P, type: poem}]}]\n", `unknown type "poem"`},
		{"placeholder", head + "docs: [{name: D, pages: [{name: P, content: '{{table: X}}'}]}]\n",
			"{{table: X}} names nothing"},
		{"table in content", head + "docs: [{name: D, pages: [{name: P, content: \"| a |\\n| - |\\n| b |\"}]}]\n",
			"belongs under tables"},
		{"no columns", head + "docs: [{name: D, tables: [{name: T}]}]\n", "no columns"},
		{"column type", head + "docs: [{name: D, tables: [{name: T, columns: [{name: N, type: poem}]}]}]\n", `unknown type "poem"`},
		{"computed", head + "docs: [{name: D, tables: [{name: T, columns: [{name: N, computed: poem}]}]}]\n", `unknown computed "poem"`},
		{"lookup", head + "docs: [{name: D, tables: [{name: T, columns: [{name: N, type: lookup, table: X}]}]}]\n", `no table "X"`},
		{"row", table("        rows: [{X: 1}]\n"), `a row has a value for "X"`},
		{"row value", table("        rows: [{N: {a: b}}]\n"), "value of type map"},
		{"row id", table("        rows: [{$id: 1}]\n"), "$id is a int"},
		{"row time", table("        rows: [{$createdAt: soon}]\n"), `"soon" is not a time`},
		{"view column", table("        views: [{name: V, columns: [X]}]\n"), `view "V": no column "X"`},
		{"sort", table("        sort: [{column: X}]\n"), `sort: no column "X"`},
		{"filter", table("        filter: {column: X}\n"), `filter: no column "X"`},
		{"control type", table("    controls: [{name: C, type: poem}]\n"), `unknown type "poem"`},
		{"control page", table("    controls: [{name: C, page: X}]\n"), `no page "X"`},
		{"automation", table("    automations: [{name: A, effects: [{set: {N: 1}}]}]\n"), "no row to change"},
		{"automation table", table("    automations: [{name: A, effects: [{table: X, add: {N: 1}}]}]\n"), `no table "X"`},
		{"permission", table("    permissions: [{access: rule, type: anyone}]\n"), `unknown access "rule"`},
		{"permission type", table("    permissions: [{access: write, type: planet}]\n"), `unknown type "planet"`},
		{"too large", strings.Repeat("#", MaxFixtureBytes+1), "at most"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseWorkspace([]byte(tt.yaml))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want something about %q", err, tt.want)
			}
		})
	}
}

func TestEveryMistakeOfAFixtureIsReported(t *testing.T) {
	t.Parallel()
	_, err := ParseWorkspace([]byte("users: [{loginId: a, role: King}]\ndocs: [{name: D, folder: F, owner: b}]\n"))
	for _, want := range []string{"King", `doc "D": no folder`, `no user "b"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v says nothing about %s", err, want)
		}
	}
}

func TestLoadWorkspace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "w.yaml")
	if err := os.WriteFile(path, demoYAML, 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := LoadWorkspace(path)
	if err != nil || len(w.Docs) != len(Demo().Docs) {
		t.Errorf("%v", err)
	}
	if _, err := LoadWorkspace(path + "x"); err == nil {
		t.Error("a missing file was loaded")
	}
	if err := os.WriteFile(path, []byte("x: y"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadWorkspace(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("%v does not name the file", err)
	}
}

func TestBuilding(t *testing.T) {
	t.Parallel()
	ws := NewWorkspace("Acme")
	doc := ws.AddDoc(Doc{Name: "Plan"})
	doc.AddPage(Page{Name: "Start", Content: "Hello"})
	doc.AddTable(Table{Name: "Tasks", Columns: []Column{{Name: "Title"}, {Name: "N", Type: "number"}}}).
		AddRow(map[string]any{"Title": "One", "N": 1}).AddRow(map[string]any{"Title": "Two", "N": 2.5})
	ws.Doc("Plan").Table("Tasks").Column("N").Hidden = true
	a := newAPI(t, Options{Workspace: ws, BasePath: "/x/apis/v1"})
	id := items(a.get("/docs"))[0]["id"].(string)
	table := a.srv.Doc("Plan").Table("Tasks")
	if rows := table.Rows(); len(rows) != 2 || rows[1].Values["N"] != 2.5 || rows[0].Name != "One" {
		t.Errorf("%+v", rows)
	}
	if got := names(a.get("/docs/" + id + "/tables/Tasks/columns?visibleOnly=true")); got != "Title" {
		t.Errorf("columns %s", got)
	}
	doc.Table("Tasks").AddRow(map[string]any{"Title": "Three"}) // the server has a copy
	if n := len(table.Rows()); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a missing doc does not panic")
			}
		}()
		ws.Doc("Nothing")
	}()
	func() {
		defer func() {
			if p, _ := recover().(string); !strings.Contains(p, `no folder "F"`) {
				t.Errorf("NewServer panics with %q", p)
			}
		}()
		bad := NewWorkspace("Bad")
		bad.AddDoc(Doc{Name: "D", Folder: "F"})
		NewServer(Options{Workspace: bad})
	}()
}

func FuzzParseWorkspace(f *testing.F) {
	f.Add(string(demoYAML))
	f.Add("name: W\nusers: [{name: A, loginId: a@example.com}]\ndocs: [{name: D, tables: [{name: T, columns: [{name: " +
		"N}], rows: [{N: 1}]}]}]\n")
	f.Add("a: &a [*a]\n")
	f.Add("users: [{loginId: a}]\ndocs: [{name: D, pages: [{content: '{{x}}'}]}]")
	f.Fuzz(func(t *testing.T, s string) {
		w, err := ParseWorkspace([]byte(s))
		if err != nil {
			return
		}
		srv := NewServer(Options{Workspace: w})
		for _, id := range srv.DocIDs() {
			doc := srv.Doc(id)
			doc.Pages()
			for _, name := range doc.Tables() {
				doc.Table(name).Rows()
			}
		}
	})
}
