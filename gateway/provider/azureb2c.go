package provider

import "strings"

func azureB2C() *Provider {
	return &Provider{
		Name: "azureb2c", Title: "Azure AD B2C",
		Aliases: []string{"b2c", "azure-b2c", "azure-ad-b2c", "azureadb2c", "aadb2c", "adb2c"},
		Tokens: Tokens{
			Scopes: []string{"scp"}, ClientID: []string{"azp"}, Email: []string{"email", "/emails/0"},
			Name: []string{"name", "given_name"},
		},
		NeedsAudience: "B2C's tokens have the application's client id (a GUID) as aud: add it to audiences",
		NeedsPrefix: "B2C accepts only full scopes, and puts them into tokens without the prefix: set scope_prefix to " +
			"the Application ID URI and a slash, as in " +
			"scope_prefix: https://<tenant>.onmicrosoft.com/<application id>/",
		FreeEmail: "B2C has people sign up with their own address; it verifies it with a code unless the user flow " +
			"switches that off, and tokens do not say whether it was",
		NoS256: "B2C does PKCE, but its document does not say so; clients that look for it (Claude among them) stop " +
			"before they open a browser",
		Lacks:       "roles and groups, except those that a custom policy adds",
		NeverIssuer: b2cNever,
		NoSignIn:    b2cNoSignIn,
		Wrong: "B2C's issuer is https://<tenant>.b2clogin.com/tfp/<tenant id>/<policy>/v2.0/ with the slash at the " +
			"end, once the user flow's issuer is set to the form with /tfp/",
		Console: []string{
			"App registrations, New registration: Coda MCP, any identity provider or organizational directory. Its " +
				"Application (client) ID goes into audiences.",
			"Expose an API: accept the Application ID URI, add the scopes coda:read and coda:write; scope_prefix is the " +
				"URI and a slash. In API permissions add both, and grant admin consent.",
			"Authentication, Add a platform, Mobile and desktop applications: https://claude.ai/api/mcp/auth_callback and " +
				"https://claude.com/api/mcp/auth_callback. People type the application's id into their MCP client.",
			"User flows, the flow, Properties, Token compatibility settings: Issuer (iss) claim = the form with /tfp/; " +
				"Application claims: Email Addresses, Display Name.",
		},
		Cures: []Cure{
			{Reason: "unknown_issuer", When: func(c Case) bool {
				iss := c.text("iss")
				return strings.Contains(iss, ".b2clogin.com/") && !strings.Contains(iss, "/tfp/")
			}, Text: "The user flow issues tokens with its short issuer, which has no document. Set its Issuer (iss) " +
				"claim to the form with /tfp/ (Properties, Token compatibility settings), or write `url: <iss>` and name " +
				"the policy's document in `discovery_url`, and in `sign_in` the part of that before /.well-known/."},
			{Reason: "unknown_issuer", Text: "B2C's issuer names the policy and ends in a slash: " +
				"`https://<tenant>.b2clogin.com/tfp/<tenant id>/<policy>/v2.0/`. Each user flow is a separate issuer."},
			{Reason: "audience", Text: "B2C's tokens have the application's client id (a GUID) as `aud`: if <aud> is this " +
				"application, write `audiences: [\"<aud>\"]`."},
		},
	}
}

// b2cNever knows the addresses of a policy's document by the tenant's name, which no token has.
func b2cNever(url string) string {
	if strings.Contains(url, ".b2clogin.com/") && strings.Contains(url, ".onmicrosoft.com/") {
		return "tokens have the tenant's id (a GUID) there, not its name"
	}
	if !strings.HasSuffix(url, "/") {
		return withSlash(url, "B2C's issuer")
	}
	return ""
}

// b2cNoSignIn knows the short issuer of a user flow, which does not name the flow, so that no document is under it.
func b2cNoSignIn(iss string) string {
	host, rest, ok := strings.Cut(strings.TrimPrefix(iss, "https://"), "/")
	if !ok || !strings.HasSuffix(host, ".b2clogin.com") || strings.HasPrefix(rest, "tfp/") {
		return ""
	}
	return "no document is there, as it does not name the user flow: set the flow's Issuer (iss) claim to the form with " +
		"/tfp/ (Properties, Token compatibility settings), and write url: https://" + host + "/tfp/<tenant id>/<policy>/v2.0/"
}
