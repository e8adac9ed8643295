package idp

import (
	"context"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// SetIntrospectionFromToken implements [op.OPStorage] (RFC 7662 §2.2). Resource servers may ask about any token, a
// client only about its own; an error makes the answer {"active": false} (§4: no hint to a token scanner).
func (s *store) SetIntrospectionFromToken(ctx context.Context, answer *oidc.IntrospectionResponse, tokenID, _,
	clientID string) error {
	asking, err := s.client(ctx, clientID)
	if err != nil {
		return err
	}
	t, ok := s.liveAccessToken(tokenID)
	if !ok || !asking.introspects && t.clientID != asking.id {
		return oidc.ErrAccessDenied()
	}
	answer.Issuer = s.cfg.Issuer
	answer.Subject = t.person.Login
	answer.Username = t.person.Login
	answer.ClientID = t.clientID
	answer.Audience = oidc.Audience{t.resource}
	answer.Scope = t.scopes
	answer.TokenType = oidc.BearerToken
	answer.JWTID = t.id
	answer.IssuedAt = oidc.FromTime(t.issued)
	answer.Expiration = oidc.FromTime(t.expires)
	answer.Claims = personClaims(t.person)
	return nil
}
