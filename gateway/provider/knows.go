package provider

import (
	"net/url"
	"strings"
)

// Recognize names the provider that an issuer's URL is of, as far as its host or its path tells; empty = nothing does.
// Sure tells whether the host alone says it, as that of a service does.
func Recognize(issuer string) (name string, sure bool) {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" {
		return "", false
	}
	host := strings.ToLower(u.Hostname())
	for _, of := range services {
		if host == of.host || strings.HasPrefix(of.host, ".") && strings.HasSuffix(host, of.host) ||
			strings.HasSuffix(of.host, ".") && strings.HasPrefix(host, of.host) {
			return of.name, true
		}
	}
	path := strings.TrimSuffix(u.Path, "/") + "/"
	switch {
	case strings.Contains(path, "/realms/"):
		return "keycloak", false
	case strings.HasPrefix(path, "/application/o/"):
		return "authentik", false
	case path == "/adfs/", path == "/adfs/services/trust/":
		return "adfs", false
	}
	return "", false
}

// services are the hosts of providers that run as a service: with a dot at the beginning what ends so, with one at the
// end what begins so.
var services = []struct{ host, name string }{
	{"login.microsoftonline.com", "entra"}, {"login.microsoftonline.us", "entra"},
	{"login.partner.microsoftonline.cn", "entra"}, {"sts.windows.net", "entra"}, {".ciamlogin.com", "entra"},
	{".b2clogin.com", "azureb2c"},
	{".auth0.com", "auth0"},
	{".okta.com", "okta"}, {".oktapreview.com", "okta"}, {".okta-emea.com", "okta"},
	{"cognito-idp.", "cognito"}, {".amazoncognito.com", "cognito"},
	{".zitadel.cloud", "zitadel"},
	{".authkit.app", "workos"}, {"api.workos.com", "workos"},
	{".asgardeo.io", "wso2"},
	{".cloudflareaccess.com", "cloudflare"},
	{"token.actions.githubusercontent.com", "github"},
	{"gitlab.com", "gitlab"},
	{"accounts.google.com", "google"},
}
