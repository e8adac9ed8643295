package provider

func cognito() *Provider {
	return &Provider{
		Name: "cognito", Title: "Amazon Cognito", Aliases: []string{"aws", "amazon"},
		Tokens: Tokens{
			Scopes: []string{"scope"}, Roles: []string{"cognito:groups"}, Groups: []string{"cognito:groups"},
			ClientID: []string{"client_id"}, Algorithms: []string{"RS256"}, PlainType: true,
			Name: []string{"name", "username"}, Required: map[string][]any{"token_use": {"access"}},
		},
		NeedsPrefix: "Cognito puts the identifier of the resource server in front of scopes: set scope_prefix to it and " +
			"a slash, as in scope_prefix: https://mcp.example.com/mcp/",
		KeepsPrefix: true,
		FreeEmail: "people of a user pool can change their own address if an app client may write it, and access tokens " +
			"do not say so unless a trigger adds email and email_verified",
		NeverIssuer: cognitoNever,
		NoS256: "Cognito does PKCE, but its document may not say so; clients that look for it (Claude among them) " +
			"stop before they open a browser",
		Wrong: "Cognito's issuer is https://cognito-idp.<region>.amazonaws.com/<user pool id>, not the login domain",
		Email: "Cognito has no email in access tokens",
		Lacks: "e-mail and name (a pre-token-generation trigger can add them), and aud without resource",
		Console: []string{
			"User pool on plan Essentials or Plus, with managed login and a domain.",
			"Branding, Domain, Resource servers, Create: Resource server identifier <public_url>, custom scopes " +
				"coda:read and coda:write. Tokens have them as <public_url>/coda:read: write scope_prefix: <public_url>/.",
			"App clients, Create: Single-page application or Mobile app (no secret); Allowed callback URLs " +
				"https://claude.ai/api/mcp/auth_callback and https://claude.com/api/mcp/auth_callback (exact, no variable " +
				"ports); OAuth grant type Authorization code; both custom scopes and openid.",
			"Groups of the pool become roles and groups here.",
		},
		Cures: []Cure{
			{Reason: "audience", Text: "Cognito sets `aud` only for a request with `resource` (managed login, " +
				"plan Essentials or Plus): create a resource server whose identifier is <public_url>. Without that, write " +
				"`allow_missing_audience: true` and `client_ids: [<client>]`."},
			{Reason: "unknown_issuer", Text: "Cognito's issuer is " +
				"https://cognito-idp.<region>.amazonaws.com/<user pool id>, not the login domain."},
			{Reason: "required_claim", Text: "Send the access token: Cognito marks it `token_use: access`."},
		},
	}
}
