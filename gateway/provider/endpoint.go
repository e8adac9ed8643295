package provider

import (
	"net/url"
	"strings"
)

// endpoints are the ends of addresses that people copy out of a provider's console or its document in place of the
// issuer. In front of the end stands the issuer, with after behind it, where known says so.
var endpoints = []struct {
	end, what, after string
	known            bool
}{
	{"/protocol/openid-connect/auth", "authorization endpoint", "", true}, // Keycloak
	{"/protocol/openid-connect/token", "token endpoint", "", true},
	{"/protocol/openid-connect/certs", "key set", "", true},
	{"/protocol/openid-connect/userinfo", "user info endpoint", "", true},
	{"/oauth2/v2.0/authorize", "authorization endpoint", "/v2.0", true}, // Entra
	{"/oauth2/v2.0/token", "token endpoint", "/v2.0", true},
	{"/discovery/v2.0/keys", "key set", "/v2.0", true},
	{"/v1/authorize", "authorization endpoint", "", true}, // Okta
	{"/v1/keys", "key set", "", true},
	{"/authorize", "authorization endpoint", "", false},
	{"/oauth2/auth", "authorization endpoint", "", false},
	{"/jwks", "key set", "", false},
	{"/jwks.json", "key set", "", false},
	{"/userinfo", "user info endpoint", "", false},
}

// Endpoint tells the addresses of a provider's endpoints, which no token has as iss: what it is, and the issuer that
// belongs to it, empty where the address does not say. An empty what is none of them.
func Endpoint(address string) (what, issuer string) {
	u, err := url.Parse(address)
	if err != nil || u.RawQuery != "" {
		return "", ""
	}
	for _, e := range endpoints {
		front, ok := strings.CutSuffix(strings.TrimSuffix(u.Path, "/"), e.end)
		switch {
		case !ok:
		case !e.known:
			return e.what, ""
		default:
			u.Path, u.RawPath = front+e.after, ""
			return e.what, u.String()
		}
	}
	return "", ""
}

// EndpointCure says what to write in place of an endpoint's address; empty where it is none.
func EndpointCure(address string) string {
	what, issuer := Endpoint(address)
	switch {
	case what == "":
		return ""
	case issuer == "":
		return "it is the address of the provider's " + what + "; write the issuer, as the provider's discovery document " +
			"has it"
	}
	return "it is the address of the provider's " + what + "; write the issuer, " + issuer
}
