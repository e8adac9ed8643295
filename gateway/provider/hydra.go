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
		Wrong: "Hydra's issuer is what urls.self.issuer says, often with a slash at the end",
		Console: []string{
			"Set strategies.access_token: jwt.",
			"Allow <public_url> in the clients' audience, and add it in the consent step or a token hook.",
		},
		Cures: []Cure{
			{Reason: "opaque", Text: "Set `strategies.access_token: jwt` in Hydra, for all clients or for this " +
				"one, or configure `introspection`."},
			{Reason: "audience", Text: "Hydra knows `audience`, not `resource`: allow <public_url> in the client's `audience` " +
				"list and add it in the consent step or a token hook, as MCP clients do not ask for it."},
		},
	}
}
