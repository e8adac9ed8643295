package provider

func keycloak() *Provider {
	return &Provider{
		Name: "keycloak", Title: "Keycloak", Aliases: []string{"rhsso", "redhat", "red-hat-sso", "rhbk"},
		Tokens: Tokens{Scopes: []string{"scope"}, Roles: []string{"/realm_access/roles"},
			ClientID: []string{"azp", "client_id"}},
		FreeEmail: "Keycloak lets people edit their own address, and marks it verified only after Verify email (realm " +
			"settings, Login)",
		NeverIssuer: keycloakNever,
		Shared: map[string]string{
			"account":          "Keycloak puts it into the tokens of most clients, whatever their purpose",
			"realm-management": "those are tokens for the administration of the realm",
		},
		Wrong: "Keycloak's issuer is https://<host>/realms/<realm>: if it answers 404, there is no realm with that name " +
			"(names are case-sensitive); before version 17, and with --http-relative-path, a path such as /auth comes " +
			"before /realms",
		Lacks: "an audience, and for clients that register with a scope also sub, e-mail, name and roles, until " +
			"the mappers are there",
		Console: []string{
			"Client scopes, Create client scope: Name coda:read, Type Optional, Protocol OpenID Connect, Include in " +
				"token scope On. The same for coda:write and, if you use it, coda:admin.",
			"In each of them: Mappers, Configure a new mapper, Audience: Included Custom Audience = <public_url>, Add " +
				"to access token On.",
			"In coda:read also the mappers Subject (sub), email, email verified, full name, User Realm Role " +
				"(realm_access.roles) and Group Membership (groups), each with Add to access token On.",
			"Clients, Client registration, Anonymous access policies, Trusted Hosts: Host Sending Client Registration " +
				"Request Must Match Off, Client URIs Must Match On, Trusted Hosts = claude.ai, claude.com, chatgpt.com, " +
				"localhost, 127.0.0.1 and whatever else is in use.",
			"In the same place, Allowed Client Scopes: coda:read, coda:write, coda:admin, offline_access; Max Clients " +
				"Limit: 5000.",
			"Or run deploy/keycloak/setup.sh, which does all of this and more.",
		},
		Cures: []Cure{
			{Reason: "audience", When: noAudience, Text: "Keycloak adds no audience by itself: in the client scope " +
				"`coda:read` add a mapper of the type Audience with Included Custom Audience = <public_url> and Add to access " +
				"token on, and make the scope a default or optional scope of the client."},
			{Reason: "audience", Text: "Keycloak put <aud> into `aud`: in the client scope `coda:read` add a " +
				"mapper of the type Audience with Included Custom Audience = <public_url> and Add to access token on. With the " +
				"feature resource-indicators, give a client the attribute resource_url = <public_url> instead, and name that " +
				"client in Included Client Audience."},
			{Reason: "no_subject", Text: "Give the client the client scope `basic` (since Keycloak 25 it holds the mapper for " +
				"`sub`), or add a Subject (sub) mapper to the client scope `coda:read`. Lightweight access tokens have none: " +
				"configure `introspection`, whose answer completes them."},
			{Reason: "unknown_issuer", Text: "Keycloak's `iss` is <hostname>/realms/<realm>. If it shows another host or " +
				"http://, set Keycloak's `hostname` option to the public URL, and `proxy-headers` behind a proxy."},
			{Reason: "client", Text: "Keycloak names the client in `azp`: add <client> to `client_ids`. " +
				"Self-registered clients each have their own id: leave `client_ids` empty for them."},
			{Reason: "bound_token", Text: "In the client's advanced settings switch off Require DPoP bound tokens and OAuth " +
				"2.0 Mutual TLS Certificate Bound Access Tokens."},
		},
	}
}
