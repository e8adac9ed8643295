package handshake

// What can be wrong while a client becomes one, a person signs in, and a token comes of it.
const (
	RegistrationRefused   Code = "registration-refused"
	RegistrationLeft      Code = "registration-left"
	AuthorizationRefused  Code = "authorization-refused"
	ScopesNotAssigned     Code = "scopes-not-assigned"
	RedirectNotRegistered Code = "redirect-not-registered"
	TokenRefused          Code = "token-refused"
	TokenNoRefresh        Code = "token-without-refresh"
)

func registrationCodes() []Entry {
	const s = Registration
	return []Entry{
		{Code: RegistrationRefused, Step: s, Title: "the provider refuses to register a client", Severity: Error,
			Fault: Provider},
		{Code: RegistrationLeft, Step: s, Title: "a client that was registered for this look is still there",
			Severity: Warning, Fault: Provider},
	}
}

func authorizationCodes() []Entry {
	const s = Authorization
	return []Entry{
		{Code: AuthorizationRefused, Step: s, Title: "the provider refuses the sign-in", Severity: Error, Fault: Provider},
		{Code: ScopesNotAssigned, Step: s, Title: "the client may not ask for these scopes", Severity: Error,
			Fault: Provider, DependsOn: []Code{RegistrationRefused}},
		{Code: RedirectNotRegistered, Step: s, Title: "the provider does not know the client's redirect", Severity: Error,
			Fault: Provider, DependsOn: []Code{RegistrationRefused}},
	}
}

func tokenCodes() []Entry {
	const s = Token
	return []Entry{
		{Code: TokenRefused, Step: s, Title: "the provider gives no token for the code", Severity: Error, Fault: Provider,
			DependsOn: []Code{AuthorizationRefused}},
		{Code: TokenNoRefresh, Step: s, Title: "the token cannot be refreshed", Severity: Warning, Fault: Provider,
			DependsOn: []Code{NoOfflineAccess, NoRefreshGrant}},
	}
}
