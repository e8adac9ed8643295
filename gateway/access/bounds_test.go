package access

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// Each condition that does not hold is told, alone.
func TestFailingConditions(t *testing.T) {
	t.Parallel()
	pr := &token.Principal{Issuer: "https://a", Configured: "https://a", Subject: "s", Email: "a@b.example", ClientID: "c"}
	for name, test := range map[string]struct {
		when When
		want condition
	}{
		"none": {When{}, 0}, "role": {When{Roles: []string{"x"}}, byRole}, "group": {When{Groups: []string{"x"}}, byGroup},
		"subject": {When{Subjects: []string{"x"}}, bySubject}, "email": {When{Emails: []string{"x"}}, byEmail},
		"domain": {When{EmailDomains: []string{"x"}}, byDomain}, "client": {When{ClientIDs: []string{"x"}}, byClient},
		"issuer": {When{Issuers: []string{"x"}}, byIssuer},
		"claim":  {When{Claims: token.Requirements{"t": {"x"}}}, byClaim},
		"two":    {When{Roles: []string{"x"}, Subjects: []string{"x"}}, byRole | bySubject},
		"holds":  {When{Subjects: []string{"s"}, ClientIDs: []string{"c"}, Emails: []string{"A@B.example"}}, 0},
	} {
		g := grant{when: test.when, claims: test.when.Claims.Compile()}
		if got := g.failing(pr); got != test.want || g.admits(pr) != (test.want == 0) {
			t.Errorf("%s: %b, want %b", name, got, test.want)
		}
	}
}

// A condition that stands alone wants its scopes and all else.
func TestConditionsHold(t *testing.T) {
	t.Parallel()
	c, problems, _ := CompileWhen(Config{Supported: []string{"a", "b"}}, "when",
		When{Scopes: []string{"a"}, Roles: []string{"r"}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for name, test := range map[string]struct {
		pr   token.Principal
		want bool
	}{
		"both":  {token.Principal{Scopes: []string{"a"}, Roles: []string{"r"}}, true},
		"role":  {token.Principal{Scopes: []string{"b"}, Roles: []string{"r"}}, false},
		"scope": {token.Principal{Scopes: []string{"a"}}, false}, "none": {token.Principal{}, false},
	} {
		if got := c.Holds(&test.pr); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// The first grant that allows is the one that is named, and limits are warned of once each, where they do nothing.
func TestWhichGrantIsNamed(t *testing.T) {
	t.Parallel()
	var tools []Tool
	for n := range 4 {
		tools = append(tools, Tool{Name: fmt.Sprint("coda_", n), Group: Read})
	}
	role := When{Roles: []string{"r"}}
	some := &Docs{IDs: []string{"d"}}
	for name, test := range map[string]struct {
		docs    *Docs
		dry     bool
		tools   int
		warning string // empty = none
	}{
		"docs": {some, false, 4, "4 of its tools"}, "fewer tools": {some, false, 3, "coda_0, coda_1 and coda_2"},
		"no limit": {nil, false, 4, ""}, "not in force": {some, true, 4, ""},
	} {
		first := Grant{When: role, Allow: []string{"read"}, Docs: test.docs, DryRun: test.dry}
		p, err := Compile(Config{Tools: tools[:test.tools],
			Grants: []Grant{first, {When: role, Allow: []string{"read"}}}})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Warnings(); test.warning == "" && len(got) > 0 ||
			test.warning != "" && (len(got) != 1 || !strings.Contains(got[0].String(), test.warning)) {
			t.Errorf("%s: %v, want %q", name, got, test.warning)
		}
		d := p.Decide(&token.Principal{Roles: []string{"r"}}, Request{Tool: "coda_0", Doc: "d"})
		if want := map[bool]string{false: "access[0]", true: "access[1]"}[test.dry]; d.Grant != want {
			t.Errorf("%s: by %s, want %s", name, d.Grant, want)
		}
	}
}

// An address is sifted up to a length; with a longer one, all grants that ask for one are looked at.
func TestLongAddressesAreNotSifted(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]uint64{longestFolded - 1: 0, longestFolded: 1, longestFolded + 1: 1} {
		k := kindOfCondition{by: map[string]grants{strings.Repeat("a", longestFolded): {1}}}
		var f fitting
		if k.folded(strings.Repeat("A", n), &f); f[0] != want {
			t.Errorf("of %d bytes: %b, want %b", n, f[0], want)
		}
	}
	k := kindOfCondition{by: map[string]grants{"b": {1}}}
	var f fitting
	if k.folded(strings.Repeat("a", longestFolded), &f); f[0] != 0 {
		t.Errorf("another one: %b", f[0])
	}
}
