// Package signin gets an access token the way an MCP client gets one, for whoever sets a gateway up: it reads the
// provider's metadata, registers a client (RFC 7591) or is told one, sends a person's browser to the provider with
// PKCE (RFC 7636) and the resource (RFC 8707), takes the answer on a loopback address (RFC 8252), checks its state and
// issuer (RFC 9207) and redeems the code; or it shows a code to type in elsewhere (RFC 8628). A client that it
// registered is deleted again (RFC 7592), however the sign-in ends. Each way in which that can fail is a [Refusal],
// which says what happened and what to do about it.
package signin

import (
	"context"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/fetch"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

const (
	// DefaultTimeout is how long a person has.
	DefaultTimeout = 5 * time.Minute
	// DefaultRedirect is where the provider sends the browser back to; a free port is put in.
	DefaultRedirect = "http://127.0.0.1/callback"
	// ClientName is what the provider shows of a client that was registered for a sign-in.
	ClientName = "coda-gateway token --sign-in"
	// cleanUpTimeout bounds the deletion of that client, also after an interrupt.
	cleanUpTimeout = 15 * time.Second
)

// Config is what [Token] needs.
type Config struct {
	// Issuer is where to sign in, as the configuration has it. Required.
	Issuer token.Issuer
	// Resource is what the token is for: the gateway's public URL. Required.
	Resource string
	// Scopes to ask for, as the provider wants them asked for; none = the provider's default.
	Scopes []string
	// ClientID is a client that the provider knows, or the URL of a client ID metadata document; empty = one is
	// registered, and deleted afterwards.
	ClientID string
	// ClientSecret of a confidential client; empty = a public one.
	ClientSecret string
	// Redirect is an http URL on a loopback host. Without a port it gets a free one. Empty = [DefaultRedirect].
	Redirect string
	// Device asks for a code to type in elsewhere, instead of sending a browser on this machine there.
	Device bool
	// Timeout bounds the whole; 0 = [DefaultTimeout].
	Timeout time.Duration
	// Show tells the person where to go. Required.
	Show func(Prompt)
	// Note tells what is worth knowing and ends nothing, one sentence at a time. Required.
	Note func(string)
	// Name is the name of a client that is registered for this; empty = [ClientName].
	Name string
	// Meanwhile uses the token while a client that was registered for it is still there, such as to refresh it; nil =
	// nothing does.
	Meanwhile func(context.Context, *Result)
	// Transport replaces the one that package fetch has for issuers; nil = that one.
	Transport http.RoundTripper
}

// Prompt is where a person is to go.
type Prompt struct {
	// URL is a page of the provider.
	URL string
	// Code is to be typed in there; empty = nothing is.
	Code string
	// Redirect is where the provider sends the browser back to; empty with a device code.
	Redirect string
}

// Result is what the provider gave.
type Result struct {
	AccessToken string
	// Type is token_type, as the provider spells it.
	Type string
	// Lifetime is expires_in; 0 = the provider did not say.
	Lifetime time.Duration
	// RefreshToken is empty where the provider gave none.
	RefreshToken string
	// ClientID is who the token was given to.
	ClientID string
	// Asked and Granted are scopes; Granted is nil where the provider did not say, which means all.
	Asked, Granted []string

	flow *flow
}

// flow is one sign-in.
type flow struct {
	cfg    Config
	doc    *keys.Discovery
	http   *http.Client
	client client
}

// Token signs a person in.
func Token(ctx context.Context, cfg Config) (_ *Result, err error) {
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	c, err := cfg.Issuer.Client(cfg.Transport)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	f := &flow{cfg: cfg, http: c.HTTP()}
	defer func() { f.forget(ctx) }()
	if f.doc, err = discover(ctx, cfg); err != nil {
		return nil, f.ended(ctx, err)
	}
	way := f.browser
	if cfg.Device {
		way = f.device
	}
	t, err := way(ctx)
	if err != nil {
		return nil, f.ended(ctx, err)
	}
	if !strings.EqualFold(t.Type(), "Bearer") {
		return nil, &Refusal{Text: "the token is of the type " + quote(t.Type()) + ", bound to a key of the client",
			Cure: "have the provider issue bearer tokens to this client: the gateway takes no others"}
	}
	r := f.result(t)
	if cfg.Meanwhile != nil {
		cfg.Meanwhile(ctx, r)
	}
	return r, nil
}

// result is what came, as callers read it.
func (f *flow) result(t *oauth2.Token) *Result {
	r := &Result{AccessToken: t.AccessToken, Type: t.TokenType, RefreshToken: t.RefreshToken, ClientID: f.client.id,
		Lifetime: time.Duration(t.ExpiresIn) * time.Second, Asked: f.cfg.Scopes, flow: f}
	if granted, said := t.Extra("scope").(string); said {
		r.Granted = strings.Fields(granted)
	}
	return r
}

// discover reads the metadata at the place where clients are sent to, which is not always where the keys are.
func discover(ctx context.Context, cfg Config) (*keys.Discovery, error) {
	there := cfg.Issuer
	if there.DiscoveryURL != "" || there.SignIn != "" {
		there.URL, there.Tenants, there.SignIn, there.DiscoveryURL = cfg.Issuer.Advertised(), nil, "", ""
		there.JWKSURI, there.Introspection = "", nil
		if report, _ := token.Discover(ctx, there, cfg.Transport); report.Document != nil {
			return report.Document, nil
		}
		there = cfg.Issuer
	}
	report, err := token.Discover(ctx, there, cfg.Transport)
	if report.Document == nil {
		if err == nil {
			err = errNoDocument
		}
		return nil, &Refusal{Text: "the provider's metadata cannot be read: " + err.Error(),
			Cure: "run 'coda-gateway check --online', which says what to do about it"}
	}
	return report.Document, nil
}

// oauth is the client as x/oauth2 wants it.
func (f *flow) oauth(redirect string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: f.client.id, ClientSecret: f.client.secret, RedirectURL: redirect, Scopes: f.cfg.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: f.doc.AuthorizationEndpoint, TokenURL: f.doc.TokenEndpoint,
			DeviceAuthURL: f.doc.DeviceAuthorizationEndpoint, AuthStyle: f.client.style},
	}
}

// with lets x/oauth2 use the client that package fetch bounds.
func (f *flow) with(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, f.http)
}

// MCP 2026-07-28, basic/authorization: "MUST use the canonical URI of the MCP server as defined in RFC 8707 Section
// 2."
// MCP 2026-07-28, basic/authorization: "MUST identify the MCP server that the client intends to use the token with."
func (f *flow) resource() oauth2.AuthCodeOption {
	return oauth2.SetAuthURLParam("resource", f.cfg.Resource)
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = fetch.MaxDocument
