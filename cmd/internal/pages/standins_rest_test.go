package pages

// standins are all of them, in the order of the index.
func standins() []*standin {
	return []*standin{
		keycloakStandin(), auth0Standin(), entraStandin(), entraTenantsStandin(), oktaStandin(), adfsStandin(),
		cognitoStandin(), authentikStandin(), zitadelStandin(), dexStandin(), workosStandin(), hydraStandin(),
		pocketidStandin(), autheliaStandin(), b2cStandin(), b2cShortStandin(), wso2Standin(), cloudflareStandin(),
		githubStandin(), gitlabStandin(),
	}
}

const b2c = "https://company.b2clogin.com"

func b2cClaims(issuer string) m {
	return m{
		"ver": "1.0", "iss": issuer, "sub": "f2a1…", "aud": application, "azp": application, "auth_time": 1760000000,
		"tfp": "B2C_1_signin", "scp": both, "emails": []string{"ada@example.com"}, "name": "Ada",
	}
}

func b2cStandin() *standin {
	const base = b2c + "/tfp/" + tenant + "/b2c_1_signin"
	const issuer, prefix = base + "/v2.0/", "https://company.onmicrosoft.com/" + application + "/"
	doc := document(issuer, base+"/oauth2/v2.0", m{"jwks_uri": base + "/discovery/v2.0/keys",
		"code_challenge_methods_supported": nil})
	asks := prefix + "coda:read " + prefix + "coda:write"
	return &standin{
		row: "Azure AD B2C", page: "azureb2c", signIn: issuer,
		documents: map[string]m{issuer + ".well-known/openid-configuration": doc}, jwks: base + "/discovery/v2.0/keys",
		header: m{"typ": "JWT"}, claims: b2cClaims(issuer), reader: m{"scp": "coda:read"}, asks: asks, step: asks,
		traps: []trap{
			{name: "the short issuer", claims: m{"iss": b2c + "/" + tenant + "/v2.0/"}, reason: "unknown_issuer",
				cure: "the form with /tfp/"},
			{name: "another user flow", claims: m{"iss": b2c + "/tfp/" + tenant + "/b2c_1_edit/v2.0/"},
				reason: "unknown_issuer", cure: "Each user flow is a separate issuer"},
			{name: "another application", claims: m{"aud": otherTenant}, reason: "audience",
				cure: "`audiences: [\"" + otherTenant + "\"]`"},
		},
	}
}

func b2cShortStandin() *standin {
	const issuer = b2c + "/" + tenant + "/v2.0/"
	const base = b2c + "/company.onmicrosoft.com/b2c_1_signin"
	s := b2cStandin()
	doc := document(issuer, base+"/oauth2/v2.0", m{"jwks_uri": base + "/discovery/v2.0/keys",
		"code_challenge_methods_supported": nil})
	s.row, s.file, s.signIn, s.claims = "Azure AD B2C, short issuer", 1, base+"/v2.0", b2cClaims(issuer)
	s.documents = map[string]m{base + "/v2.0/.well-known/openid-configuration": doc}
	s.jwks, s.traps = base+"/discovery/v2.0/keys", s.traps[2:]
	return s
}

func wso2Standin() *standin {
	const base = "https://api.asgardeo.io/t/company"
	const issuer = base + "/oauth2/token"
	doc := document(issuer, base+"/oauth2", m{
		"token_endpoint": issuer, "jwks_uri": base + "/oauth2/jwks",
		"registration_endpoint":            base + "/api/identity/oauth2/dcr/v1.1/register",
		"code_challenge_methods_supported": []string{"S256", "plain"},
	})
	return &standin{
		row: "WSO2, Asgardeo", page: "wso2", signIn: issuer,
		documents: map[string]m{issuer + "/.well-known/openid-configuration": doc}, jwks: base + "/oauth2/jwks",
		bend: func(k m) {
			// Its certificates have been seen with a negative serial number, which Go reads no further.
			k["x5c"], k["x5t"], k["x5t#S256"] = []string{negativeSerial}, "not of this key", "MjM…"
		},
		header: m{"typ": "at+jwt", "x5t": "MjM…"},
		claims: m{
			"sub": "a3c4…", "aut": "APPLICATION_USER", "iss": issuer, "client_id": "Xq1…", "azp": "Xq1…",
			"aud": []string{"Xq1…", PublicURL}, "org_id": "10084a8d", "org_name": "company", "scope": both, "jti": "j",
		},
		reader: m{"scope": "coda:read"}, asks: both, step: both,
		traps: []trap{
			{name: "the default of older applications", raw: "0e0e5b3a-4d0b-3a5c-8d1f-2b3c4d5e6f70", reason: "opaque",
				cure: "access token type to JWT"},
			{name: "the client alone", claims: m{"aud": "Xq1…"}, reason: "audience", cure: "application's Audience"},
			{name: "the server without its endpoint", url: base + "/oauth2", reason: "unknown_issuer",
				cure: "The issuer is the token endpoint"},
			{name: "another organization", claims: m{"iss": "https://api.asgardeo.io/t/other/oauth2/token"},
				reason: "unknown_issuer", cure: "`url: https://api.asgardeo.io/t/other/oauth2/token`"},
		},
	}
}

// negativeSerial is the beginning of a certificate whose serial number is negative.
const negativeSerial = "MIIBIjCByAIB/zAKBggqhkjOPQQDAjAAMB4XDTI2MDEwMTAwMDAwMFoXDTI3MDEwMTAwMDAwMFow"

func cloudflareStandin() *standin {
	const issuer, tag = "https://company.cloudflareaccess.com",
		"4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2"
	return &standin{
		row: "Cloudflare Access", page: "cloudflare", issuer: 1, jwks: issuer + "/cdn-cgi/access/certs",
		claims: m{
			"aud": []string{tag}, "email": "ada@example.com", "iss": issuer, "type": "app", "identity_nonce": "6ei69k…",
			"sub": "7335d417-61da-459d-899c-0a01c76a2f94", "country": "DE", "policy_id": "p",
		},
		asks: both, write: "coda_delete_rows", said: "was not run: it needs the scope coda:write",
		traps: []trap{
			{name: "another application", claims: m{"aud": []string{"0123456789abcdef"}}, reason: "audience",
				cure: "`audiences: [\"0123456789abcdef\"]`"},
			{name: "a service token", claims: m{"sub": "", "email": nil, "common_name": "e367….access"},
				reason: "no_subject", cure: "A service token of Access"},
		},
	}
}

func githubStandin() *standin {
	const issuer = "https://token.actions.githubusercontent.com"
	return &standin{
		row: "GitHub Actions", page: "github", issuer: 1, jwks: issuer + "/.well-known/jwks",
		documents: map[string]m{issuer + "/.well-known/openid-configuration": {
			"issuer": issuer, "jwks_uri": issuer + "/.well-known/jwks",
			"subject_types_supported":  []string{"public", "pairwise"},
			"response_types_supported": []string{"id_token"}, "id_token_signing_alg_values_supported": []string{"RS256"},
			"scopes_supported": []string{"openid"},
		}},
		header: m{"typ": "JWT", "x5t": "OdF8…"},
		claims: m{
			"jti": "j", "sub": "repo:acme/docs:ref:refs/heads/main", "aud": PublicURL, "ref": "refs/heads/main",
			"repository": "acme/docs", "repository_owner": "acme", "repository_owner_id": "65", "repository_id": "74",
			"run_id": "1", "actor": "ada", "workflow": "publish", "event_name": "push", "ref_protected": "true",
			"ref_type": "branch", "job_workflow_ref": "acme/docs/.github/workflows/publish.yml@refs/heads/main",
			"iss": issuer, "repository_visibility": "private", "runner_environment": "github-hosted",
		},
		asks: both, write: "coda_create_doc", said: "was not run: it needs the scope coda:write",
		traps: []trap{
			{name: "no audience asked for", claims: m{"aud": "https://github.com/acme"}, reason: "audience",
				cure: "ask for audience=" + PublicURL},
			{name: "somebody else's repository", claims: m{"repository": "evil/docs", "repository_owner": "evil"},
				reason: "client", cure: "evil/docs"},
			{name: "an old one", claims: m{"exp": 1760000000}, reason: "expired", cure: "five minutes"},
		},
	}
}

func gitlabStandin() *standin {
	const issuer = "https://gitlab.com"
	return &standin{
		row: "GitLab CI", page: "gitlab", issuer: 1, jwks: issuer + "/oauth/discovery/keys",
		documents: map[string]m{issuer + "/.well-known/openid-configuration": document(issuer, issuer+"/oauth", m{
			"jwks_uri": issuer + "/oauth/discovery/keys",
		})},
		header: m{"typ": "JWT"},
		claims: m{
			"namespace_id": "72", "namespace_path": "acme", "project_id": "20", "project_path": "acme/docs", "user_id": "1",
			"user_login": "ada", "user_email": "ada@example.com", "pipeline_id": "5", "pipeline_source": "push",
			"job_id": "9", "ref": "main", "ref_type": "branch", "ref_path": "refs/heads/main", "ref_protected": "true",
			"runner_environment": "gitlab-hosted", "iss": issuer, "jti": "j", "aud": PublicURL,
			"sub": "project_path:acme/docs:ref_type:branch:ref:main",
		},
		asks: both, write: "coda_create_doc", said: "was not run: it needs the scope coda:write",
		traps: []trap{
			{name: "another audience", claims: m{"aud": "https://vault.example.com"}, reason: "audience",
				cure: "below `id_tokens`"},
			{name: "somebody else's project", claims: m{"project_path": "evil/docs"}, reason: "client", cure: "evil/docs"},
			{name: "CI_JOB_JWT", claims: m{"iss": "gitlab.com", "aud": nil}, reason: "unknown_issuer", cure: "use `id_tokens`"},
		},
	}
}
