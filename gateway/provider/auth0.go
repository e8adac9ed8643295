package provider

func auth0() *Provider {
	return &Provider{
		Name: "auth0", Title: "Auth0",
		Tokens: Tokens{Scopes: []string{"scope", "permissions"}, Roles: []string{"permissions"},
			ClientID: []string{"azp", "client_id"}},
		FreeEmail: "with a database connection people sign up with any address at Auth0; " +
			"a custom claim can carry email and email_verified together",
		NeverIssuer: auth0Never,
		Wrong: "Auth0's issuer is https://<tenant>.<region>.auth0.com/ or the custom domain, with the slash at " +
			"the end",
		Lacks: "e-mail, name and roles: an Action adds them as https://your-namespace/roles, named in " +
			"claims.roles",
		Console: []string{
			"Applications, APIs, Create API: Name Coda, Identifier <public_url> (byte for byte, it cannot be changed " +
				"later), JSON Web Token (JWT) Profile Auth0, Signing Algorithm RS256.",
			"In the API, Permissions: coda:read and coda:write. Settings: Allow Offline Access on. With Enable RBAC " +
				"also switch on Add Permissions in the Access Token.",
			"Settings, Advanced: Resource Parameter Compatibility Profile on, Include Issuer in Authorization " +
				"Responses on.",
			"Applications, Create Application, Native: Allowed Callback URLs https://claude.ai/api/mcp/auth_callback " +
				"and https://claude.com/api/mcp/auth_callback; grant types Authorization Code and Refresh Token. People " +
				"type its Client ID into their MCP client, without a secret.",
			"For clients that register themselves instead: Settings, Advanced, Dynamic Client Registration on (or " +
				"client ID metadata documents); in the API grant third-party applications both permissions; " +
				"Authentication, the connection, promote it to domain level.",
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
