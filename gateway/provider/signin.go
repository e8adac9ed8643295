package provider

import "strings"

// Trouble is what a provider says in place of registering a client, or of showing somebody where to sign in.
type Trouble string

// The troubles. Those of registration come before there is a client, the others when it is used.
const (
	// HostsUntrusted: Keycloak's policy Trusted Hosts does not know where the request comes from, or leads to.
	HostsUntrusted Trouble = "hosts untrusted"
	// RegistrationScopes: clients may not register for these scopes.
	RegistrationScopes Trouble = "registration scopes"
	// RegistrationFull: there are as many clients as there may be.
	RegistrationFull Trouble = "registration full"
	// RegistrationClosed: only those may register clients who were let in beforehand.
	RegistrationClosed Trouble = "registration closed"
	// RegistrationRedirect: clients may not register this redirect URI.
	RegistrationRedirect Trouble = "registration redirect"
	// RegistrationMetadata: something else of what the client says of itself is refused.
	RegistrationMetadata Trouble = "registration metadata"
	// RegistrationAbsent: nothing is where clients should register.
	RegistrationAbsent Trouble = "registration absent"
	// ScopesRefused: the client may not ask for these scopes.
	ScopesRefused Trouble = "scopes refused"
	// RedirectUnknown: the client has another redirect URI.
	RedirectUnknown Trouble = "redirect unknown"
	// ClientUnknown: there is no such client.
	ClientUnknown Trouble = "client unknown"
	// ResourceUnknown: no token can be had for the resource.
	ResourceUnknown Trouble = "resource unknown"
	// FlowOff: the client may not send people here to sign in.
	FlowOff Trouble = "flow off"
	// DocumentRefused: the client's metadata document is not taken.
	DocumentRefused Trouble = "document refused"
)

// SignInCase fills the placeholders of a cure: <scopes>, <redirects>, <hosts>, <resource>, <client>.
type SignInCase struct {
	Scopes, Redirects []string
	// Hosts are those that the client's URIs are at.
	Hosts            []string
	Resource, Client string
}

// Mend says what to do at a provider about a trouble. Where nothing of its own is known, it is what holds everywhere.
func Mend(name string, t Trouble, c SignInCase) string {
	text := troubles[name][t]
	if text == "" {
		text = troubles["generic"][t]
	}
	if text == "" {
		return ""
	}
	text = strings.ToUpper(text[:1]) + text[1:] + "."
	return strings.NewReplacer("<scopes>", or(strings.Join(c.Scopes, " "), "that the client asks for"),
		"<redirects>", strings.Join(c.Redirects, ", "), "<hosts>", strings.Join(c.Hosts, ", "),
		"<resource>", c.Resource, "<client>", or(c.Client, "the client")).Replace(text)
}

const keycloakPolicies = "in Keycloak's realm under Clients, Client registration, Anonymous access policies, open "

// troubles are the cures by provider.
var troubles = map[string]map[Trouble]string{
	"generic": {
		HostsUntrusted: "make the provider's policy for anonymous registration trust the hosts of clients: <hosts>",
		RegistrationScopes: "let clients register for the scopes <scopes> in the provider's policy for dynamic " +
			"registration",
		RegistrationFull: "delete unused clients at the provider, or raise its limit: each new connection registers " +
			"another client",
		RegistrationClosed: "allow registration without an initial access token, which MCP clients do not have; or " +
			"register a client by hand (redirect URI <redirects>), and have people type its id into their MCP client",
		RegistrationRedirect: "make the provider accept the redirect URI <redirects>; those of clients on people's " +
			"machines " +
			"are on loopback addresses, with any port (RFC 8252)",
		RegistrationMetadata: "have the provider accept this client's registration; its answer above says what it refuses",
		RegistrationAbsent: "switch dynamic registration on at the provider, or have its metadata name no " +
			"registration_endpoint; people then type the id of a client that was registered by hand",
		ScopesRefused: "create the scopes <scopes> at the provider and assign them to the client (to clients that register " +
			"themselves, by default), or remove the ones that do not exist from scopes.supported; the names must be " +
			"spelled alike",
		RedirectUnknown: "add exactly the redirect URI <redirects> to the client at the provider",
		ClientUnknown: "check the client id at the provider: it may belong to another tenant or realm, or the client " +
			"was deleted",
		ResourceUnknown: "make an API (resource, audience) with exactly the identifier <resource> at the provider",
		FlowOff:         "switch the authorization code flow on for the client at the provider",
		DocumentRefused: "make the provider fetch the client's metadata document <client> and trust its host, or have its " +
			"metadata not announce client_id_metadata_document_supported: clients then register instead",
	},
	"keycloak": {
		HostsUntrusted: keycloakPolicies + "Trusted Hosts: switch Host Sending Client Registration Request Must Match off, " +
			"leave Client URIs Must Match on, and add to Trusted Hosts: <hosts>",
		RegistrationScopes: keycloakPolicies + "Allowed Client Scopes, and add <scopes>",
		RegistrationFull: keycloakPolicies + "Max Clients Limit, and raise it (5000); each fresh connection registers a " +
			"client of its own",
		RegistrationClosed: "add the anonymous policies for client registration that were removed (Clients, Client " +
			"registration, Anonymous access policies), Trusted Hosts among them",
		ScopesRefused: "in Keycloak's realm under Client scopes, create <scopes> if they are not there, and set their " +
			"Assigned type to Optional (which is for clients that register themselves); for an existing client, add them " +
			"under Clients, <client>, Client scopes. A client that registered with a scope has exactly " +
			"those for good",
		RedirectUnknown: "in Keycloak under Clients, <client>, Valid redirect URIs, add <redirects>; a loopback URI " +
			"without " +
			"a port matches any port",
		ClientUnknown: "look under Clients in the same realm for the client id; ids are compared to the letter",
		ResourceUnknown: "give a client of the realm the attribute resource_url = <resource>, and name that client in the " +
			"Audience mapper of the scopes (Included Client Audience); or switch the feature resource-indicators off",
		FlowOff: "in Keycloak under Clients, <client>, Capability config, switch Standard flow on",
		DocumentRefused: "in the realm's client policy with the executor client-id-metadata-document, trust <hosts>; " +
			"Keycloak before 26.8 always refuses hosted Claude's document, so switch the feature cimd off",
	},
	"auth0": {
		RegistrationClosed: "switch OIDC Dynamic Application Registration on (Settings, Advanced), and promote a " +
			"connection " +
			"to domain level",
		ScopesRefused: "under Applications, APIs, the API with the identifier <resource>, Permissions, add <scopes>",
		ResourceUnknown: "under Applications, APIs, create an API whose identifier is <resource>, and switch the Resource " +
			"Parameter Compatibility Profile on (Settings, Advanced)",
		RedirectUnknown: "add <redirects> to Allowed Callback URLs of the application",
	},
	"entra": {
		ScopesRefused: "have clients ask for scopes in full: set scope_prefix to the Application ID URI and a slash, and " +
			"add the scopes under Expose an API and API permissions (Grant admin consent)",
		ResourceUnknown: "add <resource> to the application's identifierUris (without a slash at the end, in a verified " +
			"domain), and ask for scopes of that application only: set scope_prefix to the Application ID URI and a slash",
		RedirectUnknown: "under Authentication, Mobile and desktop applications (never Single-page application), add " +
			"<redirects>",
		ClientUnknown: "check that the client id is the Application (client) ID, and that the issuer names the same tenant",
	},
	"okta": {
		RegistrationClosed: "Okta registers clients for administrators only: create an OIDC application (redirect URI " +
			"<redirects>), and have people type its client ID",
		ScopesRefused: "in the custom authorization server add the scopes <scopes>, and let an access policy give them to " +
			"the client",
		RedirectUnknown: "add <redirects> to Sign-in redirect URIs of the application",
	},
	"cognito": {
		ScopesRefused: "in the user pool's resource server <resource> add the scopes, and allow them in the app client's " +
			"login pages settings",
		RedirectUnknown: "add <redirects> to Allowed callback URLs of the app client; Cognito compares ports",
	},
	"zitadel": {
		RegistrationAbsent: "switch dynamicClientRegistration on in the instance's security settings",
		RedirectUnknown: "add <redirects> to the application's Redirect URIs; loopback ones need the type Native (or " +
			"Development Mode)",
	},
	"dex": {
		ScopesRefused: "Dex knows openid, profile, email, groups and offline_access only: write those into " +
			"scopes.supported, and grant by groups",
	},
}
