package access_test

import (
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// A limit does nothing where the same people have more from another grant: of each condition alone, whether one grant's
// people are all among another's.
func TestLimitsThatDoNothing(t *testing.T) {
	t.Parallel()
	type when = access.When
	tenant := func(v string) token.Requirements { return token.Requirements{"t": {v}} }
	for name, test := range map[string]struct {
		narrow, wide when
		warned       bool
	}{
		"the same role":       {when{Roles: []string{"a"}}, when{Roles: []string{"a"}}, true},
		"one of two roles":    {when{Roles: []string{"a"}}, when{Roles: []string{"a", "b"}}, true},
		"two roles of one":    {when{Roles: []string{"a", "b"}}, when{Roles: []string{"a"}}, false},
		"roles by case":       {when{Roles: []string{"A"}}, when{Roles: []string{"a"}}, false},
		"a role more":         {when{Roles: []string{"a"}, Groups: []string{"g"}}, when{Roles: []string{"a"}}, true},
		"a role less":         {when{Roles: []string{"a"}}, when{Roles: []string{"a"}, Groups: []string{"g"}}, false},
		"groups":              {when{Groups: []string{"a"}}, when{Groups: []string{"a"}}, true},
		"other groups":        {when{Groups: []string{"a"}}, when{Groups: []string{"b"}}, false},
		"subjects":            {when{Subjects: []string{"a"}}, when{Subjects: []string{"a"}}, true},
		"other subjects":      {when{Subjects: []string{"a"}}, when{Subjects: []string{"b"}}, false},
		"clients":             {when{ClientIDs: []string{"a"}}, when{ClientIDs: []string{"a"}}, true},
		"other clients":       {when{ClientIDs: []string{"a"}}, when{ClientIDs: []string{"b"}}, false},
		"addresses by case":   {when{Emails: []string{"A@b.example"}}, when{Emails: []string{"a@B.example"}}, true},
		"other addresses":     {when{Emails: []string{"a@b.example"}}, when{Emails: []string{"c@b.example"}}, false},
		"an address's domain": {when{Emails: []string{"a@b.example"}}, when{EmailDomains: []string{"B.example"}}, true},
		"one of another domain": {when{Emails: []string{"a@b.example", "a@c.example"}},
			when{EmailDomains: []string{"b.example"}}, false},
		"domains":              {when{EmailDomains: []string{"b.example"}}, when{EmailDomains: []string{"B.example"}}, true},
		"no address, a domain": {when{Roles: []string{"a"}}, when{EmailDomains: []string{"b.example"}}, false},
		"the only issuer":      {when{Roles: []string{"a"}}, when{Issuers: []string{keycloak}}, true},
		"claims":               {when{Claims: tenant("x")}, when{Claims: tenant("x")}, true},
		"other claims":         {when{Claims: tenant("x")}, when{Claims: tenant("y")}, false},
		"claims of nobody": {when{Claims: tenant("x"), Roles: []string{"a"}},
			when{Roles: []string{"a"}}, true},
		"a scope to ask for":   {when{Roles: []string{"a"}}, when{Scopes: []string{"coda:read"}}, true},
		"a scope that is had":  {when{Scopes: []string{"coda:admin"}}, when{Scopes: []string{"coda:admin"}}, true},
		"a scope out of reach": {when{Scopes: []string{"coda:read"}}, when{Scopes: []string{"coda:admin"}}, false},
	} {
		cfg := defaults()
		cfg.Issuers = []string{keycloak}
		narrow := access.Grant{When: test.narrow, Allow: []string{"read"}, Docs: &access.Docs{IDs: []string{"d"}}}
		wide := access.Grant{When: test.wide, Allow: []string{"read"}}
		for _, what := range []string{"docs", "hide"} {
			if what == "hide" {
				narrow.Docs, narrow.Hide = nil, []access.Hide{{Table: "grid-1"}}
			}
			cfg.Grants = []access.Grant{narrow, wide}
			if got := warnedAt(t, cfg, "access[0]."+what); got != test.warned {
				t.Errorf("%s: %s: warned %t, want %t", name, what, got, test.warned)
			}
			cfg.Grants[1].DryRun = true
			if warnedAt(t, cfg, "access[0]."+what) {
				t.Errorf("%s: %s: warned of a grant that is not in force", name, what)
			}
		}
	}
}

func warnedAt(t *testing.T, cfg access.Config, path string) bool {
	t.Helper()
	for _, w := range compile(t, cfg).Warnings() {
		if w.Path == path {
			return true
		}
	}
	return false
}

// What is hidden under one grant and shown under another is shown in the documents that both are for.
func TestHidingThatDoesNothing(t *testing.T) {
	t.Parallel()
	docs := func(ids, folders, workspaces string) *access.Docs {
		of := strings.Fields
		return &access.Docs{IDs: of(ids), Folders: of(folders), Workspaces: of(workspaces)}
	}
	for name, test := range map[string]struct {
		hides, shows *access.Docs
		warned       bool
	}{
		"everywhere":           {nil, nil, true},
		"within everywhere":    {docs("d", "", ""), nil, true},
		"everywhere in some":   {nil, docs("d", "", ""), false},
		"the same":             {docs("d", "f", "w"), docs("d", "f", "w"), true},
		"one of two":           {docs("d", "", ""), docs("d e", "", ""), true},
		"two of one":           {docs("d e", "", ""), docs("d", "", ""), false},
		"a folder of two":      {docs("", "f", ""), docs("", "f g", ""), true},
		"another folder":       {docs("", "f", ""), docs("", "g", ""), false},
		"a workspace of two":   {docs("", "", "w"), docs("", "", "w x"), true},
		"another workspace":    {docs("", "", "w"), docs("", "", "x"), false},
		"a document and more":  {docs("d", "f", ""), docs("d", "", ""), false},
		"of a document, more":  {docs("d", "", ""), docs("d", "f", "w"), true},
		"a folder's workspace": {docs("d", "f", "w"), docs("d", "f", ""), false},
	} {
		cfg := defaults()
		when := access.When{Roles: []string{"a"}}
		cfg.Grants = []access.Grant{
			{When: when, Allow: []string{"read"}, Docs: test.hides, Hide: []access.Hide{{Table: "grid-1"}}},
			{When: when, Allow: []string{"read"}, Docs: test.shows},
		}
		if got := warnedAt(t, cfg, "access[0].hide"); got != test.warned {
			t.Errorf("%s: warned %t, want %t", name, got, test.warned)
		}
		cfg.Grants[1].Allow = []string{"write"}
		if warnedAt(t, cfg, "access[0].hide") {
			t.Errorf("%s: warned of a grant that shows nothing", name)
		}
	}
}
