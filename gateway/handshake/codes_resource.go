package handshake

// What can be wrong with the metadata of the resource.
const (
	OnlyMCPPassed       Code = "proxy-passes-only-mcp"
	ResourceNotFound    Code = "resource-metadata-not-found"
	ResourceHTML        Code = "resource-metadata-is-a-web-page"
	ResourceGuarded     Code = "resource-metadata-guarded"
	ResourceRedirected  Code = "resource-metadata-redirected"
	ResourceStatus      Code = "resource-metadata-status"
	ResourceNotJSON     Code = "resource-metadata-not-json"
	ResourceContentType Code = "resource-metadata-content-type"
	ResourceOneForm     Code = "resource-metadata-one-place"
	ResourceDiffers     Code = "resource-metadata-differs"
	ResourceMissing     Code = "resource-missing"
	ResourceScheme      Code = "resource-scheme"
	ResourceHost        Code = "resource-host"
	ResourcePort        Code = "resource-port"
	ResourceSlash       Code = "resource-slash"
	ResourcePath        Code = "resource-path"
	ResourceSpelling    Code = "resource-spelling"
	ResourceShape       Code = "resource-metadata-shape"
	TokensOtherwise     Code = "tokens-otherwise"
	ServersMissing      Code = "authorization-servers-missing"
	ServersSeveral      Code = "authorization-servers-several"
	ServerHTTP          Code = "authorization-server-http"
	ServerNotURL        Code = "authorization-server-not-a-url"
	ServerDocument      Code = "authorization-server-is-a-document"
	ServerUnexpected    Code = "authorization-server-unexpected"
	ResourceOffline     Code = "resource-offline-access"
	ResourceNoScopes    Code = "resource-without-scopes"
)

func resourceCodes() []Entry {
	const s = ResourceMetadata
	absent := []Code{OnlyMCPPassed, ResourceNotFound, ResourceHTML, ResourceGuarded, ResourceRedirected, ResourceStatus,
		ResourceNotJSON}
	drift := []Code{ResourceScheme, ResourceHost, ResourcePort}
	return []Entry{
		{Code: OnlyMCPPassed, Step: s, Title: "the proxy passes only the MCP path", Severity: Error, Fault: Proxy},
		{Code: ResourceNotFound, Step: s, Title: "there is no resource metadata", Severity: Error, Fault: Configuration,
			DependsOn: append([]Code{OnlyMCPPassed, ChallengeRelative, ChallengeNotFound}, drift...)},
		{Code: ResourceHTML, Step: s, Title: "a web page is where the resource metadata should be", Severity: Error,
			Fault: Proxy, DependsOn: []Code{OnlyMCPPassed, EdgeChallenge}},
		{Code: ResourceGuarded, Step: s, Title: "the resource metadata wants a token", Severity: Error, Fault: Proxy,
			DependsOn: []Code{AgentBlocked, EdgeChallenge, ChallengeNotBearer}},
		{Code: ResourceRedirected, Step: s, Title: "the resource metadata is redirected", Severity: Error, Fault: Proxy,
			DependsOn: []Code{RedirectLogin, RedirectHost, RedirectHTTPS}},
		{Code: ResourceStatus, Step: s, Title: "the resource metadata cannot be read", Severity: Error, Fault: Proxy,
			DependsOn: []Code{BadGateway, RateLimited, ChallengeServerError}},
		{Code: ResourceNotJSON, Step: s, Title: "the resource metadata is not JSON", Severity: Error, Fault: Configuration,
			DependsOn: []Code{ResourceHTML}},
		{Code: ResourceContentType, Step: s, Title: "the resource metadata has the wrong content type", Severity: Warning,
			Fault: Configuration, DependsOn: []Code{ResourceHTML, ResourceNotJSON}},
		{Code: ResourceOneForm, Step: s, Title: "the resource metadata is in one place only", Severity: Warning, Fault: Proxy,
			DependsOn: absent},
		{Code: ResourceDiffers, Step: s, Title: "the resource metadata differs from place to place", Severity: Warning,
			Fault: Configuration, DependsOn: absent},
		{Code: ResourceShape, Step: s, Title: "a member of the resource metadata is of the wrong kind", Severity: Error,
			Fault: Configuration, DependsOn: absent},
		{Code: TokensOtherwise, Step: s, Title: "the server wants tokens in a form that no client sends", Severity: Error,
			Fault: Configuration, DependsOn: append([]Code{ChallengeNotBearer}, absent...)},
		{Code: ResourceMissing, Step: s, Title: "the metadata names no resource", Severity: Error, Fault: Configuration,
			DependsOn: append([]Code{ResourceShape}, absent...)},
		{Code: ResourceScheme, Step: s, Title: "the server believes that it is reached by http", Severity: Error,
			Fault: Configuration, DependsOn: []Code{URLNotHTTPS}},
		{Code: ResourceHost, Step: s, Title: "the server believes that it has another host name", Severity: Error,
			Fault: Configuration},
		{Code: ResourcePort, Step: s, Title: "the server believes that it is at another port", Severity: Error,
			Fault: Configuration, DependsOn: []Code{ResourceHost, ResourceScheme}},
		{Code: ResourceSlash, Step: s, Title: "resource and URL differ by the slash at the end", Severity: Error,
			Fault: Configuration, DependsOn: drift, Known: []string{"anthropics/claude-ai-mcp#1056"}},
		{Code: ResourcePath, Step: s, Title: "the resource has another path than the URL", Severity: Error,
			Fault: Configuration, DependsOn: drift},
		{Code: ResourceSpelling, Step: s, Title: "resource and URL are spelled differently", Severity: Error,
			Fault: Configuration, DependsOn: append([]Code{ResourceSlash, ResourcePath}, drift...)},
		{Code: ServersMissing, Step: s, Title: "the metadata names no authorization server", Severity: Error,
			Fault: Configuration, DependsOn: append([]Code{ResourceShape}, absent...)},
		{Code: ServersSeveral, Step: s, Title: "the metadata names several authorization servers", Severity: Info,
			Fault: Configuration},
		{Code: ServerHTTP, Step: s, Title: "the authorization server is named by http", Severity: Error,
			Fault: Configuration},
		{Code: ServerNotURL, Step: s, Title: "the authorization server is not named by a URL", Severity: Error,
			Fault: Configuration},
		{Code: ServerDocument, Step: s, Title: "the authorization server's document is named in its place",
			Severity: Error, Fault: Configuration},
		{Code: ServerUnexpected, Step: s, Title: "another authorization server is named than configured", Severity: Error,
			Fault: Configuration},
		{Code: ResourceOffline, Step: s, Title: "the resource lists offline_access as its scope", Severity: Warning,
			Fault: Configuration, DependsOn: []Code{ChallengeOffline}},
		{Code: ResourceNoScopes, Step: s, Title: "nothing says which scopes to ask for", Severity: Info,
			Fault: Configuration},
	}
}
