package token

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/bestviable/coda-gateway/gateway/token/claims"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// SignIn is an issuer as a client sees it at which people sign in: its endpoints, and the ID tokens that it gives
// along with access tokens. Bearer tokens are none of its business: they go to the [Verifier], whoever got them.
type SignIn struct {
	issuer *issuer
	// own finds the documents of the place where people are sent, where that is not the issuer itself; nil = it is.
	own *keys.Directory

	mu sync.Mutex
	// keySet are the keys of ID tokens, and keysAt where they come from.
	keySet *oidc.RemoteKeySet
	keysAt string
}

// SignIn is the first issuer that clients are sent to; nil = they are sent to none.
func (v *Verifier) SignIn() *SignIn {
	for _, i := range v.issuers {
		if i.Advertised() == "" {
			continue
		}
		s := &SignIn{issuer: i}
		if at := i.Advertised(); i.Issuer.SignIn != "" && at != i.URL {
			s.own = keys.NewDirectory(&keys.Place{Issuer: at, Names: []string{i.URL}, AllowHTTP: i.AllowHTTP}, i.client, i.now)
		}
		return s
	}
	return nil
}

// URL is where people are sent.
func (s *SignIn) URL() string { return s.issuer.Advertised() }

// SignInAt is where [Verifier.SignIn] sends people: the first issuer that clients are sent to; empty = none.
func SignInAt(issuers []Issuer) string {
	for _, i := range issuers {
		if at := i.Advertised(); at != "" {
			return at
		}
	}
	return ""
}

// SignsIn tells whether somebody comes from there, or from an issuer that sends people to the same place.
func SignsIn(issuers []Issuer, p *Principal) bool {
	at := SignInAt(issuers)
	return slices.ContainsFunc(issuers, func(i Issuer) bool {
		return at != "" && i.URL == p.Configured && i.Advertised() == at
	})
}

// Ask gives scopes the form in which they are to be asked for there.
func (s *SignIn) Ask(scopes []string) []string { return s.issuer.Ask(scopes) }

// AllowHTTP tells whether plain http is let through for its private addresses.
func (s *SignIn) AllowHTTP() bool { return s.issuer.AllowHTTP }

// HTTP talks to its endpoints, under the rules of package fetch.
func (s *SignIn) HTTP() *http.Client { return s.issuer.client.HTTP() }

// Metadata is what the issuer says of its endpoints.
func (s *SignIn) Metadata(ctx context.Context) (*keys.Discovery, error) {
	if s.own != nil {
		if doc, err := s.own.Get(ctx, false); err == nil {
			return doc, nil
		}
	}
	return s.issuer.directory.Get(ctx, false)
}

// IDToken verifies an ID token that came from the token endpoint together with an access token (OpenID Connect Core 1.0
// §3.1.3.7, §3.1.3.8).
func (s *SignIn) IDToken(ctx context.Context, doc *keys.Discovery, raw, clientID, nonce, access string) error {
	at := s.issuer.JWKSURI
	if at == "" {
		at = doc.JWKSURI
	}
	verifier := oidc.NewVerifier(doc.Issuer, s.keysOf(at), &oidc.Config{
		ClientID: clientID, SupportedSigningAlgs: s.issuer.Algorithms, SkipIssuerCheck: true, Now: s.issuer.now,
	})
	t, err := verifier.Verify(oidc.ClientContext(ctx, s.HTTP()), raw)
	if err != nil {
		return fmt.Errorf("the ID token is not valid: %w", err)
	}
	var also struct {
		AuthorizedParty string `json:"azp"`
	}
	if err := t.Claims(&also); err != nil {
		return fmt.Errorf("the ID token is not valid: %w", err)
	}
	switch {
	case t.Issuer != doc.Issuer && t.Issuer != s.URL() && !s.issuer.issues(t.Issuer):
		return fmt.Errorf("the ID token is from %s, not from %s", claims.Quote(t.Issuer), claims.Quote(doc.Issuer))
	case t.Nonce != nonce:
		return errors.New("the ID token belongs to another sign-in: its nonce is not the one that was sent")
	case len(t.Audience) > 1 && also.AuthorizedParty != clientID:
		return errors.New("the ID token was issued to another client")
	case t.AccessTokenHash == "":
		return nil
	}
	if err := t.VerifyAccessToken(access); err != nil {
		return fmt.Errorf("the access token does not belong to the ID token: %w", err)
	}
	return nil
}

// keysOf keeps the keys from one sign-in to the next; unknown ones are fetched.
func (s *SignIn) keysOf(at string) *oidc.RemoteKeySet {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keySet == nil || s.keysAt != at {
		s.keySet = oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), s.HTTP()), at)
		s.keysAt = at
	}
	return s.keySet
}
