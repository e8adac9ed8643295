package provider

func cloudflare() *Provider {
	return &Provider{
		Name: "cloudflare", Title: "Cloudflare Access",
		Aliases: []string{"cloudflare-access", "cf-access", "cloudflareaccess"},
		Tokens: Tokens{
			ClientID: []string{"aud", "azp"}, Groups: []string{"groups", "/custom/groups"}, Name: []string{"name", "email"},
		},
		Elsewhere: "Access itself signs people in, in front of the gateway, and hands its token over in the header " +
			"Cf-Access-Jwt-Assertion: write sign_in: none",
		NeedsAudience: "Access puts the application's AUD tag into aud: add it to audiences",
		NeverIssuer:   cloudflareNever,
		GrantBy:       "groups",
		WithoutScopes: "Access has no scopes: write grants with when: {emails: […]}, or when: {groups: […]} where " +
			"the identity provider's groups are passed on",
		Lacks: "scopes, and sub for service tokens",
		Wrong: "Access's issuer is https://<team>.cloudflareaccess.com; with jwks_uri no document is needed",
		Console: []string{
			"Access, Applications, Add an application, Self-hosted: the hostname of <public_url>, and a policy that says " +
				"who has access.",
			"Copy its Application Audience (AUD) tag into audiences.",
			"Make the proxy in front of the gateway copy the header Cf-Access-Jwt-Assertion into Authorization, after the " +
				"word Bearer, and let no other Authorization header through.",
			"A second application for the path /.well-known/ with a Bypass policy lets clients read the metadata.",
		},
		Cures: []Cure{
			{Reason: "audience", Text: "Access puts the application's AUD tag into `aud`: if <aud> is this application, " +
				"write `audiences: [\"<aud>\"]`."},
			{Reason: "no_subject", Text: "A service token of Access identifies no person and has an empty `sub`: have " +
				"people sign in, or give machines tokens from another issuer (GitHub Actions, GitLab CI, your provider's " +
				"client credentials)."},
		},
	}
}
