package access_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
)

func TestCompileProblems(t *testing.T) {
	t.Parallel()
	many := func(n int) (out []string) {
		for i := range n {
			out = append(out, fmt.Sprintf("s%d", i))
		}
		return out
	}
	for _, tt := range []struct {
		name string
		edit func(*access.Config)
		want string // every problem, one a line; the message up to what is given
	}{
		{"unknown group", func(c *access.Config) { c.Grants[0].Allow = []string{"reed"} },
			`access[0].allow[0]: "reed" is neither a group (read, write, destructive, effects, admin) nor a tool; did you mean read?`},
		{"letters swapped", func(c *access.Config) { c.Grants[0].Allow = []string{"raed"} },
			`access[0].allow[0]: "raed" is neither a group (read, write, destructive, effects, admin) nor a tool; did you mean read?`},
		{"letters apart are not swapped", func(c *access.Config) { c.Grants[0].Allow = []string{"daer"} },
			`access[0].allow[0]: "daer" is neither a group (read, write, destructive, effects, admin) nor a tool`},
		{"unknown tool", func(c *access.Config) { c.Grants[1].Allow = []string{"write", "coda_creat_doc"} },
			`access[1].allow[1]: "coda_creat_doc" is neither a group (read, write, destructive, effects, admin) nor a tool; did you mean coda_create_doc`},
		{"nothing near", func(c *access.Config) { c.Grants[1].Allow = []string{"xyzzy"} },
			`access[1].allow[0]: "xyzzy" is neither a group (read, write, destructive, effects, admin) nor a tool`},
		{"glob without a match", func(c *access.Config) { c.Grants[0].Allow = []string{"coda_remove_*"} },
			`access[0].allow[0]: "coda_remove_*" matches no tool`},
		{"broken glob", func(c *access.Config) { c.Grants[0].Allow = []string{"coda_[a"} },
			`access[0].allow[0]: "coda_[a" is not a well-formed glob; * stands for`},
		{"nothing allowed", func(c *access.Config) { c.Grants[0].Allow = nil },
			`access[0].allow: allow must name at least one group`},
		{"no condition", func(c *access.Config) { c.Grants[2].When = access.When{Roles: []string{}} },
			`access[2].when: when must name at least one condition; to allow everyone who is signed in, name the issuer`},
		{"empty value", func(c *access.Config) { c.Grants[0].When = access.When{Roles: []string{"a", ""}} },
			`access[0].when.roles[1]: must not be empty`},
		{"not an address", func(c *access.Config) { c.Grants[0].When = access.When{Emails: []string{"ada"}} },
			`access[0].when.emails[0]: "ada" is not an e-mail address`},
		{"domain with an @", func(c *access.Config) {
			c.Grants[0].When = access.When{EmailDomains: []string{"@example.com"}}
		},
			`access[0].when.email_domains[0]: write only the domain`},
		{"unknown issuer", func(c *access.Config) {
			c.Issuers = []string{keycloak}
			c.Grants[0].When = access.When{Issuers: []string{keycloak + "/"}}
		}, `access[0].when.issuers[0]: "https://id.example.com/realms/company/" is not the url of a configured issuer; did you mean https://id.example.com/realms/company?`},
		{"claim path with a broken escape", func(c *access.Config) {
			c.Grants[0].When = access.When{Claims: token.Requirements{"/a~2b": {"x"}, "tid": {}}}
		}, "access[0].when.claims: claim path \"/a~2b\": in a JSON Pointer\naccess[0].when.claims: claim \"tid\" has no " +
			"accepted value"},
		{"scope with a blank", func(c *access.Config) { c.Grants[0].When.Scopes = []string{"coda:read coda:write"} },
			`access[0].when.scopes[0]: "coda:read coda:write" is not a scope`},
		{"supported scope with a quote", func(c *access.Config) { c.Supported = append(c.Supported, `a"b`) },
			`scopes.supported[2]: "a\"b" is not a scope`},
		{"offline_access", func(c *access.Config) { c.Supported = append(c.Supported, "offline_access") },
			`scopes.supported[2]: offline_access is between the client and the identity provider`},
		{"openid", func(c *access.Config) { c.Supported = append(c.Supported, "openid") },
			`scopes.supported[2]: openid asks for an ID token`},
		{"supported twice", func(c *access.Config) { c.Supported = append(c.Supported, "coda:read") },
			`scopes.supported[2]: "coda:read" is listed twice`},
		{"initial is not supported", func(c *access.Config) { c.Initial = []string{"coda:raed"} },
			`scopes.initial[0]: "coda:raed" is not among scopes.supported; did you mean coda:read?`},
		{"circle", func(c *access.Config) { c.Implies["coda:read"] = []string{"coda:admin"} },
			`scopes.implies.coda:admin: the scopes imply each other in a circle: coda:admin -> coda:write -> coda:read -> coda:admin; remove one`},
		{"circle of one", func(c *access.Config) { c.Implies["coda:read"] = []string{"coda:read"} },
			`scopes.implies.coda:read: the scopes imply each other in a circle: coda:read -> coda:read`},
		{"implied scope is malformed", func(c *access.Config) { c.Implies["coda:read"] = []string{"ä"} },
			`scopes.implies.coda:read[0]: "ä" is not a scope`},
		{"too many scopes in a grant", func(c *access.Config) { c.Grants[0].When.Scopes = many(9); c.Supported = many(9) },
			`access[0].when.scopes: a grant may require at most 8 scopes, not 9`},
		{"too many scopes", func(c *access.Config) { c.Supported = many(257) },
			`scopes: 260 scopes are more than the 256`},
		{"tool twice", func(c *access.Config) { c.Tools = append(c.Tools, c.Tools[0]) },
			`tools: the tool "coda_whoami" is listed twice`},
		{"tool of no group", func(c *access.Config) { c.Tools = append(c.Tools, access.Tool{Name: "x", Group: "other"}) },
			`tools: the tool "x" has the unknown group "other"`},
		{"tool named as a group", func(c *access.Config) {
			c.Tools = append(c.Tools,
				access.Tool{Name: "read", Group: access.Read})
		},
			`tools: "read" cannot be the name of a tool`},
		{"all at once", func(c *access.Config) {
			c.Supported = append(c.Supported, "openid")
			c.Grants[0].Allow = []string{"reed", "nothing_like_it*"}
			c.Grants[1].When = access.When{}
		}, "scopes.supported[2]: openid\naccess[0].allow[0]: \"reed\"\naccess[0].allow[1]: \"nothing_like_it*\" matches no " +
			"tool\naccess[1].when: when must"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := defaults()
			tt.edit(&cfg)
			p, err := access.Compile(cfg)
			var e *access.Errors
			if p != nil || !errors.As(err, &e) {
				t.Fatalf("Compile = %v, %v", p, err)
			}
			want := strings.Split(tt.want, "\n")
			if len(e.Problems) != len(want) {
				t.Fatalf("%d problems, want %d:\n%v", len(e.Problems), len(want), err)
			}
			for i, w := range want {
				if !strings.HasPrefix(e.Problems[i].String(), w) {
					t.Errorf("problem %d is\n%s\nwant\n%s", i, e.Problems[i], w)
				}
			}
		})
	}
}

func TestCompileWarnings(t *testing.T) {
	t.Parallel()
	button := access.Tool{Name: "coda_push_button", Group: access.Effects}
	for _, tt := range []struct {
		name string
		edit func(*access.Config)
		want string
	}{
		{"no grants", func(c *access.Config) { c.Grants = nil }, "access: there is no grant"},
		{"misspelt scope", func(c *access.Config) {
			c.DefaultGrants, c.Grants = false, c.Grants[:1]
			c.Grants[0].When.Scopes = []string{"coda:reed"}
		}, `access[0].when.scopes[0]: "coda:reed" is neither in scopes.supported nor implied by a scope that is: nobody can ` +
			`ask for it, so this works only for tokens that carry it already; add it to scopes.supported, or remove it ` +
			`here; did you mean coda:read?`},
		{"a scope that implies others and is not supported", func(c *access.Config) { c.DefaultGrants = false },
			`access[2].when.scopes[0]: "coda:admin" is neither in scopes.supported nor implied by a scope that is: nobody can ` +
				`ask for it, so this works only for tokens that carry it already; add it to scopes.supported, or remove it here`},
		{"a grant for tools that are not switched on", func(c *access.Config) {
			c.DefaultGrants, c.Supported = false, append(c.Supported, "coda:admin")
			c.Tools = slices.DeleteFunc(c.Tools, func(t access.Tool) bool { return t.Group == access.Admin })
		}, `access[2].allow: no tool of admin is switched on, so this grant allows nothing`},
		{"a misspelt scope that is implied", func(c *access.Config) { c.Implies["coda:write"] = []string{"coda:raed"} },
			`scopes.implies.coda:write[0]: "coda:raed" is in no grant and not in scopes.supported, so that including it gives ` +
				`nothing; did you mean coda:read?`},
		{"a file from before effects", func(c *access.Config) { c.Tools = append(c.Tools, button) },
			`access[1].allow[0]: write does not include buttons and automations (coda_push_button), ` +
				`because they may do anything; add effects`},
		{"effects by name", func(c *access.Config) {
			c.Tools, c.Grants[1].Allow = append(c.Tools, button), []string{"write", "coda_push_button"}
		}, ""},
		{"no writing at all", func(c *access.Config) { c.Tools, c.Grants = append(c.Tools, button), c.Grants[:1] }, ""},
		{"hiding from nobody who reads", func(c *access.Config) {
			c.Grants[1].Hide = []access.Hide{{Table: "grid-1"}}
		}, "access[1].hide: this grant allows no reading"},
		{"hiding under a grant that allows nothing", func(c *access.Config) {
			c.Grants[2].Hide = []access.Hide{{Table: "grid-1"}}
			c.Tools = slices.DeleteFunc(c.Tools, func(t access.Tool) bool { return t.Group == access.Admin })
		}, ""},
		{"least privilege at first", func(c *access.Config) { c.Initial = []string{"coda:read"} },
			"scopes.initial: clients that register themselves"},
		{"initial that implies the rest", func(c *access.Config) { c.Initial = []string{"coda:write"} }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := defaults()
			tt.edit(&cfg)
			var got []string
			for _, w := range compile(t, cfg).Warnings() {
				got = append(got, w.String())
			}
			if len(got) > 1 || !strings.HasPrefix(strings.Join(got, "\n"), tt.want) || (tt.want == "") != (len(got) == 0) {
				t.Errorf("warnings %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAllowForms(t *testing.T) {
	t.Parallel()
	for entry, want := range map[string]string{
		"read":             "coda_find_docs coda_whoami",
		"coda_whoami":      "coda_whoami",
		"*":                "coda_create_doc coda_delete_rows coda_find_docs coda_share_doc coda_upsert_rows coda_whoami",
		"coda_*_doc":       "coda_create_doc coda_share_doc",
		"coda_*_doc?":      "coda_find_docs",
		"coda_[cs]*":       "coda_create_doc coda_share_doc",
		`coda\_whoami`:     "coda_whoami",
		"coda_delete_rows": "coda_delete_rows",
		"destructive":      "coda_delete_rows",
	} {
		p := compile(t, access.Config{Tools: catalogue(), Supported: []string{"s"},
			Grants: []access.Grant{{When: access.When{Scopes: []string{"s"}}, Allow: []string{entry}}}})
		if got := names(p.Visible(person("s"))); got != want {
			t.Errorf("%s allows %s, want %s", entry, got, want)
		}
	}
}

func FuzzAllow(f *testing.F) {
	for _, s := range []string{"read", "coda_*", "[a-", `\`, "**?", "[^c]*", "ä*", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, entry string) {
		p, err := access.Compile(access.Config{Tools: catalogue(), Supported: []string{"s"},
			Grants: []access.Grant{{When: access.When{Scopes: []string{"s"}}, Allow: []string{entry}}}})
		if err != nil {
			if !strings.HasPrefix(err.Error(), "access[0].allow[0]: ") {
				t.Errorf("%q: %v", entry, err)
			}
			return
		}
		if n := p.Visible(person("s")).Len(); n == 0 && entry != "read" {
			t.Errorf("%q compiles and allows nothing", entry)
		}
	})
}
