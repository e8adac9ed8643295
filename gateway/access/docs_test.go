package access_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// naive is a policy as the documentation tells it, in the plainest words: no sets, no shortcuts.
type naive struct {
	grants []access.Grant
	roles  []string
	doc    string
	at     access.Place
}

func (n *naive) holds(g access.Grant) bool {
	switch {
	case g.Docs == nil || n.doc == "":
		return true
	case n.doc == access.AnyDoc:
		return false
	}
	return slices.Contains(g.Docs.IDs, n.doc) || n.at.Folder != "" && slices.Contains(g.Docs.Folders, n.at.Folder) ||
		n.at.Workspace != "" && slices.Contains(g.Docs.Workspaces, n.at.Workspace)
}

// held are the numbers of the grants that somebody has, in force or not.
func (n *naive) held(dry bool) (out []int) {
	for i, g := range n.grants {
		if g.DryRun == dry && slices.ContainsFunc(g.When.Roles, func(r string) bool { return slices.Contains(n.roles, r) }) {
			out = append(out, i)
		}
	}
	return out
}

func allowsTool(g access.Grant, tool access.Tool) bool {
	return slices.Contains(g.Allow, tool.Name) || slices.Contains(g.Allow, string(tool.Group))
}

func reads(g access.Grant) bool {
	return slices.ContainsFunc(catalogue(), func(t access.Tool) bool { return t.Group == access.Read && allowsTool(g, t) })
}

func (n *naive) any(fits func(access.Grant) bool) bool {
	return slices.ContainsFunc(n.held(false), func(i int) bool { return n.holds(n.grants[i]) && fits(n.grants[i]) })
}

func (n *naive) dryRun(tool access.Tool) string {
	if !slices.ContainsFunc(n.grants, func(g access.Grant) bool { return g.DryRun }) {
		return ""
	}
	var would []string
	for _, i := range n.held(true) {
		if allowsTool(n.grants[i], tool) && n.holds(n.grants[i]) {
			name := fmt.Sprintf("access[%d]", i)
			if n.doc == "" && n.grants[i].Docs != nil {
				name += ", in its docs alone"
			}
			would = append(would, name)
		}
	}
	if len(would) == 0 {
		return "deny"
	}
	return "allow by " + strings.Join(would, ", ")
}

func (n *naive) hidden() (reading [][]access.Hide) {
	var others [][]access.Hide
	hides := false
	for _, i := range n.held(false) {
		g := n.grants[i]
		hides = hides || len(g.Hide) > 0
		switch {
		case n.holds(g) && reads(g):
			reading = append(reading, g.Hide)
		case n.holds(g):
			others = append(others, g.Hide)
		}
	}
	if len(reading) == 0 {
		reading = others
	}
	if !hides || slices.ContainsFunc(reading, func(h []access.Hide) bool { return len(h) == 0 }) {
		return nil
	}
	return reading
}

func (n *naive) everything() bool {
	if !slices.ContainsFunc(n.grants, func(g access.Grant) bool {
		return !g.DryRun && (g.Docs != nil || len(g.Hide) > 0)
	}) {
		return true
	}
	everywhere, open, reading, hides := false, false, false, false
	for _, i := range n.held(false) {
		g := n.grants[i]
		everywhere = everywhere || g.Docs == nil
		reading = reading || reads(g)
		hides = hides || len(g.Hide) > 0
		open = open || g.Docs == nil && reads(g) && len(g.Hide) == 0
	}
	return everywhere && (open || !reading && !hides)
}

// randomGrants are up to 140, so that they fill more than one word of a set.
func randomGrants(r *rand.Rand) []access.Grant {
	pick := func(of ...string) []string {
		var out []string
		for _, s := range of {
			if r.IntN(3) == 0 {
				out = append(out, s)
			}
		}
		return out
	}
	plain := r.IntN(4) == 0
	grants := make([]access.Grant, []int{1, 2, 3, 4, 6, 70, 140}[r.IntN(7)])
	for i := range grants {
		role := fmt.Sprint("r", r.IntN(2*len(grants)))
		g := access.Grant{When: access.When{Roles: []string{role}}, Allow: [][]string{{"read"}, {"write"}, {"read", "write"},
			{"coda_whoami"}, {"coda_create_doc"}}[r.IntN(5)]}
		if r.IntN(2) == 0 && !plain {
			g.Docs = &access.Docs{IDs: pick("d1", "d2"), Folders: pick("f1", "f2"), Workspaces: pick("w1", "w2")}
			if len(g.Docs.IDs)+len(g.Docs.Folders)+len(g.Docs.Workspaces) == 0 {
				g.Docs.IDs = []string{"d3"}
			}
		}
		if r.IntN(4) == 0 && !plain {
			g.Hide = []access.Hide{{Table: fmt.Sprint("grid-", i)}}
		}
		g.DryRun = r.IntN(5) == 0
		grants[i] = g
	}
	return grants
}

// TestDocumentsAsTold holds policies with documents, hidden columns and dry runs against the plainest reading of them.
func TestDocumentsAsTold(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 1))
	for range 600 {
		n := &naive{grants: randomGrants(r)}
		p := compile(t, access.Config{Tools: catalogue(), Grants: n.grants, DefaultGrants: true})
		for range 12 {
			n.doc = []string{"", access.AnyDoc, access.NewDoc, "d1", "d2", "d3", "d4"}[r.IntN(7)]
			n.at.Folder = []string{"", "f1", "f2", "f3"}[r.IntN(4)]
			n.at.Workspace = []string{"", "w1", "w3"}[r.IntN(3)]
			n.roles = nil
			for range r.IntN(4) {
				n.roles = append(n.roles, fmt.Sprint("r", r.IntN(2*len(n.grants))))
			}
			if n.doc == access.AnyDoc {
				n.at = access.Place{} // what is every document lies nowhere
			}
			compareWithNaive(t, p, n)
		}
		if t.Failed() {
			return
		}
	}
}

func compareWithNaive(t *testing.T, p *access.Policy, n *naive) {
	t.Helper()
	pr := &token.Principal{Issuer: keycloak, Subject: "ada", Roles: n.roles}
	placed := slices.ContainsFunc(n.grants, func(g access.Grant) bool {
		return g.Docs != nil && len(g.Docs.Folders)+len(g.Docs.Workspaces) > 0
	})
	at := func() access.Place {
		if !placed {
			t.Error("the place is asked for though nothing goes by it")
		}
		return n.at
	}
	check := func(what string, got, want any) {
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s of %q at %+v for %q is %v, want %v\n%+v", what, n.doc, n.at, n.roles, got, want, n.grants)
		}
	}
	for _, tool := range catalogue() {
		d := p.Decide(pr, access.Request{Tool: tool.Name, Doc: n.doc, At: at})
		check(tool.Name, d.Verdict == access.Allow, n.any(func(g access.Grant) bool { return allowsTool(g, tool) }))
		check("dry run of "+tool.Name, strings.ReplaceAll(d.DryRun, " and ", ", "), n.dryRun(tool))
	}
	v := p.ViewOf(pr)
	check("existence", v.Exists(n.doc, at), n.any(func(access.Grant) bool { return true }))
	check("reading", v.Reads(n.doc, at), n.any(reads))
	hidden, want := v.Hidden(n.doc, at), n.hidden()
	if len(hidden)+len(want) > 0 {
		check("what is hidden", sorted(hidden), sorted(want))
	}
	check("everything", v.Everything(), n.everything())
	lies := &naive{grants: n.grants, roles: n.roles, doc: "none", at: n.at}
	check("the place", v.Lies(n.at), lies.any(func(access.Grant) bool { return true }))
}

func sorted(hidden [][]access.Hide) []string {
	out := make([]string, len(hidden))
	for i, h := range hidden {
		out[i] = fmt.Sprint(h)
	}
	slices.Sort(out)
	return out
}

// Who may use a tool, but not on this document, is told that, and nobody else is.
func TestOnlyTheDocumentIsMissing(t *testing.T) {
	t.Parallel()
	p := compile(t, access.Config{Tools: catalogue(), DefaultGrants: true, Grants: []access.Grant{
		{When: access.When{Roles: []string{"a"}}, Allow: []string{"read"}, Docs: &access.Docs{IDs: []string{"d1"}}},
	}})
	for _, test := range []struct{ role, tool, doc, code, says string }{
		{"a", "coda_whoami", "d1", access.CodeAllowed, ""}, {"a", "coda_whoami", "", access.CodeAllowed, ""},
		{"a", "coda_whoami", "d2", access.CodeDocLimited, "not on this document"},
		{"a", "coda_whoami", access.AnyDoc, access.CodeDocLimited, "the whole account"},
		{"a", "coda_whoami", access.NewDoc, access.CodeDocLimited, "a new one would not be among them"},
		{"a", "coda_create_doc", "d1", access.CodeNoGrant, ""}, {"b", "coda_whoami", "d1", access.CodeRoleMissing, ""},
		{"b", "coda_whoami", "", access.CodeRoleMissing, ""},
	} {
		pr := &token.Principal{Issuer: keycloak, Subject: "ada", Roles: []string{test.role}}
		d := p.Decide(pr, access.Request{Tool: test.tool, Doc: test.doc})
		if d.Code != test.code || !strings.Contains(d.Reason, test.says) {
			t.Errorf("%+v: %s: %s", test, d.Code, d.Reason)
		}
	}
}
