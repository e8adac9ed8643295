package provider

func pocketid() *Provider {
	return &Provider{
		Name: "pocketid", Title: "Pocket ID", Aliases: []string{"pocket-id"},
		FreeEmail: "Pocket ID lets people change their address unless the administrator forbids it",
		Console: []string{
			"Create an API whose identifier is <public_url>.",
			"Set CIMD_ENABLED and allow the clients' hosts.",
		},
		Cures: []Cure{
			{Reason: "audience", Text: "In Pocket ID create an API whose identifier is <public_url>."},
		},
	}
}
