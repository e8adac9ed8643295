package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/access"
	providers "github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// isFor tells whether a grant is for tokens of an issuer, or of one tenant of it.
func isFor(w access.When, i *token.Issuer) bool {
	return len(w.Issuers) == 0 || slices.ContainsFunc(w.Issuers, func(url string) bool { return isIssuer(url, i) })
}

// adviseDefaults warns of optional tools that are switched on, and that the default grants let nobody ask for.
func (d *decoder) adviseDefaults(cfg access.Config, policy *access.Policy) {
	if cfg.DefaultGrants && len(cfg.Supported) > 0 && !policy.AnyReachable() {
		d.warn("scopes.supported", "has none of the scopes that the default access requires (coda:read, coda:write, "+
			"coda:admin), so people who sign in can do nothing; add those, or write access for the scopes listed here")
	}
	admin := func(t access.Tool) bool { return t.Group == access.Admin }
	const scope = "coda:admin"
	if !cfg.DefaultGrants || !d.has("coda.tool_sets") || !slices.ContainsFunc(policy.Tools(), admin) ||
		slices.Contains(cfg.Supported, scope) {
		return
	}
	d.warn("coda.tool_sets", "has tools of the group admin, which need the scope %s, and nobody can ask for it: add "+
		"it to scopes.supported, or write access", scope)
}

// adviseGrant warns of conditions that no token can meet, as far as the issuers tell: of the issuers that a grant is
// for, all have to rule it out.
func (d *decoder) adviseGrant(path string, g *access.Grant, issuers []token.Issuer) {
	w := g.When
	d.adviseNames(path, w)
	d.adviseTenant(path, w, issuers)
	var own []*token.Issuer
	for n := range issuers {
		if isFor(w, &issuers[n]) {
			own = append(own, &issuers[n])
		}
	}
	if len(own) == 0 {
		return
	}
	all := func(never func(*token.Issuer) bool) bool {
		return !slices.ContainsFunc(own, func(i *token.Issuer) bool { return !never(i) })
	}
	for _, c := range []struct {
		key, claim string
		values     []string
		paths      func(*token.ClaimPaths) []token.Path
	}{
		{"roles", "roles", w.Roles, func(c *token.ClaimPaths) []token.Path { return c.Roles }},
		{"groups", "groups", w.Groups, func(c *token.ClaimPaths) []token.Path { return c.Groups }},
		{"emails", "email", w.Emails, func(c *token.ClaimPaths) []token.Path { return c.Email }},
		{"email_domains", "email", w.EmailDomains, func(c *token.ClaimPaths) []token.Path { return c.Email }},
		{"client_ids", "client_id", w.ClientIDs, func(c *token.ClaimPaths) []token.Path { return c.ClientID }},
	} {
		if len(c.values) > 0 && all(func(i *token.Issuer) bool { return len(c.paths(&i.Claims)) == 0 }) {
			d.warn(path+".when."+c.key, "can never hold, because issuers[].claims.%s is empty, so nothing is read from "+
				"tokens for it; write there which claim has it", c.claim)
		}
	}
	if len(w.ClientIDs) > 0 && all(func(i *token.Issuer) bool {
		return len(i.ClientIDs) > 0 && !overlap(i.ClientIDs, w.ClientIDs)
	}) {
		d.warn(path+".when.client_ids", "can never hold, because issuers[].client_ids accepts only other clients; name "+
			"the same ones in both, or leave issuers[].client_ids empty")
	}
	if len(w.Emails) > 0 && len(w.EmailDomains) > 0 && !slices.ContainsFunc(w.Emails, func(address string) bool {
		at := strings.LastIndexByte(address, '@')
		return slices.ContainsFunc(w.EmailDomains, func(domain string) bool {
			return at >= 0 && strings.EqualFold(address[at+1:], domain)
		})
	}) {
		d.warn(path+".when", "can never hold: none of emails is in one of email_domains, and all "+
			"conditions of one grant must "+
			"hold; write two grants")
	}
	if len(w.Scopes) > 0 && len(w.Issuers) > 0 {
		d.adviseGrantScopes(path, all)
	}
}

// adviseGrantScopes warns of a grant for named issuers that wants scopes which none of them gives.
func (d *decoder) adviseGrantScopes(path string, all func(func(*token.Issuer) bool) bool) {
	switch {
	case all(func(i *token.Issuer) bool {
		p, err := providers.Find(i.Provider)
		return len(i.Claims.Scopes) == 0 || err == nil && p.WithoutScopes != "" && slices.EqualFunc(i.Claims.Scopes,
			p.Tokens.Scopes, func(path token.Path, text string) bool { return path.String() == text })
	}):
		d.warn(path+".when.scopes", "can never hold: tokens of the issuers that this grant names carry no scopes; "+
			"remove the condition and name roles or groups")
	case all(func(i *token.Issuer) bool { return i.SignIn == token.SignInNone }):
		d.warn(path+".when.scopes", "nobody can be asked for scopes if sign_in is none: this holds only for tokens that "+
			"carry them already; name claims that the machines' tokens have, as in claims: {…}")
	}
}

// adviseTenant warns of tenants that do not come in.
func (d *decoder) adviseTenant(path string, w access.When, issuers []token.Issuer) {
	for n, url := range w.Issuers {
		if !slices.ContainsFunc(issuers, func(i token.Issuer) bool { return isIssuer(url, &i) }) {
			d.warn(item(path+".when.issuers", n), "%s belongs to a tenant that is not in issuers[].tenants, so its tokens "+
				"are refused; add the tenant there, or remove this", quote(url))
		}
	}
	values, named := w.Claims["tid"]
	if !named {
		return
	}
	for n := range issuers {
		i := &issuers[n]
		if !isFor(w, i) || !strings.Contains(i.URL, token.TenantTemplate) || slices.ContainsFunc(values, func(v any) bool {
			tenant, isText := v.(string)
			return isText && letsTenant(tenant, i)
		}) {
			continue
		}
		d.warn(path+".when.claims.tid", "none of these tenants is in issuers[%d].tenants, so nobody meets this; add one "+
			"there, or correct this", n)
	}
}

// adviseNames warns of names that look like several, or like what people do not see.
func (d *decoder) adviseNames(path string, w access.When) {
	for _, list := range []struct {
		key   string
		names []string
	}{{"roles", w.Roles}, {"groups", w.Groups}, {"subjects", w.Subjects}, {"client_ids", w.ClientIDs}} {
		for n, name := range list.names {
			at := item(path+".when."+list.key, n)
			switch {
			case strings.Contains(name, "*"):
				d.warn(at, "%s is compared letter by letter, star included; write each name in full, or have the provider put "+
					"a dedicated role or group into tokens", quote(name))
			case strings.TrimSpace(name) != name:
				d.warn(at, "%s has spaces around it, which no provider sends; write %s", quote(name),
					quote(strings.TrimSpace(name)))
			case list.key != "client_ids" && strings.Contains(name, ",") && !strings.Contains(name, "="): // no name of LDAP
				d.warn(at, "%s is one name with a comma in it; if you mean several, write a list: [%s]", quote(name),
					strings.ReplaceAll(strings.ReplaceAll(name, " ", ""), ",", ", "))
			}
		}
	}
	for _, claim := range slices.Sorted(maps.Keys(w.Claims)) {
		d.adviseDots(join(path+".when.claims", claim), claim)
	}
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}
