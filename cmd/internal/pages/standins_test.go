package pages

import (
	"encoding/base64"
	"maps"
	"strings"
)

const (
	tenant      = "6f1c6d1e-2f8e-4a6c-9a53-000000000000"
	otherTenant = "8f1c6d1e-2f8e-4a6c-9a53-000000000000"
	application = "11111111-2222-3333-4444-555555555555"
	both        = "coda:read coda:write"
)

// jwe has the form of an encrypted token.
func jwe() string {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return strings.Join([]string{part(`{"alg":"dir","enc":"A256GCM"}`), "", part("123456789012"), part("what is in it"),
		part("1234567890123456")}, ".")
}

// document is what every provider's has, with changes; nil removes a member.
func document(issuer, base string, changes m) m {
	doc := m{
		"issuer": issuer, "authorization_endpoint": base + "/authorize", "token_endpoint": base + "/token",
		"jwks_uri": base + "/keys", "response_types_supported": []string{"code"},
		"grant_types_supported":                 []string{"authorization_code", "refresh_token"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"code_challenge_methods_supported":      []string{"S256"},
	}
	maps.Copy(doc, changes)
	maps.DeleteFunc(doc, func(_ string, v any) bool { return v == nil })
	return doc
}

func keycloakStandin() *standin {
	const issuer = "https://id.example.com/realms/company"
	doc := document(issuer, issuer+"/protocol/openid-connect", m{
		"authorization_endpoint":                         issuer + "/protocol/openid-connect/auth",
		"jwks_uri":                                       issuer + "/protocol/openid-connect/certs",
		"introspection_endpoint":                         issuer + "/protocol/openid-connect/token/introspect",
		"registration_endpoint":                          issuer + "/clients-registrations/openid-connect",
		"code_challenge_methods_supported":               []string{"plain", "S256"},
		"authorization_response_iss_parameter_supported": true,
	})
	return &standin{
		row: "Keycloak", page: "keycloak", signIn: issuer,
		documents: map[string]m{
			issuer + "/.well-known/openid-configuration":                                   doc,
			issuer + "/.well-known/oauth-authorization-server":                             doc,
			"https://id.example.com/.well-known/oauth-authorization-server/realms/company": doc,
		},
		jwks:   issuer + "/protocol/openid-connect/certs",
		header: m{"typ": "JWT"},
		claims: m{
			"iss": issuer, "aud": PublicURL, "sub": "0b8a6f0e-7f0c-4a52-9f51-1d2c3b4a5968", "typ": "Bearer",
			"azp": "claude", "sid": "f6d2…", "jti": "onrtac:5a0c", "acr": "1", "scope": both + " email",
			"email": "ada@example.com", "email_verified": true, "preferred_username": "ada", "name": "Ada Example",
			"realm_access": m{"roles": []string{"coda-editor", "coda-user"}}, "groups": []string{"/coda-editors"},
		},
		reader: m{"scope": "coda:read email"}, asks: both, step: both,
		traps: []trap{
			{name: "no mapper", claims: m{"aud": nil}, reason: "audience", cure: "adds no audience by itself"},
			{name: "account alone", claims: m{"aud": "account"}, reason: "audience", cure: "Keycloak put account into `aud`"},
			{name: "the origin", claims: m{"aud": []string{"account", "https://mcp.example.com"}}, reason: "audience",
				cure: "`audiences: [\"https://mcp.example.com\"]`"},
			{name: "no basic scope", claims: m{"sub": nil}, reason: "no_subject", cure: "client scope `basic`"},
			{name: "hostname not set", claims: m{"iss": "https://keycloak.internal:8443/realms/company"},
				reason: "unknown_issuer", cure: "`hostname` option"},
			{name: "http", claims: m{"iss": "http://id.example.com/realms/company"}, reason: "unknown_issuer",
				cure: "X-Forwarded-Proto"},
			{name: "an ID token", claims: m{"typ": "ID", "aud": "claude"}, reason: "id_token", cure: "not the ID token"},
			{name: "DPoP", claims: m{"cnf": m{"jkt": "x"}}, reason: "bound_token", cure: "Require DPoP bound tokens"},
			{name: "another client", clients: []string{"cursor"}, reason: "client", cure: "add claude to `client_ids`"},
			{name: "nonce of an older Keycloak", claims: m{"nonce": "n-0S6_WzA2Mj"}},
			{name: "RFC 9068", header: m{"typ": "at+jwt"}},
			{name: "by enterprise-managed authorization", claims: m{"azp": "https://claude.ai/oauth/mcp-oauth-client-metadata",
				"sid": nil}},
		},
	}
}

func auth0Standin() *standin {
	const issuer, base = "https://company.eu.auth0.com/", "https://company.eu.auth0.com"
	doc := document(issuer, base, m{
		"jwks_uri": base + "/.well-known/jwks.json", "registration_endpoint": base + "/oidc/register",
		"token_endpoint": base + "/oauth/token", "token_endpoint_auth_methods_supported": []string{"client_secret_basic",
			"client_secret_post", "private_key_jwt", "none"},
		"authorization_response_iss_parameter_supported": true,
	})
	return &standin{
		row: "Auth0", page: "auth0", signIn: issuer,
		documents: map[string]m{
			base + "/.well-known/openid-configuration": doc, base + "/.well-known/oauth-authorization-server": doc,
		},
		jwks: base + "/.well-known/jwks.json", header: m{"typ": "JWT"},
		claims: m{
			"iss": issuer, "sub": "auth0|65f1c6d1e2f8e4a6c9a53012", "aud": []string{PublicURL, base + "/userinfo"},
			"scope": "openid profile " + both + " offline_access", "azp": "Jq3vXh0aTtWc5oYd1mQ2",
			"permissions": []string{"coda:read", "coda:write"},
		},
		reader: m{"scope": "openid profile coda:read", "permissions": []string{"coda:read"}}, asks: both, step: both,
		traps: []trap{
			{name: "no API asked for", raw: "aBcDeFgHiJkLmNoPqRsTuVwXyZ012345", reason: "opaque", cure: "create an API"},
			{name: "no API asked for, newer tenants", raw: jwe(), reason: "encrypted", cure: "create an API"},
			{name: "userinfo alone", claims: m{"aud": base + "/userinfo"}, reason: "audience",
				cure: "Resource Parameter Compatibility Profile"},
			{name: "an API with a slash", claims: m{"aud": []string{PublicURL + "/x"}}, reason: "audience",
				cure: "this gateway's host with another path"},
			{name: "another tenant", claims: m{"iss": "https://company.us.auth0.com/"}, reason: "unknown_issuer",
				cure: "ends in a slash"},
			{name: "HS256", header: m{"alg": "HS256"}, reason: "alg", cure: "signing algorithm to RS256"},
			{name: "permissions without scopes", claims: m{"scope": "openid profile"}},
			{name: "the RFC 9068 profile", header: m{"typ": "at+jwt"}, claims: m{"client_id": "Jq3vXh0aTtWc5oYd1mQ2",
				"azp": nil, "jti": "j"}},
		},
	}
}

func entraDocument(issuer, base string) m {
	return document(issuer, base, m{
		"authorization_endpoint":                base + "/oauth2/v2.0/authorize",
		"token_endpoint":                        base + "/oauth2/v2.0/token",
		"device_authorization_endpoint":         base + "/oauth2/v2.0/devicecode",
		"jwks_uri":                              base + "/discovery/v2.0/keys",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		"tenant_region_scope":                   "EU", "cloud_instance_name": "microsoftonline.com",
		"code_challenge_methods_supported": nil, "grant_types_supported": nil,
	})
}

func entraClaims() m {
	return m{
		"iss": "https://login.microsoftonline.com/" + tenant + "/v2.0", "aud": application, "tid": tenant, "ver": "2.0",
		"azp": application, "azpacr": "0", "aio": "AXQAi/8…", "name": "Ada Example", "oid": otherTenant,
		"preferred_username": "ada@example.com", "rh": "1.AW…", "scp": both, "sub": "nKb2…Ada", "uti": "u",
	}
}

func entraStandin() *standin {
	const base = "https://login.microsoftonline.com/" + tenant
	const prefix = "api://" + application + "/"
	graph := m{"aud": "00000003-0000-0000-c000-000000000000", "scp": "User.Read"}
	doc := entraDocument(base+"/v2.0", base)
	return &standin{
		row: "Entra ID, one tenant", page: "entra", signIn: base + "/v2.0",
		documents: map[string]m{base + "/v2.0/.well-known/openid-configuration": doc},
		jwks:      base + "/discovery/v2.0/keys",
		bend: func(k m) {
			k["issuer"], k["x5c"] = base+"/v2.0", []string{"MIIC…"}
			delete(k, "alg")
		},
		header: m{"typ": "JWT"}, claims: entraClaims(), reader: m{"scp": "coda:read"},
		asks: prefix + "coda:read " + prefix + "coda:write", step: prefix + "coda:read " + prefix + "coda:write",
		traps: []trap{
			{name: "of Graph", claims: graph, header: m{"nonce": "n"}, reason: "audience", cure: "Microsoft Graph"},
			{name: "of Graph, whose signature nobody can check", claims: graph, header: m{"kid": signers()[0].ID},
				stranger: true, reason: "signature", cure: "Microsoft Graph"},
			{name: "a signature of somebody else", header: m{"kid": signers()[0].ID}, stranger: true, reason: "signature",
				cure: "Microsoft Graph cannot be verified"},
			{name: "version 1", claims: m{"iss": "https://sts.windows.net/" + tenant + "/", "ver": "1.0", "aud": "api://" +
				application, "appid": application, "azp": nil}, reason: "unknown_issuer", cure: "requestedAccessTokenVersion: 2"},
			{name: "version 2 with the URI", claims: m{"aud": "api://" + application}, reason: "audience",
				cure: "`audiences: [\"api://" + application + "\"]`"},
			{name: "another tenant", claims: m{"iss": "https://login.microsoftonline.com/" + otherTenant + "/v2.0",
				"tid": otherTenant}, reason: "unknown_issuer", cure: "For several tenants"},
			{name: "the template", claims: m{"iss": "https://login.microsoftonline.com/{tenantid}/v2.0"},
				reason: "unknown_issuer", cure: "Change nothing here"},
			{name: "a key of the application's own", stranger: true, reason: "unknown_kid",
				cure: tenant + "/discovery/v2.0/keys?appid=" + application},
			{name: "more than fits", raw: "eyJhbGciOiJSUzI1NiJ9." + strings.Repeat("A", 40<<10) + ".AAAA", reason: "too_long",
				cure: "groups assigned to the application"},
			{name: "200 groups", claims: m{"groups": manyGroups(200)}},
			{name: "more than 200 groups", claims: m{"_claim_names": m{"groups": "src1"}, "_claim_sources": m{"src1": m{
				"endpoint": "https://graph.windows.net/" + tenant + "/users/x/getMemberObjects"}}}},
		},
	}
}

// personal is the tenant that all personal accounts share.
const personal = "9188040d-6c67-4c5b-b112-36a304b66dad"

func manyGroups(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = tenant[:len(tenant)-3] + string(rune('a'+i/36%6)) + string(rune('0'+i%10)) + string(rune('a'+i%6))
	}
	return out
}

func entraTenantsStandin() *standin {
	const base = "https://login.microsoftonline.com/organizations"
	const template = "https://login.microsoftonline.com/{tenantid}/v2.0"
	doc := entraDocument(template, base)
	one := entraStandin()
	return &standin{
		row: "Entra ID, several tenants", page: "entra", file: 2, signIn: base + "/v2.0",
		documents: map[string]m{base + "/v2.0/.well-known/openid-configuration": doc},
		jwks:      base + "/discovery/v2.0/keys",
		bend:      func(k m) { k["issuer"] = template },
		header:    m{"typ": "JWT"}, claims: entraClaims(), reader: one.reader, asks: one.asks, step: one.step,
		traps: []trap{
			{name: "a tenant that is not listed", claims: m{"iss": "https://login.microsoftonline.com/" + otherTenant + "/v2.0",
				"tid": otherTenant}, reason: "tenant", cure: "`tenants: [" + otherTenant + "]`"},
			{name: "two tenants in one", claims: m{"tid": otherTenant}, reason: "tenant", cure: "Change nothing here"},
			{name: "the template", claims: m{"iss": template}, reason: "unknown_issuer",
				cure: "Change nothing here"},
			{name: "no tenant's id", claims: m{"iss": "https://login.microsoftonline.com/common/v2.0"},
				reason: "unknown_issuer", cure: "with the id of a tenant and nothing after it"},
			{name: "a personal account", claims: m{"iss": "https://login.microsoftonline.com/" + personal + "/v2.0",
				"tid": personal}, reason: "tenant", cure: "personal Microsoft account"},
			{name: "no tid", claims: m{"tid": nil}, reason: "tenant", cure: "has no `tid`"},
			{name: "of Graph", claims: m{"aud": "https://graph.microsoft.com"}, reason: "audience", cure: "Microsoft Graph"},
		},
	}
}

func oktaStandin() *standin {
	const issuer = "https://company.okta.com/oauth2/default"
	doc := document(issuer, issuer+"/v1", m{
		"introspection_endpoint":                issuer + "/v1/introspect",
		"registration_endpoint":                 "https://company.okta.com/oauth2/v1/clients",
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "none"},
	})
	return &standin{
		row: "Okta", page: "okta", signIn: issuer,
		documents: map[string]m{
			issuer + "/.well-known/openid-configuration": doc, issuer + "/.well-known/oauth-authorization-server": doc,
		},
		jwks: issuer + "/v1/keys",
		claims: m{
			"ver": 1, "jti": "AT.0mP4…", "iss": issuer, "aud": PublicURL, "cid": "0oa1b2c3d4e5f6g7h8i9", "uid": "00u1…",
			"scp": []string{"coda:read", "coda:write", "offline_access"}, "auth_time": 1760000000, "sub": "ada@example.com",
			"groups": []string{"coda-editors"},
		},
		reader: m{"scp": []string{"coda:read"}}, asks: both, step: both,
		traps: []trap{
			{name: "of the org server", claims: m{"iss": "https://company.okta.com", "aud": "https://company.okta.com"},
				reason: "unknown_issuer", cure: "custom authorization server"},
			{name: "the default audience", claims: m{"aud": "api://default"}, reason: "audience", cure: "Set the Audience"},
			{name: "a key that is not published", stranger: true, reason: "unknown_kid", cure: "org authorization server"},
			{name: "another client", clients: []string{"cursor"}, reason: "client", cure: "names the client in `cid`"},
			{name: "a header with Okta's typ", header: m{"typ": "application/okta-internal-at+jwt"}},
		},
	}
}

func adfsStandin() *standin {
	const base, issuer = "https://fs.example.com/adfs", "http://fs.example.com/adfs/services/trust"
	doc := document(base, base+"/oauth2", m{
		"jwks_uri": base + "/discovery/keys", "access_token_issuer": issuer, "code_challenge_methods_supported": nil,
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "client_secret_basic", "private_key_jwt",
			"windows_client_authentication"},
		"scopes_supported": []string{"allatclaims", "openid", "profile", "email", "user_impersonation", "aza",
			"logon_cert", "vpn_cert", "winhello_cert", "coda:read", "coda:write"},
	})
	return &standin{
		row: "AD FS", page: "adfs", signIn: base,
		documents: map[string]m{base + "/.well-known/openid-configuration": doc},
		jwks:      base + "/discovery/keys", header: m{"typ": "JWT", "x5t": "BB8C…"},
		claims: m{
			"aud": PublicURL, "iss": issuer, "apptype": "Public", "appid": "5f0e2a3c-1111-2222-3333-444455556666",
			"authmethod": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport", "ver": "1.0",
			"scp": "openid " + both, "sub": "S-1-5-21-1-2-3-1104", "group": "Coda Editors", "upn": "ada@corp.example.com",
			"email": "ada@example.com", "unique_name": "Ada Example",
		},
		reader: m{"scp": "openid coda:read"}, asks: both, step: both,
		traps: []trap{
			{name: "no rule for sub", claims: m{"sub": nil}, reason: "no_subject", cure: "issuance transform rule"},
			{name: "another Web API", claims: m{"aud": "microsoft:identityserver:coda"}, reason: "audience",
				cure: "`audiences: [\"microsoft:identityserver:coda\"]`"},
			{name: "another farm", claims: m{"iss": "http://sts.example.com/adfs/services/trust"}, reason: "unknown_issuer",
				cure: "`url: http://sts.example.com/adfs/services/trust`"},
			{name: "an ID token", claims: m{"iss": base}, reason: "unknown_issuer", cure: "Send the access token"},
		},
	}
}
