package provider

func workos() *Provider {
	return &Provider{
		Name: "workos", Title: "WorkOS AuthKit", Aliases: []string{"authkit"},
		Tokens: Tokens{Scopes: []string{"scope", "permissions"}, Roles: []string{"role", "roles"}},
		Wrong:  "the issuer is the AuthKit domain, https://<name>.authkit.app",
		Console: []string{
			"Connect, Configuration: switch on client ID metadata documents and dynamic registration.",
			"Add <public_url> as a resource indicator.",
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
