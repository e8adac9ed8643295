package config

import (
	"slices"
	"strings"
	"time"

	providers "github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// adviseTokens warns of settings that no token of the issuer can meet.
func (d *decoder) adviseTokens(path string, i *token.Issuer, p *providers.Provider) {
	t := p.Tokens
	if t.AllowIDTokens && !i.AllowIDTokens {
		d.warn(path+".allow_id_tokens", "access tokens of %s look like ID tokens, so all of them would be refused; "+
			"remove the key", p.Title)
	}
	if t.PlainType && i.TokenType == "at+jwt" {
		d.warn(path+".token_type", "access tokens of %s never have the type at+jwt, so all of them would be refused; "+
			"remove the key", p.Title)
	}
	if t.Algorithms != nil && !slices.ContainsFunc(t.Algorithms, func(a string) bool {
		return slices.Contains(i.Algorithms, a)
	}) {
		d.warn(path+".algorithms", "%s signs only with %s, so no token can be accepted; remove the key, or add that "+
			"algorithm", p.Title,
			strings.Join(t.Algorithms, " "))
	}
	if i.NotBefore.After(time.Now()) {
		d.warn(path+".not_before", "is in the future: until then every token is refused, and people are sent to sign in "+
			"again and again; write a time in the past")
	}
	if i.AllowMissingAudience && i.TokenType == "at+jwt" {
		d.warn(path+".allow_missing_audience", "changes nothing with token_type: at+jwt, whose tokens always have aud (RFC "+
			"9068 §2.2); remove one of the two")
	}
	if len(i.ClientIDs) > 0 && len(i.Claims.ClientID) == 0 {
		d.warn(path+".client_ids", "claims.client_id is empty, so no token names its client and none can be accepted; "+
			"write there which claim does")
	}
	d.adviseRequired(path, i)
}

// adviseRequired warns of required claims that contradict what is refused whatever the configuration says.
func (d *decoder) adviseRequired(path string, i *token.Issuer) {
	for _, r := range []struct {
		claim string
		good  func(string) bool
	}{
		{"iss", func(v string) bool { return isIssuer(v, i) }},
		{"tid", func(v string) bool { return letsTenant(v, i) }},
		{"token_use", func(v string) bool {
			return !slices.Contains([]string{"id", "id_token", "refresh", "refresh_token"}, strings.ToLower(v))
		}},
		{"typ", func(v string) bool {
			return !slices.Contains([]string{"id", "refresh", "offline", "logout"}, strings.ToLower(v))
		}},
	} {
		values, ok := i.RequiredClaims[r.claim]
		if ok && !slices.ContainsFunc(values, func(v any) bool { s, isText := v.(string); return isText && r.good(s) }) {
			d.warn(join(path+".required_claims", r.claim), "no otherwise acceptable token has one of these, so none can be "+
				"accepted; remove it, or write what access tokens have")
		}
	}
}

// isIssuer tells whether iss may be that of a token of the issuer.
func isIssuer(iss string, i *token.Issuer) bool {
	before, after, template := strings.Cut(i.URL, token.TenantTemplate)
	if !template {
		return iss == i.URL
	}
	tenant, found := strings.CutPrefix(iss, before)
	tenant, ends := strings.CutSuffix(tenant, after)
	return iss == i.URL || found && ends && letsTenant(tenant, i)
}

// letsTenant tells whether people of a tenant may come in.
func letsTenant(tenant string, i *token.Issuer) bool {
	if len(i.Tenants) == 0 || slices.Contains(i.Tenants, token.AnyTenant) {
		return tenant != token.ConsumerTenant
	}
	return slices.ContainsFunc(i.Tenants, func(t string) bool { return strings.EqualFold(t, tenant) })
}

// adviseAudiences warns of audiences that no token has, or that those of everybody have.
func (d *decoder) adviseAudiences(path string, i *token.Issuer, p *providers.Provider) {
	for n, aud := range i.Audiences {
		if strings.Contains(aud, "*") {
			d.warn(item(path+".audiences", n), "%s is compared letter by letter; write the whole audience, as tokens have "+
				"it in aud", quote(aud))
		}
		if why := p.Shared[aud]; why != "" {
			d.warn(item(path+".audiences", n), "lets in tokens that were not made for this gateway: %s; remove it, and "+
				"have the provider put public_url, or an audience for this gateway alone, into its tokens", why)
		}
	}
	can := func(aud string) bool { return p.CanBeAudience(i.URL, aud) }
	if p.CanBeAudience != nil && len(i.Audiences) > 0 && !slices.ContainsFunc(i.Audiences, can) {
		d.warn(path+".audiences", "no token of this issuer has one of these as aud, so none can be accepted: %s",
			p.NeedsAudience)
	}
}

// adviseSignIn warns of places that people would be sent to in vain.
func (d *decoder) adviseSignIn(path string, i *token.Issuer, all []token.Issuer, own string) {
	at, key := i.Advertised(), ".sign_in"
	if i.SignIn == "" {
		key = ".url"
	}
	if strings.TrimSuffix(at, "/") == strings.TrimSuffix(own, "/") && at != "" {
		d.warn(path+key, "is this gateway, which signs nobody in; write the identity provider's issuer")
	}
	for n := range all {
		if other := &all[n]; i.SignIn != "" && other.SignIn == token.SignInNone && other.URL == at {
			d.warn(path+key, "sends people to %s, where nobody signs in (issuers[%d] has sign_in: none); change one of the "+
				"two", quote(at), n)
		}
	}
}
