package lend

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
)

func when(t *testing.T, w access.When) *access.Condition {
	t.Helper()
	c, problems, _ := access.CompileWhen(access.Config{Supported: []string{"coda:read", "coda:write"},
		Implies: map[string][]string{"coda:write": {"coda:read"}}}, "coda.credentials[0].when", w)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return c
}

// own is a store of people's own tokens, by issuer and subject.
type own map[string]string

func (o own) Own(_ context.Context, issuer, subject string) (string, bool, error) {
	if o == nil {
		return "", false, errors.New("the store is away")
	}
	text, ok := o[issuer+" "+subject]
	return text, ok, nil
}

func TestLend(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := map[string]string{"ada@example.com": "ada-token\n", "grace%40example.com": "grace-token",
		"248289761001":      "sub",
		"empty@example.com": "\n", "two@example.com": "one\ntwo", "long@example.com": strings.Repeat("x", maxToken+1)}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	finance := Rule{Name: "coda.credentials[0]", When: when(t, access.When{Groups: []string{"/finance"}}),
		Token: "finance"}
	boss := Rule{Name: "coda.credentials[1]", When: when(t, access.When{Emails: []string{"Boss@example.com"}}),
		Token: "boss"}
	writers := Rule{Name: "coda.credentials[2]", When: when(t, access.When{Scopes: []string{"coda:read"}}),
		Token: "writers"}
	byEmail := Rule{Name: "coda.credentials[3]", When: when(t, access.When{}), Directory: dir, By: ByEmail}
	bySubject := Rule{Name: "coda.credentials[3]", When: when(t, access.When{}), Directory: dir, By: BySubject}
	nowhere := Rule{Name: "coda.credentials[3]", When: when(t, access.When{}), Directory: dir + "/none", By: BySubject}
	mail := func(address string, verified bool) *token.Principal {
		return &token.Principal{Issuer: "https://id", Subject: "s", Email: address, EmailVerified: verified}
	}
	ada := mail("Ada@Example.com", true)
	rules := func(list ...Rule) Config { return Config{Rules: list} }
	orAll := func(list ...Rule) Config { return Config{Rules: list, Token: "all"} }
	subject := func(s string) *token.Principal { return &token.Principal{Subject: s} }
	hers := own{"https://id t": "hers"}
	team := &token.Principal{Groups: []string{"/finance"}, Scopes: []string{"coda:write"}}
	for name, test := range map[string]struct {
		cfg    Config
		who    *token.Principal
		token  string
		rule   string
		reason call.Reason
	}{
		"default":         {Config{Token: "all"}, ada, "all", Default, ""},
		"nobody":          {Config{}, ada, "", "", call.NoCodaAccount},
		"nobody signed":   {Config{Token: "all"}, nil, "", "", call.NoCodaAccount},
		"first match":     {rules(finance, byEmail), team, "finance", finance.Name, ""},
		"no match":        {rules(finance), ada, "", "", call.NoCodaAccount},
		"falls to all":    {orAll(finance), ada, "all", Default, ""},
		"implied scope":   {rules(writers), team, "writers", writers.Name, ""},
		"address":         {rules(boss), mail("boss@example.com", true), "boss", boss.Name, ""},
		"another's":       {rules(boss), mail("boss@example.com", false), "", "", call.NoCodaAccount},
		"file, folded":    {orAll(byEmail), ada, "ada-token", byEmail.Name, ""},
		"file, encoded":   {rules(byEmail), mail("grace@example.com", true), "grace-token", byEmail.Name, ""},
		"unverified":      {orAll(byEmail), mail("ada@example.com", false), "", "", call.EmailUnverified},
		"no address":      {orAll(byEmail), mail("", false), "", "", call.EmailUnverified},
		"no file":         {orAll(byEmail), mail("x@example.com", true), "", "", call.NoCodaAccount},
		"kelvin":          {rules(byEmail), mail("ada@example\u212a.com", true), "", "", call.NoCodaAccount},
		"empty file":      {orAll(byEmail), mail("empty@example.com", true), "", "", call.CodaTokenUnusable},
		"two lines":       {rules(byEmail), mail("two@example.com", true), "", "", call.CodaTokenUnusable},
		"too large":       {rules(byEmail), mail("long@example.com", true), "", "", call.CodaTokenUnusable},
		"no directory":    {orAll(nowhere), ada, "", "", call.CodaTokenUnusable},
		"subject":         {rules(bySubject), subject("248289761001"), "sub", bySubject.Name, ""},
		"subject folded":  {rules(bySubject), subject("ADA@example.com"), "", "", call.NoCodaAccount},
		"long subject":    {rules(bySubject), subject(strings.Repeat("/", 90)), "", "", call.NoCodaAccount},
		"own":             {Config{Rules: []Rule{byEmail}, Own: own{"https://id s": "mine"}}, ada, "mine", Brought, ""},
		"not own":         {Config{Rules: []Rule{byEmail}, Own: hers}, ada, "ada-token", byEmail.Name, ""},
		"own only":        {Config{Token: "all", Own: hers, OwnOnly: true}, ada, "", "", call.OwnTokenMissing},
		"own, store away": {Config{Token: "all", Own: own(nil)}, ada, "", "", call.OwnTokensAway},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := New(test.cfg).Lend(t.Context(), test.who)
			if test.reason == "" {
				if err != nil || got.Token != test.token || got.Rule != test.rule {
					t.Errorf("%+v, %v, want %s of %s", got, err, test.token, test.rule)
				}
				return
			}
			refusal, ok := errors.AsType[*Refusal](err)
			if !ok || refusal.Reason != test.reason || got != (Credential{}) {
				t.Fatalf("%+v, %v, want %s", got, err, test.reason)
			}
			if strings.Contains(refusal.Words, dir) || strings.Contains(refusal.Words, "coda.") {
				t.Errorf("the person is told %q", refusal.Words)
			}
		})
	}
}

// Whoever signs in where the page does not have people sign in is not sent there.
func TestNoLinkForWhoCannotUseIt(t *testing.T) {
	t.Parallel()
	const page = "https://mcp.example.com/connect"
	for _, cfg := range []Config{{OwnOnly: true}, {}} {
		cfg.Connect, cfg.Connects = page, func(pr *token.Principal) bool { return pr.Configured == "https://first" }
		for issuer, linked := range map[string]bool{"https://first": true, "https://second": false} {
			_, err := New(cfg).Lend(t.Context(), &token.Principal{Configured: issuer, Subject: "s"})
			refusal, ok := errors.AsType[*Refusal](err)
			if !ok || (refusal.Connect == page) != linked || strings.Contains(refusal.Words, page) != linked ||
				!linked && !strings.Contains(refusal.Words, "Ask your administrator") {
				t.Errorf("own only %v, of %s: %+v", cfg.OwnOnly, issuer, refusal)
			}
		}
	}
}

// No name leads out of the directory, none is another's, and a link may lead to a neighbour only.
func TestFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inside := filepath.Join(dir, "tokens")
	for name, text := range map[string]string{"outside": "secret", "tokens/..data/linked": "linked"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for to, name := range map[string]string{"../outside": "escapes", "..data/linked": "stays", "..data": "folder"} {
		if err := os.Symlink(to, filepath.Join(inside, name)); err != nil {
			t.Fatal(err)
		}
	}
	lender := New(Config{Rules: []Rule{{When: when(t, access.When{}), Directory: inside, By: BySubject}}})
	for subject, want := range map[string]string{
		"stays": "linked", "escapes": "", "folder": "", "..": "", ".": "", "../outside": "", "..data/linked": "",
		"/etc/passwd": "", "..data\x00": "", "%2e%2e": "",
	} {
		got, err := lender.Lend(t.Context(), &token.Principal{Subject: subject})
		if got.Token != want || (err == nil) != (want != "") {
			t.Errorf("%q: %+v, %v", subject, got, err)
		}
	}
	if names, all, err := Files(inside, 2); err != nil || len(names) != 2 || all != 3 {
		t.Errorf("%v of %d, %v", names, all, err)
	}
}

// A file that changes counts at once.
func TestFileChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lender := New(Config{Rules: []Rule{{When: when(t, access.When{}), Directory: dir, By: BySubject}}})
	for _, text := range []string{"one", "two", ""} {
		path := filepath.Join(dir, "ada")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := lender.Lend(t.Context(), &token.Principal{Subject: "ada"})
		if got.Token != text || (err == nil) != (text != "") {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

func FuzzFileNames(f *testing.F) {
	for _, seed := range []string{"ada@example.com", "..", "a/b", "auth0|1", ".x", "%2e", "\xff\x00"} {
		f.Add(seed, seed+"x")
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		a, errA := FileNames(one)
		b, errB := FileNames(two)
		for _, name := range a {
			if name == "" || strings.HasPrefix(name, ".") || strings.ContainsAny(name, "/\\\x00") || len(name) > maxFileName {
				t.Errorf("%q is named %q", one, name)
			}
			for _, other := range b {
				if errA == nil && errB == nil && one != two && name == other {
					t.Errorf("%q and %q are both named %q", one, two, name)
				}
			}
		}
	})
}
