package idp

import (
	"context"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// resourceKey carries the decided resource from the authorization endpoint to [store.CreateAuthRequest], whose
// signature has no room for it.
type resourceKey struct{}

// CreateAuthRequest implements [op.AuthStorage].
func (s *store) CreateAuthRequest(ctx context.Context, r *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	resource, ok := ctx.Value(resourceKey{}).(string)
	if !ok {
		resource = s.cfg.Resource
	}
	request := &authRequest{
		id: randomText(), clientID: r.ClientID, redirectURI: r.RedirectURI, state: r.State, nonce: r.Nonce,
		responseMode: r.ResponseMode, challenge: oidc.CodeChallenge{Challenge: r.CodeChallenge,
			Method: r.CodeChallengeMethod},
		asked: r.Scopes, resource: resource, formToken: randomText(), expires: time.Now().Add(requestLifetime),
	}
	s.requests.Add(request.id, request)
	return request, nil
}

// AuthRequestByID implements [op.AuthStorage].
func (s *store) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	request, err := s.request(id)
	if err != nil {
		return nil, err
	}
	return request, nil
}

func (s *store) request(id string) (*authRequest, error) {
	request, ok := s.requests.Get(id)
	if !ok || time.Now().After(request.expires) {
		return nil, oidc.ErrInvalidRequest().WithDescription("this sign-in has expired or was completed already; start " +
			"again from your client")
	}
	return request, nil
}

// updateRequest replaces a pending request by a changed copy.
func (s *store) updateRequest(id string, change func(*authRequest)) (*authRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	request, err := s.request(id)
	if err != nil {
		return nil, err
	}
	changed := *request
	change(&changed)
	s.requests.Add(id, &changed)
	return &changed, nil
}

// SaveAuthCode implements [op.AuthStorage]. The request is no longer pending from here on.
func (s *store) SaveAuthCode(_ context.Context, id, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	request, err := s.request(id)
	if err != nil {
		return err
	}
	issued := *request
	issued.expires = time.Now().Add(codeLifetime)
	s.codes.Add(digest(code), &issued)
	s.requests.Remove(id)
	return nil
}

// AuthRequestByCode implements [op.AuthStorage].
func (s *store) AuthRequestByCode(_ context.Context, code string) (op.AuthRequest, error) {
	request, err := s.requestByCode(code)
	if err != nil {
		return nil, err
	}
	return request, nil
}

func (s *store) requestByCode(code string) (*authRequest, error) {
	request, ok := s.codes.Get(digest(code))
	if !ok || time.Now().After(request.expires) {
		return nil, oidc.ErrInvalidGrant().WithDescription("the authorization code is unknown or older than %s", codeLifetime)
	}
	return request, nil
}

// redeem marks a code as used. A second use fails and ends the family of tokens that the first one began (RFC 6749
// §4.1.2).
func (s *store) redeem(code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	request, err := s.requestByCode(code)
	if err != nil {
		return err
	}
	if request.redeemed {
		s.ended.Add(request.id, struct{}{})
		return oidc.ErrInvalidGrant().WithDescription("the authorization code was used before; the tokens that it gave " +
			"are revoked")
	}
	used := *request
	used.redeemed = true
	s.codes.Add(digest(code), &used)
	return nil
}

// DeleteAuthRequest implements [op.AuthStorage].
func (s *store) DeleteAuthRequest(_ context.Context, id string) error {
	s.requests.Remove(id)
	return nil
}
