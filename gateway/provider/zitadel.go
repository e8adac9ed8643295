package provider

func zitadel() *Provider {
	return &Provider{
		Name: "zitadel", Title: "Zitadel",
		// Access tokens carry no scopes; roles are an object whose keys are the roles.
		Tokens:        Tokens{Roles: []string{"urn:zitadel:iam:org:project:roles"}},
		NeedsAudience: "Zitadel puts client and project ids into aud: add the project id to audiences",
		NeverIssuer:   zitadelNever,
		GrantBy:       "roles",
		WithoutScopes: "Zitadel puts roles into urn:zitadel:iam:org:project:roles: assert them in the project, " +
			"and write grants with when: {roles: […]}",
		FreeEmail: "Zitadel lets people change their own address, and email_verified says whether it was verified",
		Wrong:     "Zitadel's issuer is https://<instance>, without a path",
		Email:     "Zitadel's tokens have email and email_verified only if the complement token flow adds them",
		Lacks:     "scopes, e-mail and name",
		Console: []string{
			"Project, General: Assert Roles on Authentication on; Roles: coda-reader, coda-editor. Its Resource ID " +
				"goes into audiences.",
			"Project, New Application: Native, PKCE, Redirect URIs https://claude.ai/api/mcp/auth_callback and " +
				"https://claude.com/api/mcp/auth_callback; Token Settings: Auth Token Type JWT, User roles inside Access " +
				"Token on.",
			"Authorizations: give people the roles.",
			"Clients that register themselves get opaque tokens: create an API application in the project for them, and " +
				"put its id and secret into introspection.",
		},
		Cures: []Cure{
			{Reason: "opaque", Text: "Set the application's Auth Token Type to JWT (Token Settings). " +
				"Self-registered clients get opaque tokens: " +
				"configure `introspection` for them."},
			{Reason: "audience", Text: "Zitadel puts client and project ids into `aud`: have clients ask for the " +
				"scope " +
				"urn:zitadel:iam:org:project:id:<project id>:aud and add the project id to `audiences`."},
		},
	}
}
