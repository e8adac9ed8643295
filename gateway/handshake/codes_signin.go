package handshake

// What can be wrong while a client becomes one, a person signs in, and a token comes of it.
const (
	RegistrationHosts        Code = "registration-hosts-untrusted"
	RegistrationScopes       Code = "registration-scopes-refused"
	RegistrationFull         Code = "registration-full"
	RegistrationClosed       Code = "registration-closed"
	RegistrationRedirect     Code = "registration-redirect-refused"
	RegistrationMetadata     Code = "registration-metadata-refused"
	RegistrationAbsent       Code = "registration-absent"
	RegistrationLimited      Code = "registration-rate-limited"
	RegistrationPage         Code = "registration-is-a-web-page"
	RegistrationAnswer       Code = "registration-answer"
	RegistrationFailed       Code = "registration-failed"
	RegistrationRefused      Code = "registration-refused"
	RegistrationRedirects    Code = "registration-redirects-changed"
	RegistrationMethod       Code = "registration-method-changed"
	RegistrationScopeDropped Code = "registration-scope-dropped"
	RegistrationLeft         Code = "registration-left"

	ScopesNotAssigned     Code = "scopes-not-assigned"
	RedirectNotRegistered Code = "redirect-not-registered"
	ClientUnknown         Code = "client-unknown"
	ResourceRefused       Code = "resource-refused"
	FlowOff               Code = "flow-off"
	DocumentRefused       Code = "metadata-document-refused"
	AuthorizationMissing  Code = "authorization-missing"
	AuthorizationFailed   Code = "authorization-failed"
	AuthorizationRefused  Code = "authorization-refused"
	AnswerIssuer          Code = "answer-issuer"

	SignInDenied     Code = "sign-in-denied"
	SignInUnfinished Code = "sign-in-unfinished"
	TokenRefused     Code = "token-refused"
	TokenNoRefresh   Code = "token-without-refresh"
	TokenLifetime    Code = "token-lifetime-unknown"
	TokenShort       Code = "token-short-lived"
	ScopesWithheld   Code = "scopes-withheld"
	RefreshRefused   Code = "refresh-refused"
	RefreshLess      Code = "refresh-loses-scopes"
	RefreshUseless   Code = "refreshed-token-refused"
)

func registrationCodes() []Entry {
	entry := func(code Code, title string) Entry {
		return Entry{Code: code, Step: Registration, Title: title, Severity: Error, Fault: Provider}
	}
	changed := func(code Code, title string, s Severity) Entry {
		return Entry{Code: code, Step: Registration, Title: title, Severity: s, Fault: Provider}
	}
	return []Entry{
		entry(RegistrationHosts, "the provider does not trust where the client comes from or leads to"),
		entry(RegistrationScopes, "clients may not register for these scopes"),
		entry(RegistrationFull, "the provider has as many clients as it may"),
		entry(RegistrationClosed, "clients may not register themselves"),
		entry(RegistrationRedirect, "clients may not register this redirect"),
		entry(RegistrationMetadata, "the provider does not accept what the client says of itself"),
		entry(RegistrationAbsent, "nothing is where clients should register"),
		entry(RegistrationLimited, "too many clients were registered recently"),
		entry(RegistrationPage, "a web page answers where clients should register"),
		entry(RegistrationAnswer, "the answer to the registration makes no client"),
		entry(RegistrationFailed, "the registration fails"),
		entry(RegistrationRefused, "the provider refuses to register a client"),
		entry(RegistrationRedirects, "the client is registered with other redirects"),
		entry(RegistrationMethod, "the client is registered with a way to prove itself that it does not have"),
		changed(RegistrationScopeDropped, "the client is registered without scopes that it asked for", Warning),
		changed(RegistrationLeft, "a client that was registered for this look is still there", Warning),
	}
}

// refusedRegistrations are the codes after which there is no client.
func refusedRegistrations() []Code {
	return []Code{RegistrationHosts, RegistrationScopes, RegistrationFull, RegistrationClosed, RegistrationRedirect,
		RegistrationMetadata, RegistrationAbsent, RegistrationLimited, RegistrationPage, RegistrationAnswer,
		RegistrationFailed, RegistrationRefused}
}

func authorizationCodes() []Entry {
	after := refusedRegistrations()
	entry := func(code Code, title string, causes ...Code) Entry {
		return Entry{Code: code, Step: Authorization, Title: title, Severity: Error, Fault: Provider,
			DependsOn: append(causes, after...)}
	}
	return []Entry{
		entry(ScopesNotAssigned, "the client may not ask for these scopes", RegistrationScopeDropped),
		entry(RedirectNotRegistered, "the provider does not know the client's redirect", RegistrationRedirects),
		entry(ClientUnknown, "the provider does not know the client"),
		entry(ResourceRefused, "the provider gives no tokens for this server"),
		entry(FlowOff, "the client may not send people to sign in"),
		entry(DocumentRefused, "the provider does not accept the client's metadata document"),
		entry(AuthorizationMissing, "nothing is where people should sign in"),
		entry(AuthorizationFailed, "the sign-in page fails"),
		entry(AuthorizationRefused, "the provider refuses the sign-in"),
		entry(AnswerIssuer, "the answer of the sign-in names another issuer, or none"),
	}
}

func tokenCodes() []Entry {
	entry := func(code Code, title string, s Severity, causes ...Code) Entry {
		return Entry{Code: code, Step: Token, Title: title, Severity: s, Fault: Provider, DependsOn: causes}
	}
	return []Entry{
		entry(SignInDenied, "the person, or a policy, did not allow it", Error),
		entry(SignInUnfinished, "nobody came back from the sign-in", Error),
		entry(TokenRefused, "the provider gives no token for the code", Error, AuthorizationRefused),
		entry(TokenNoRefresh, "the token cannot be refreshed", Warning, NoOfflineAccess, NoRefreshGrant),
		entry(TokenLifetime, "the provider does not say how long the token lives", Info),
		entry(TokenShort, "the token expires within moments", Warning),
		entry(ScopesWithheld, "the provider grants less than was asked for", Warning),
		entry(RefreshRefused, "the provider does not refresh the token", Warning),
		entry(RefreshLess, "scopes are lost in the refresh", Warning),
		entry(RefreshUseless, "the server does not accept the refreshed token", Error),
	}
}
