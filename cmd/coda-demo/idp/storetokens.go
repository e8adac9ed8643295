package idp

import (
	"context"
	"fmt"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// CreateAccessToken implements [op.AuthStorage].
func (s *store) CreateAccessToken(_ context.Context, r op.TokenRequest) (id string, expires time.Time, err error) {
	grant, err := grantOf(r)
	if err != nil {
		return "", time.Time{}, err
	}
	t := s.newAccessToken(grant)
	return t.id, t.expires, nil
}

func (s *store) newAccessToken(grant *refreshGrant) *accessToken {
	now := time.Now()
	t := &accessToken{
		id: randomText(), family: grant.family, clientID: grant.clientID, person: grant.person, scopes: grant.scopes,
		resource: grant.resource, issued: now, expires: now.Add(s.cfg.AccessTokenLifetime),
	}
	s.access.Add(t.id, t)
	return t
}

// CreateAccessAndRefreshTokens implements [op.AuthStorage]. A current refresh token is rotated: it gives way to a new
// one and is refused from then on (OAuth 2.1 §4.3.1).
func (s *store) CreateAccessAndRefreshTokens(ctx context.Context, r op.TokenRequest, current string) (id,
	refresh string, expires time.Time, err error) {
	grant, err := grantOf(r)
	if err != nil {
		return "", "", time.Time{}, err
	}
	next := *grant
	if current != "" {
		original, err := s.rotate(current)
		if err != nil {
			return "", "", time.Time{}, err
		}
		// A request may narrow the access token's scopes, never the grant's (RFC 6749 §6).
		next.scopes = original.scopes
	}
	next.rotated = false
	next.expires = time.Now().Add(refreshLifetime)
	refresh = randomText()
	s.refresh.Add(digest(refresh), &next)
	t := s.newAccessToken(grant)
	return t.id, refresh, t.expires, nil
}

// rotate marks a refresh token as used. Presenting it once more ends its whole family, because either the old or the
// new one was stolen (RFC 9700 §4.14.2).
func (s *store) rotate(token string) (*refreshGrant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	grant, err := s.refreshGrant(token)
	if err != nil {
		return nil, err
	}
	used := *grant
	used.rotated = true
	s.refresh.Add(digest(token), &used)
	return grant, nil
}

// TokenRequestByRefreshToken implements [op.AuthStorage].
func (s *store) TokenRequestByRefreshToken(_ context.Context, token string) (op.RefreshTokenRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	grant, err := s.refreshGrant(token)
	if err != nil {
		return nil, err
	}
	current := *grant // op narrows its scopes in place
	return &current, nil
}

// refreshGrant wants mu held.
func (s *store) refreshGrant(token string) (*refreshGrant, error) {
	grant, ok := s.refresh.Get(digest(token))
	switch {
	case !ok || time.Now().After(grant.expires):
		return nil, oidc.ErrInvalidGrant().WithDescription("the refresh token is unknown or has expired")
	case s.ended.Contains(grant.family):
		return nil, oidc.ErrInvalidGrant().WithDescription("the refresh token was revoked")
	case grant.rotated:
		s.ended.Add(grant.family, struct{}{})
		return nil, oidc.ErrInvalidGrant().WithDescription("the refresh token was used before; its successors are revoked")
	}
	return grant, nil
}

// grantOf tells what tokens a request is for.
func grantOf(r op.TokenRequest) (*refreshGrant, error) {
	switch r := r.(type) {
	case *authRequest:
		return &refreshGrant{
			family: r.id, clientID: r.clientID, person: r.person, scopes: r.granted, resource: r.resource, authTime: r.authTime,
		}, nil
	case *refreshGrant:
		return r, nil
	}
	return nil, fmt.Errorf("identity provider: no tokens for a %T", r)
}

// liveAccessToken returns a token that is neither expired nor revoked.
func (s *store) liveAccessToken(id string) (*accessToken, bool) {
	t, ok := s.access.Get(id)
	if !ok || t.revoked || time.Now().After(t.expires) || s.ended.Contains(t.family) {
		return nil, false
	}
	return t, true
}

// GetRefreshTokenInfo implements [op.AuthStorage].
func (s *store) GetRefreshTokenInfo(_ context.Context, _, token string) (userID, tokenID string, err error) {
	grant, ok := s.refresh.Get(digest(token))
	if !ok {
		return "", "", op.ErrInvalidRefreshToken
	}
	return grant.person.Login, digest(token), nil
}

// RevokeToken implements [op.AuthStorage] (RFC 7009): an access token alone, a refresh token with its family. Unknown
// tokens are none to worry about (§2.2); another client's are left alone (§2.1).
func (s *store) RevokeToken(_ context.Context, id, _, clientID string) *oidc.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if grant, ok := s.refresh.Get(id); ok {
		if grant.clientID != clientID {
			return oidc.ErrInvalidGrant().WithDescription("the token was issued to another client")
		}
		s.ended.Add(grant.family, struct{}{})
		return nil
	}
	if t, ok := s.access.Get(id); ok {
		if t.clientID != clientID {
			return oidc.ErrInvalidGrant().WithDescription("the token was issued to another client")
		}
		revoked := *t
		revoked.revoked = true
		s.access.Add(id, &revoked)
	}
	return nil
}

// TerminateSession implements [op.AuthStorage]. There are no sessions: every authorization request is answered by a
// person.
func (s *store) TerminateSession(context.Context, string, string) error { return nil }
