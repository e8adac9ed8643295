package config

import (
	"errors"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// suggesting has what is wrong with access rules say what may be meant. It is no part of a configuration, of which two
// can be compared.
func suggesting(cfg access.Config) access.Config {
	cfg.Near = func(word string, known []string) []string { return near.Mistyped(word, known, 3) }
	return cfg
}

// access compiles the grants, and puts what is wrong with them at its place in the file.
func (d *decoder) access(f *File, issuers []token.Issuer) access.Config {
	cfg := access.Config{
		Tools:     d.catalogue(f),
		Supported: texts(f.Scopes.Supported),
		Initial:   texts(f.Scopes.Initial),
		Implies:   map[string][]string{},

		DefaultGrants: !d.has("access"),
	}
	for s, implied := range f.Scopes.Implies {
		cfg.Implies[string(s)] = texts(implied)
	}
	// What is taken from a key that failed to decode is incomplete: others are not blamed for what is wanting there.
	decoded, scopesClean, toolsClean := d.clean("access", "scopes"), d.clean("scopes"), d.clean("coda.tool_sets")
	for i, g := range f.Access {
		path := item("access", i)
		cfg.Grants = append(cfg.Grants, access.Grant{Allow: g.Allow, DryRun: g.DryRun, Docs: d.docs(path+".docs", g.Docs),
			Hide: d.hide(path+".hide", g.Hide), When: d.when(path+".when", g.When)})
	}
	issuersClean := d.clean("issuers")
	if issuersClean {
		cfg.Issuers = convert(issuers, func(i token.Issuer) string { return i.URL })
	}
	policy, err := access.Compile(suggesting(cfg))
	if wrong, ok := errors.AsType[*access.Errors](err); ok {
		var news []access.Problem
		for _, p := range wrong.Problems {
			switch {
			case d.said(p.Path):
			case !scopesClean && strings.HasPrefix(p.Path, "scopes.initial["):
			case !toolsClean && strings.Contains(p.Path, "].allow["):
			default:
				news = append(news, p)
			}
		}
		for _, p := range news {
			d.problem(p.Path, "%s", p.Message)
		}
		return cfg
	} else if err != nil {
		d.problem("access", "%s", err)
		return cfg
	}
	if !decoded {
		return cfg
	}
	var said []Problem
	if issuersClean {
		before := len(d.warnings)
		d.advise(cfg, policy, issuers, f.PublicURL.Raw)
		said = d.warnings[before:]
	}
	for _, w := range policy.Warnings() {
		if !slices.ContainsFunc(said, func(p Problem) bool { return p.Path == w.Path }) { // that cure knows the provider
			d.warn(w.Path, "%s", w.Message)
		}
	}
	if !issuersClean {
		return cfg
	}
	for i, g := range cfg.Grants {
		if len(cfg.Issuers) > 1 {
			d.nameIssuers(item("access", i), g.When, cfg.Issuers[0], len(cfg.Issuers))
		}
	}
	return cfg
}

// when takes over a condition that stands at path.
func (d *decoder) when(path string, w whenFile) access.When {
	return access.When{
		Scopes: texts(w.Scopes), Roles: w.Roles, Groups: w.Groups, Subjects: w.Subjects, Emails: w.Emails,
		EmailDomains: w.EmailDomains,
		ClientIDs:    w.ClientIDs, Issuers: w.Issuers, Claims: d.requirements(path+".claims", w.Claims),
	}
}

// nameIssuers warns of what goes to people under names that each of several issuers could give to anybody: `sub` is
// unique within its issuer only (RFC 7519 §4.1.2), and an issuer vouches for the addresses of its own people at best.
func (d *decoder) nameIssuers(path string, w access.When, issuer string, of int) {
	if len(w.Issuers) > 0 {
		return
	}
	for _, named := range []struct {
		key    string
		values []string
	}{{"subjects", w.Subjects}, {"emails", w.Emails}, {"email_domains", w.EmailDomains}} {
		if len(named.values) > 0 {
			d.warn(path+".when."+named.key, "any of the %d issuers can give these to somebody else; name the issuer too, "+
				"as in issuers: [%s]", of, quote(issuer))
		}
	}
}
