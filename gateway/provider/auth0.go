package provider

func auth0() *Provider {
	return &Provider{
		Name: "auth0", Title: "Auth0",
		Tokens: Tokens{Scopes: []string{"scope", "permissions"}, Roles: []string{"permissions"},
			ClientID: []string{"azp", "client_id"}},
		FreeEmail: "with a database connection people sign up with any address at Auth0; " +
			"a custom claim can carry email and email_verified together",
		Wrong: "Auth0's issuer is https://<tenant>.<region>.auth0.com/ or the custom domain, with the slash at " +
			"the end",
		Console: []string{
			"Create an API whose Identifier is exactly <public_url>, signed with RS256, with the permissions " +
				"coda:read and coda:write.",
			"Settings, Advanced: switch on Resource Parameter Compatibility Profile and Include Issuer in " +
				"Authorization Responses.",
			"Grant the clients access to the API.",
		},
		Cures: []Cure{
			{Reason: "opaque", Text: "Auth0 issues opaque tokens when no API is named: create an API whose Identifier is " +
				"<public_url> and switch on Resource Parameter Compatibility Profile (Settings, Advanced); for clients that send " +
				"no resource make it the tenant's Default Audience."},
			{Reason: "encrypted", Text: "Auth0 issues encrypted tokens when no API is named: create an API whose Identifier " +
				"is <public_url>, switch on Resource Parameter Compatibility Profile, and leave the API's token encryption off."},
			{Reason: "audience", Text: "Create an API whose Identifier is exactly <public_url>, switch on Resource Parameter " +
				"Compatibility Profile (Settings, Advanced), and grant the client access to the API."},
			{Reason: "unknown_issuer", Text: "Auth0's issuer ends in a slash: `https://<tenant>.auth0.com/`. Keep " +
				"it. With a custom domain, `iss` is that domain."},
			{Reason: "alg", Text: "Set the API's signing algorithm to RS256."},
		},
	}
}
