package handshake

// What can be wrong with the answer to the first request.
const (
	ChallengeOpen         Code = "open-without-token"
	ChallengeForbidden    Code = "challenge-forbidden"
	ChallengeNotFound     Code = "mcp-not-found"
	ChallengeHTML         Code = "mcp-is-a-web-page"
	ChallengeStatus       Code = "challenge-status"
	ChallengeServerError  Code = "server-error"
	ChallengeMissing      Code = "challenge-missing"
	ChallengeRenamed      Code = "challenge-renamed"
	ChallengeNotBearer    Code = "challenge-not-bearer"
	ChallengeSpelling     Code = "challenge-spelling"
	ChallengeUnreadable   Code = "challenge-unreadable"
	ChallengeSeveral      Code = "challenge-several"
	ChallengeNoMetadata   Code = "challenge-without-metadata"
	ChallengeRelative     Code = "challenge-relative"
	ChallengeHTTP         Code = "challenge-http"
	ChallengeOtherHost    Code = "challenge-other-host"
	ChallengeOffline      Code = "challenge-offline-access"
	ChallengeLate         Code = "challenge-late"
	ChallengeBadToken     Code = "challenge-bad-token"
	MethodOpen            Code = "method-open"
	MethodBroken          Code = "method-broken"
	SlashDiffers          Code = "slash-differs"
	CORSMissing           Code = "cors-missing"
	CORSChallengeHidden   Code = "cors-challenge-hidden"
	CORSMetadata          Code = "cors-metadata"
	ChallengeScopeMissing Code = "challenge-scope"
)

func challengeCodes() []Entry {
	const s = Challenge
	browser := []string{"inspector"}
	wrong := []Code{ChallengeOpen, ChallengeForbidden, ChallengeNotFound, ChallengeHTML, ChallengeStatus,
		ChallengeServerError, AgentBlocked, EdgeChallenge, HostNotAllowed, BadGateway, RateLimited, RedirectLogin}
	missing := append([]Code{ChallengeMissing, ChallengeRenamed}, wrong...)
	return []Entry{
		{Code: ChallengeOpen, Step: s, Title: "the server answers without a token", Severity: Error, Fault: Configuration},
		{Code: ChallengeForbidden, Step: s, Title: "the server says 403 where it must say 401", Severity: Error, Fault: Proxy,
			DependsOn: []Code{AgentBlocked, EdgeChallenge, HostNotAllowed}},
		{Code: ChallengeNotFound, Step: s, Title: "nothing is at the MCP URL", Severity: Error, Fault: Proxy},
		{Code: ChallengeHTML, Step: s, Title: "a web page is at the MCP URL", Severity: Error, Fault: Proxy,
			DependsOn: []Code{EdgeChallenge}},
		{Code: ChallengeStatus, Step: s, Title: "the server answers something other than 401", Severity: Error,
			Fault: Configuration},
		{Code: ChallengeServerError, Step: s, Title: "the server fails", Severity: Error, Fault: Configuration},
		{Code: ChallengeMissing, Step: s, Title: "the 401 has no WWW-Authenticate header", Severity: Error, Fault: Proxy,
			DependsOn: []Code{ChallengeRenamed}},
		{Code: ChallengeRenamed, Step: s, Title: "a proxy renames WWW-Authenticate", Severity: Error, Fault: Proxy},
		{Code: ChallengeNotBearer, Step: s, Title: "the challenge is not for bearer tokens", Severity: Error, Fault: Proxy,
			DependsOn: missing},
		{Code: ChallengeSpelling, Step: s, Title: "the challenge does not spell Bearer", Severity: Error,
			Fault: Configuration, Clients: []string{"vscode"}, DependsOn: missing},
		{Code: ChallengeUnreadable, Step: s, Title: "the challenge cannot be read", Severity: Error, Fault: Configuration,
			DependsOn: missing},
		{Code: ChallengeSeveral, Step: s, Title: "there is more than one challenge", Severity: Warning, Fault: Proxy,
			DependsOn: missing},
		{Code: ChallengeNoMetadata, Step: s, Title: "the challenge does not say where the metadata is", Severity: Warning,
			Fault: Configuration, DependsOn: append([]Code{ResourceNotFound, ChallengeUnreadable}, missing...)},
		{Code: ChallengeRelative, Step: s, Title: "the challenge's resource_metadata is not an absolute URL", Severity: Error,
			Fault: Configuration, DependsOn: missing},
		{Code: ChallengeHTTP, Step: s, Title: "the challenge leads to http", Severity: Error, Fault: Configuration,
			DependsOn: append([]Code{ResourceScheme}, missing...)},
		{Code: ChallengeOtherHost, Step: s, Title: "the challenge leads to another host", Severity: Warning,
			Fault: Configuration, DependsOn: append([]Code{ResourceHost}, missing...)},
		{Code: ChallengeOffline, Step: s, Title: "the challenge asks for offline_access", Severity: Warning,
			Fault: Configuration},
		{Code: ChallengeScopeMissing, Step: s, Title: "challenge and metadata name different scopes", Severity: Info,
			Fault: Configuration, DependsOn: []Code{ChallengeOffline, ResourceOffline, ChallengeUnreadable,
				ResourceShape}},
		{Code: ChallengeLate, Step: s, Title: "something is checked before the token", Severity: Error,
			Fault: Configuration, DependsOn: wrong},
		{Code: ChallengeBadToken, Step: s, Title: "a bad token is not answered with 401", Severity: Error,
			Fault: Configuration, DependsOn: missing},
		{Code: MethodOpen, Step: s, Title: "another method is answered without a token", Severity: Warning,
			Fault: Configuration, DependsOn: wrong},
		{Code: MethodBroken, Step: s, Title: "another method makes the server fail", Severity: Warning, Fault: Proxy,
			DependsOn: wrong},
		{Code: SlashDiffers, Step: s, Title: "the URL with a slash at its end behaves differently", Severity: Info,
			Fault: Proxy, DependsOn: append([]Code{ChallengeNotBearer}, wrong...)},
		{Code: CORSMissing, Step: s, Title: "web pages may not ask", Severity: Warning, Fault: Configuration,
			Clients: browser, DependsOn: append([]Code{ChallengeNotBearer}, wrong...)},
		{Code: CORSChallengeHidden, Step: s, Title: "web pages do not see the challenge", Severity: Warning,
			Fault: Configuration, Clients: browser, DependsOn: append([]Code{CORSMissing}, missing...)},
		{Code: CORSMetadata, Step: ResourceMetadata, Title: "web pages may not read the metadata", Severity: Warning,
			Fault: Configuration, Clients: browser, DependsOn: []Code{OnlyMCPPassed, ResourceNotFound, ResourceHTML,
				ResourceGuarded, ResourceStatus, CORSMissing}},
	}
}
