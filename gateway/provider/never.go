package provider

import (
	"net/url"
	"strings"
)

// What no token has as iss at a provider: the names under which people know it, or the same with another end.

// withSlash is for providers whose issuer ends in a slash.
func withSlash(url, whose string) string {
	if strings.HasSuffix(url, "/") {
		return ""
	}
	return whose + " ends in a slash; write " + url + "/"
}

// withoutSlash is for providers whose issuer does not end in a slash.
func withoutSlash(url, whose string) string {
	if trimmed := strings.TrimRight(url, "/"); trimmed != url {
		return whose + " does not end in a slash; write " + trimmed
	}
	return ""
}

// bareHost is for providers whose issuer has no path, or only the slash.
func bareHost(text, whose string) string {
	u, err := url.Parse(text)
	if err != nil || strings.Trim(u.Path, "/") == "" {
		return ""
	}
	return whose + " has no path; write " + u.Scheme + "://" + u.Host
}

func auth0Never(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return ""
	case u.Host == "manage.auth0.com":
		return "that is the console; Auth0's issuer is https://<tenant>.<region>.auth0.com/"
	case strings.Trim(u.Path, "/") != "":
		return bareHost(text, "Auth0's issuer") + "/"
	}
	return withSlash(text, "Auth0's issuer")
}

func zitadelNever(text string) string {
	if why := bareHost(text, "Zitadel's issuer"); why != "" {
		return why
	}
	return withoutSlash(text, "Zitadel's issuer")
}

func cloudflareNever(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return ""
	case u.Host == "dash.cloudflare.com", u.Host == "one.dash.cloudflare.com":
		return "that is the console; Access's issuer is https://<team>.cloudflareaccess.com"
	case bareHost(text, "Access's issuer") != "":
		return bareHost(text, "Access's issuer")
	}
	return withoutSlash(text, "Access's issuer")
}

func wso2Never(text string) string {
	u, err := url.Parse(text)
	if err == nil && strings.HasSuffix(u.Hostname(), ".asgardeo.io") && strings.HasPrefix(u.Path, "/t/") &&
		!strings.Contains(u.Path, "/oauth2") {
		return "it is the address of the token endpoint; write " + strings.TrimRight(text, "/") + "/oauth2/token"
	}
	return withoutSlash(text, "WSO2's issuer")
}

// githubNever knows the site, which is not where tokens come from.
func githubNever(text string) string {
	u, err := url.Parse(text)
	if err == nil && (u.Host == "github.com" || u.Host == "www.github.com") {
		return "GitHub's issuer is https://token.actions.githubusercontent.com"
	}
	return withoutSlash(text, "GitHub's issuer")
}

func gitlabNever(text string) string { return withoutSlash(text, "GitLab's issuer") }

func workosNever(text string) string { return withoutSlash(text, "the AuthKit issuer") }

func keycloakNever(url string) string {
	_, realm, found := strings.Cut(url, "/realms/")
	switch {
	case !found:
		return "Keycloak's issuer is https://<host>/realms/<realm>; write the realm's"
	case strings.HasSuffix(realm, "/"):
		return "it ends with the realm's name; write " + strings.TrimRight(url, "/")
	case strings.Contains(realm, "/"):
		name, _, _ := strings.Cut(realm, "/")
		return "it ends with the realm's name; write " + strings.TrimSuffix(url, realm) + name
	}
	return ""
}

// oktaNever knows the org's own authorization server, whose tokens only Okta can verify.
func oktaNever(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return ""
	case strings.Contains(u.Host, "-admin.okta"):
		return "that is the console's host; write https://" + strings.Replace(u.Host, "-admin.okta", ".okta", 1) + u.Path
	case strings.HasPrefix(u.Path, "/oauth2/"):
		return withoutSlash(text, "Okta's issuer")
	}
	return "tokens of the org authorization server are only for Okta; write a custom one, such as " + u.Scheme + "://" +
		u.Host + "/oauth2/default"
}

func cognitoNever(text string) string {
	u, err := url.Parse(text)
	if err != nil || !strings.HasSuffix(u.Hostname(), ".amazoncognito.com") {
		return withoutSlash(text, "Cognito's issuer")
	}
	return "that is where people sign in; Cognito's issuer is " +
		"https://cognito-idp.<region>.amazonaws.com/<user pool id>"
}

// adfsNever knows the place of sign-in, which is in ID tokens only.
func adfsNever(text string) string {
	u, err := url.Parse(text)
	if err != nil || strings.TrimSuffix(u.Path, "/") != "/adfs" {
		return ""
	}
	return "access tokens say iss http://" + u.Host + "/adfs/services/trust: write that in url, and https://" + u.Host +
		"/adfs in sign_in"
}
