package idp

import (
	"slices"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// identityScopes concern the provider itself, not the protected resource (OpenID Connect Core §5.4, §11).
func identityScopes() []string {
	return []string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeEmail, oidc.ScopeOfflineAccess}
}

func (c Config) scopesSupported() []string {
	return append(identityScopes(), c.scopeNames()...)
}

// grantable reduces the scopes that were asked for to those that the person can grant, in the order asked.
//
// Where nothing remains, openid does: the answer's `scope` then says plainly that nothing else was granted, while an
// absent one would mean "all that you asked for" (RFC 6749 §5.1).
func (c Config) grantable(person *Person, asked []string) []string {
	var granted []string
	for _, scope := range asked {
		known := slices.Contains(identityScopes(), scope) || slices.Contains(person.Scopes, scope) &&
			slices.Contains(c.scopeNames(), scope)
		if known && !slices.Contains(granted, scope) {
			granted = append(granted, scope)
		}
	}
	if len(granted) == 0 {
		return []string{oidc.ScopeOpenID}
	}
	return granted
}
