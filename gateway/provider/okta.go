package provider

func okta() *Provider {
	return &Provider{
		Name: "okta", Title: "Okta", Tokens: Tokens{Scopes: []string{"scp"}, ClientID: []string{"cid"},
			Algorithms: []string{"RS256"}},
		NeverIssuer: oktaNever,
		Wrong:       "Okta's issuer is https://<org>.okta.com/oauth2/<authorization server id>, such as …/oauth2/default",
		Email: "Okta has no email in access tokens until a claim puts it there; it is the address from the directory, " +
			"which people may change if the profile lets them",
		Lacks: "e-mail and groups, until they are added as claims of the authorization server",
		Console: []string{
			"Security, API, Authorization Servers, Add: Name Coda, Audience <public_url>. Its Issuer URI is url. (This " +
				"needs API Access Management; the org authorization server does not work.)",
			"Scopes, Add Scope: coda:read and coda:write, User consent Implicit or Required.",
			"Claims, Add Claim: groups, Include in token type Access Token, Value type Groups, Filter for instance " +
				"Starts with coda-. The same for email, Value user.email, if grants name addresses.",
			"Applications, Create App Integration, OIDC, Native Application: Sign-in redirect URIs " +
				"https://claude.ai/api/mcp/auth_callback and https://claude.com/api/mcp/auth_callback; grant types " +
				"Authorization Code and Refresh Token; Client authentication None. People type its Client ID into their " +
				"MCP client.",
			"Assignments of the application: who may sign in. Access Policies of the server, Add Policy: assigned to " +
				"the application; Add Rule: Authorization Code, the people, the scopes coda:read, coda:write and " +
				"offline_access.",
		},
		Cures: []Cure{
			{Reason: "audience", Text: "Set the Audience of the custom authorization server to <public_url>. " +
				"Tokens of the org authorization server are for Okta only."},
			{Reason: "unknown_issuer", Text: "Use a custom authorization server: https://<org>/oauth2/<id>. The " +
				"org's own server issues tokens that only Okta may read."},
			{Reason: "unknown_kid", Text: "Tokens of Okta's org authorization server cannot be verified here: use " +
				"a custom authorization server, https://<org>/oauth2/<id>."},
			{Reason: "client", Text: "Okta names the client in `cid`: add <client> to `client_ids`."},
		},
	}
}
