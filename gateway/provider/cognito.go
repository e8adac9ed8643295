package provider

func cognito() *Provider {
	return &Provider{
		Name: "cognito", Title: "Amazon Cognito", Aliases: []string{"aws", "amazon"},
		Tokens: Tokens{
			Scopes: []string{"scope"}, Roles: []string{"cognito:groups"}, Groups: []string{"cognito:groups"},
			ClientID: []string{"client_id"},
			Name:     []string{"name", "username"}, Required: map[string][]any{"token_use": {"access"}},
		},
		NoS256: "Cognito does PKCE, but its document may not say so; clients that look for it (Claude among them) " +
			"stop before they open a browser",
		Wrong: "Cognito's issuer is https://cognito-idp.<region>.amazonaws.com/<user pool id>, not the login domain",
		Console: []string{
			"Create a resource server whose identifier is <public_url>, with the scopes coda:read and coda:write.",
			"Use managed login (plan Essentials or Plus), which knows resource.",
		},
		Cures: []Cure{
			{Reason: "audience", Text: "Cognito sets `aud` only for a request with `resource` (managed login, " +
				"plan Essentials or Plus): create a resource server whose identifier is <public_url>. Without that, set " +
				"`allow_missing_audience: true` together with `client_ids`."},
			{Reason: "unknown_issuer", Text: "Cognito's issuer is " +
				"https://cognito-idp.<region>.amazonaws.com/<user pool id>, not the login domain."},
			{Reason: "required_claim", Text: "Send the access token: Cognito marks it `token_use: access`."},
		},
	}
}
