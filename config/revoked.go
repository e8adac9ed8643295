package config

import "github.com/bestviable/coda-gateway/gateway/token"

// revoked makes sure that each entry says whose tokens it refuses, and can mean what it says.
func (d *decoder) revoked(list []Revoked, issuers []token.Issuer) {
	clean := d.clean("issuers")
	for i, e := range list {
		path := item("revoked", i)
		if !d.clean(path) {
			continue
		}
		switch {
		case e.Subject == "" && e.TokenID == "":
			d.problem(path, "names no tokens; write subject: the sub of a person, or token_id: the jti of one token")
		case e.Subject != "" && e.TokenID != "":
			d.problem(path+".token_id", "an entry is for a subject or for a single token, not both; write two entries")
		case e.TokenID != "" && e.Before != nil:
			d.problem(path+".before", "a single token needs no date; remove it")
		}
		if !clean {
			continue
		}
		known := false
		for _, issuer := range issuers {
			known = known || issuer.URL == e.Issuer
		}
		switch {
		case e.Issuer != "" && !known:
			d.problem(path+".issuer", "%s is not the url of a configured issuer", quote(e.Issuer))
		case e.Issuer == "" && len(issuers) > 1:
			d.warn(path, "this covers the tokens of all %d issuers, and another person may have the same subject or token "+
				"id at one of them; name the issuer, as in issuer: %s", len(issuers), quote(issuers[0].URL))
		}
	}
}
