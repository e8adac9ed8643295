package handshake

// What can be wrong with the metadata of the authorization server.
const (
	ServerMetadataNotFound Code = "server-metadata-not-found"
	RealmNotFound          Code = "realm-not-found"
	ServerMetadataHTML     Code = "server-metadata-is-a-web-page"
	ServerMetadataStatus   Code = "server-metadata-status"
	ServerMetadataNotJSON  Code = "server-metadata-not-json"
	ServerMetadataRedirect Code = "server-metadata-redirected"
	IssuerMissing          Code = "issuer-missing"
	IssuerSlash            Code = "issuer-slash"
	IssuerSpelling         Code = "issuer-spelling"
	ServerShape            Code = "server-metadata-shape"
	SignInDemands          Code = "sign-in-demands"
	IssuerHTTP             Code = "issuer-http"
	IssuerOtherHost        Code = "issuer-other-host"
	IssuerOther            Code = "issuer-other"
	EndpointsMissing       Code = "endpoints-missing"
	EndpointsHTTP          Code = "endpoints-http"
	EndpointsElsewhere     Code = "endpoints-elsewhere"
	NoCodeGrant            Code = "no-authorization-code"
	NoS256                 Code = "no-s256"
	NoRegistration         Code = "no-registration"
	DocumentNeedsNone      Code = "metadata-documents-without-none"
	NoOfflineAccess        Code = "no-offline-access"
	NoRefreshGrant         Code = "no-refresh-grant"
	NoIssuerInAnswer       Code = "no-issuer-in-answer"
	ScopesUnknown          Code = "scopes-unknown"
	KeysMissing            Code = "keys-missing"
	KeysUnreachable        Code = "keys-unreachable"
	KeysEmpty              Code = "keys-empty"
	KeysUnusable           Code = "keys-unusable"
	EnterpriseHalf         Code = "enterprise-half"
	ServerMetadataCORS     Code = "server-metadata-cors"
)

func serverCodes() []Entry {
	const s = ServerMetadata
	absent := []Code{ServerMetadataNotFound, RealmNotFound, ServerMetadataHTML, ServerMetadataStatus,
		ServerMetadataNotJSON, ServerMetadataRedirect}
	other := append([]Code{IssuerMissing, IssuerSlash, IssuerSpelling, IssuerHTTP, IssuerOtherHost, IssuerOther},
		absent...)
	return []Entry{
		{Code: ServerMetadataNotFound, Step: s, Title: "the authorization server has no metadata there", Severity: Error,
			Fault: Configuration, DependsOn: []Code{RealmNotFound, ServerUnexpected}},
		{Code: RealmNotFound, Step: s, Title: "the realm does not exist", Severity: Error, Fault: Configuration},
		{Code: ServerMetadataHTML, Step: s, Title: "a web page is where the authorization server's metadata should be",
			Severity: Error, Fault: Provider},
		{Code: ServerMetadataStatus, Step: s, Title: "the authorization server's metadata cannot be read", Severity: Error,
			Fault: Provider},
		{Code: ServerMetadataNotJSON, Step: s, Title: "the authorization server's metadata is not JSON", Severity: Error,
			Fault: Provider, DependsOn: []Code{ServerMetadataHTML}},
		{Code: ServerMetadataRedirect, Step: s, Title: "the authorization server's metadata is redirected", Severity: Error,
			Fault: Configuration},
		{Code: IssuerMissing, Step: s, Title: "the authorization server's metadata has no issuer", Severity: Error,
			Fault: Provider, DependsOn: absent},
		{Code: IssuerSlash, Step: s, Title: "the issuer differs by the slash at its end", Severity: Error,
			Fault: Configuration, DependsOn: absent},
		{Code: IssuerSpelling, Step: s, Title: "the issuer is spelled differently", Severity: Error, Fault: Configuration,
			DependsOn: absent},
		{Code: ServerShape, Step: s, Title: "a member of the provider's metadata is of the wrong kind", Severity: Error,
			Fault: Provider, DependsOn: absent},
		{Code: SignInDemands, Step: s, Title: "the provider demands what no client does", Severity: Error, Fault: Provider,
			DependsOn: []Code{EndpointsMissing}},
		{Code: IssuerHTTP, Step: s, Title: "the provider believes that it is reached by http", Severity: Error,
			Fault: Provider, DependsOn: absent},
		{Code: IssuerOtherHost, Step: s, Title: "the provider believes that it has another host name", Severity: Error,
			Fault: Provider, DependsOn: absent},
		{Code: IssuerOther, Step: s, Title: "the document is another issuer's", Severity: Error, Fault: Configuration,
			DependsOn: absent},
		{Code: EndpointsMissing, Step: s, Title: "people cannot sign in there", Severity: Error, Fault: Provider,
			DependsOn: absent},
		{Code: EndpointsHTTP, Step: s, Title: "the provider names endpoints by http", Severity: Error, Fault: Provider,
			DependsOn: other},
		{Code: EndpointsElsewhere, Step: s, Title: "the provider names endpoints inside its own network", Severity: Error,
			Fault: Provider, DependsOn: append([]Code{EndpointsHTTP}, other...)},
		{Code: NoCodeGrant, Step: s, Title: "the authorization code flow is switched off", Severity: Error, Fault: Provider,
			DependsOn: []Code{EndpointsMissing}},
		{Code: NoS256, Step: s, Title: "PKCE with S256 is not advertised", Severity: Error, Fault: Provider,
			Clients: []string{"claude", "claude-code", "chatgpt", "cursor", "inspector", "typescript-sdk"},
			Known:   []string{"anthropics/claude-ai-mcp#786", "anthropics/claude-ai-mcp#946"}},
		{Code: NoRegistration, Step: Registration, Title: "clients cannot register themselves", Severity: Warning,
			Fault: Provider},
		{Code: DocumentNeedsNone, Step: s, Title: "metadata documents are accepted, clients without a secret are not",
			Severity: Warning, Fault: Provider, Known: []string{"anthropics/claude-ai-mcp#269"}},
		{Code: NoOfflineAccess, Step: s, Title: "clients do not ask for refresh tokens", Severity: Warning, Fault: Provider,
			Clients: []string{"claude", "claude-code"}},
		{Code: NoRefreshGrant, Step: s, Title: "the provider gives no refresh tokens", Severity: Warning, Fault: Provider,
			DependsOn: []Code{NoCodeGrant}},
		{Code: NoIssuerInAnswer, Step: s, Title: "the provider's answer does not name the issuer", Severity: Info,
			Fault: Provider, Clients: []string{"chatgpt"}},
		{Code: ScopesUnknown, Step: s, Title: "the provider does not list a scope that clients will ask for",
			Severity: Warning, Fault: Provider, DependsOn: []Code{ChallengeUnreadable}},
		{Code: KeysMissing, Step: s, Title: "the provider names no keys", Severity: Warning, Fault: Provider,
			DependsOn: other},
		{Code: KeysUnreachable, Step: s, Title: "the provider's keys cannot be read", Severity: Error, Fault: Provider,
			DependsOn: append([]Code{EndpointsHTTP}, other...)},
		{Code: KeysEmpty, Step: s, Title: "the provider publishes no key", Severity: Error, Fault: Provider},
		{Code: KeysUnusable, Step: s, Title: "no key can verify a token", Severity: Error, Fault: Provider},
		{Code: EnterpriseHalf, Step: s, Title: "enterprise-managed authorization is only half announced", Severity: Info,
			Fault: Provider},
		{Code: ServerMetadataCORS, Step: s, Title: "web pages may not read the provider's metadata", Severity: Info,
			Fault: Provider, Clients: []string{"inspector"}},
	}
}
