package token

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

var errGoogle = errors.New("provider google cannot work: Google's access tokens are opaque and cannot be bound to this gateway, so a token for any other application would do here; federate Google into Keycloak, Dex, Zitadel, Pocket ID or another provider and name that one as the issuer")

// Providers lists the names that [Preset] knows, generic first.
func Providers() []string {
	return []string{"generic", "keycloak", "auth0", "entra", "okta", "cognito", "authentik", "zitadel", "dex", "workos", "hydra", "pocketid", "authelia"}
}

// Preset returns an issuer with the defaults that fit a provider's access tokens; URL is left to fill in. The empty name is generic.
func Preset(provider string) (Issuer, error) {
	if provider == "" {
		provider = "generic"
	}
	i := Issuer{
		Provider:   provider,
		Algorithms: Algorithms(),
		TokenType:  "any",
		Claims: ClaimPaths{
			Scopes:   paths("scope", "scp"),
			Roles:    paths("roles"),
			Groups:   paths("groups"),
			ClientID: paths("client_id", "azp"),
			Email:    paths("email"),
			Name:     paths("name", "preferred_username"),
		},
	}
	c := &i.Claims
	switch provider {
	case "generic":
	case "keycloak":
		c.Scopes = paths("scope")
		c.Roles = paths("/realm_access/roles")
		c.ClientID = paths("azp", "client_id")
	case "auth0":
		c.Scopes = paths("scope", "permissions")
		c.Roles = paths("permissions")
		c.ClientID = paths("azp", "client_id")
	case "entra":
		// v2.0 tokens name the client azp, v1.0 ones appid.
		c.Scopes = paths("scp")
		c.ClientID = paths("azp", "appid")
	case "okta":
		c.Scopes = paths("scp")
		c.ClientID = paths("cid")
	case "cognito":
		c.Scopes = paths("scope")
		c.Roles = paths("cognito:groups")
		c.Groups = paths("cognito:groups")
		c.ClientID = paths("client_id")
		c.Name = paths("name", "username")
		i.RequiredClaims = Requirements{"token_use": {"access"}}
	case "authentik":
		// An access token repeats the nonce of the sign-in.
		i.AllowIDTokens = true
		c.ClientID = paths("azp", "client_id")
	case "zitadel":
		// Access tokens carry no scopes; roles are an object whose keys are the roles.
		c.Roles = paths("urn:zitadel:iam:org:project:roles")
	case "dex":
		// Dex has one kind of token: an access token has the shape of an ID token, with the client in aud.
		i.AllowIDTokens = true
		c.ClientID = paths("azp", "aud")
	case "workos":
		c.Scopes = paths("scope", "permissions")
		c.Roles = paths("role", "roles")
	case "hydra":
		// Custom claims are below ext unless the server lifts them to the top.
		c.Scopes = paths("scp", "scope")
		c.Roles = paths("roles", "/ext/roles")
		c.Groups = paths("groups", "/ext/groups")
		c.Email = paths("email", "/ext/email")
		c.Name = paths("name", "preferred_username", "/ext/name")
		c.ClientID = paths("client_id")
	case "pocketid":
	case "authelia":
		i.TokenType = "at+jwt"
		c.ClientID = paths("client_id")
	case "google":
		return Issuer{}, errGoogle
	default:
		return Issuer{}, fmt.Errorf("provider %s is unknown%s; it is one of %s", quote(provider), didYouMean(provider), strings.Join(Providers(), " "))
	}
	return i, nil
}

func paths(texts ...string) []Path {
	out := make([]Path, len(texts))
	for n, t := range texts {
		p, err := ParsePath(t)
		if err != nil {
			panic(err) // the literals above
		}
		out[n] = p
	}
	return out
}

// didYouMean names the nearest provider, where one is near.
func didYouMean(name string) string {
	name = strings.ToLower(name)
	for alias, provider := range map[string]string{
		"azure": "entra", "azuread": "entra", "azure-ad": "entra", "microsoft": "entra", "aad": "entra", "entraid": "entra", "entra-id": "entra",
		"aws": "cognito", "amazon": "cognito", "ory": "hydra", "authkit": "workos", "rhsso": "keycloak", "redhat": "keycloak", "pocket-id": "pocketid",
	} {
		if name == alias {
			return ", perhaps " + provider
		}
	}
	best := slices.MinFunc(Providers(), func(a, b string) int {
		return levenshtein.Distance(name, a, nil) - levenshtein.Distance(name, b, nil)
	})
	if d := levenshtein.Distance(name, best, nil); d <= 2 && d < len(name) {
		return ", perhaps " + best
	}
	return ""
}
