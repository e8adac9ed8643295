package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/lend"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// userNames are claims of what people are called where they sign in. They often look like an address, and are nobody's
// promise that mail to it arrives.
var userNames = []string{"preferred_username", "upn", "unique_name", "username", "user_name", "cognito:username",
	"login", "login_name", "loginname", "login_hint", "nickname", "mailnickname", "name", "sub", "uid", "user_id",
	"userid", "userprincipalname", "samaccountname", "winaccountname", "commonname"}

// takenForEmail says which claim an issuer's addresses come from that nobody is known to verify, and what it is; empty
// = none. What a preset reads is known.
func (d *decoder) takenForEmail(path string, i *token.Issuer) (claim, is string) {
	if !d.has(path + ".claims.email") {
		return "", ""
	}
	for _, p := range i.Claims.Email {
		if p.OfMail() {
			continue
		}
		claim = p.String()
		last := strings.ToLower(claim[strings.LastIndexByte(claim, '/')+1:])
		if is = "is not known to hold verified addresses"; slices.Contains(userNames, last) {
			is = "is a user name, which people may choose for themselves"
		}
		return quote(claim), is
	}
	return "", ""
}

// adviseUserNames warns of grants about addresses where an issuer's addresses are user names.
func (d *decoder) adviseUserNames(path string, i *token.Issuer, cfg access.Config) {
	claim, is := d.takenForEmail(path, i)
	for n, g := range cfg.Grants {
		if w := g.When; claim == "" || len(w.Emails)+len(w.EmailDomains) == 0 || !isFor(w, i) {
			continue
		}
		if i.RequireVerifiedEmail {
			d.warn(path+".claims.email", "access[%d] matches e-mail addresses, and %s %s: email_verified does not vouch "+
				"for it, so with require_verified_email it matches nobody; name the claim with the address, such as email, or "+
				"write the grant for groups, roles or subjects", n, claim, is)
			return
		}
		d.warn(path+".claims.email", "access[%d] trusts e-mail addresses, and %s %s: anybody who takes the name "+
			"ceo@example.com there gets what that address may do; name the claim with the verified address, such as email, "+
			"or write the grant for "+
			"groups, roles or subjects", n, claim, is)
		return
	}
}

// adviseLentByUserName warns of Coda accounts that are lent by address where an issuer's addresses are user names.
func (d *decoder) adviseLentByUserName(path string, c *Credential, issuers []token.Issuer) {
	at := path + ".by"
	if c.By != lend.ByEmail {
		if len(c.When.Emails)+len(c.When.EmailDomains) == 0 {
			return
		}
		at = path + ".when"
	}
	for n := range issuers {
		claim, is := d.takenForEmail(item("issuers", n), &issuers[n])
		if claim == "" || !isFor(c.When, &issuers[n]) {
			continue
		}
		d.warn(at, "this matches e-mail addresses, and %s %s: email_verified does not vouch for it, so nobody gets an "+
			"account through it; %s", fmt.Sprintf("%s, which issuers[%d].claims.email names,", claim, n), is,
			"remove that key so that the claim email counts, or write by: subject, or a condition on groups, roles or subjects")
	}
}
