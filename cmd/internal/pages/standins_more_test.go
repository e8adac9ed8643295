package pages

func cognitoStandin() *standin {
	const issuer = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab12Cd34E"
	const login = "https://company.auth.eu-central-1.amazoncognito.com"
	const read, write = PublicURL + "/coda:read", PublicURL + "/coda:write"
	doc := document(issuer, login+"/oauth2", m{
		"jwks_uri": issuer + "/.well-known/jwks.json", "code_challenge_methods_supported": nil,
		"scopes_supported":                      []string{"openid", "email", "phone", "profile"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
	})
	return &standin{
		row: "Amazon Cognito", page: "cognito", signIn: issuer,
		documents: map[string]m{issuer + "/.well-known/openid-configuration": doc},
		jwks:      issuer + "/.well-known/jwks.json",
		claims: m{
			"sub": "a3c4…", "iss": issuer, "version": 2, "client_id": "4l0uexample", "origin_jti": "o", "event_id": "e",
			"token_use": "access", "scope": "openid " + read + " " + write, "auth_time": 1760000000, "jti": "j",
			"username": "ada", "aud": PublicURL, "cognito:groups": []string{"editors"},
		},
		reader: m{"scope": "openid " + read}, asks: read + " " + write, step: read + " " + write,
		traps: []trap{
			{name: "asked without resource", claims: m{"aud": nil}, reason: "audience",
				cure: "resource server whose identifier"},
			{name: "an ID token", claims: m{"token_use": "id", "aud": "4l0uexample"}, reason: "required_claim",
				cure: "token_use: access"},
			{name: "the login domain", claims: m{"iss": login}, reason: "unknown_issuer", cure: "not the login domain"},
		},
	}
}

func authentikStandin() *standin {
	const issuer, client = "https://authentik.example.com/application/o/coda/", "Jq3vXh0aTtWc5oYd1mQ2"
	const base = "https://authentik.example.com/application/o"
	doc := document(issuer, base, m{"jwks_uri": issuer + "jwks/",
		"code_challenge_methods_supported": []string{"plain", "S256"}})
	return &standin{
		row: "authentik", page: "authentik", signIn: issuer,
		documents: map[string]m{issuer + ".well-known/openid-configuration": doc},
		jwks:      issuer + "jwks/", header: m{"typ": "JWT"},
		claims: m{
			"iss": issuer, "sub": "9f2d…", "aud": client, "azp": client, "acr": "goauthentik.io/providers/oauth2/default",
			"amr": []string{"pwd"}, "auth_time": 1760000000, "nonce": "n", "sid": "s", "uid": "u", "jti": "j",
			"scope": "openid " + both, "groups": []string{"coda-editors"}, "email": "ada@example.com",
		},
		reader: m{"scope": "openid coda:read"}, asks: both, step: both,
		traps: []trap{
			{name: "no signing key", header: m{"alg": "HS256"}, reason: "alg", cure: "Choose a Signing Key"},
			{name: "another application", claims: m{"aud": "somebody", "azp": "somebody"}, reason: "audience",
				cure: "`audiences: [\"somebody\"]`"},
			{name: "another application's issuer", claims: m{"iss": base + "/wiki/"}, reason: "unknown_issuer",
				cure: "with the slash at the end"},
			{name: "a mapping that sets aud", claims: m{"aud": PublicURL}},
		},
	}
}

func zitadelStandin() *standin {
	const issuer, project = "https://company-ab12cd.zitadel.cloud", "278941230011223344"
	const scope = "urn:zitadel:iam:org:project:id:" + project + ":aud"
	const roles = "urn:zitadel:iam:org:project:roles"
	doc := document(issuer, issuer+"/oauth/v2", m{"introspection_endpoint": issuer + "/oauth/v2/introspect",
		"token_endpoint_auth_methods_supported": []string{"none", "client_secret_basic", "private_key_jwt"}})
	return &standin{
		row: "Zitadel", page: "zitadel", signIn: issuer,
		documents: map[string]m{issuer + "/.well-known/openid-configuration": doc},
		jwks:      issuer + "/oauth/v2/keys", header: m{"typ": "JWT"},
		claims: m{
			"iss": issuer, "sub": "163840776835432705", "aud": []string{"278941230011229999@coda", project}, "jti": "V2_…",
			"client_id": "278941230011229999@coda", roles: m{"coda-editor": m{"163840776801878273": "company.zitadel.cloud"}},
		},
		reader: m{roles: m{"coda-reader": m{"163840776801878273": "company.zitadel.cloud"}}},
		asks:   scope, said: "coda-editor",
		traps: []trap{
			{name: "the default", raw: "hM4QyXwzg3u7vTbVQ8ZbQm1s0pXwU8b1jz", reason: "opaque", cure: "Auth Token Type to JWT"},
			{name: "without the reserved scope", claims: m{"aud": []string{"278941230011229999@coda"}}, reason: "audience",
				cure: "urn:zitadel:iam:org:project:id:"},
		},
	}
}

func dexStandin() *standin {
	const issuer = "https://dex.example.com"
	doc := document(issuer, issuer, m{
		"authorization_endpoint": issuer + "/auth", "userinfo_endpoint": issuer + "/userinfo",
		"scopes_supported":                      []string{"openid", "email", "groups", "profile", "offline_access"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
	})
	return &standin{
		row: "Dex", page: "dex", signIn: issuer,
		documents: map[string]m{issuer + "/.well-known/openid-configuration": doc}, jwks: issuer + "/keys",
		claims: m{
			"iss": issuer, "sub": "CgVhZGExEgZnaXRodWI", "aud": "coda-mcp", "nonce": "n", "at_hash": "h",
			"email": "ada@example.com", "email_verified": true, "name": "Ada",
			"groups": []string{"company:editors"},
		},
		reader: m{"groups": []string{"company:readers"}}, asks: "groups email openid", said: "company:editors",
		traps: []trap{
			{name: "another client", claims: m{"aud": "wiki"}, reason: "audience", cure: "`audiences: [\"wiki\"]`"},
			{name: "another client by name", clients: []string{"wiki"}, reason: "client", cure: "in `azp`, or otherwise " +
				"in `aud`"},
			{name: "a trusted peer", claims: m{"aud": []string{"coda-mcp", "wiki"}, "azp": "wiki"}},
		},
	}
}

func workosStandin() *standin {
	const issuer = "https://company-12.authkit.app"
	doc := document(issuer, issuer+"/oauth2", m{"registration_endpoint": issuer + "/oauth2/register",
		"jwks_uri": issuer + "/oauth2/jwks", "client_id_metadata_document_supported": true,
		"token_endpoint_auth_methods_supported": []string{"none", "client_secret_post", "client_secret_basic"}})
	return &standin{
		row: "WorkOS AuthKit", page: "workos", signIn: issuer,
		documents: map[string]m{
			issuer + "/.well-known/openid-configuration": doc, issuer + "/.well-known/oauth-authorization-server": doc,
		},
		jwks: issuer + "/oauth2/jwks", header: m{"typ": "JWT"},
		claims: m{
			"iss": issuer, "sub": "user_01HBEQKA6K4QJAS93VPE39W1JT", "aud": PublicURL, "sid": "session_01…", "jti": "01…",
			"client_id": "client_01…", "scope": "openid profile", "role": "editor",
			"permissions": []string{"coda:read", "coda:write"},
		},
		reader: m{"permissions": []string{"coda:read"}}, asks: both, step: both,
		traps: []trap{
			{name: "no resource indicator", claims: m{"aud": "client_01…"}, reason: "audience", cure: "resource indicator"},
			{name: "of the API", claims: m{"iss": "https://api.workos.com/user_management/client_01"},
				reason: "unknown_issuer", cure: "AuthKit domain"},
			{name: "of Connect", raw: "wos_at_3q2xk5m8v1n7", reason: "opaque", cure: "Tokens of WorkOS Connect are opaque"},
		},
	}
}

func hydraStandin() *standin {
	const issuer, base = "https://hydra.example.com/", "https://hydra.example.com"
	doc := document(issuer, base+"/oauth2", m{
		"authorization_endpoint": base + "/oauth2/auth", "jwks_uri": base + "/.well-known/jwks.json",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "client_secret_basic", "private_key_jwt",
			"none"},
	})
	return &standin{
		row: "Ory Hydra", page: "hydra", signIn: issuer,
		documents: map[string]m{
			base + "/.well-known/openid-configuration": doc, base + "/.well-known/oauth-authorization-server": doc,
		},
		jwks: base + "/.well-known/jwks.json", header: m{"typ": "JWT"},
		claims: m{
			"iss": issuer, "sub": "ada@example.com", "aud": []string{PublicURL}, "client_id": "9a1b…", "jti": "j",
			"ext": m{"groups": []string{"editors"}, "email": "ada@example.com"}, "scp": []string{"coda:read", "coda:write"},
		},
		reader: m{"scp": []string{"coda:read"}}, asks: both, step: both,
		traps: []trap{
			{name: "the default", raw: "ory_at_ZkVmYmVhYjU1OTk0N.bXkgc2lnbmF0dXJl", reason: "opaque",
				cure: "`strategies.access_token: jwt`"},
			{name: "resource, which is not read", claims: m{"aud": []string{}}, reason: "audience", cure: "not `resource`"},
		},
	}
}

func pocketidStandin() *standin {
	const issuer = "https://pocket.example.com"
	doc := document(issuer, issuer+"/api/oidc", m{
		"authorization_endpoint": issuer + "/authorize", "jwks_uri": issuer + "/.well-known/jwks.json",
		"client_id_metadata_document_supported":          true,
		"authorization_response_iss_parameter_supported": true,
		"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post", "none"},
	})
	return &standin{
		row: "Pocket ID", page: "pocketid", signIn: issuer,
		documents: map[string]m{
			issuer + "/.well-known/openid-configuration": doc, issuer + "/.well-known/oauth-authorization-server": doc,
		},
		jwks: issuer + "/.well-known/jwks.json",
		claims: m{
			"iss": issuer, "sub": "3f1c…", "aud": []string{PublicURL, issuer}, "scope": both,
			"scp": []string{"coda:read", "coda:write"}, "client_id": "https://claude.ai/oauth/mcp-oauth-client-metadata",
			"groups": []string{"editors"},
		},
		reader: m{"scope": "coda:read", "scp": []string{"coda:read"}}, asks: both, step: both,
		traps: []trap{
			{name: "no API", claims: m{"aud": []string{"3c1b…"}}, reason: "audience", cure: "create an API whose identifier"},
		},
	}
}

func autheliaStandin() *standin {
	const issuer = "https://auth.example.com"
	doc := document(issuer, issuer+"/api/oidc", m{
		"authorization_endpoint": issuer + "/api/oidc/authorization", "jwks_uri": issuer + "/jwks.json",
		"authorization_response_iss_parameter_supported": true, "code_challenge_methods_supported": []string{"S256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post", "none"},
	})
	return &standin{
		row: "Authelia", page: "authelia", signIn: issuer,
		documents: map[string]m{
			issuer + "/.well-known/openid-configuration": doc, issuer + "/.well-known/oauth-authorization-server": doc,
		},
		jwks: issuer + "/jwks.json", header: m{"typ": "at+jwt"},
		claims: m{
			"iss": issuer, "sub": "e79b6494-8852-4439-860c-159f2cba83dc", "aud": []string{PublicURL}, "client_id": "claude",
			"scp": []string{"coda:read", "coda:write"}, "jti": "j",
		},
		reader: m{"scp": []string{"coda:read"}}, asks: both, step: both,
		traps: []trap{
			{name: "the default", raw: "authelia_at_cr4i4EtTn2F4k6mX4XzxbsBewkxCGn.abc", reason: "opaque",
				cure: "`access_token_signed_response_alg`"},
			{name: "an ID token", header: m{"typ": "JWT"}, reason: "type", cure: "are at+jwt"},
			{name: "no audience asked for", claims: m{"aud": []string{}}, reason: "audience", cure: "`requested_audience_mode`"},
		},
	}
}
