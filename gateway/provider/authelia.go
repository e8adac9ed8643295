package provider

func authelia() *Provider {
	return &Provider{
		Name: "authelia", Title: "Authelia",
		Tokens:        Tokens{Type: "at+jwt", ClientID: []string{"client_id"}},
		VerifiesEmail: true,
		Email: "Authelia takes the address from its own user directory, which people do not edit, and has it in " +
			"access tokens only by a claims policy",
		Lacks: "e-mail and groups, until a claims policy puts them into access tokens",
		Console: []string{
			"identity_providers.oidc.clients: client_id, public: true, redirect_uris " +
				"https://claude.ai/api/mcp/auth_callback and https://claude.com/api/mcp/auth_callback, scopes [openid, " +
				"offline_access, groups, email, coda:read, coda:write] (the two as custom scopes under " +
				"identity_providers.oidc.scopes).",
			"In the client: access_token_signed_response_alg: RS256, audience: [<public_url>], " +
				"requested_audience_mode: implicit, require_pkce: true, pkce_challenge_method: S256.",
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
