package provider

import "strings"

func adfs() *Provider {
	return &Provider{
		Name: "adfs", Title: "Microsoft AD FS", Aliases: []string{"ad-fs", "ad fs", "activedirectory"},
		Tokens: Tokens{
			Scopes: []string{"scp"}, Roles: []string{"role", "roles"}, Groups: []string{"group", "groups"},
			ClientID: []string{"appid", "client_id"}, Email: []string{"email"}, Name: []string{"unique_name", "upn", "name"},
		},
		NoS256: "AD FS 2019 and later do PKCE, but the document does not say so; clients that look for it (Claude " +
			"among them) stop before they open a browser",
		SignInAt: func(iss string) string {
			rest, ok := strings.CutSuffix(iss, "/services/trust")
			if !ok {
				return ""
			}
			return "https://" + strings.TrimPrefix(strings.TrimPrefix(rest, "https://"), "http://")
		},
		NeverIssuer: adfsNever,
		Wrong: "people sign in at https://<host>/adfs, where the document is, while access tokens say iss " +
			"http://<host>/adfs/services/trust: " +
			"write url: http://<host>/adfs/services/trust and sign_in: https://<host>/adfs",
		VerifiesEmail: true,
		Email: "AD FS takes the address from the directory, where people cannot change it, and does not say that it is " +
			"verified",
		Lacks: "every claim that no issuance rule makes: e-mail and groups among them",
		Console: []string{
			"Application Groups, Add Application Group, Native application accessing a web API: Client Identifier as " +
				"generated, Redirect URIs https://claude.ai/api/mcp/auth_callback and " +
				"https://claude.com/api/mcp/auth_callback. People type the identifier into their MCP client.",
			"Web API: Identifier <public_url>.",
			"Access Control Policy: who has access. Configure Application Permissions: openid, and the scopes " +
				"coda:read and coda:write (Service, Scope Descriptions, Add).",
			"Issuance Transform Rules of the Web API: sub from the user's SID or object GUID; email from " +
				"E-Mail-Addresses; group from Token-Groups - Unqualified Names; upn.",
		},
		Cures: []Cure{
			{Reason: "unknown_issuer", When: func(c Case) bool { return strings.HasSuffix(c.text("iss"), "/services/trust") },
				Text: "AD FS puts another identifier into access tokens than the one where people sign in: write " +
					"`url: <iss>`, " +
					"and `sign_in` with what was there before."},
			{Reason: "unknown_issuer", When: func(c Case) bool { return strings.HasSuffix(c.text("iss"), "/adfs") },
				Text: "Send the access token: only AD FS's ID tokens have <iss> as `iss`."},
			{Reason: "no_subject", Text: "Add an issuance transform rule that issues `sub` for the Web API, for " +
				"instance from the user's SID."},
			{Reason: "audience", Text: "AD FS puts the Web API's identifier into `aud`, with " +
				"microsoft:identityserver: before it if it is not a URL: make <public_url> the identifier, or write " +
				"`audiences: [\"<aud>\"]`."},
		},
	}
}
