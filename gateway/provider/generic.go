package provider

// generic is what every other provider falls back to.
// Long because it is one list, a line a cure.
func generic() *Provider {
	return &Provider{
		Name: "generic", Title: "an OAuth 2.1 or OpenID Connect provider",
		Tokens: Tokens{
			Scopes: []string{"scope", "scp"}, Roles: []string{"roles"}, Groups: []string{"groups"},
			ClientID: []string{"client_id", "azp"}, Email: []string{"email"}, Name: []string{"name", "preferred_username"},
		},
		FreeEmail: "it is not known whether people choose their own address at this provider",
		Console: []string{
			"Make access tokens signed JWTs with <public_url> in aud.",
			"Create the scopes coda:read and coda:write, and allow the clients to request them.",
			"Enable PKCE with S256, and dynamic registration or client ID metadata documents.",
		},
		Cures: []Cure{
			{Reason: "audience", When: originAudience, Text: "The client asked for <aud>, which is this gateway's " +
				"host with another path. If people type that, write it in `public_url`; if not, add it to `audiences`: " +
				"`audiences: [\"<aud>\"]`. The provider need not be changed."},
			{Reason: "too_long", Text: "Have the issuer put less into access tokens: groups as roles, or only " +
				"those of this application."},
			{Reason: "malformed", When: func(c Case) bool { return c.Claims != nil }, Text: "The token is complete, but " +
				"the issuer writes the claim above in a way that cannot be trusted: have it omit the claim, or write it " +
				"differently. Most likely one of your own mappers, actions or rules adds it."},
			{Reason: "malformed", Text: "If the token was pasted, check that it was copied whole, without quotes, " +
				"line breaks or the word Bearer; " +
				"if it was, the issuer (or whatever made the token) writes it in a way that cannot be trusted."},
			{Reason: "encrypted", Text: "Switch off access-token encryption for this resource at the issuer, or " +
				"configure `introspection`: " +
				"the issuer is then asked about encrypted tokens."},
			{Reason: "opaque", Text: "Have the issuer issue JWT access tokens for <public_url>, or configure " +
				"`introspection` for it."},
			{Reason: "alg", Text: "Have the issuer sign with one of the accepted algorithms, or add the token's to " +
				"`algorithms`. " +
				"Only asymmetric ones can be accepted (RS, PS, ES and EdDSA), never a shared secret (HS) or none."},
			{Reason: "crit", Text: "The token requires an extension that this gateway does not know; it is probably meant " +
				"for another service."},
			{Reason: "unknown_issuer", When: noIssuer, Text: "The token does not say who issued it: have the issuer put " +
				"`iss` into its access tokens, or configure `introspection` for it: the issuer is then asked about tokens " +
				"without `iss`."},
			{Reason: "unknown_issuer", When: onlySlash, Text: "The two differ only by the slash at the end: write `url: " +
				"<iss>`, as the token has it."},
			{Reason: "unknown_issuer", When: onlyScheme, Text: "The two differ only by http and https: the provider " +
				"believes that it is reached by http. Set its public hostname, and make the proxy in front of it send " +
				"X-Forwarded-Proto."},
			{Reason: "unknown_issuer", Text: "`issuers[].url` must equal the token's `iss` byte for byte: scheme, " +
				"host, path and trailing slash. " +
				"If people sign in at a place other than `iss`, name that place in `sign_in`."},
			{Reason: "tenant", Text: "The token is from the tenant <tid>. If its people should have access, add it to " +
				"`tenants`."},
			{Reason: "type", Text: "Send the access token. With `token_type: at+jwt` the issuer must follow RFC " +
				"9068; otherwise leave `token_type: any`."},
			{Reason: "id_token", Text: "Send the access token, not the ID token: an ID token is for the client " +
				"that signed the person in."},
			{Reason: "audience", Text: "Have the issuer put <public_url> into `aud`. If it can only put something " +
				"else there, add that value to `audiences`."},
			{Reason: "no_expiry", Text: "The issuer must put `exp` into access tokens."},
			{Reason: "expired", Text: "Get a fresh token. If a fresh one fails too, compare the clocks of the " +
				"issuer and of this machine (NTP)."},
			{Reason: "not_yet_valid", Text: "Compare the clocks of the issuer and of this machine (NTP)."},
			{Reason: "revoked", Text: "Sign in again: `not_before` refuses tokens from before that moment. The " +
				"issuer must put `iat` into access tokens."},
			{Reason: "no_subject", Text: "Have the issuer put `sub` into access tokens, or configure " +
				"`introspection`: its answer completes the token."},
			{Reason: "bound_token", Text: "Switch off DPoP or certificate-bound access tokens for this client at " +
				"the issuer."},
			{Reason: "client", Text: "Add the client to `client_ids`, or leave `client_ids` empty to accept every " +
				"client. `claims.client_id` says which claim names it."},
			{Reason: "required_claim", Text: "Have the issuer put the claim into access tokens with one of the " +
				"accepted values, or change `required_claims`."},
			{Reason: "unknown_kid", When: unfitKey, Text: "The issuer publishes the key in a way that cannot be used for " +
				"this token: have it sign with the algorithm that the key is published for, or fix how the key is " +
				"published. `coda-gateway check --online` lists each key that cannot be used."},
			{Reason: "unknown_kid", Text: "The token was signed with a key that the issuer does not publish (any " +
				"more): sign in again, " +
				"and check that `issuers[].url` is the right tenant."},
			{Reason: "signature", Text: "The token was altered on the way, or is not from this issuer."},
			{Reason: "inactive", Text: "Sign in again: the token has expired or was revoked."},
			{Reason: "introspection_mismatch", Text: "The issuer's answer is about somebody other than the token's " +
				"subject: check `introspection.endpoint`, and ask the issuer's operator."},
			{Reason: "groups_overage", Text: "The person is in more groups than fit into a token. Have the " +
				"provider send only the groups that are assigned to " +
				"this application, or roles, and write grants with when: {roles: […]}."},
			{Reason: "keys_unavailable", When: unfitKey, Text: "The issuer answers, but none of the keys that it publishes " +
				"can be used: have it publish its signing key, as an RSA key of 2048 to 8192 bits, an " +
				"EC or an Ed25519 key for signatures (use: sig)."},
			{Reason: "keys_unavailable", Text: "Run `coda-gateway check --online`: the issuer must answer from " +
				"this machine " +
				"(DNS, firewall, proxy in HTTPS_PROXY, `ca_file` for a private certificate authority)."},
			{Reason: "introspection_unavailable", Text: "Check `introspection`: the gateway's own client at the " +
				"issuer, its secret, " +
				"and that the endpoint answers from this machine."},
			{Reason: "introspection_unusable", Text: "The endpoint answers, but not with what RFC 7662 asks for " +
				"(a JSON object with a boolean `active`): " +
				"check that `introspection.endpoint` is the introspection endpoint, and that the gateway's client " +
				"may use it."},
		},
	}
}

func unfitKey(c Case) bool { return c.UnfitKey }

func onlySlash(c Case) bool {
	iss := c.text("iss")
	return iss != "" && iss != c.Issuer && (iss+"/" == c.Issuer || iss == c.Issuer+"/")
}

func onlyScheme(c Case) bool {
	iss := c.text("iss")
	return len(iss) > 7 && iss[:7] == "http://" && "https://"+iss[7:] == c.Issuer
}
