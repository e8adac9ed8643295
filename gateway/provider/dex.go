package provider

func dex() *Provider {
	return &Provider{
		Name: "dex", Title: "Dex",
		// Dex has one kind of token: an access token has the shape of an ID token, with the client in aud.
		Tokens:        Tokens{AllowIDTokens: true, ClientID: []string{"azp", "aud"}},
		NeedsAudience: "Dex puts the client id into aud: add it to audiences",
		WithoutScopes: "Dex puts groups into groups: write grants with when: {groups: […]} or when: {emails: […]}",
		Wrong:         "Dex' issuer is what its own configuration says under issuer, path included",
		Console: []string{
			"Add a static client with public: true and the redirect URIs of the MCP clients.",
			"Put its id into audiences.",
		},
		Cures: []Cure{
			{Reason: "audience", Text: "Dex puts the client id into `aud`: write `audiences: [\"<aud>\"]`."},
			{Reason: "client", Text: "Dex names the client in `azp`, or else in `aud`."},
		},
	}
}
