package idp

import (
	"context"
	"slices"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

func claimsSupported() []string {
	return []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "name", "preferred_username", "email",
		"email_verified", "roles"}
}

// describe fills in what the scopes allow (OpenID Connect Core §5.4).
func (s *store) describe(info *oidc.UserInfo, person *Person, scopes []string) {
	info.Subject = person.Login
	if slices.Contains(scopes, oidc.ScopeProfile) {
		info.Name = person.Name
		info.PreferredUsername = person.Login
	}
	if slices.Contains(scopes, oidc.ScopeEmail) {
		info.Email = person.Email
		info.EmailVerified = true
	}
}

// SetUserinfoFromScopes implements [op.OPStorage]; [store.SetUserinfoFromRequest] does the work.
func (s *store) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

// SetUserinfoFromRequest implements [op.CanSetUserinfoFromRequest], for ID tokens.
func (s *store) SetUserinfoFromRequest(_ context.Context, info *oidc.UserInfo, r op.IDTokenRequest,
	scopes []string) error {
	if person := s.cfg.person(r.GetSubject()); person != nil {
		s.describe(info, person, scopes)
	}
	return nil
}

// SetUserinfoFromToken implements [op.OPStorage], for the userinfo endpoint.
func (s *store) SetUserinfoFromToken(_ context.Context, info *oidc.UserInfo, tokenID, _, _ string) error {
	t, ok := s.liveAccessToken(tokenID)
	if !ok {
		return oidc.ErrAccessDenied().WithDescription("the access token was revoked or has expired")
	}
	if !slices.Contains(t.scopes, oidc.ScopeOpenID) {
		return oidc.ErrAccessDenied().WithDescription("the access token lacks the scope openid")
	}
	s.describe(info, t.person, t.scopes)
	return nil
}

// GetPrivateClaimsFromScopes implements [op.OPStorage]; access tokens are made in [server.accessToken].
func (s *store) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, nil
}

// ValidateJWTProfileScopes implements [op.OPStorage]; the grant is not supported.
func (s *store) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, oidc.ErrUnsupportedGrantType()
}
