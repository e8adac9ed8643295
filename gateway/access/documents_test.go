package access_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
)

func grantOf(group string, allow []string, docs *access.Docs, hide ...access.Hide) access.Grant {
	return access.Grant{When: access.When{Groups: []string{group}}, Allow: allow, Docs: docs, Hide: hide}
}

func member(groups ...string) *token.Principal {
	return &token.Principal{Issuer: keycloak, Subject: "1", Groups: groups, Scopes: []string{"coda:read"}}
}

// lies is where every document of a test lies.
func lies(folder, workspace string) func() access.Place {
	return func() access.Place { return access.Place{Folder: folder, Workspace: workspace} }
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	cfg := defaults()
	cfg.Grants = []access.Grant{
		grantOf("a", []string{"read"}, &access.Docs{IDs: []string{"d1"}}),
		grantOf("a", []string{"write"}, &access.Docs{IDs: []string{"d2"}, Folders: []string{"f1"}}),
		grantOf("b", []string{"read"}, &access.Docs{Workspaces: []string{"w1"}}),
		grantOf("c", []string{"read"}, nil),
		{When: access.When{Groups: []string{"a"}, Scopes: []string{"coda:write"}}, Allow: []string{"read"},
			Docs: &access.Docs{IDs: []string{"d3"}}},
		{When: access.When{Groups: []string{"a"}}, Allow: []string{"destructive"}, DryRun: true},
	}
	p := compile(t, cfg)
	for _, c := range []struct {
		groups, tool, doc, folder, workspace string
		want                                 access.Verdict
		grant, code                          string
		exists                               bool
	}{
		{"a", "coda_find_docs", "", "", "", access.Allow, "access[0]", "allowed", true},
		{"a", "coda_find_docs", "d1", "", "", access.Allow, "access[0]", "allowed", true},
		{"a", "coda_find_docs", "d2", "", "", access.Deny, "", access.CodeDocLimited, true},
		{"a", "coda_find_docs", "d9", "", "", access.Deny, "", access.CodeDocLimited, false},
		{"a", "coda_upsert_rows", "d1", "", "", access.Deny, "", access.CodeDocLimited, true},
		{"a", "coda_upsert_rows", "d2", "", "", access.Allow, "access[1]", "allowed", true},
		{"a", "coda_upsert_rows", "d9", "f1", "w1", access.Allow, "access[1]", "allowed", true},
		{"a", "coda_upsert_rows", "d9", "f2", "w1", access.Deny, "", access.CodeDocLimited, false},
		{"a", "coda_upsert_rows", access.NewDoc, "f1", "", access.Allow, "access[1]", "allowed", true},
		{"a", "coda_upsert_rows", access.NewDoc, "", "", access.Deny, "", access.CodeDocLimited, false},
		{"a", "coda_find_docs", access.AnyDoc, "", "", access.Deny, "", access.CodeDocLimited, false},
		{"a", "coda_find_docs", "d3", "", "", access.StepUp, "", access.CodeScopeMissing, false},
		{"a", "coda_delete_rows", "d1", "", "", access.Deny, "", access.CodeNoGrant, true},
		{"b", "coda_find_docs", "d1", "", "w1", access.Allow, "access[2]", "allowed", true},
		{"b", "coda_find_docs", "d1", "", "w2", access.Deny, "", access.CodeDocLimited, false},
		{"a c", "coda_find_docs", "d9", "", "", access.Allow, "access[3]", "allowed", true},
		{"c", "coda_find_docs", access.AnyDoc, "", "", access.Allow, "access[3]", "allowed", true},
	} {
		pr := member(strings.Fields(c.groups)...)
		at := lies(c.folder, c.workspace)
		d := p.Decide(pr, access.Request{Tool: c.tool, Doc: c.doc, At: at})
		if d.Verdict != c.want || d.Grant != c.grant || d.Code != c.code {
			t.Errorf("%s, %s on %s in %s/%s: %v by %q (%s), want %v by %q (%s)", c.groups, c.tool, c.doc, c.folder, c.workspace,
				d.Verdict, d.Grant, d.Code, c.want, c.grant, c.code)
		}
		if got := p.ViewOf(pr).Exists(c.doc, at); got != c.exists {
			t.Errorf("%s: %q exists: %v, want %v", c.groups, c.doc, got, c.exists)
		}
	}
	d := p.Decide(member("a"), access.Request{Tool: "coda_delete_rows", Doc: "d1"})
	if d.DryRun != "allow by access[5]" {
		t.Errorf("a dry run tells %q", d.DryRun)
	}
}

// The place of a document is asked for only where it could decide.
func TestPlaceIsAskedSeldom(t *testing.T) {
	t.Parallel()
	cfg := defaults()
	cfg.Grants = []access.Grant{
		grantOf("a", []string{"read"}, &access.Docs{IDs: []string{"d1"}}),
		grantOf("b", []string{"read"}, &access.Docs{IDs: []string{"d1"}, Folders: []string{"f"}}),
	}
	p := compile(t, cfg)
	for _, c := range []struct {
		group, doc string
		want       int
	}{{"a", "d1", 0}, {"a", "d9", 0}, {"b", "d1", 0}, {"b", "d9", 1}, {"b", access.AnyDoc, 0}} {
		asked := 0
		p.Decide(member(c.group), access.Request{Tool: "coda_find_docs", Doc: c.doc, At: func() access.Place {
			asked++
			return access.Place{}
		}})
		if asked != c.want {
			t.Errorf("%s on %s asked %d times, want %d", c.group, c.doc, asked, c.want)
		}
	}
}

func TestHidden(t *testing.T) {
	t.Parallel()
	salary := access.Hide{Table: "grid-a", Columns: []string{"Salary"}}
	cfg := defaults()
	cfg.Grants = []access.Grant{
		grantOf("a", []string{"read"}, &access.Docs{IDs: []string{"d1"}}, salary),
		grantOf("a", []string{"read"}, nil, access.Hide{Table: "grid-a"}),
		grantOf("a", []string{"write"}, nil),
		grantOf("b", []string{"coda_find_docs"}, &access.Docs{IDs: []string{"d1"}}),
	}
	p := compile(t, cfg)
	for _, c := range []struct {
		groups, doc string
		lists       int
		everything  bool
	}{{"a", "d1", 2, false}, {"a", "d2", 1, false}, {"a b", "d1", 0, false}, {"b", "d1", 0, false}} {
		v := p.ViewOf(member(strings.Fields(c.groups)...))
		if got := len(v.Hidden(c.doc, lies("", ""))); got != c.lists || v.Everything() != c.everything {
			t.Errorf("%s: %d lists hide something of %s, want %d; everything %v", c.groups, got, c.doc, c.lists, v.Everything())
		}
	}
	if p.ViewOf(member("a")).Key() == p.ViewOf(member("b")).Key() {
		t.Error("two views have one key")
	}
}

func TestWiderGrants(t *testing.T) {
	t.Parallel()
	one := &access.Docs{IDs: []string{"d1"}}
	salary := access.Hide{Table: "grid-a", Columns: []string{"Salary"}}
	byScope := access.Grant{When: access.When{Scopes: []string{"coda:read"}}, Allow: []string{"read"}}
	for name, c := range map[string]struct {
		grants []access.Grant
		want   []string
	}{
		"by a scope that anybody gets": {[]access.Grant{grantOf("a", []string{"read"}, one, salary), byScope},
			[]string{"access[0].docs", "access[0].hide"}},
		"another group": {[]access.Grant{grantOf("a", []string{"read"}, one, salary),
			grantOf("b", []string{"read"}, nil)}, nil},
		"other tools": {[]access.Grant{grantOf("a", []string{"read"}, one, salary),
			grantOf("a", []string{"write"}, nil)}, nil},
		"hides too": {[]access.Grant{grantOf("a", []string{"read"}, nil, salary),
			grantOf("a", []string{"read"}, one, salary)}, []string{"access[1].docs"}},
		"more documents": {[]access.Grant{grantOf("a", []string{"read"}, one, salary),
			grantOf("a", []string{"read"}, &access.Docs{IDs: []string{"d0", "d1"}})}, []string{"access[0].hide"}},
	} {
		cfg := defaults()
		cfg.DefaultGrants, cfg.Grants = false, c.grants
		var got []string
		for _, w := range compile(t, cfg).Warnings() {
			if strings.Contains(w.Message, "add up") {
				got = append(got, w.Path)
			}
		}
		if strings.Join(got, " ") != strings.Join(c.want, " ") {
			t.Errorf("%s: warned of %v, want %v", name, got, c.want)
		}
	}
}

// What a decision costs among a hundred grants with documents.

// hundred is a policy of 100 grants with documents, somebody who holds the last of them, and documents that it finds by
// id, among those of all grants, and by the folder.
func hundred(t testing.TB) (p *access.Policy, pr *token.Principal, requests map[string]access.Request) {
	cfg := defaults()
	cfg.Grants = nil
	for i := range 100 {
		docs := &access.Docs{Folders: []string{fmt.Sprintf("fl-%d", i)}}
		for j := range 20 {
			docs.IDs = append(docs.IDs, fmt.Sprintf("dDoc%03d%03d", i, j))
		}
		docs.IDs = append(docs.IDs, "dEverybody")
		cfg.Grants = append(cfg.Grants, grantOf(fmt.Sprintf("/team-%d", i), []string{"read"}, docs))
	}
	requests = map[string]access.Request{}
	for name, doc := range map[string]string{"by-id": "dDoc099005", "in-all": "dEverybody", "by-folder": "dElsewhere"} {
		requests[name] = access.Request{Tool: "coda_find_docs", Doc: doc, At: lies("fl-99", "")}
	}
	return compile(t, cfg), member("/team-99"), requests
}

func TestDecisionsAmongManyCostNoAllocation(t *testing.T) {
	p, pr, requests := hundred(t)
	for name, request := range requests {
		if n := testing.AllocsPerRun(100, func() {
			if d := p.Decide(pr, request); d.Verdict != access.Allow || d.Grant != "access[99]" {
				t.Error(d)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkDecideDocs(b *testing.B) {
	p, pr, requests := hundred(b)
	for name, request := range requests {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if p.Decide(pr, request).Verdict != access.Allow {
					b.Fatal("denied")
				}
			}
		})
	}
}
