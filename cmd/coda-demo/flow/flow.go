// Package flow gets an access token the way an MCP client does, only that it fills in the sign-in forms itself: it
// reads the provider's metadata (RFC 8414), registers (RFC 7591), asks for authorization with PKCE and the resource
// (RFC 8707), walks through the pages, checks state and issuer (RFC 9207) and redeems the code.
package flow

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// Config is what [Token] needs.
type Config struct {
	// Issuer is the provider's URL. Required.
	Issuer string
	// Person is the login of who signs in. Required.
	Person string
	// Scopes to ask for; none = the provider's default.
	Scopes []string
	// ClientName is shown on the consent page; "" = "coda-demo token".
	ClientName string
	// HTTP makes the requests; nil = a client with a timeout of 10 s per request.
	HTTP *http.Client
}

// Tokens is what the provider gave.
type Tokens struct {
	Access, Refresh string
	// Scopes are those that were granted, which may be fewer than asked for.
	Scopes  []string
	Expires time.Time
	// ClientID is the client that was registered for this.
	ClientID string
}

// redirectURI is never visited: the answer is read off the last redirect. Nobody needs to listen there.
const redirectURI = "http://127.0.0.1/callback"

// Token signs a person in and returns their tokens.
func Token(ctx context.Context, cfg Config) (Tokens, error) {
	if cfg.ClientName == "" {
		cfg.ClientName = "coda-demo token"
	}
	base := cfg.HTTP
	if base == nil {
		base = &http.Client{Timeout: 10 * time.Second}
	}
	client := *base
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

	meta, err := discover(ctx, &client, cfg.Issuer)
	if err != nil {
		return Tokens{}, err
	}
	clientID, err := register(ctx, &client, meta.RegistrationEndpoint, cfg.ClientName)
	if err != nil {
		return Tokens{}, err
	}
	state, verifier := rand.Text(), oauth2.GenerateVerifier()
	o := oauth2.Config{
		ClientID: clientID, RedirectURL: redirectURI, Scopes: cfg.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: meta.AuthorizationEndpoint, TokenURL: meta.TokenEndpoint,
			AuthStyle: oauth2.AuthStyleInParams},
	}
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier),
		oauth2.SetAuthURLParam("login_hint", cfg.Person)}
	var resource []oauth2.AuthCodeOption
	if len(meta.ProtectedResources) > 0 {
		resource = append(resource, oauth2.SetAuthURLParam("resource", meta.ProtectedResources[0]))
	}
	answer, err := signIn(ctx, &client, o.AuthCodeURL(state, append(options, resource...)...), cfg.Person)
	if err != nil {
		return Tokens{}, err
	}
	code, err := readAnswer(answer, state, meta)
	if err != nil {
		return Tokens{}, err
	}
	token, err := o.Exchange(context.WithValue(ctx, oauth2.HTTPClient, &client), code,
		append(resource, oauth2.VerifierOption(verifier))...)
	if err != nil {
		return Tokens{}, fmt.Errorf("the token endpoint refused the code: %w", describe(err))
	}
	granted, _ := token.Extra("scope").(string)
	return Tokens{
		Access: token.AccessToken, Refresh: token.RefreshToken, Scopes: strings.Fields(granted), Expires: token.Expiry,
		ClientID: clientID,
	}, nil
}

// readAnswer takes the code out of the authorization response once state and issuer are right.
func readAnswer(answer url.Values, state string, meta metadata) (string, error) {
	if subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(state)) != 1 {
		return "", errors.New("the provider's answer carries another request's state")
	}
	if iss := answer.Get("iss"); meta.IssParameter && iss != meta.Issuer {
		return "", fmt.Errorf("the provider's answer carries the issuer %q, want %q (RFC 9207)", iss, meta.Issuer)
	}
	if code := answer.Get("error"); code != "" {
		return "", fmt.Errorf("the provider refused: %s: %s", code, answer.Get("error_description"))
	}
	if answer.Get("code") == "" {
		return "", errors.New("the provider's answer carries no code")
	}
	return answer.Get("code"), nil
}

// describe keeps what RFC 6749 §5.2 says of a failure and leaves out the raw body.
func describe(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.ErrorCode != "" {
		return fmt.Errorf("%s: %s", refused.ErrorCode, refused.ErrorDescription)
	}
	return err
}
