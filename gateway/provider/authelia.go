package provider

func authelia() *Provider {
	return &Provider{
		Name: "authelia", Title: "Authelia",
		Tokens: Tokens{Type: "at+jwt", ClientID: []string{"client_id"}},
		Console: []string{
			"Give the client access_token_signed_response_alg: RS256 and audience: [<public_url>].",
			"Set requested_audience_mode, and list the redirect URIs exactly.",
		},
		Cures: []Cure{
			{Reason: "opaque", Text: "Set `access_token_signed_response_alg` of the client (RS256 or ES256): " +
				"without it Authelia issues opaque tokens."},
			{Reason: "type", Text: "Authelia's JWT access tokens are at+jwt: set " +
				"`access_token_signed_response_alg` of the client, and send the access token."},
			{Reason: "audience", Text: "Add <public_url> to the client's `audience` and set " +
				"`requested_audience_mode`."},
		},
	}
}
