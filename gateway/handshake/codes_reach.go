package handshake

// What can be wrong on the way to a host. Those of names, addresses and certificates are met at the provider's as well.
const (
	URLNotHTTPS      Code = "url-not-https"
	AddressPrivate   Code = "address-private"
	DNSNotFound      Code = "dns-not-found"
	DNSFailed        Code = "dns-failed"
	DNSPrivate       Code = "dns-private"
	DNSMixed         Code = "dns-mixed"
	DNSIPv6Only      Code = "dns-ipv6-only"
	TCPRefused       Code = "tcp-refused"
	TCPTimeout       Code = "tcp-timeout"
	TCPReset         Code = "tcp-reset"
	TLSExpired       Code = "tls-expired"
	TLSNotYetValid   Code = "tls-not-yet-valid"
	TLSWrongHost     Code = "tls-wrong-host"
	TLSSelfSigned    Code = "tls-self-signed"
	TLSAuthority     Code = "tls-unknown-authority"
	TLSChain         Code = "tls-incomplete-chain"
	TLSPlainHTTP     Code = "tls-plain-http"
	TLSHandshake     Code = "tls-handshake"
	RedirectHTTPS    Code = "redirect-to-https"
	RedirectDown     Code = "redirect-to-http"
	RedirectSlash    Code = "redirect-slash"
	RedirectHost     Code = "redirect-to-another-host"
	RedirectLogin    Code = "redirect-to-login"
	RedirectPath     Code = "redirect-to-another-path"
	AgentBlocked     Code = "user-agent-blocked"
	EdgeChallenge    Code = "edge-challenge-page"
	BadGateway       Code = "bad-gateway"
	RateLimited      Code = "rate-limited"
	AnswerSlow       Code = "answer-slow"
	AnswerTimeout    Code = "answer-timeout"
	AnswerTooLarge   Code = "answer-too-large"
	ClockSkew        Code = "clock-skew"
	HeaderLimit      Code = "header-limit"
	BodyLimit        Code = "body-limit"
	BodyTransformed  Code = "body-transformed"
	ProtocolBroken   Code = "protocol-broken"
	HostNotAllowed   Code = "host-not-allowed"
	InBetween        Code = "network-in-between"
	AddressForbidden Code = "address-in-document-private"
)

func reachCodes() []Entry {
	network := []Code{DNSNotFound, DNSFailed, DNSIPv6Only, TCPRefused, TCPTimeout, TCPReset}
	return []Entry{
		{Code: URLNotHTTPS, Title: "the URL is plain http", Severity: Error, Fault: Configuration,
			Clients: []string{"claude", "chatgpt"}, DependsOn: []Code{RedirectHTTPS}},
		{Code: AddressPrivate, Title: "the URL leads to this machine or a private network", Severity: Info, Fault: Network,
			Clients: []string{"claude", "chatgpt"}},
		{Code: DNSNotFound, Title: "the name does not exist", Severity: Error, Fault: Network},
		{Code: InBetween, Title: "something between here and the server answers", Severity: Error, Fault: Network},
		{Code: DNSFailed, Title: "the name could not be looked up", Severity: Error, Fault: Network},
		{Code: DNSPrivate, Title: "seen from here, the name leads into a private network", Severity: Warning, Fault: Network,
			Clients: []string{"claude", "chatgpt"}},
		{Code: DNSMixed, Title: "the name has public and private addresses", Severity: Error, Fault: Network,
			Clients: []string{"claude", "chatgpt"}},
		{Code: DNSIPv6Only, Title: "the name has no IPv4 address", Severity: Error, Fault: Network,
			Clients: []string{"claude", "chatgpt"}},
		{Code: TCPRefused, Title: "nothing listens at the port", Severity: Error, Fault: Network,
			DependsOn: []Code{DNSMixed}},
		{Code: TCPTimeout, Title: "the port does not answer", Severity: Error, Fault: Network, DependsOn: []Code{DNSMixed}},
		{Code: TCPReset, Title: "the connection is cut off before an answer", Severity: Error, Fault: Proxy},
		{Code: TLSExpired, Title: "the certificate has expired", Severity: Error, Fault: Proxy, DependsOn: network},
		{Code: TLSNotYetValid, Title: "the certificate is not valid yet", Severity: Error, Fault: Proxy, DependsOn: network},
		{Code: TLSWrongHost, Title: "the certificate is for another host", Severity: Error, Fault: Proxy, DependsOn: network},
		{Code: TLSSelfSigned, Title: "the certificate is signed by itself", Severity: Error, Fault: Proxy,
			DependsOn: network},
		{Code: TLSAuthority, Title: "no authority that clients know has signed the certificate", Severity: Error,
			Fault: Proxy, DependsOn: network},
		{Code: TLSChain, Title: "the intermediate certificate is missing", Severity: Error, Fault: Proxy,
			DependsOn: network},
		{Code: TLSPlainHTTP, Title: "the port speaks http, not https", Severity: Error, Fault: Proxy, DependsOn: network},
		{Code: TLSHandshake, Title: "TLS cannot be agreed on", Severity: Error, Fault: Proxy, DependsOn: network},
		{Code: RedirectHTTPS, Title: "http is redirected to https", Severity: Error, Fault: Configuration},
		{Code: RedirectDown, Title: "https is redirected to http", Severity: Error, Fault: Proxy},
		{Code: RedirectSlash, Title: "the MCP URL is redirected for the slash at its end", Severity: Error, Fault: Proxy},
		{Code: RedirectHost, Title: "the MCP URL is redirected to another host", Severity: Error, Fault: Proxy},
		{Code: RedirectLogin, Title: "a sign-in page stands in front of the MCP URL", Severity: Error, Fault: Proxy},
		{Code: RedirectPath, Title: "the MCP URL is redirected to another path", Severity: Error, Fault: Proxy},
		{Code: AgentBlocked, Title: "what is in front blocks a client's user agent", Severity: Error, Fault: Proxy,
			Known: []string{"anthropics/claude-ai-mcp#872", "anthropics/claude-code#47390"}},
		{Code: EdgeChallenge, Title: "an edge wants to see a browser", Severity: Error, Fault: Proxy,
			DependsOn: []Code{AgentBlocked}},
		{Code: BadGateway, Title: "the proxy answers, and what is behind it does not", Severity: Error, Fault: Proxy},
		{Code: RateLimited, Title: "too many requests", Severity: Error, Fault: Proxy},
		{Code: AnswerSlow, Title: "the answer takes long", Severity: Warning, Fault: Network},
		{Code: AnswerTimeout, Title: "no answer came in time", Severity: Error, Fault: Network, DependsOn: network},
		{Code: AnswerTooLarge, Title: "the answer is larger than any client reads", Severity: Error, Fault: Proxy},
		{Code: ClockSkew, Title: "the clocks differ", Severity: Warning, Fault: Configuration},
		{Code: HeaderLimit, Title: "large tokens do not pass", Severity: Warning, Fault: Proxy,
			DependsOn: []Code{ChallengeBadToken}},
		{Code: BodyLimit, Title: "large requests do not pass", Severity: Warning, Fault: Proxy},
		{Code: BodyTransformed, Title: "something on the way changes bodies", Severity: Warning, Fault: Proxy},
		{Code: ProtocolBroken, Title: "the answer is not HTTP", Severity: Error, Fault: Proxy, DependsOn: network},
		{Code: HostNotAllowed, Title: "the server does not know the host name", Severity: Error, Fault: Proxy},
		{Code: AddressForbidden, Title: "a document leads to a private address", Severity: Error, Fault: Provider},
	}
}
