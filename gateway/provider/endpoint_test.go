package provider

import "testing"

// An endpoint's address names the issuer that belongs to it, and an issuer is no endpoint.
func TestEndpoint(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][2]string{
		"https://id.example.com/realms/company/protocol/openid-connect/auth": {
			"authorization endpoint", "https://id.example.com/realms/company"},
		"https://id.example.com/auth/realms/a%20b/protocol/openid-connect/certs": {
			"key set", "https://id.example.com/auth/realms/a%20b"},
		"https://login.microsoftonline.com/6f1c/oauth2/v2.0/authorize": {
			"authorization endpoint", "https://login.microsoftonline.com/6f1c/v2.0"},
		"https://acme.okta.com/oauth2/default/v1/authorize": {
			"authorization endpoint", "https://acme.okta.com/oauth2/default"},
		"https://id.example.com/oauth2/authorize":      {"authorization endpoint", ""},
		"https://id.example.com/.well-known/jwks.json": {"key set", ""},
		"https://id.example.com/realms/company":        {},
		"https://localhost:9443/oauth2/token":          {}, // WSO2's issuer
		"https://id.example.com/realms/auth":           {},
		"https://id.example.com/":                      {},
	} {
		if what, issuer := Endpoint(address); what != want[0] || issuer != want[1] {
			t.Errorf("%s: %q, %q; want %q", address, what, issuer, want)
		}
	}
}
