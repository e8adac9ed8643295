package idp

import (
	"context"
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

func supportedGrants() []oidc.GrantType {
	return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken, oidc.GrantTypeDeviceCode}
}

// CodeExchange implements [op.Server] (RFC 6749 §4.1.3, RFC 7636 §4.6, RFC 8707 §2.2).
func (s *server) CodeExchange(ctx context.Context, r *op.ClientRequest[oidc.AccessTokenRequest]) (*op.Response, error) {
	request, err := s.store.requestByCode(r.Data.Code)
	if err != nil {
		return nil, err
	}
	switch {
	case request.clientID != r.Client.GetID():
		return nil, oidc.ErrInvalidGrant().WithDescription("the code was issued to another client")
	case request.redirectURI != r.Data.RedirectURI:
		return nil, oidc.ErrInvalidGrant().WithDescription("redirect_uri differs from the authorization request's")
	}
	if err := op.AuthorizeCodeChallenge(r.Data.CodeVerifier, request.GetCodeChallenge()); err != nil {
		return nil, err
	}
	if _, err := s.cfg.resource(r.Form["resource"]); err != nil {
		return nil, err
	}
	if err := s.store.redeem(r.Data.Code); err != nil {
		return nil, err
	}
	return s.issue(ctx, request, r.Client, "")
}

// RefreshToken implements [op.Server] (RFC 6749 §6).
func (s *server) RefreshToken(ctx context.Context, r *op.ClientRequest[oidc.RefreshTokenRequest]) (*op.Response,
	error) {
	grant, err := s.store.TokenRequestByRefreshToken(ctx, r.Data.RefreshToken)
	if err != nil {
		return nil, err
	}
	if grant.GetClientID() != r.Client.GetID() {
		return nil, oidc.ErrInvalidGrant().WithDescription("the refresh token was issued to another client")
	}
	if err := op.ValidateRefreshTokenScopes(r.Data.Scopes, grant); err != nil {
		return nil, err
	}
	if _, err := s.cfg.resource(r.Form["resource"]); err != nil {
		return nil, err
	}
	return s.issue(ctx, grant, r.Client, r.Data.RefreshToken)
}

// issue makes the token answer: an access token for the resource, an ID token for the client where openid was
// granted, and a refresh token where offline_access was (OpenID Connect Core §11).
func (s *server) issue(ctx context.Context, request op.IDTokenRequest, c op.Client, current string) (*op.Response,
	error) {
	var id, refresh string
	var expires time.Time
	var err error
	refreshable := slices.Contains(request.GetScopes(), oidc.ScopeOfflineAccess) &&
		op.ValidateGrantType(c, oidc.GrantTypeRefreshToken)
	if current != "" || refreshable {
		id, refresh, expires, err = s.store.CreateAccessAndRefreshTokens(ctx, request, current)
	} else {
		id, expires, err = s.store.CreateAccessToken(ctx, request)
	}
	if err != nil {
		return nil, err
	}
	access, err := s.accessToken(id)
	if err != nil {
		return nil, err
	}
	answer := &oidc.AccessTokenResponse{
		AccessToken: access, TokenType: oidc.BearerToken, RefreshToken: refresh,
		ExpiresIn: uint64(time.Until(expires).Round(time.Second).Seconds()), Scope: request.GetScopes(),
	}
	if slices.Contains(request.GetScopes(), oidc.ScopeOpenID) {
		answer.IDToken, err = op.CreateIDToken(ctx, s.cfg.Issuer, request, c.IDTokenLifetime(), access, "", s.store, c)
		if err != nil {
			return nil, err
		}
	}
	return op.NewResponse(answer), nil
}

// JWTProfile implements [op.Server]: the grant is refused, for no client has keys here.
func (s *server) JWTProfile(context.Context, *op.Request[oidc.JWTProfileGrantRequest]) (*op.Response, error) {
	return nil, oidc.ErrUnsupportedGrantType().WithDescription("grant_type must be authorization_code, refresh_token or " +
		string(oidc.GrantTypeDeviceCode))
}
