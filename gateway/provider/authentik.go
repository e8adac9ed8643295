package provider

func authentik() *Provider {
	return &Provider{
		Name: "authentik", Title: "authentik", Aliases: []string{"goauthentik"},
		// An access token repeats the nonce of the sign-in.
		Tokens:    Tokens{AllowIDTokens: true, ClientID: []string{"azp", "client_id"}},
		FreeEmail: "authentik lets people change their address in the user settings unless a prompt stage forbids it",
		Wrong:     "authentik's issuer is https://<host>/application/o/<slug>/ with the slash at the end",
		Console: []string{
			"Create an OAuth2 provider with a Signing Key, and an application with it.",
			"Put its client id into audiences, or write a scope mapping that sets aud to <public_url>.",
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
