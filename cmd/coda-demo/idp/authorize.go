package idp

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// server puts this package's rules in front of op's own server.
type server struct {
	*op.LegacyServer
	cfg   Config
	store *store
}

// VerifyAuthRequest implements [op.Server]. A request without `scope` means the resource's scopes (RFC 6749 §3.3 lets
// the provider choose a default).
func (s *server) VerifyAuthRequest(ctx context.Context,
	r *op.Request[oidc.AuthRequest]) (*op.ClientRequest[oidc.AuthRequest], error) {
	verified, err := s.LegacyServer.VerifyAuthRequest(ctx, r)
	if err != nil {
		return nil, err
	}
	asked := slices.DeleteFunc(verified.Data.Scopes, func(scope string) bool { return scope == "" })
	if len(asked) == 0 {
		asked = s.cfg.scopeNames()
	}
	verified.Data.Scopes = asked
	return verified, nil
}

// Authorize implements [op.Server]. The redirect URI has been checked before; what fails here is told to the client.
func (s *server) Authorize(ctx context.Context, r *op.ClientRequest[oidc.AuthRequest]) (*op.Redirect, error) {
	if r.Data.RequestParam != "" {
		return nil, oidc.ErrRequestNotSupported()
	}
	if mode := r.Data.ResponseMode; mode != "" && mode != oidc.ResponseModeQuery {
		return nil, oidc.ErrInvalidRequest().WithDescription("response_mode must be query")
	}
	if err := requirePKCE(r.Data); err != nil {
		return nil, err
	}
	resource, err := s.cfg.resource(r.Form["resource"])
	if err != nil {
		return nil, err
	}
	created, err := s.store.CreateAuthRequest(context.WithValue(ctx, resourceKey{}, resource), r.Data, "")
	if err != nil {
		return nil, err
	}
	return s.startSignIn(ctx, r.Data, created.GetID())
}

// startSignIn sends the browser to the sign-in page, or straight back to the client where the provider approves by
// itself.
func (s *server) startSignIn(ctx context.Context, r *oidc.AuthRequest, id string) (*op.Redirect, error) {
	person := s.cfg.person(r.LoginHint)
	if s.cfg.AutoApprove != "" {
		if person == nil {
			person = s.cfg.person(s.cfg.AutoApprove)
		}
		location, err := s.approve(ctx, id, person)
		if err != nil {
			return nil, err
		}
		return op.NewRedirect(location), nil
	}
	if slices.Contains(r.Prompt, oidc.PromptNone) {
		return nil, oidc.ErrLoginRequired().WithDescription("nobody is signed in, and prompt=none forbids asking")
	}
	if person != nil {
		if _, err := s.store.updateRequest(id, func(a *authRequest) { a.person = person }); err != nil {
			return nil, err
		}
	}
	return op.NewRedirect(signInURL(id)), nil
}

// approve grants what the person can grant and returns the client's redirect URI with a code.
func (s *server) approve(ctx context.Context, id string, person *Person) (string, error) {
	request, err := s.store.updateRequest(id, func(a *authRequest) {
		a.person = person
		a.granted = s.cfg.grantable(person, a.asked)
		a.authTime = time.Now()
		a.done = true
	})
	if err != nil {
		return "", err
	}
	s.cfg.Log.Info().Str("person", person.Login).Str("client", request.clientID).Strs("scopes",
		request.granted).Msg("signed in")
	if request.userCode != "" {
		return devicePath + "/allowed", nil
	}
	code, err := op.CreateAuthRequestCode(ctx, request, s.store, s.Provider().Crypto())
	if err != nil {
		return "", err
	}
	answer := op.CodeResponseType{Code: code, State: request.state}
	return op.AuthResponseURL(request.redirectURI, oidc.ResponseTypeCode, oidc.ResponseModeQuery, &answer, s.encoder())
}

// deny returns the client's redirect URI with the refusal.
func (s *server) deny(id string) (string, error) {
	request, err := s.store.request(id)
	if err != nil {
		return "", err
	}
	s.cfg.Log.Info().Str("client", request.clientID).Msg("sign-in denied by the person")
	if request.userCode != "" {
		_, err := s.store.updateRequest(id, func(a *authRequest) { a.denied = true })
		return devicePath + "/denied", err
	}
	s.store.requests.Remove(id)
	refusal := oidc.ErrAccessDenied().WithDescription("the person did not allow it")
	refusal.State = request.state
	return op.AuthResponseURL(request.redirectURI, oidc.ResponseTypeCode, oidc.ResponseModeQuery, refusal, s.encoder())
}

func (s *server) encoder() issuerEncoder {
	return issuerEncoder{s.Provider().Encoder(), s.cfg.Issuer}
}

// VerifyClient implements [op.Server]. A client that is not known, or not authenticated, meets 401: that is what
// makes clients register again (RFC 6749 §5.2).
func (s *server) VerifyClient(ctx context.Context, r *op.Request[op.ClientCredentials]) (op.Client, error) {
	c, err := s.LegacyServer.VerifyClient(ctx, r)
	if err != nil {
		return nil, unauthorized(err)
	}
	return c, nil
}

func unauthorized(err error) error {
	var known *oidc.Error
	if errors.As(err, &known) && (known.ErrorType == oidc.InvalidClient || known.ErrorType == oidc.UnauthorizedClient) {
		described := *known
		described.ErrorType = oidc.InvalidClient
		return op.NewStatusError(&described, http.StatusUnauthorized)
	}
	return err
}

// Introspect implements [op.Server].
func (s *server) Introspect(ctx context.Context, r *op.Request[op.IntrospectionRequest]) (*op.Response, error) {
	answer, err := s.LegacyServer.Introspect(ctx, r)
	if err != nil {
		return nil, unauthorized(err)
	}
	return answer, nil
}
