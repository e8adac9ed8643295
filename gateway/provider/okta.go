package provider

func okta() *Provider {
	return &Provider{
		Name: "okta", Title: "Okta", Tokens: Tokens{Scopes: []string{"scp"}, ClientID: []string{"cid"}},
		Wrong: "Okta's issuer is https://<org>.okta.com/oauth2/<authorization server id>, such as …/oauth2/default",
		Console: []string{
			"Make a custom authorization server (API Access Management); Audience = <public_url>.",
			"Add the scopes coda:read and coda:write, and an access policy for the client.",
			"Register an OIDC application with the client's redirect URI: people type its client id, since nobody " +
				"can register by himself.",
		},
		Cures: []Cure{
			{Reason: "audience", Text: "Set the Audience of the custom authorization server to <public_url>. " +
				"Tokens of the org authorization server are for Okta only."},
			{Reason: "unknown_issuer", Text: "Use a custom authorization server: https://<org>/oauth2/<id>. The " +
				"org's own server issues tokens that only Okta may read."},
			{Reason: "unknown_kid", Text: "Tokens of Okta's org authorization server cannot be verified here: use " +
				"a custom authorization server, https://<org>/oauth2/<id>."},
			{Reason: "client", Text: "Okta names the client in `cid`: add <client> to `client_ids`."},
		},
	}
}
