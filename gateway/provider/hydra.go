package provider

func hydra() *Provider {
	return &Provider{
		Name: "hydra", Title: "Ory Hydra", Aliases: []string{"ory"},
		// Custom claims are below ext unless the server lifts them to the top.
		Tokens: Tokens{
			Scopes: []string{"scp", "scope"}, Roles: []string{"roles", "/ext/roles"}, Groups: []string{"groups", "/ext/groups"},
			Email: []string{"email", "/ext/email"}, Name: []string{"name", "preferred_username", "/ext/name"},
			ClientID: []string{"client_id"},
		},
		FreeEmail: "Hydra passes on what the consent step says, which may be what people typed in themselves",
		Wrong:     "Hydra's issuer is what urls.self.issuer says, often with a slash at the end",
		Email:     "Hydra's tokens have whatever the consent app puts in",
		Lacks:     "everything that the consent app does not put in: e-mail, groups, aud",
		Console: []string{
			"Configuration: strategies.access_token: jwt, oauth2.allowed_top_level_claims: [email, groups, name]; " +
				"oidc.dynamic_client_registration.enabled only if you want it.",
			"Each client: audience [<public_url>], scope \"openid offline_access coda:read coda:write\", " +
				"token_endpoint_auth_method none.",
			"The consent app, or a token hook, grants the audience: grant_access_token_audience: [<public_url>], " +
				"because MCP clients send resource, which Hydra does not read.",
		},
		Cures: []Cure{
			{Reason: "opaque", Text: "Set `strategies.access_token: jwt` in Hydra, for all clients or for this " +
				"one, or configure `introspection`."},
			{Reason: "audience", Text: "Hydra knows `audience`, not `resource`: allow <public_url> in the client's `audience` " +
				"list and add it in the consent step or a token hook, because MCP clients do not ask for it."},
		},
	}
}
