package provider

func pocketid() *Provider {
	return &Provider{
		Name: "pocketid", Title: "Pocket ID", Aliases: []string{"pocket-id"},
		FreeEmail: "Pocket ID lets people change their address unless the administrator forbids it",
		Lacks:     "roles: groups take their place",
		Console: []string{
			"APIs, Add: Identifier <public_url>, scopes coda:read and coda:write.",
			"CIMD_ENABLED=true, and the clients' hosts (claude.ai, vscode.dev) in its allow-list; or OIDC Clients, " +
				"Add: Public Client, Callback URLs https://claude.ai/api/mcp/auth_callback and " +
				"https://claude.com/api/mcp/auth_callback.",
		},
		Cures: []Cure{
			{Reason: "audience", Text: "In Pocket ID create an API whose identifier is <public_url>."},
		},
	}
}
