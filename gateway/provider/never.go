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
	if err != nil || strings.HasPrefix(u.Path, "/oauth2/") {
		return ""
	}
	return "tokens of the org authorization server are for Okta alone; write a custom one, such as " + u.Scheme + "://" +
		u.Host + "/oauth2/default"
}

func cognitoNever(text string) string {
	u, err := url.Parse(text)
	if err != nil || !strings.HasSuffix(u.Hostname(), ".amazoncognito.com") {
		return ""
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
