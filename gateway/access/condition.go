package access

import (
	"strings"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// Condition is a compiled [When] that stands outside of a grant: what is lent to somebody goes by the same conditions
// as what they may call. It is immutable and safe for concurrent use.
type Condition struct {
	grant  grant
	scopes scopeTable
}

// CompileWhen compiles a condition that stands at path. Of the configuration it takes scopes, their hierarchy and
// issuers. One without any condition holds for everybody.
func CompileWhen(cfg Config, path string, w When) (c *Condition, problems, warnings []Problem) {
	cfg.Tools, cfg.Grants, cfg.DefaultGrants = nil, []Grant{{When: w}}, false
	compiling := compiler{cfg: cfg, policy: &Policy{index: map[string]int{}}}
	compiling.scopes()
	compiling.implies()
	out := grant{when: w, claims: w.Claims.Compile()}
	compiling.when(path+".", w, &out)
	// What is wrong with the scopes themselves is said where they stand.
	for _, p := range compiling.problems {
		if strings.HasPrefix(p.Path, path) {
			problems = append(problems, p)
		}
	}
	return &Condition{grant: out, scopes: compiling.policy.scopes}, problems, compiling.policy.warnings
}

// Holds tells whether a principal meets the condition.
func (c *Condition) Holds(pr *token.Principal) bool {
	return c.grant.scopes.without(c.scopes.held(pr.Scopes)).empty() && c.grant.admits(pr)
}

// Claims are the top-level claims that the condition decides by.
func (c *Condition) Claims() []string { return c.grant.claims.Roots() }
