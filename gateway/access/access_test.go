package access_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
)

const (
	keycloak = "https://id.example.com/realms/company"
	zitadel  = "https://zitadel.example.com"
)

// catalogue is a small set of tools with one or two of each group.
func catalogue() []access.Tool {
	return []access.Tool{
		{Name: "coda_whoami", Group: access.Read},
		{Name: "coda_find_docs", Group: access.Read},
		{Name: "coda_create_doc", Group: access.Write},
		{Name: "coda_upsert_rows", Group: access.Write},
		{Name: "coda_delete_rows", Group: access.Destructive},
		{Name: "coda_share_doc", Group: access.Admin},
	}
}

// defaults is the configuration of a file that says nothing about access.
func defaults() access.Config {
	return access.Config{
		DefaultGrants: true,
		Near:          func(word string, known []string) []string { return near.Mistyped(word, known, 3) },
		Tools:         catalogue(),
		Supported:     []string{"coda:read", "coda:write"},
		Implies:       map[string][]string{"coda:admin": {"coda:write"}, "coda:write": {"coda:read"}},
		Grants: []access.Grant{
			{When: access.When{Scopes: []string{"coda:read"}}, Allow: []string{"read"}},
			{When: access.When{Scopes: []string{"coda:write"}}, Allow: []string{"write", "destructive"}},
			{When: access.When{Scopes: []string{"coda:admin"}}, Allow: []string{"admin"}},
		},
	}
}

func compile(t testing.TB, cfg access.Config) *access.Policy {
	t.Helper()
	p, err := access.Compile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func names(s access.Set) string {
	var out []string
	for t := range s.All() {
		out = append(out, t.Name)
	}
	return strings.Join(out, " ")
}

func TestDefaultGrants(t *testing.T) {
	t.Parallel()
	p := compile(t, defaults())
	const (
		allBut = "coda_create_doc coda_delete_rows coda_find_docs coda_upsert_rows coda_whoami"
		all    = "coda_create_doc coda_delete_rows coda_find_docs coda_share_doc coda_upsert_rows coda_whoami"
	)
	for _, tt := range []struct {
		name    string
		scopes  []string
		tool    string
		verdict access.Verdict
		ask     string
		visible string
	}{
		{"reader reads", []string{"coda:read"}, "coda_whoami", access.Allow, "", allBut},
		{"reader steps up to write", []string{"coda:read"}, "coda_create_doc", access.StepUp, "coda:read coda:write", allBut},
		{"a step keeps no foreign scope", []string{"openid", "coda:read", "profile"}, "coda_create_doc", access.StepUp,
			"coda:read coda:write", allBut},
		{"writer reads by implication", []string{"coda:write"}, "coda_whoami", access.Allow, "", allBut},
		{"writer deletes", []string{"coda:write"}, "coda_delete_rows", access.Allow, "", allBut},
		{"implication is transitive", []string{"coda:admin"}, "coda_whoami", access.Allow, "", all},
		{"unsupported scope still counts when held", []string{"coda:admin"}, "coda_share_doc", access.Allow, "", all},
		{"unsupported scope is never asked for", []string{"coda:write"}, "coda_share_doc", access.Deny, "", allBut},
		{"no scope asks for the least", nil, "coda_whoami", access.StepUp, "coda:read", allBut},
		{"no scope asks for write alone, which implies read", nil, "coda_create_doc", access.StepUp, "coda:write", allBut},
		{"scopes are compared byte for byte", []string{"CODA:READ"}, "coda_whoami", access.StepUp, "coda:read", allBut},
		{"unknown tool", []string{"coda:admin"}, "coda_format_disk", access.UnknownTool, "", all},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pr := &token.Principal{Issuer: keycloak, Subject: "1", Scopes: tt.scopes}
			d := p.Decide(pr, access.Request{Tool: tt.tool})
			if d.Verdict != tt.verdict || strings.Join(d.Scopes, " ") != tt.ask {
				t.Errorf("Decide = %v %q (%s, %s), want %v %q", d.Verdict, d.Scopes, d.Code, d.Reason, tt.verdict, tt.ask)
			}
			if (d.Reason != "") != (d.Verdict == access.Deny) {
				t.Errorf("a reason belongs to a denial and only there: %v %q", d.Verdict, d.Reason)
			}
			if got := names(p.Visible(pr)); got != tt.visible {
				t.Errorf("Visible = %s, want %s", got, tt.visible)
			}
		})
	}
	if got := p.Initial(); !slices.Equal(got, p.Supported()) || len(got) != 2 {
		t.Errorf("Initial = %q, want all of %q", got, p.Supported())
	}
	if w := p.Warnings(); len(w) > 0 {
		t.Errorf("the defaults warn: %v", w)
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	person := token.Principal{
		Issuer: keycloak, Subject: "8d5b", ClientID: "claude", Email: "Ada@Example.COM", Name: "Ada",
		Scopes: []string{"coda:read"}, Roles: []string{"viewer", "coda-editor"}, Groups: []string{"/staff/docs"},
		Claims: map[string]any{"tid": "tenant-1", "amr": []any{"pwd", "mfa"}},
	}
	for _, tt := range []struct {
		name string
		when access.When
		want bool
	}{
		{"role", access.When{Roles: []string{"x", "coda-editor"}}, true},
		{"role is case-sensitive", access.When{Roles: []string{"Coda-Editor"}}, false},
		{"display name is no role", access.When{Roles: []string{"Ada"}}, false},
		{"keycloak group", access.When{Groups: []string{"/staff/docs"}}, true},
		{"group without its slash", access.When{Groups: []string{"staff/docs"}}, false},
		{"parent group does not include its children", access.When{Groups: []string{"/staff"}}, false},
		{"subject", access.When{Subjects: []string{"8d5b"}}, true},
		{"subject of other case", access.When{Subjects: []string{"8D5B"}}, false},
		{"email without regard to case", access.When{Emails: []string{"ada@example.com"}}, true},
		{"email of another", access.When{Emails: []string{"bob@example.com"}}, false},
		{"domain", access.When{EmailDomains: []string{"example.com"}}, true},
		{"domain is not a suffix", access.When{EmailDomains: []string{"ample.com", "com"}}, false},
		{"domain is not a parent", access.When{EmailDomains: []string{"mail.example.com"}}, false},
		{"client", access.When{ClientIDs: []string{"claude"}}, true},
		{"another client", access.When{ClientIDs: []string{"claude-code"}}, false},
		{"issuer", access.When{Issuers: []string{keycloak}}, true},
		{"issuer with a slash more", access.When{Issuers: []string{keycloak + "/"}}, false},
		{"claim", access.When{Claims: token.Requirements{"tid": {"tenant-1"}}}, true},
		{"claim in a list", access.When{Claims: token.Requirements{"amr": {"mfa"}}}, true},
		{"claim of another value", access.When{Claims: token.Requirements{"tid": {"tenant-2"}}}, false},
		{"claim that is absent", access.When{Claims: token.Requirements{"hd": {"example.com"}}}, false},
		{"all of two scopes", access.When{Scopes: []string{"coda:read", "coda:write"}}, false},
		{"two kinds, both hold", access.When{Roles: []string{"viewer"}, Issuers: []string{keycloak}}, true},
		{"two kinds, one fails", access.When{Roles: []string{"viewer"}, Issuers: []string{zitadel}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := compile(t, access.Config{
				Tools: catalogue(), Supported: []string{"coda:read", "coda:write"},
				Grants: []access.Grant{{When: tt.when, Allow: []string{"coda_whoami"}}},
			})
			if got := p.Decide(&person, access.Request{Tool: "coda_whoami"}).Verdict == access.Allow; got != tt.want {
				t.Errorf("allowed = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestEmailNeedsAnAddress(t *testing.T) {
	t.Parallel()
	p := compile(t, access.Config{Tools: catalogue(), Grants: []access.Grant{
		{When: access.When{EmailDomains: []string{"k.example"}}, Allow: []string{"read"}},
		{When: access.When{Emails: []string{"ok@k.example"}}, Allow: []string{"write"}},
	}})
	for email, want := range map[string]int{
		"":                          0,
		"k.example":                 0, // no @
		"ada@K.EXAMPLE":             2,
		"ok@k.example":              4,
		"ada@\u212a.example":        0, // the Kelvin sign folds to k in Unicode
		"o\u212a@k.example":         2,
		"\"a@evil.test\"@k.example": 2,
		"ada@k.example@evil.test":   0,
		"ada@k.example.":            0,
	} {
		if got := p.Visible(&token.Principal{Subject: "1", Email: email}).Len(); got != want {
			t.Errorf("%q sees %d tools, want %d", email, got, want)
		}
	}
}

func TestSmallestStep(t *testing.T) {
	t.Parallel()
	scoped := func(tool string, scopes ...string) access.Grant {
		return access.Grant{When: access.When{Scopes: scopes}, Allow: []string{tool}}
	}
	for _, tt := range []struct {
		name      string
		supported []string
		implies   map[string][]string
		grants    []access.Grant
		held      []string
		want      string // "" = denied
	}{
		{"the grant that wants fewer", []string{"a", "b", "c"}, nil,
			[]access.Grant{scoped("coda_whoami", "a", "b"), scoped("coda_whoami", "c")}, nil, "c"},
		{"what is held counts", []string{"a", "b", "c"}, nil,
			[]access.Grant{scoped("coda_whoami", "a", "b"), scoped("coda_whoami", "c")}, []string{"b"}, "a b"},
		{"ties go by the published order", []string{"z", "a"}, nil,
			[]access.Grant{scoped("coda_whoami", "a"), scoped("coda_whoami", "z")}, nil, "z"},
		{"no more power than needed", []string{"all", "a"}, map[string][]string{"all": {"a", "b"}},
			[]access.Grant{scoped("coda_whoami", "a")}, nil, "a"},
		{"an implied one is not asked for twice", []string{"r", "w"}, map[string][]string{"w": {"r"}},
			[]access.Grant{scoped("coda_whoami", "r", "w")}, nil, "w"},
		{"an unsupported one by the supported one above it", []string{"all"},
			map[string][]string{"all": {"mid"}, "mid": {"low"}}, []access.Grant{scoped("coda_whoami", "low")}, nil, "all"},
		{"the lowest of several above", []string{"root", "all"}, map[string][]string{"root": {"all"}, "all": {"low"}},
			[]access.Grant{scoped("coda_whoami", "low")}, nil, "all"},
		{"one for two", []string{"x", "y", "both"}, map[string][]string{"x": {"u"}, "y": {"v"}, "both": {"u", "v"}},
			[]access.Grant{scoped("coda_whoami", "u", "v")}, nil, "both"},
		{"an unreachable one denies", []string{"a"}, nil, []access.Grant{scoped("coda_whoami", "a", "hidden")}, []string{"a"},
			""},
		{"another condition denies", []string{"a"}, nil,
			[]access.Grant{{When: access.When{Scopes: []string{"a"}, Roles: []string{"r"}}, Allow: []string{"coda_whoami"}}},
			nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for range 2 {
				p := compile(t, access.Config{Tools: catalogue(), Supported: tt.supported, Implies: tt.implies, Grants: tt.grants})
				pr := &token.Principal{Issuer: keycloak, Subject: "1", Scopes: tt.held}
				d := p.Decide(pr, access.Request{Tool: "coda_whoami"})
				if got := strings.Join(d.Scopes, " "); got != tt.want || (d.Verdict == access.StepUp) != (tt.want != "") {
					t.Errorf("Decide = %v %q, want %q", d.Verdict, got, tt.want)
				}
				if d.Verdict == access.StepUp {
					pr.Scopes = d.Scopes
					if d := p.Decide(pr, access.Request{Tool: "coda_whoami"}); d.Verdict != access.Allow {
						t.Errorf("after the step: %v", d.Verdict)
					}
				}
				slices.Reverse(tt.grants)
			}
		})
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	cfg := defaults()
	cfg.Grants = []access.Grant{
		{When: access.When{Roles: []string{"coda-viewer", "coda-editor"}}, Allow: []string{"read"}},
		{When: access.When{Roles: []string{"coda-editor"}, Scopes: []string{"coda:write"}}, Allow: []string{"write"}},
		{When: access.When{Groups: []string{"/admins"}}, Allow: []string{"coda_delete_rows"}},
		{When: access.When{Roles: []string{"coda-admin"}}, Allow: []string{"coda_delete_rows", "coda_upsert_rows"}},
		{When: access.When{Emails: []string{"root@example.com"}}, Allow: []string{"coda_share_doc"}},
	}
	p := compile(t, cfg)
	viewer := &token.Principal{Issuer: keycloak, Subject: "1", Roles: []string{"coda-viewer"}}
	editor := &token.Principal{Issuer: keycloak, Subject: "2", Roles: []string{"coda-editor"},
		Scopes: []string{"coda:write"}}
	nobody := &token.Principal{Issuer: keycloak, Subject: "3", Scopes: []string{"coda:write"}}
	for _, tt := range []struct {
		pr         *token.Principal
		tool       string
		code, want string
	}{
		{viewer, "coda_create_doc", access.CodeRoleMissing, "Your account may read but not write, so coda_create_doc was " +
			"not run. Ask your administrator for the role coda-editor."},
		{viewer, "coda_upsert_rows", access.CodeRoleMissing, "Your account may read but not write, so coda_upsert_rows was " +
			"not run. Ask your administrator for the role coda-admin or coda-editor."},
		{editor, "coda_delete_rows", access.CodeRoleMissing, "Your account may read and write but not delete, so " +
			"coda_delete_rows was not run. Ask your administrator for the role coda-admin or the group /admins."},
		{editor, "coda_share_doc", access.CodeNotAllowed, "Your account may read and write but not administer, so " +
			"coda_share_doc was not run. Ask your administrator for an access rule that includes your account."},
		{nobody, "coda_whoami", access.CodeRoleMissing, "You are signed in, but no access rule of this gateway applies to " +
			"your account, so coda_whoami was not run. Ask your administrator for the role coda-editor or coda-viewer."},
	} {
		d := p.Decide(tt.pr, access.Request{Tool: tt.tool})
		if d.Verdict != access.Deny || d.Code != tt.code || d.Reason != tt.want {
			t.Errorf("%s:\n got %v %s %s\nwant %s %s", tt.tool, d.Verdict, d.Code, d.Reason, tt.code, tt.want)
		}
	}
	if got := p.NoAccess(nobody); !strings.Contains(got, "there are no tools for you. Ask your administrator for the "+
		"role coda-admin, coda-editor or coda-viewer or the group /admins.") {
		t.Errorf("NoAccess = %s", got)
	}
	if got := p.NoAccess(viewer); got != "" {
		t.Errorf("NoAccess of somebody with tools = %s", got)
	}

	p = compile(t, defaults())
	d := p.Decide(&token.Principal{Subject: "1", Scopes: []string{"coda:write"}}, access.Request{Tool: "coda_share_doc"})
	if want := "Your account may read, write and delete but not administer, so coda_share_doc was not run. It needs the " +
		"scope coda:admin, which applications cannot ask for here; ask your administrator."; d.Reason != want ||
		d.Code != access.CodeUnreachable {
		t.Errorf("got %s %s", d.Code, d.Reason)
	}
	cfg = defaults()
	cfg.Grants = cfg.Grants[:1]
	d = compile(t, cfg).Decide(&token.Principal{Subject: "1", Scopes: []string{"coda:read"}},
		access.Request{Tool: "coda_create_doc"})
	if d.Code != access.CodeNoGrant || !strings.Contains(d.Reason, "allows it to anyone") {
		t.Errorf("got %s %s", d.Code, d.Reason)
	}
	cfg.Grants = []access.Grant{{When: access.When{ClientIDs: []string{"secret-client"}}, Allow: []string{"*"}}}
	d = compile(t, cfg).Decide(&token.Principal{Subject: "1"}, access.Request{Tool: "coda_create_doc"})
	if d.Code != access.CodeNotAllowed || !strings.Contains(d.Reason, "application") ||
		strings.Contains(d.Reason, "secret-client") {
		t.Errorf("got %s %s", d.Code, d.Reason)
	}
}

func TestNobody(t *testing.T) {
	t.Parallel()
	p := compile(t, defaults())
	if d := p.Decide(nil, access.Request{Tool: "coda_whoami"}); d.Verdict != access.Deny ||
		d.Code != access.CodeNoPrincipal {
		t.Errorf("Decide(nil) = %+v", d)
	}
	if p.Visible(nil).Len() != 0 || p.HasAny(nil) || p.NoAccess(nil) != "" {
		t.Error("nobody sees something")
	}
	if (access.Decision{}).Verdict != access.Deny {
		t.Error("the zero decision does not deny")
	}
	var zero access.Set
	if zero.Contains("coda_whoami") || zero.Len() != 0 || names(zero) != "" {
		t.Error("the zero set holds something")
	}
}

func TestVisibleAsKey(t *testing.T) {
	t.Parallel()
	p := compile(t, defaults())
	a := p.Visible(&token.Principal{Subject: "1", Scopes: []string{"coda:read"}})
	b := p.Visible(&token.Principal{Subject: "2", Scopes: []string{"coda:write", "x"}})
	c := p.Visible(&token.Principal{Subject: "3", Scopes: []string{"coda:admin"}})
	if a != b || a == c {
		t.Error("sets of equal content must be equal, others not")
	}
	if !a.Contains("coda_whoami") || a.Contains("coda_share_doc") || a.Contains("nope") || c.Len() != 6 {
		t.Error("wrong content")
	}
}

func TestNeedsScopes(t *testing.T) {
	t.Parallel()
	cfg := defaults()
	cfg.Issuers = []string{keycloak, zitadel}
	if p := compile(t, cfg); !p.NeedsScopes(zitadel) || !p.NeedsScopes(keycloak) {
		t.Error("the default grants all want scopes")
	}
	cfg.Grants = append(cfg.Grants, access.Grant{When: access.When{Issuers: []string{zitadel}, Roles: []string{"reader"}},
		Allow: []string{"read"}})
	if p := compile(t, cfg); p.NeedsScopes(zitadel) || !p.NeedsScopes(keycloak) {
		t.Error("a grant without scopes for one issuer serves that one only")
	}
}

func TestDecideAllocatesNothing(t *testing.T) {
	cfg := defaults()
	cfg.Grants = append(cfg.Grants, access.Grant{
		When: access.When{
			Roles: []string{"r"}, Groups: []string{"g"}, EmailDomains: []string{"example.com"},
			Emails: []string{"a@example.com"},
			Claims: token.Requirements{"tid": {"other", "tenant-1"}, "/realm/levels/1": {2}, "amr": {"mfa"}},
		},
		Allow: []string{"coda_share_doc"},
	})
	p := compile(t, cfg)
	pr := &token.Principal{
		Issuer: keycloak, Subject: "1", Email: "A@Example.com", Roles: []string{"q", "r"}, Groups: []string{"g"},
		Scopes: []string{"openid", "coda:write"},
		Claims: map[string]any{"tid": "tenant-1", "amr": []any{"pwd", "mfa"},
			"realm": map[string]any{"levels": []any{json.Number("1"), json.Number("2.0")}}},
	}
	for _, tool := range []string{"coda_whoami", "coda_delete_rows", "coda_share_doc"} {
		if n := testing.AllocsPerRun(100, func() {
			if p.Decide(pr, access.Request{Tool: tool}).Verdict != access.Allow {
				t.Error("not allowed")
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", tool, n)
		}
	}
	if n := testing.AllocsPerRun(100, func() { p.Visible(pr) }); n != 0 {
		t.Errorf("Visible: %v allocations", n)
	}
}

func TestErrorsAreTyped(t *testing.T) {
	t.Parallel()
	cfg := defaults()
	cfg.Grants[0].Allow = []string{"reed"}
	cfg.Grants[1].When = access.When{}
	_, err := access.Compile(cfg)
	var e *access.Errors
	if !errors.As(err, &e) || len(e.Problems) != 2 || strings.Count(err.Error(), "\n") != 1 {
		t.Fatalf("got %v", err)
	}
}

func BenchmarkDecide(b *testing.B) {
	p := compile(b, defaults())
	pr := &token.Principal{Issuer: keycloak, Subject: "1", Scopes: []string{"openid", "coda:write"}}
	b.ReportAllocs()
	for b.Loop() {
		p.Decide(pr, access.Request{Tool: "coda_create_doc"})
	}
}
