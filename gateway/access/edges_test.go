package access_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// What lies exactly at a bound is within it. These are the places where a changed operator went unnoticed.

func TestAsMuchAsAPolicyHolds(t *testing.T) {
	t.Parallel()
	const most = 256
	cfg := access.Config{DefaultGrants: true, Issuers: []string{keycloak}}
	for i := range most {
		cfg.Tools = append(cfg.Tools, access.Tool{Name: fmt.Sprintf("tool_%03d", i), Group: access.Read})
		cfg.Supported = append(cfg.Supported, fmt.Sprintf("s%03d", i))
	}
	cfg.Grants = []access.Grant{
		{When: access.When{Issuers: []string{keycloak}}, Allow: []string{"tool_063", "tool_064", "tool_200", "tool_255"}},
		{When: access.When{Scopes: []string{"s000", "s255"}}, Allow: []string{"tool_100"}},
	}
	p := compile(t, cfg)
	pr := &token.Principal{Issuer: keycloak, Configured: keycloak, Subject: "ada"}
	if got := names(p.Visible(pr)); got != "tool_063 tool_064 tool_100 tool_200 tool_255" {
		t.Errorf("visible are %s", got)
	}
	if d := p.Decide(pr, access.Request{Tool: "tool_100"}); !slices.Equal(d.Missing, []string{"s000", "s255"}) {
		t.Errorf("missing %q: %+v", d.Missing, d)
	}
	cfg.Tools = append(cfg.Tools, access.Tool{Name: "tool_256", Group: access.Read})
	cfg.Supported = append(cfg.Supported, "s256")
	_, err := access.Compile(cfg)
	for _, want := range []string{"257 tools are more", "257 scopes are more"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
}

func TestScopesAtTheBounds(t *testing.T) {
	t.Parallel()
	cfg := defaults()
	cfg.Supported = append(cfg.Supported, "!", "~", "a!~z") // the first and last printable characters
	eight := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	cfg.Supported = append(cfg.Supported, eight...)
	cfg.Grants[0].When.Scopes = eight
	compile(t, cfg)
	for _, s := range []string{" ", "\x7f", "a ", "\x1f"} {
		cfg.Supported[2] = s
		if _, err := access.Compile(cfg); err == nil {
			t.Errorf("%q is taken for a scope", s)
		}
	}
}

// Any two conditions are conditions, however many values they have.
func TestTwoConditions(t *testing.T) {
	t.Parallel()
	set := map[string]func(*access.When){
		"scopes":     func(w *access.When) { w.Scopes = []string{"coda:read"} },
		"roles":      func(w *access.When) { w.Roles = []string{"a"} },
		"groups":     func(w *access.When) { w.Groups = []string{"a"} },
		"subjects":   func(w *access.When) { w.Subjects = []string{"a"} },
		"emails":     func(w *access.When) { w.Emails = []string{"a@example.com"} },
		"domains":    func(w *access.When) { w.EmailDomains = []string{"example.com"} },
		"client_ids": func(w *access.When) { w.ClientIDs = []string{"a"} },
		"issuers":    func(w *access.When) { w.Issuers = []string{keycloak} },
		"claims":     func(w *access.When) { w.Claims = token.Requirements{"tid": {"x"}} },
	}
	for a, one := range set {
		for b, other := range set {
			cfg := defaults()
			cfg.Grants[0].When = access.When{}
			one(&cfg.Grants[0].When)
			other(&cfg.Grants[0].When)
			if _, err := access.Compile(cfg); err != nil {
				t.Errorf("%s and %s: %v", a, b, err)
			}
		}
	}
}

// One tenant of an issuer with a template may stand in a grant; the template without a tenant is nobody's.
func TestTenantsInGrants(t *testing.T) {
	t.Parallel()
	cfg := defaults()
	cfg.Issuers = []string{"https://login.example.com/{tenantid}/v2.0"}
	for url, known := range map[string]bool{
		"https://login.example.com/{tenantid}/v2.0":                            true,
		"https://login.example.com/6babcaad-604b-40ac-a9d7-9fd97c0b779f/v2.0":  true,
		"https://login.example.com/x/v2.0":                                     true,
		"https://login.example.com//v2.0":                                      false,
		"https://login.example.com/v2.0":                                       false,
		"https://login.example.com/6babcaad-604b-40ac-a9d7-9fd97c0b779f/v2.0/": false,
		"https://evil.example.com/x/v2.0":                                      false,
	} {
		cfg.Grants[0].When = access.When{Issuers: []string{url}}
		if _, err := access.Compile(cfg); (err == nil) != known {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestAddressesAtTheBounds(t *testing.T) {
	t.Parallel()
	cfg := defaults()
	cfg.Grants = []access.Grant{
		{When: access.When{Emails: []string{"ZZ@example.com"}}, Allow: []string{"coda_share_doc"}},
		{When: access.When{EmailDomains: []string{"example.com"}}, Allow: []string{"coda_whoami"}},
	}
	p := compile(t, cfg)
	for address, want := range map[string]string{
		"zz@example.com": "coda_share_doc coda_whoami", "Zz@EXAMPLE.com": "coda_share_doc coda_whoami",
		"[[@example.com": "coda_whoami", "@example.com": "coda_whoami", "example.com": "", "": "",
	} {
		got := strings.Fields(names(p.Visible(&token.Principal{Issuer: keycloak, Subject: "a", Email: address})))
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%q sees %q, want %q", address, got, want)
		}
	}
}

// Whose groups did not fit into the token is told so, where a group is what is missing, alone or with a role.
func TestGroupsThatDidNotFit(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		when []access.When
		want string
	}{
		"a group":            {[]access.When{{Groups: []string{"g"}}}, access.CodeGroupsAbsent},
		"a group and a role": {[]access.When{{Groups: []string{"g"}, Roles: []string{"r"}}}, access.CodeGroupsAbsent},
		"one, and one with a role": {[]access.When{{Groups: []string{"g"}}, {Groups: []string{"h"},
			Roles: []string{"r"}}}, access.CodeGroupsAbsent},
		"a role":                     {[]access.When{{Roles: []string{"r"}}}, access.CodeRoleMissing},
		"nothing that one could get": {[]access.When{{Subjects: []string{"eve"}}}, access.CodeNotAllowed},
	} {
		cfg := defaults()
		cfg.Grants = nil
		for _, w := range test.when {
			cfg.Grants = append(cfg.Grants, access.Grant{When: w, Allow: []string{"read"}})
		}
		p := compile(t, cfg)
		whoami := access.Request{Tool: "coda_whoami"}
		if d := p.Decide(&token.Principal{Subject: "a", GroupsOverage: true}, whoami); d.Code != test.want {
			t.Errorf("%s: %s (%s), want %s", name, d.Code, d.Reason, test.want)
		}
		if d := p.Decide(&token.Principal{Subject: "a"}, whoami); d.Code == access.CodeGroupsAbsent {
			t.Errorf("%s: groups are said to be absent where none are", name)
		}
	}
}

// As many names as are told stand alone; one more is "another".
func TestNamesThatAreTold(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		1: "the role a.", 2: "the role a or b.", 5: "the role a, b, c, d or e.", 6: "or another that it knows",
	} {
		cfg := defaults()
		roles := []string{"a", "b", "c", "d", "e", "f"}[:n]
		cfg.Grants = []access.Grant{{When: access.When{Roles: roles}, Allow: []string{"read"}}}
		d := compile(t, cfg).Decide(&token.Principal{Subject: "a"}, access.Request{Tool: "coda_whoami"})
		if !strings.Contains(d.Reason, want) {
			t.Errorf("%d: %s; want %q", n, d.Reason, want)
		}
	}
}
