package provider

func dex() *Provider {
	return &Provider{
		Name: "dex", Title: "Dex",
		// Dex has one kind of token: an access token has the shape of an ID token, with the client in aud.
		Tokens:        Tokens{AllowIDTokens: true, ClientID: []string{"azp", "aud"}, PlainType: true},
		OnlyScopes:    []string{"openid", "profile", "email", "groups", "offline_access", "federated:id"},
		NeedsAudience: "Dex puts the client id into aud: add it to audiences",
		AskAlso:       []string{"openid"},
		GrantBy:       "groups",
		WithoutScopes: "Dex puts groups into the claim groups: write grants with when: {groups: […]} or when: {emails: […]}",
		Wrong:         "Dex's issuer is what its own configuration says under issuer, path included",
		Email:         "Dex passes on email and email_verified from its connector",
		Lacks:         "scopes and roles",
		Console: []string{
			"In staticClients: id coda-mcp, public: true, redirectURIs https://claude.ai/api/mcp/auth_callback and " +
				"https://claude.com/api/mcp/auth_callback.",
			"Put coda-mcp into audiences: Dex puts the client's id into aud.",
			"A connector that provides groups (LDAP, GitHub, OIDC with getUserInfo …), as grants need groups or addresses.",
		},
		Cures: []Cure{
			{Reason: "audience", Text: "Dex puts the client id into `aud`: write `audiences: [\"<aud>\"]`."},
			{Reason: "client", Text: "Dex names the client in `azp`, or otherwise in `aud`."},
		},
	}
}
