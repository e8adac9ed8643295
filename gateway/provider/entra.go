package provider

import (
	"regexp"
	"strings"
)

// graph is Microsoft Graph, as tokens name it.
var graph = []string{"00000003-0000-0000-c000-000000000000", "https://graph.microsoft.com",
	"https://graph.microsoft.com/"}

const graphShared = "those are tokens for Microsoft Graph, which nobody else can verify"

func entra() *Provider {
	return &Provider{
		Name: "entra", Title: "Microsoft Entra ID",
		Aliases: []string{"azure", "azuread", "azure-ad", "microsoft", "aad", "entraid", "entra-id", "office365"},
		// v2.0 tokens name the client azp, v1.0 ones appid.
		Tokens: Tokens{Scopes: []string{"scp"}, ClientID: []string{"azp", "appid"}, Algorithms: []string{"RS256"},
			PlainType: true},
		Shared: map[string]string{
			graph[0]: graphShared, graph[1]: graphShared, graph[2]: graphShared,
		},
		NeedsAudience: "Entra's v2.0 tokens have the application's client id (a GUID) as aud: add it to audiences",
		CanBeAudience: func(iss, aud string) bool { return strings.HasPrefix(iss, entraV1) || guid.MatchString(aud) },
		NeedsPrefix: "Entra accepts only full scopes, and puts them into tokens without the prefix: set scope_prefix to " +
			"the Application ID URI and a slash, as in scope_prefix: api://<application id>/",
		FreeEmail: "in Entra the administrator of any tenant can write anything into email, and no email_verified comes " +
			"with it, so groups or roles are the better condition",
		NoS256: "Entra does PKCE, but its document does not say so; clients that look for it (Claude among them) " +
			"stop before they open a browser",
		NeverIssuer: entraNever,
		NoSignIn:    entraNoSignIn,
		Wrong: "Entra's issuer is https://login.microsoftonline.com/<tenant id>/v2.0, with the tenant's id, not " +
			"its domain",
		Lacks: "email (an optional claim), email_verified, and groups beyond 200",
		Console: []string{
			"App registrations, New registration: Name Coda MCP, single tenant (or Multiple Entra ID tenants). Its " +
				"Application (client) ID goes into audiences: it is what v2.0 tokens have as aud.",
			"Manifest: api.requestedAccessTokenVersion 2, before anything else.",
			"Expose an API, Application ID URI: api://<application id>. scope_prefix is that URI and a slash. A client " +
				"that sends resource needs <public_url> among the identifierUris as well (in a domain that is verified in the " +
				"tenant, without a slash at the end).",
			"Expose an API, Add a scope: coda:read and coda:write, who can consent: Admins and users.",
			"Authentication, Add a platform, Mobile and desktop applications (never Single-page application): " +
				"https://claude.ai/api/mcp/auth_callback and https://claude.com/api/mcp/auth_callback. People type the " +
				"application's id into their MCP client.",
			"API permissions, Add a permission, My APIs: both scopes, and Grant admin consent.",
			"For roles: App roles, and Enterprise applications, Users and groups. For groups: Token configuration, " +
				"Add groups claim, Groups assigned to the application.",
		},
		Cures: entraCures(),
	}
}

func entraCures() []Cure {
	ofGraph := func(c Case) bool { return c.hasAudience(graph...) }
	const graphCure = "This is a token for Microsoft Graph, which nobody else can verify or accept: have the client ask " +
		"for a scope of this application, in full. `scope_prefix` says how: `scope_prefix: api://<application id>/`."
	return []Cure{
		{Reason: "audience", When: ofGraph, Text: graphCure},
		{Reason: "signature", When: ofGraph, Text: graphCure},
		{Reason: "audience", Text: "Entra's v2.0 tokens have the application's client id (a GUID) as `aud`: if <aud> is " +
			"this application, write `audiences: [\"<aud>\"]`, and set `api.requestedAccessTokenVersion: 2` in the manifest."},
		{Reason: "unknown_issuer", When: func(c Case) bool {
			return strings.HasPrefix(c.text("iss"), entraV1)
		},
			Text: "`iss` at sts.windows.net is a v1.0 token: set `api.requestedAccessTokenVersion: 2` in the " +
				"application's manifest."},
		{Reason: "unknown_issuer", When: func(c Case) bool { return strings.Contains(c.text("iss"), "{") },
			Text: "Change nothing here: the token has a template in `iss` and no tenant, which Entra never " +
				"writes. Somebody else made it, or it was altered."},
		{Reason: "unknown_issuer", When: func(c Case) bool { return c.SeveralTenants },
			Text: "Entra's v2.0 issuer is https://login.microsoftonline.com/<tenant id>/v2.0, with the id of a tenant " +
				"and nothing after it: the token is from another issuer. Have the client sign in where this gateway's " +
				"metadata says."},
		{Reason: "unknown_issuer", Text: "Entra's v2.0 issuer is https://login.microsoftonline.com/<tenant id>/v2.0. For " +
			"several tenants write {tenantid} for the id, and list them in `tenants`."},
		{Reason: "unknown_kid", When: func(c Case) bool {
			return c.text("iss") == c.Issuer && !c.SeveralTenants &&
				first(c.audiences()) != ""
		},
			Text: "The application has its own signing key (claims mapping, SAML), which Entra publishes separately: write " +
				"`jwks_uri: https://login.microsoftonline.com/<tid>/discovery/v2.0/keys?appid=<aud>`."},
		{Reason: "signature", Text: "A token for Microsoft Graph cannot be verified by anyone else: request a " +
			"scope of this application, in full."},
		{Reason: "too_long", Text: "Have Entra emit only groups assigned to the application, or app roles."},
		{Reason: "groups_overage", Text: "Entra puts at most 200 groups into a token, and none beyond that. In Token " +
			"configuration, Edit groups claim, choose Groups assigned to the application, or use app roles and grants with " +
			"when: {roles: […]}."},
		{Reason: "tenant", When: twoTenants, Text: "Change nothing here: `iss` and `tid` of the token name two " +
			"tenants, which Entra never does. Somebody else made it, or it was altered."},
		{Reason: "tenant", When: func(c Case) bool { return c.text("tid") == consumers }, Text: "Change nothing here: " +
			"the token is from a personal Microsoft account, and anybody with an e-mail address can create one. Have the " +
			"person sign in with the account of their organization, or invite them into the tenant as a guest."},
		{Reason: "tenant", When: func(c Case) bool { return c.text("tid") == "" }, Text: "Change nothing here: the " +
			"token has no `tid`, which Entra puts into every v2.0 token. Set `api.requestedAccessTokenVersion: 2` " +
			"in the application's manifest, and send the access token as it came."},
		{Reason: "tenant", Text: "The token is from the tenant <tid>. If its people should have access, add it to " +
			"`tenants`: `tenants: [<tid>]`."},
	}
}

// consumers is the tenant of personal accounts.
const consumers = "9188040d-6c67-4c5b-b112-36a304b66dad"

// guid is the form of a tenant's id.
var guid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// entraNever knows the names under which a tenant, or all of them, can be asked for, while tokens have the tenant's id.
func entraNever(url string) string {
	rest, ok := strings.CutPrefix(url, "https://login.microsoftonline.com/")
	tenant, version, _ := strings.Cut(rest, "/")
	switch {
	case !ok:
		return ""
	case tenant == "{tenantid}" && version != "v2.0":
		return "it ends in /v2.0: write https://login.microsoftonline.com/{tenantid}/v2.0"
	case tenant == "{tenantid}":
		return ""
	case tenant == "common" || tenant == "organizations" || tenant == "consumers":
		return "tokens have the id of the person's tenant there; write " +
			"https://login.microsoftonline.com/{tenantid}/v2.0, and the tenants in tenants"
	case !guid.MatchString(tenant):
		return "write the tenant's id (a GUID in small letters) in place of " + tenant
	case version != "v2.0":
		return "it ends in /v2.0: write https://login.microsoftonline.com/" + tenant + "/v2.0"
	}
	return ""
}

// entraV1 begins the issuer of v1.0 tokens.
const entraV1 = "https://sts.windows.net/"

// entraNoSignIn knows the issuer of v1.0 tokens, at whose endpoints scopes cannot be asked for.
func entraNoSignIn(iss string) string {
	tenant, v1 := strings.CutPrefix(iss, entraV1)
	if !v1 {
		return ""
	}
	return "it issues v1.0 tokens, and its endpoints take no scopes: set api.requestedAccessTokenVersion to 2 in the " +
		"application's manifest, and write url: https://login.microsoftonline.com/" + strings.Trim(tenant, "/") + "/v2.0"
}

// twoTenants tells of a token whose iss is of another tenant than tid.
func twoTenants(c Case) bool {
	tid := c.text("tid")
	return tid != "" && !strings.Contains(c.text("iss"), "/"+tid+"/")
}
