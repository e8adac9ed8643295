package handshake

// What can be wrong once there is a token.
const (
	TokenAudience    Code = "token-audience"
	TokenIssuer      Code = "token-issuer"
	TokenTime        Code = "token-time"
	TokenOpaque      Code = "token-opaque"
	TokenKind        Code = "token-kind"
	TokenSignature   Code = "token-signature"
	CallUnauthorized Code = "call-unauthorized"
	StepUp           Code = "scope-missing"
	CallForbidden    Code = "call-forbidden"
	CallPage         Code = "call-is-a-web-page"
	CallRedirected   Code = "call-redirected"
	CallAccept       Code = "call-headers-refused"
	CallEmpty        Code = "call-answer-empty"
	CallFailed       Code = "call-failed"
	CallVersion      Code = "protocol-version"
	NoInitialize     Code = "no-initialize"
	CallVersionMixed Code = "version-mismatch-refused"
	CallAcceptAny    Code = "accept-any-refused"
	SessionNeeded    Code = "session-needed"

	ToolListBroken Code = "tool-list-broken"
	NoTools        Code = "no-tools"
	ToolNames      Code = "tool-names"
	ToolHints      Code = "tool-hints-missing"

	StreamCut        Code = "stream-cut-off"
	StreamBuffered   Code = "stream-buffered"
	CodaTokenRefused Code = "coda-token-refused"
	CodaForbidden    Code = "coda-forbidden"
	CodaLimited      Code = "coda-rate-limited"
	CodaAway         Code = "coda-unreachable"
	NoCodaAccount    Code = "no-coda-account"
	ToolFailed       Code = "tool-failed"
)

// ofClaude are what stands in hosted Claude's way alone, by its bugs.
var ofClaude = map[Code]string{
	CallVersionMixed: "anthropics/claude-code#93290", CallAcceptAny: "anthropics/claude-ai-mcp#76",
	SessionNeeded: "anthropics/claude-ai-mcp#975",
}

func callCodes() []Entry {
	entry := func(step Step, code Code, title string, s Severity, of Fault, causes ...Code) Entry {
		return Entry{Code: code, Step: step, Title: title, Severity: s, Fault: of, DependsOn: causes}
	}
	refused := []Code{TokenAudience, TokenIssuer, TokenTime, TokenOpaque, TokenKind, TokenSignature, CallUnauthorized}
	all := []Entry{
		entry(FirstCall, TokenAudience, "the token is for somebody else", Error, Provider),
		entry(FirstCall, TokenIssuer, "the token is from another issuer", Error, Configuration),
		entry(FirstCall, TokenTime, "the token has expired, or is not valid yet", Error, Provider),
		entry(FirstCall, TokenOpaque, "nobody but the provider can read the token", Error, Provider),
		entry(FirstCall, TokenKind, "it is another kind of token", Error, Provider),
		entry(FirstCall, TokenSignature, "the token's signature cannot be verified", Error, Provider),
		entry(FirstCall, CallUnauthorized, "the server does not accept the token", Error, Configuration),
		entry(FirstCall, StepUp, "the token lacks a scope", Error, Provider, ScopesWithheld),
		entry(FirstCall, CallForbidden, "the server turns the token away for good", Error, Configuration),
		entry(FirstCall, CallPage, "a web page answers the request with a token", Error, Proxy),
		entry(FirstCall, CallRedirected, "the request with a token is redirected", Error, Proxy),
		entry(FirstCall, CallAccept, "the server refuses what every client sends", Error, Configuration),
		entry(FirstCall, CallEmpty, "the answer is empty", Error, Proxy),
		entry(FirstCall, CallFailed, "the first request with a token fails", Error, Configuration, refused...),
		entry(FirstCall, CallVersion, "the server speaks a revision that nobody knows", Error, Configuration),
		entry(FirstCall, NoInitialize, "the server does not accept initialize", Warning, Configuration),
		entry(FirstCall, CallVersionMixed, "the server wants header and body to name one revision", Warning, Configuration),
		entry(FirstCall, CallAcceptAny, "the server refuses Accept: */*", Warning, Configuration),
		entry(FirstCall, SessionNeeded, "the server works with a session id only", Warning, Configuration),
		entry(ToolList, ToolListBroken, "the server does not list its tools", Error, Configuration, refused...),
		entry(ToolList, NoTools, "this person has no tools", Error, Configuration, ScopesWithheld),
		entry(ToolList, ToolNames, "tools have names that some clients refuse", Warning, Configuration),
		entry(ToolList, ToolHints, "tools do not say whether they only read", Info, Configuration),
		entry(ToolCall, StreamCut, "a stream ends before its answer", Error, Proxy),
		entry(ToolCall, StreamBuffered, "a proxy holds streams back", Warning, Proxy),
		entry(ToolCall, CodaTokenRefused, "Coda does not accept its token", Error, Coda),
		entry(ToolCall, CodaForbidden, "the Coda account may not do that", Error, Coda),
		entry(ToolCall, CodaLimited, "Coda asks for fewer requests", Warning, Coda),
		entry(ToolCall, CodaAway, "Coda does not answer", Error, Coda),
		entry(ToolCall, NoCodaAccount, "this person has no Coda account here", Error, Configuration),
		entry(ToolCall, ToolFailed, "a tool that only reads fails", Error, Coda),
	}
	for i := range all {
		if known := ofClaude[all[i].Code]; known != "" {
			all[i].Clients, all[i].Known = []string{"claude"}, []string{known}
		}
	}
	return all
}
