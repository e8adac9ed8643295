package config

import (
	"fmt"
	"os"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/lend"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// Credential is an entry of coda.credentials: whose Coda account those act with who meet its condition.
type Credential struct {
	// When is the condition as it is written, Condition the same compiled.
	When      access.When
	Condition *access.Condition
	// Token is a Coda API token; empty where Directory holds one for each person.
	Token     Secret
	Directory string
	By        lend.By
}

// lentWhen is like a grant's when, and may be empty: everybody.
type lentWhen whenFile

// lendBy is what a person's file is named after.
type lendBy string

func (lendBy) values() []string { return []string{string(lend.ByEmail), string(lend.BySubject)} }

// UnmarshalText takes one of the values.
func (b *lendBy) UnmarshalText(text []byte) error { return chosen(b, text, b.values()) }

// credentials compiles the entries of coda.credentials.
func (d *decoder) credentials(f *File, cfg *Config) []Credential {
	list := make([]Credential, 0, len(f.Coda.Credentials))
	everybody := -1
	for i, entry := range f.Coda.Credentials {
		path := item("coda.credentials", i)
		c := Credential{Directory: string(entry.Directory), By: lend.By(entry.By),
			When: d.when(path+".when", whenFile(entry.When))}
		if everybody >= 0 && d.clean(path) {
			d.warn(path, "is never reached, because coda.credentials[%d] is for everybody (when: {}); put that one "+
				"last", everybody)
		}
		d.lends(path, entry, &c)
		d.borrowers(path, &c, cfg)
		if everybody < 0 && d.clean(path+".when") && isForAll(c.When) {
			everybody = i
		}
		list = append(list, c)
	}
	if everybody >= 0 && d.has("coda.token") && d.clean("coda") {
		d.warn("coda.token", "is never used, because coda.credentials[%d] is for everybody (when: {}), even for people "+
			"it has nothing for; remove it", everybody)
	}
	return list
}

// lends looks at what an entry lends.
func (d *decoder) lends(path string, entry credentialFile, c *Credential) {
	hasToken, hasDirectory := d.has(path+".token"), d.has(path+".directory")
	switch {
	case !d.clean(path):
	case hasToken && hasDirectory:
		d.problem(path, "has a token and a directory; keep one")
	case hasDirectory && !d.has(path+".by"):
		d.problem(path, "does not say what the files of its directory are named after; add by: email or by: subject")
	case hasDirectory:
		if err := d.opts.ReadDirectory(c.Directory); err != nil {
			d.problem(path+".directory", "%s cannot be read: %s", c.Directory, reason(err))
		}
	case !hasToken:
		d.problem(path, "has no token; add token: ${file:/run/secrets/coda-token}, or directory: /run/coda-tokens and "+
			"by: email")
	case d.has(path + ".by"):
		d.problem(path+".by", "is for the files of a directory, but this entry has a token; remove it")
	default:
		c.Token = d.requiredSecret(path+".token", entry.Token)
	}
}

// borrowers looks at whom an entry is for.
func (d *decoder) borrowers(path string, c *Credential, cfg *Config) {
	if !d.clean(path+".when", "scopes", "issuers") {
		return
	}
	condition, problems, warnings := access.CompileWhen(suggesting(cfg.Access), path+".when", c.When)
	for _, p := range problems {
		d.problem(p.Path, "%s", p.Message)
	}
	for _, w := range warnings {
		d.warn(w.Path, "%s", w.Message)
	}
	if len(problems) > 0 {
		return
	}
	c.Condition = condition
	if several := !oneIssuer(cfg.Issuers, c.When.Issuers); several && c.By == lend.BySubject {
		d.problem(path+".by", "a subject identifies a person only within one issuer, but this entry is for several; "+
			"name one issuer in when, as in issuers: [%s]", quote(cfg.Issuers[0].URL))
	} else if several && c.By == lend.ByEmail {
		d.warn(path+".by", "this entry is for several issuers, and each can claim to have verified an address that "+
			"belongs to another's people; name one issuer in when, as in issuers: [%s]",
			quote(cfg.Issuers[0].URL))
	}
	d.adviseLentByUserName(path, c, cfg.Issuers)
	if len(cfg.Issuers) > 1 {
		d.nameIssuers(path, c.When, cfg.Issuers[0].URL, len(cfg.Issuers))
	}
}

// oneIssuer tells whether all tokens that an entry is for have one iss. A tenant is an issuer of its own.
func oneIssuer(all []token.Issuer, named []string) bool {
	if len(named) == 0 {
		named = convert(all, func(i token.Issuer) string { return i.URL })
	}
	if len(named) != 1 {
		return false
	}
	for _, i := range all {
		if i.URL == named[0] && strings.Contains(i.URL, token.TenantTemplate) {
			return len(i.Tenants) == 1 && i.Tenants[0] != token.AnyTenant
		}
	}
	return true
}

func isForAll(w access.When) bool {
	return len(w.Scopes)+len(w.Roles)+len(w.Groups)+len(w.Subjects)+len(w.Emails)+len(w.EmailDomains)+len(w.ClientIDs)+
		len(w.Issuers)+len(w.Claims) == 0
}

// nobodyLends is where no key says whose Coda account anybody acts with.
func (d *decoder) nobodyLends(f codaFile) bool {
	return !d.has("coda.token") && len(f.Credentials) == 0 && !f.Enrollment.Enabled
}

// readDirectory tells why a directory cannot be read.
func readDirectory(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("it is a file; name the directory that holds one file per person")
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return d.Close()
}
