package handshake

// What is seen from inside only: by a server that knows who came, who did not come back, and what it answered.
const (
	ChallengeNeverAsked     Code = "challenge-never-asked"
	ResourceNeverRead       Code = "resource-metadata-never-read"
	TokenInURL              Code = "token-in-url"
	ServerMetadataAskedHere Code = "server-metadata-asked-here"
	EndpointsGuessed        Code = "endpoints-guessed"
	NeverCameBack           Code = "never-came-back"
	OriginNotAllowed        Code = "origin-not-allowed"
	AnotherPath             Code = "mcp-at-another-path"
	IntrospectionFailed     Code = "introspection-failed"
	RevisionRefused         Code = "revision-refused"
	ListNeverAsked          Code = "tool-list-never-asked"
	ScopeNeverGranted       Code = "scope-never-granted"
	LimitMet                Code = "limit-met"
)

func insideCodes() []Entry {
	return []Entry{
		{Code: AnotherPath, Step: Reach, Title: "MCP requests come to another path", Severity: Error, Fault: Proxy},
		{Code: OriginNotAllowed, Step: Reach, Title: "a web page's origin is not allowed", Severity: Error,
			Fault: Configuration},
		{Code: ChallengeNeverAsked, Step: Challenge, Title: "all metadata was read, and the endpoint never asked",
			Severity: Error, Fault: Proxy},
		{Code: ResourceNeverRead, Step: ResourceMetadata, Title: "the challenge was sent, and the metadata never read",
			Severity: Error, Fault: Client},
		{Code: TokenInURL, Step: ResourceMetadata, Title: "the client sends its token in the URL", Severity: Error,
			Fault: Client},
		{Code: ServerMetadataAskedHere, Step: ServerMetadata, Title: "an old client looks for the authorization server here",
			Severity: Warning, Fault: Client},
		{Code: EndpointsGuessed, Step: ServerMetadata, Title: "the client guesses where to sign in", Severity: Error,
			Fault: Proxy},
		{Code: NeverCameBack, Step: Authorization, Title: "all metadata was read, and nobody came back with a token",
			Severity: Error, Fault: Provider},
		{Code: IntrospectionFailed, Step: FirstCall, Title: "the provider does not say whether tokens are good",
			Severity: Error, Fault: Configuration},
		{Code: RevisionRefused, Step: FirstCall, Title: "client and server do not agree on the revision", Severity: Error,
			Fault: Client, Known: []string{"anthropics/claude-code#93290"}},
		{Code: ListNeverAsked, Step: ToolList, Title: "somebody signed in, and the tools were never asked for",
			Severity: Warning, Fault: Client},
		{Code: ScopeNeverGranted, Step: ToolCall, Title: "scopes are asked for again and again, and never granted",
			Severity: Error, Fault: Provider},
		{Code: LimitMet, Step: ToolCall, Title: "somebody is over a limit", Severity: Warning, Fault: Configuration},
	}
}
