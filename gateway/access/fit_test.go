package access

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// pick is a few of a list, or none.
func pick(r *rand.Rand, from []string, most int) []string {
	if r.IntN(2) == 0 {
		return nil
	}
	list := slices.Clone(from)
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list[:1+r.IntN(most)]
}

func one(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

// TestFitted: a long list of grants that is sifted decides as one that is looked through does, for everybody and
// everywhere, and says the same words.
func TestFitted(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 11))
	issuers := []string{"https://one.example.com", "https://two.example.com"}
	mails := []string{"Ada@example.com", "ada@EXAMPLE.com", "grace@other.example", "\u212aate@example.com",
		"kate@example.com", ""}
	domains := []string{"example.com", "OTHER.example", "Example.COM"}
	docs, places := []string{"d1", "d2", "d3", AnyDoc, NewDoc, ""}, []string{"fl-1", "fl-2", "fl-3", ""}
	tools := []Tool{{Name: "coda_read", Group: Read}, {Name: "coda_write", Group: Write},
		{Name: "coda_drop", Group: Admin}}
	for round := range 80 {
		cfg := Config{Tools: tools, Supported: []string{"a", "b", "c"}, Implies: map[string][]string{"a": {"b"}},
			Issuers: issuers}
		for range []int{3, 9, 40, 300}[round%4] {
			g := Grant{When: When{Scopes: pick(r, cfg.Supported, 2), Groups: pick(r, []string{"g1", "g2", "g3"}, 2),
				Roles: pick(r, []string{"r1", "r2"}, 2), Subjects: pick(r, []string{"s1", "s2"}, 2), Emails: pick(r, mails[:5], 2),
				EmailDomains: pick(r, domains, 2), ClientIDs: pick(r, []string{"c1", "c2"}, 1), Issuers: pick(r, issuers, 2)},
				Allow: []string{one(r, []string{"read", "write", "admin", "coda_*"})}, DryRun: r.IntN(8) == 0}
			if w := g.When; len(w.Scopes)+len(w.Groups)+len(w.Roles)+len(w.Subjects)+len(w.Emails)+len(w.EmailDomains)+
				len(w.ClientIDs)+len(w.Issuers) == 0 {
				g.When.Groups = []string{"g1"}
			}
			if r.IntN(3) > 0 {
				g.Docs = &Docs{IDs: pick(r, docs[:3], 2), Folders: pick(r, places[:3], 2)}
				g.Docs.IDs = append(g.Docs.IDs, one(r, docs[:3]))
			}
			cfg.Grants = append(cfg.Grants, g)
		}
		p, err := Compile(cfg)
		if err != nil {
			t.Fatal(err)
		}
		slow := *p
		slow.fitter = nil
		if (p.fitter == nil) != (len(cfg.Grants) <= fewGrants) {
			t.Fatal("a short list is sifted, or a long one is not")
		}
		for range 40 {
			pr := &token.Principal{Issuer: one(r, issuers), Subject: one(r, []string{"s1", "s2", "s3"}), Email: one(r, mails),
				ClientID: one(r, []string{"c1", "c2", ""}), Groups: pick(r, []string{"g1", "g2", "g4"}, 3),
				Roles: pick(r, []string{"r1", "r3"}, 2), Scopes: pick(r, cfg.Supported, 3)}
			pr.Configured = pr.Issuer
			place := Place{Folder: one(r, places)}
			at := func() Place { return place }
			request := Request{Tool: one(r, []string{"coda_read", "coda_write", "coda_drop"}), Doc: one(r, docs), At: at}
			if got, want := p.Decide(pr, request), slow.Decide(pr, request); !reflect.DeepEqual(got, want) {
				t.Fatalf("round %d, %+v of %+v: %+v, looked through %+v", round, request, pr, got, want)
			}
			if got, want := p.Visible(pr).tools, slow.Visible(pr).tools; got != want {
				t.Fatalf("visible: %v, want %v", got, want)
			}
			if got, want := fmt.Sprint(p.Held(pr)), fmt.Sprint(slow.Held(pr)); got != want {
				t.Fatalf("held: %s, want %s", got, want)
			}
		}
	}
}
