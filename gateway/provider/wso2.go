package provider

import "strings"

func wso2() *Provider {
	return &Provider{
		Name: "wso2", Title: "WSO2 Identity Server and Asgardeo", Aliases: []string{"asgardeo", "wso2is", "wso2-is"},
		Tokens: Tokens{Roles: []string{"roles", "application_roles"}, ClientID: []string{"client_id", "azp"}},
		FreeEmail: "WSO2 lets people change their address in My Account; it verifies the new one only if the " +
			"organization switched that on",
		NeverIssuer: wso2Never,
		Lacks:       "e-mail, roles and groups, until they are added to the access token attributes of the application",
		Wrong: "Asgardeo's issuer is https://api.asgardeo.io/t/<organization>/oauth2/token, and WSO2 Identity " +
			"Server's https://<host>/oauth2/token",
		Console: []string{
			"Resources, MCP Servers (in Identity Server: API Resources), New: Identifier = <public_url>, scopes " +
				"coda:read and coda:write.",
			"Applications, New Application, MCP Client: authorized redirect URLs https://claude.ai/api/mcp/auth_callback " +
				"and https://claude.com/api/mcp/auth_callback. People type its client id into their MCP client.",
			"Authorization of the application: Authorize the resource, with both scopes.",
			"Protocol of the application: Access Token Type = JWT; access token attributes: email, roles, groups; " +
				"Audience = <public_url>.",
		},
		Cures: []Cure{
			{Reason: "opaque", Text: "Set the application's access token type to JWT (Protocol, Access Token), or " +
				"configure `introspection`."},
			{Reason: "audience", Text: "Add <public_url> to the application's Audience (Protocol), or create the resource " +
				"with the identifier <public_url> and authorize the application for it."},
			{Reason: "unknown_issuer", When: func(c Case) bool { return strings.HasSuffix(c.Issuer, "/oauth2") },
				Text: "The issuer is the token endpoint: write `url: <iss>`."},
			{Reason: "unknown_issuer", Text: "WSO2's issuer is the address of the token endpoint, /oauth2/token at the " +
				"end: write `url: <iss>` if that is your organization."},
		},
	}
}
