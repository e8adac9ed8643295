package token

import "strings"

// resourcePlaceholder in a recipe stands for the gateway's public URL.
const resourcePlaceholder = "<public_url>"

func fill(recipe, resource string) string {
	return strings.ReplaceAll(recipe, resourcePlaceholder, resource)
}

// Hint returns what to do at a provider about a refused token; empty where nothing is known. `<public_url>` in it stands for the
// gateway's public URL.
func Hint(provider string, r Reason) string {
	if h, ok := recipes()[provider][r]; ok {
		return h
	}
	return recipes()["generic"][r]
}

// recipes holds the cures, per provider; those of generic go for all.
func recipes() map[string]map[Reason]string {
	return map[string]map[Reason]string{
		"generic": {
			ReasonTooLong:       "Have the issuer put less into access tokens: groups as roles, or only those of this application.",
			ReasonMalformed:     "If the token was pasted, check that it was copied whole, without quotes, line breaks or the word Bearer; if it was, it is the issuer (or whoever made the token) that writes it in a way that no reader should trust.",
			ReasonEncrypted:     "Switch off access-token encryption for this resource at the issuer.",
			ReasonOpaque:        "Have the issuer issue JWT access tokens for " + resourcePlaceholder + ", or configure `introspection` for it.",
			ReasonAlgorithm:     "Let the issuer sign with one of the accepted algorithms, or add the token's to `algorithms`. Only asymmetric ones can be accepted (RS, PS, ES and EdDSA), never a shared secret (HS) or none.",
			ReasonCritical:      "The token demands an extension that this gateway does not know; it is probably meant for another service.",
			ReasonUnknownIssuer: "`issuers[].url` must equal the token's `iss` byte for byte: scheme, host, path and trailing slash.",
			ReasonType:          "Send the access token. With `token_type: at+jwt` the issuer must follow RFC 9068; otherwise leave `token_type: any`.",
			ReasonIDToken:       "Send the access token, not the ID token: an ID token is for the client that signed the person in.",
			ReasonAudience:      "Have the issuer put " + resourcePlaceholder + " into `aud`. If it can only put something else there, add that value to `audiences`.",
			ReasonNoExpiry:      "The issuer must put `exp` into access tokens.",
			ReasonExpired:       "Get a fresh token. If a fresh one fails too, compare the clocks of the issuer and of this machine (NTP).",
			ReasonNotYetValid:   "Compare the clocks of the issuer and of this machine (NTP).",
			ReasonRevoked:       "Sign in again: `not_before` refuses tokens from before that moment. The issuer must put `iat` into access tokens.",
			ReasonNoSubject:     "Have the issuer put `sub` into access tokens.",
			ReasonBoundToken:    "Switch off DPoP or certificate-bound access tokens for this client at the issuer.",
			ReasonClient:        "Add the client to `client_ids`, or leave `client_ids` empty to accept every client. `claims.client_id` tells where the token names it.",
			ReasonRequiredClaim: "Have the issuer put the claim into access tokens with one of the accepted values, or change `required_claims`.",
			ReasonUnknownKey:    "The token was signed with a key that the issuer does not publish (any more): sign in again, and check that `issuers[].url` is the right tenant.",
			ReasonSignature:     "The token was changed on its way, or is not from this issuer.",
			ReasonInactive:      "Sign in again: the token has expired or was revoked.",

			ReasonKeysUnavailable:          "Run `coda-gateway check --online`: the issuer must answer from this machine (DNS, firewall, proxy, certificates).",
			ReasonIntrospectionUnavailable: "Check `introspection`: the gateway's own client at the issuer, its secret, and that the endpoint answers from this machine.",
		},
		"keycloak": {
			ReasonAudience:      "Keycloak adds no audience by itself: in the client scope `coda:read` add a mapper of the type Audience with Included Custom Audience = " + resourcePlaceholder + " and Add to access token on, and make the scope a default or optional scope of the client.",
			ReasonNoSubject:     "Give the client the client scope `basic` (since Keycloak 25 it holds the mapper for `sub`), or add a Subject (sub) mapper to the client scope `coda:read`.",
			ReasonUnknownIssuer: "Keycloak's `iss` is <hostname>/realms/<realm>. If it shows another host or http://, set Keycloak's `hostname` option to the public URL.",
			ReasonClient:        "Keycloak names the client in `azp`. Self-registered clients have ids of their own: leave `client_ids` empty for them.",
			ReasonBoundToken:    "In the client's advanced settings switch off Require DPoP bound tokens and OAuth 2.0 Mutual TLS Certificate Bound Access Tokens.",
		},
		"auth0": {
			ReasonOpaque:        "Auth0 issues opaque tokens when no API is named: create an API whose Identifier is " + resourcePlaceholder + " and switch on Resource Parameter Compatibility Profile (Settings, Advanced); for clients that send no resource make it the tenant's Default Audience.",
			ReasonEncrypted:     "Auth0 issues encrypted tokens when no API is named: create an API whose Identifier is " + resourcePlaceholder + ", switch on Resource Parameter Compatibility Profile, and leave the API's token encryption off.",
			ReasonAudience:      "Create an API whose Identifier is exactly " + resourcePlaceholder + ", switch on Resource Parameter Compatibility Profile (Settings, Advanced), and grant the client access to the API.",
			ReasonUnknownIssuer: "Auth0's issuer ends in a slash: `https://<tenant>.auth0.com/`. Keep it.",
			ReasonAlgorithm:     "Set the API's signing algorithm to RS256.",
		},
		"entra": {
			ReasonAudience:      "Entra's v2.0 tokens have the application's client id (a GUID) as `aud`: add it to `audiences`, and set `api.requestedAccessTokenVersion: 2` in the manifest.",
			ReasonUnknownIssuer: "Entra's v2.0 issuer is https://login.microsoftonline.com/<tenant id>/v2.0. An `iss` at sts.windows.net is a v1.0 token: set `api.requestedAccessTokenVersion: 2` in the manifest.",
			ReasonSignature:     "A token for Microsoft Graph cannot be verified by anyone else: request a scope of this application, in full (" + resourcePlaceholder + "/<scope>).",
			ReasonTooLong:       "Have Entra emit only groups assigned to the application, or app roles.",
		},
		"okta": {
			ReasonAudience:      "Set the Audience of the custom authorization server to " + resourcePlaceholder + ". Tokens of the org authorization server are for Okta only.",
			ReasonUnknownIssuer: "Use a custom authorization server: https://<org>/oauth2/<id>. The org's own server issues tokens that only Okta may read.",
			ReasonUnknownKey:    "Tokens of Okta's org authorization server cannot be verified here: use a custom authorization server, https://<org>/oauth2/<id>.",
			ReasonClient:        "Okta names the client in `cid`.",
		},
		"cognito": {
			ReasonAudience:      "Cognito sets `aud` only for a request with `resource` (managed login, plan Essentials or Plus): create a resource server whose identifier is " + resourcePlaceholder + ". Without that, set `allow_missing_audience: true` together with `client_ids`.",
			ReasonUnknownIssuer: "Cognito's issuer is https://cognito-idp.<region>.amazonaws.com/<user pool id>, not the login domain.",
			ReasonRequiredClaim: "Send the access token: Cognito marks it `token_use: access`.",
		},
		"authentik": {
			ReasonAlgorithm:     "Choose a Signing Key in the authentik provider; without one it signs with the client secret (HS256).",
			ReasonAudience:      "authentik puts the client id into `aud`: add it to `audiences`, or write a scope mapping that sets `aud` to " + resourcePlaceholder + ".",
			ReasonUnknownIssuer: "authentik's issuer is https://<host>/application/o/<slug>/ with the slash at the end.",
		},
		"zitadel": {
			ReasonOpaque:   "Set the application's Auth Token Type to JWT (Token Settings). Self-registered clients get opaque tokens: configure `introspection` for them.",
			ReasonAudience: "Zitadel puts client and project ids into `aud`: have clients ask for the scope urn:zitadel:iam:org:project:id:<project id>:aud and add the project id to `audiences`.",
		},
		"dex": {
			ReasonAudience: "Dex puts the client id into `aud`: add it to `audiences`.",
			ReasonClient:   "Dex names the client in `azp`, or else in `aud`.",
		},
		"workos": {
			ReasonAudience:      "In the WorkOS dashboard add " + resourcePlaceholder + " as a resource indicator of AuthKit.",
			ReasonUnknownIssuer: "The issuer is the AuthKit domain, https://<name>.authkit.app.",
			ReasonOpaque:        "Tokens of WorkOS Connect are opaque: sign in through AuthKit, or configure `introspection`.",
		},
		"hydra": {
			ReasonOpaque:   "Set `strategies.access_token: jwt` in Hydra, for all clients or for this one, or configure `introspection`.",
			ReasonAudience: "Hydra knows `audience`, not `resource`: allow " + resourcePlaceholder + " in the client's `audience` list and add it in the consent step or a token hook, as MCP clients do not ask for it.",
		},
		"pocketid": {
			ReasonAudience: "In Pocket ID create an API whose identifier is " + resourcePlaceholder + ".",
		},
		"authelia": {
			ReasonOpaque:   "Set `access_token_signed_response_alg` of the client (RS256 or ES256): without it Authelia issues opaque tokens.",
			ReasonType:     "Authelia's JWT access tokens are at+jwt: set `access_token_signed_response_alg` of the client, and send the access token.",
			ReasonAudience: "Add " + resourcePlaceholder + " to the client's `audience` and set `requested_audience_mode`.",
		},
	}
}
