package access_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
)

func person(scopes ...string) *token.Principal {
	return &token.Principal{Issuer: keycloak, Subject: "1", Scopes: scopes}
}

// some returns a random subset, in random order.
func some(r *rand.Rand, from []string, most int) []string {
	out := slices.Clone(from)
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out[:r.IntN(min(most, len(out))+1)]
}

var (
	scopeNames = []string{"a", "b", "c", "d", "e", "f"}
	roleNames  = []string{"r1", "r2", "r3"}
)

func randomConfig(r *rand.Rand) access.Config {
	cfg := access.Config{Tools: catalogue(), Supported: some(r, scopeNames, 6), Implies: map[string][]string{}}
	for i, s := range scopeNames { // only later ones, so that there is no circle
		if i+1 < len(scopeNames) {
			cfg.Implies[s] = some(r, scopeNames[i+1:], 2)
		}
	}
	for range 1 + r.IntN(4) {
		cfg.Grants = append(cfg.Grants, randomGrant(r))
	}
	return cfg
}

func randomGrant(r *rand.Rand) access.Grant {
	g := access.Grant{When: access.When{Issuers: []string{keycloak}, Scopes: some(r, scopeNames, 3),
		Roles: some(r, roleNames, 2)}}
	for len(g.Allow) == 0 {
		g.Allow = some(r, []string{"read", "write", "coda_*", "coda_whoami", "admin", "*_rows"}, 2)
	}
	return g
}

func randomPerson(r *rand.Rand) *token.Principal {
	pr := person(some(r, scopeNames, 3)...)
	pr.Roles = some(r, roleNames, 2)
	return pr
}

// TestGrantsAddUp: one more grant never takes anything away, and the order of grants changes no decision.
func TestGrantsAddUp(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	rank := map[access.Verdict]int{access.Deny: 0, access.StepUp: 1, access.Allow: 2}
	for range 1500 {
		cfg, pr := randomConfig(r), randomPerson(r)
		before := compile(t, cfg)
		cfg.Grants = append(slices.Clone(cfg.Grants), randomGrant(r))
		after := compile(t, cfg)
		cfg.Grants = slices.Clone(cfg.Grants)
		r.Shuffle(len(cfg.Grants), func(i, j int) { cfg.Grants[i], cfg.Grants[j] = cfg.Grants[j], cfg.Grants[i] })
		shuffled := compile(t, cfg)
		for _, tool := range catalogue() {
			a, b, c := before.Decide(pr, access.Request{Tool: tool.Name}), after.Decide(pr, access.Request{Tool: tool.Name}),
				shuffled.Decide(pr, access.Request{Tool: tool.Name})
			if rank[b.Verdict] < rank[a.Verdict] {
				t.Fatalf("one more grant turned %v into %v for %s: %+v", a, b, tool.Name, cfg)
			}
			b.Grant, c.Grant = "", "" // which of several is named first is the one thing that order decides
			if fmt.Sprint(b) != fmt.Sprint(c) {
				t.Fatalf("order matters for %s: %+v and %+v: %+v", tool.Name, b, c, cfg)
			}
			if got := after.Visible(pr).Contains(tool.Name); got != (b.Verdict != access.Deny) {
				t.Fatalf("%s is decided %v and visible %v", tool.Name, b.Verdict, got)
			}
		}
	}
}

// TestStepIsSmallest compares each step with all subsets of the supported scopes.
func TestStepIsSmallest(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	steps := 0
	for range 1500 {
		cfg, pr := randomConfig(r), randomPerson(r)
		p := compile(t, cfg)
		for _, tool := range catalogue() {
			d := p.Decide(pr, access.Request{Tool: tool.Name})
			type cost struct{ powers, scopes int }
			best, found := cost{}, false
			for mask := range 1 << len(cfg.Supported) {
				var add []string
				for i, s := range cfg.Supported {
					if mask&(1<<i) != 0 && !slices.Contains(pr.Scopes, s) {
						add = append(add, s)
					}
				}
				with := *pr
				with.Scopes = append(slices.Clone(pr.Scopes), add...)
				if p.Decide(&with, access.Request{Tool: tool.Name}).Verdict != access.Allow {
					continue
				}
				c := cost{len(closure(cfg, with.Scopes)), len(add)}
				if !found || c.powers < best.powers || c.powers == best.powers && c.scopes < best.scopes {
					best, found = c, true
				}
			}
			if found != (d.Verdict != access.Deny) {
				t.Fatalf("%s is decided %v, but scopes would help: %v; %+v", tool.Name, d.Verdict, found, cfg)
			}
			if d.Verdict != access.StepUp {
				continue
			}
			steps++
			added := slices.DeleteFunc(slices.Clone(d.Scopes), func(s string) bool { return slices.Contains(pr.Scopes, s) })
			if got := (cost{len(closure(cfg, append(slices.Clone(pr.Scopes), d.Scopes...))), len(added)}); got != best {
				t.Fatalf("step %q for %s from %q costs %v, the smallest %v; %+v", d.Scopes, tool.Name, pr.Scopes, got, best, cfg)
			}
			for _, s := range pr.Scopes {
				if slices.Contains(cfg.Supported, s) != slices.Contains(d.Scopes, s) {
					t.Fatalf("step %q from %q must hold the token's own supported scopes", d.Scopes, pr.Scopes)
				}
			}
		}
	}
	if steps < 100 {
		t.Fatalf("only %d steps were compared", steps)
	}
}

func closure(cfg access.Config, scopes []string) map[string]bool {
	out := map[string]bool{}
	var visit func(string)
	visit = func(s string) {
		if !out[s] {
			out[s] = true
			for _, i := range cfg.Implies[s] {
				visit(i)
			}
		}
	}
	for _, s := range scopes {
		visit(s)
	}
	return out
}
