package provider

func authentik() *Provider {
	return &Provider{
		Name: "authentik", Title: "authentik", Aliases: []string{"goauthentik"},
		// An access token repeats the nonce of the sign-in.
		Tokens:      Tokens{AllowIDTokens: true, ClientID: []string{"azp", "client_id"}},
		FreeEmail:   "authentik lets people change their address in the user settings unless a prompt stage forbids it",
		Wrong:       "authentik's issuer is https://<host>/application/o/<slug>/ with the slash at the end",
		Lacks:       "scopes of its own: tokens have only what the mappings of the requested scopes return",
		NeverIssuer: func(url string) string { return withSlash(url, "authentik's issuer") },
		Console: []string{
			"Applications, Providers, Create, OAuth2/OpenID Provider: Client type Public, Redirect URIs " +
				"https://claude.ai/api/mcp/auth_callback and https://claude.com/api/mcp/auth_callback (Strict), Signing " +
				"Key chosen (without one it signs with the client secret).",
			"Customization, Property Mappings, Create, Scope Mapping, twice: Scope name coda:read and coda:write, " +
				"Expression return {\"aud\": \"<public_url>\"}. Add both, offline_access and groups to the provider's " +
				"scopes.",
			"Applications, Create, with this provider. Without the mapping of aud put the provider's client id into " +
				"audiences.",
		},
		Cures: []Cure{
			{Reason: "alg", Text: "Choose a Signing Key in the authentik provider; without one it signs with the " +
				"client secret (HS256)."},
			{Reason: "audience", Text: "authentik puts the client id into `aud`: write `audiences: [\"<aud>\"]`, " +
				"or write a scope mapping that sets `aud` to <public_url>."},
			{Reason: "unknown_issuer", Text: "authentik's issuer is https://<host>/application/o/<slug>/ with the " +
				"slash at the end."},
		},
	}
}
