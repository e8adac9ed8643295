package provider

func workos() *Provider {
	return &Provider{
		Name: "workos", Title: "WorkOS AuthKit", Aliases: []string{"authkit"},
		Tokens: Tokens{Scopes: []string{"scope", "permissions"}, Roles: []string{"role", "roles"},
			Algorithms: []string{"RS256"}},
		NeverIssuer:   workosNever,
		VerifiesEmail: true,
		Wrong:         "the issuer is the AuthKit domain, https://<name>.authkit.app",
		Email:         "WorkOS verifies addresses; the access token has none unless the JWT template adds it",
		Lacks:         "e-mail and name, until the JWT template adds them",
		Console: []string{
			"Connect, Configuration: Client ID Metadata Document on, Dynamic Client Registration on.",
			"Resource Indicators: add <public_url>.",
			"Authorization, Roles and permissions: coda:read and coda:write as permissions of roles.",
		},
		Cures: []Cure{
			{Reason: "audience", Text: "In the WorkOS dashboard add <public_url> as a resource indicator of " +
				"AuthKit."},
			{Reason: "unknown_issuer", Text: "The issuer is the AuthKit domain, https://<name>.authkit.app."},
			{Reason: "opaque", Text: "Tokens of WorkOS Connect are opaque: sign in through AuthKit, or configure " +
				"`introspection`."},
		},
	}
}
