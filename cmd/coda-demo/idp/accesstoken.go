package idp

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/crypto"
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// accessToken signs the JWT of a recorded access token (RFC 9068): typ at+jwt, `aud` the resource, `scope` a string.
func (s *server) accessToken(id string) (string, error) {
	t, ok := s.store.liveAccessToken(id)
	if !ok {
		return "", errors.New("identity provider: the access token was dropped before it was signed")
	}
	claims := oidc.NewAccessTokenClaims(s.cfg.Issuer, t.person.Login, []string{t.resource}, t.expires, t.id, t.clientID, 0)
	claims.Claims = personClaims(t.person)
	claims.Claims["scope"] = strings.Join(t.scopes, " ")
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: s.store.key.key, KeyID: s.store.key.id}},
		(&jose.SignerOptions{}).WithType("at+jwt"))
	if err != nil {
		return "", fmt.Errorf("identity provider: signer: %w", err)
	}
	return crypto.Sign(claims, signer)
}

// personClaims tells a resource server who it is and what they are in the company, as Keycloak and others do,
// whatever the identity scopes: the resource server decides by them.
func personClaims(p *Person) map[string]any {
	return map[string]any{
		"name":               p.Name,
		"preferred_username": p.Login,
		"email":              p.Email,
		"email_verified":     true,
		"roles":              append([]string{}, p.Roles...),
	}
}
