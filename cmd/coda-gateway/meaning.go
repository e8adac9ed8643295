package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// meaning says in one sentence what a configuration lets people do, and in whose Coda account.
func meaning(cfg *config.Config, policy *access.Policy) string {
	var parts []string
	for _, who := range whoOf(cfg.Access) {
		may := abilities(policy, who.principal(cfg))
		if policy.Limited() {
			may = reach(cfg, policy, who.principal(cfg))
		}
		if may != "" {
			parts = append(parts, who.text+" can "+may)
		}
	}
	if len(parts) == 0 {
		return "Nobody can do anything: no grant allows anything to anyone."
	}
	text := "Everyone to whom " + issuerNames(cfg) + " gives a token " + strings.Join(parts, "; ") + "; " + whose(cfg)
	if policy.Limited() {
		text = strings.Replace(text, "; each in every document", "; each in those documents", 1) +
			", and nothing else exists for them"
	}
	if cfg.File.ReadOnly {
		text += ", but because of read_only: true no tool that changes anything runs"
	}
	return text + "." + dryRuns(cfg) + " " + limitsMeaning(cfg)
}

func issuerNames(cfg *config.Config) string {
	var names []string
	for _, i := range cfg.Issuers {
		names = append(names, i.URL)
	}
	return strings.Join(names, " or ")
}

// who is one way to be let in: the conditions of a grant with one value of each list.
type who struct {
	text string
	when access.When
}

// whoOf lists the ways that an access section knows, each once, in its order.
func whoOf(cfg access.Config) []who {
	var out []who
	for _, g := range cfg.Grants {
		for _, w := range ways(g.When) {
			if !slices.ContainsFunc(out, func(o who) bool { return o.text == w.text }) {
				out = append(out, w)
			}
		}
	}
	return out
}

// maxWays bounds the combinations of one grant that are looked at.
const maxWays = 64

// ways takes the lists of a condition apart.
func ways(w access.When) []who {
	all := []who{{when: access.When{Scopes: w.Scopes, Claims: w.Claims}}}
	for _, list := range []struct {
		values []string
		set    func(*access.When, string)
	}{
		{w.Roles, func(w *access.When, v string) { w.Roles = []string{v} }},
		{w.Groups, func(w *access.When, v string) { w.Groups = []string{v} }},
		{w.Subjects, func(w *access.When, v string) { w.Subjects = []string{v} }},
		{w.Emails, func(w *access.When, v string) { w.Emails = []string{v} }},
		{w.EmailDomains, func(w *access.When, v string) { w.EmailDomains = []string{v} }},
		{w.ClientIDs, func(w *access.When, v string) { w.ClientIDs = []string{v} }},
		{w.Issuers, func(w *access.When, v string) { w.Issuers = []string{v} }},
	} {
		if len(list.values) == 0 {
			continue
		}
		var next []who
		for _, one := range all {
			for _, v := range list.values {
				if len(next) == maxWays {
					break
				}
				with := one
				list.set(&with.when, v)
				next = append(next, with)
			}
		}
		all = next
	}
	for i := range all {
		all[i].text = describeWhen(all[i].when)
	}
	return all
}

// withAnything describes a condition that everybody meets.
const withAnything = "with whatever is in it"

func describeWhen(w access.When) string {
	var parts []string
	add := func(noun string, values []string) {
		switch len(values) {
		case 0:
		case 1:
			parts = append(parts, "the "+noun+" "+values[0])
		default:
			parts = append(parts, "the "+noun+"s "+strings.Join(values, " and "))
		}
	}
	add("scope", w.Scopes)
	add("role", w.Roles)
	add("group", w.Groups)
	add("subject", w.Subjects)
	add("address", w.Emails)
	add("address domain", w.EmailDomains)
	add("client", w.ClientIDs)
	add("issuer", w.Issuers)
	if len(w.Claims) > 0 {
		parts = append(parts, "the claims "+w.Claims.Describe())
	}
	if len(parts) == 0 {
		return withAnything
	}
	return "with " + strings.Join(parts, " and ")
}

// principal is somebody who meets the conditions and nothing more.
func (w who) principal(cfg *config.Config) *token.Principal {
	pr := &token.Principal{Issuer: cfg.Issuers[0].URL, Subject: "somebody", Claims: map[string]any{},
		Scopes: w.when.Scopes,
		Roles:  w.when.Roles, Groups: w.when.Groups}
	first := func(list []string, set func(string)) {
		if len(list) > 0 {
			set(list[0])
		}
	}
	first(w.when.Issuers, func(s string) { pr.Issuer = s })
	first(w.when.Subjects, func(s string) { pr.Subject = s })
	first(w.when.ClientIDs, func(s string) { pr.ClientID = s })
	first(w.when.EmailDomains, func(s string) { pr.Email = "somebody@" + s })
	first(w.when.Emails, func(s string) { pr.Email = s })
	pr.Configured = pr.Issuer
	for path, values := range w.when.Claims {
		if p, err := token.ParsePath(path); err == nil && len(values) > 0 {
			p.Set(pr.Claims, values[0])
		}
	}
	return pr
}

// allowed are the tools that somebody may call without asking for more, by name.
func allowed(policy *access.Policy, pr *token.Principal) []access.Tool {
	var out []access.Tool
	for _, t := range policy.Tools() {
		if policy.Decide(pr, access.Request{Tool: t.Name}).Verdict == access.Allow {
			out = append(out, t)
		}
	}
	return out
}

// verbs are what the groups of tools mean to a person.
var verbs = []struct {
	group access.Group
	verb  string
}{
	{access.Read, "read"}, {access.Write, "change"}, {access.Destructive, "delete"},
	{access.Effects, "push buttons and run automations"},
	{access.Admin, "administer"},
}

func abilities(policy *access.Policy, pr *token.Principal) string {
	return verbsOf(allowed(policy, pr))
}

func verbsOf(tools []access.Tool) string {
	var words []string
	for _, v := range verbs {
		has := slices.ContainsFunc(tools, func(t access.Tool) bool { return t.Group == v.group })
		if has {
			words = append(words, v.verb)
		}
	}
	return joinAnd(words)
}

func joinAnd(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// changes says which rights differ between two configurations, one line for each way to be let in.
func changes(before, after *config.Config) ([]string, error) {
	old, err := access.Compile(before.Access)
	if err != nil {
		return nil, err
	}
	now, err := access.Compile(after.Access)
	if err != nil {
		return nil, err
	}
	var out []string
	all := whoOf(access.Config{Grants: slices.Concat(before.Access.Grants, after.Access.Grants)})
	for _, w := range all {
		had, has := allowed(old, w.principal(before)), allowed(now, w.principal(after))
		if was, is := reach(before, old, w.principal(before)), reach(after, now, w.principal(after)); was != is &&
			(old.Limited() || now.Limited()) {
			out = append(out, fmt.Sprintf("! a token %s could %s, and can now %s", w.text,
				cmp.Or(was, "do nothing"), cmp.Or(is, "do nothing")))
		}
		gained, lost := without(has, had), without(had, has)
		if len(gained) > 0 {
			out = append(out, fmt.Sprintf("+ a token %s may now call %s", w.text, toolList(gained)))
		}
		if len(lost) > 0 {
			out = append(out, fmt.Sprintf("- a token %s may no longer call %s", w.text, toolList(lost)))
		}
	}
	return slices.Concat(out, issuerChanges(before, after), codaChanges(before, after), limitChanges(before, after)), nil
}

// codaChanges says what else decides about rights: the switch for a bad day, what people are asked for, and whose
// documents they are.
func codaChanges(before, after *config.Config) []string {
	var out []string
	switch was, is := before.File.ReadOnly, after.File.ReadOnly; {
	case was && !is:
		out = append(out, "+ read_only is off: tools that change something run again, as far as access allows")
	case is && !was:
		out = append(out, "- read_only is on: no tool that changes anything runs, for anybody")
	}
	if was, is := list(before.Access.Supported), list(after.Access.Supported); was != is {
		out = append(out, fmt.Sprintf("! scopes.supported was %s, is %s", orNone(was), orNone(is)))
	}
	switch {
	case before.Coda.BaseURL != after.Coda.BaseURL:
		out = append(out, fmt.Sprintf("! coda.base_url was %s, is %s", before.Coda.BaseURL, after.Coda.BaseURL))
	case before.Coda.Token.Reveal() != "" && after.Coda.Token.Reveal() == "":
		out = append(out, "- coda.token is gone: people who match no entry of coda.credentials have no Coda account")
	case before.Coda.Token.Reveal() != after.Coda.Token.Reveal():
		out = append(out, "! coda.token has changed, so the documents may be those of a different Coda account")
	}
	return append(out, credentialChanges(before.Coda, after.Coda)...)
}

func without(a, b []access.Tool) []access.Tool {
	return slices.DeleteFunc(slices.Clone(a), func(t access.Tool) bool {
		return slices.ContainsFunc(b, func(o access.Tool) bool { return o.Name == t.Name })
	})
}

func toolList(tools []access.Tool) string {
	names := make([]string, len(tools))
	for i, t := range tools {
		names[i] = t.Name + " (" + string(t.Group) + ")"
	}
	return strings.Join(names, ", ")
}

// issuerChanges says who else may come in, or no longer may, by what is accepted of a token.
func issuerChanges(before, after *config.Config) []string {
	var out []string
	find := func(cfg *config.Config, url string) *token.Issuer {
		for i := range cfg.Issuers {
			if cfg.Issuers[i].URL == url {
				return &cfg.Issuers[i]
			}
		}
		return nil
	}
	for i := range after.Issuers {
		now := &after.Issuers[i]
		was := find(before, now.URL)
		if was == nil {
			out = append(out, "+ tokens of "+now.URL+" are accepted")
			continue
		}
		out = append(out, acceptance(was, now)...)
	}
	for i := range before.Issuers {
		if url := before.Issuers[i].URL; find(after, url) == nil {
			out = append(out, "- tokens of "+url+" are no longer accepted")
		}
	}
	return out
}

func acceptance(was, now *token.Issuer) []string {
	var out []string
	for _, f := range []struct {
		key      string
		was, now string
	}{
		{"tenants", list(was.Tenants), list(now.Tenants)},
		{"audiences", list(was.Audiences), list(now.Audiences)},
		{"client_ids", list(was.ClientIDs), list(now.ClientIDs)},
		{"allow_missing_audience", fmt.Sprint(was.AllowMissingAudience), fmt.Sprint(now.AllowMissingAudience)},
		{"allow_id_tokens", fmt.Sprint(was.AllowIDTokens), fmt.Sprint(now.AllowIDTokens)},
		{"require_verified_email", fmt.Sprint(was.RequireVerifiedEmail), fmt.Sprint(now.RequireVerifiedEmail)},
		{"algorithms", list(was.Algorithms), list(now.Algorithms)},
		{"token_type", was.TokenType, now.TokenType},
		{"required_claims", was.RequiredClaims.Describe(), now.RequiredClaims.Describe()},
		{"claims", fmt.Sprint(was.Claims), fmt.Sprint(now.Claims)},
		{"scope_prefix", was.ScopePrefix, now.ScopePrefix},
	} {
		if f.was != f.now {
			out = append(out, fmt.Sprintf("! %s: %s was %s, is %s", now.URL, f.key, orNone(f.was), orNone(f.now)))
		}
	}
	if !was.NotBefore.Equal(now.NotBefore) {
		out = append(out, fmt.Sprintf("! %s: not_before was %s, is %s", now.URL, orNone(cutOff(was)), orNone(cutOff(now))))
	}
	return out
}

func cutOff(i *token.Issuer) string {
	if i.NotBefore.IsZero() {
		return ""
	}
	return i.NotBefore.UTC().String()
}

func list(values []string) string { return strings.Join(values, " ") }

func orNone(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}
