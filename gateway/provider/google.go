package provider

func google() *Provider {
	return &Provider{
		Name: "google", Title: "Google", Aliases: []string{"gcp", "workspace"},
		Refused: "Google's access tokens are opaque and cannot be bound to this gateway, so a token for any other " +
			"application would be accepted here; federate Google into Keycloak, Dex, Zitadel, Pocket ID or another " +
			"provider and name that one as the " +
			"issuer",
	}
}
