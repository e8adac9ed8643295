package provider

func zitadel() *Provider {
	return &Provider{
		Name: "zitadel", Title: "Zitadel",
		// Access tokens carry no scopes; roles are an object whose keys are the roles.
		Tokens:        Tokens{Roles: []string{"urn:zitadel:iam:org:project:roles"}},
		NeedsAudience: "Zitadel puts client and project ids into aud: add the project id to audiences",
		WithoutScopes: "Zitadel puts roles into urn:zitadel:iam:org:project:roles: assert them in the project, " +
			"and write grants with when: {roles: […]}",
		Wrong: "Zitadel's issuer is https://<instance>, without a path",
		Console: []string{
			"In the project switch on Assert Roles on Authentication, and make roles.",
			"Set the application's Auth Token Type to JWT; configure introspection for clients that register " +
				"themselves.",
			"Put the project id into audiences.",
		},
		Cures: []Cure{
			{Reason: "opaque", Text: "Set the application's Auth Token Type to JWT (Token Settings). " +
				"Self-registered clients get opaque tokens: " +
				"configure `introspection` for them."},
			{Reason: "audience", Text: "Zitadel puts client and project ids into `aud`: have clients ask for the " +
				"scope " +
				"urn:zitadel:iam:org:project:id:<project id>:aud and add the project id to `audiences`."},
		},
	}
}
