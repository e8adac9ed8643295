package config

import (
	"net/url"
	"strings"

	providers "github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// advisePlaces warns of addresses that are not what the key is for: another provider's, an endpoint, a document in
// place of keys, a place where nobody can sign in.
func (d *decoder) advisePlaces(path string, i *token.Issuer, p *providers.Provider) {
	d.adviseProvider(path, i, p)
	if u, err := url.Parse(i.URL); err == nil && u.Scheme == "https" && u.Port() == "443" {
		d.warn(path+".url", "names port 443, which providers leave out of iss; write %s, unless tokens have the port",
			quote("https://"+u.Hostname()+u.EscapedPath()))
	}
	if i.DiscoveryURL != "" && !strings.Contains(i.DiscoveryURL, "/.well-known/") {
		d.warn(path+".discovery_url", "does not look like the address of a document; most end in "+
			"/.well-known/openid-configuration")
	}
	if strings.Contains(i.JWKSURI, "/.well-known/openid-configuration") ||
		strings.Contains(i.JWKSURI, "/.well-known/oauth-authorization-server") {
		d.warn(path+".jwks_uri", "is the address of a discovery document, not of keys; write the jwks_uri from that "+
			"document, or move this address to discovery_url")
	}
	switch {
	case i.SignIn == token.SignInNone:
	case i.SignIn == "":
		d.adviseNoSignIn(path, i, p)
	default:
		d.adviseOtherSignIn(path, i, p)
	}
}

// adviseProvider warns of a preset that is not that of the address: everything that is known of the provider, all
// warnings below included, is then not used.
func (d *decoder) adviseProvider(path string, i *token.Issuer, p *providers.Provider) {
	name, sure := providers.Recognize(i.URL)
	at := path + ".provider"
	said := d.has(at)
	if name == "" || name == p.Name || !sure && said { // who names a preset for a host of their own knows better
		return
	}
	other, err := providers.Find(name)
	if !said {
		at = path + ".url"
	}
	switch {
	case err != nil:
		d.warn(at, "is the address of %s, which cannot work: %s", other.Title, other.Refused)
	case sure:
		d.warn(at, "is the address of %s; write provider: %s, which knows its tokens and what can go wrong there",
			other.Title, name)
	default:
		d.warn(at, "looks like an address of %s; if it is, write provider: %s, which knows its tokens and what can go "+
			"wrong there", other.Title, name)
	}
}

// adviseNoSignIn warns where people are sent to url, and cannot sign in there.
func (d *decoder) adviseNoSignIn(path string, i *token.Issuer, p *providers.Provider) {
	at := path + ".sign_in"
	switch {
	case p.Elsewhere != "":
		d.warn(at, "clients are sent to %s to sign in, which cannot work: %s", i.URL, p.Elsewhere)
	case p.SignInAt != nil && p.SignInAt(i.URL) != "":
		d.warn(at, "is missing, so clients are sent to %s, which has no discovery document; write sign_in: %s", i.URL,
			p.SignInAt(i.URL))
	case p.NoSignIn != nil && p.NoSignIn(i.URL) != "":
		d.warn(at, "clients are sent to %s to sign in, which cannot work: %s", i.URL, p.NoSignIn(i.URL))
	}
}

// adviseOtherSignIn warns of a place of sign-in that clients refuse.
func (d *decoder) adviseOtherSignIn(path string, i *token.Issuer, p *providers.Provider) {
	at, trimmed := path+".sign_in", strings.TrimRight(i.SignIn, "/")
	switch {
	case providers.EndpointCure(i.SignIn) != "":
		d.warn(at, "clients find no discovery document at %s: %s", quote(i.SignIn), providers.EndpointCure(i.SignIn))
	case i.SignIn != i.URL && trimmed == strings.TrimRight(i.URL, "/"):
		d.warn(at, "differs from url only by the slash at the end: the document there names %s, and clients refuse a "+
			"document that names another issuer; remove sign_in", i.URL)
	case p.SignInAt != nil && i.SignIn != p.SignInAt(i.URL) && trimmed == p.SignInAt(i.URL):
		d.warn(at, "ends in a slash, which the document there leaves out, and clients refuse a document that names "+
			"another issuer; write %s", trimmed)
	}
}
