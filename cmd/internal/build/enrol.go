package build

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/connect"
	"github.com/bestviable/coda-gateway/gateway/lend"
	"github.com/bestviable/coda-gateway/gateway/state"
)

// connectPage makes what the site needs for the page where people bring their own Coda token; nil = there is none.
func (b *Builder) connectPage(cfg *config.Config) (*connect.Config, error) {
	e := cfg.Coda.Enrollment
	if !e.Enabled {
		return nil, nil
	}
	ring, err := b.keyring(cfg.StateKeys)
	if err != nil {
		return nil, err
	}
	own, err := b.ownTokens(cfg)
	if err != nil {
		return nil, err
	}
	return &connect.Config{ClientID: e.ClientID, ClientSecret: e.ClientSecret.Reveal(), Keys: ring.Derive("connect"),
		Tokens: own, Coda: b.codaAccount(cfg.Coda.BaseURL)}, nil
}

// ownTokens are the Coda tokens that people brought: the same ones for the life of the process.
func (b *Builder) ownTokens(cfg *config.Config) (*connect.Tokens, error) {
	if b.own != nil {
		return b.own, nil
	}
	if b.state == nil {
		// A program that remembers nothing beyond its end.
		if _, err := b.OpenState(context.Background(), cfg, false); err != nil {
			return nil, err
		}
	}
	b.own = OwnTokens(b.state)
	return b.own, nil
}

// OwnTokens are those of a state store.
func OwnTokens(store *state.Store) *connect.Tokens {
	return connect.NewTokens(store.Room(connect.TokensRoom, state.Kept), store.Room(connect.UsedRoom, state.Kept), nil)
}

// connectURL is where people bring their own Coda token; empty = nowhere.
func connectURL(cfg *config.Config) string {
	if !cfg.Coda.Enrollment.Enabled {
		return ""
	}
	return cfg.PublicURL.Origin + connect.Path(cfg.PublicURL.Path)
}

// connectFor is where somebody can mend that nothing is lent to them; empty = nowhere.
func connectFor(refused error) string {
	if refusal, ok := errors.AsType[*lend.Refusal](refused); ok {
		return refusal.Connect
	}
	return ""
}

// codaAccount makes the function that asks Coda whose a token is, with a client for this one question: nothing of it is
// kept, and a token that is refused says nothing of how the gateway's own are doing.
func (b *Builder) codaAccount(baseURL string) connect.Coda {
	if b.toCoda == nil {
		b.toCoda = coda.NewTransport()
	}
	to, agent := b.toCoda, b.Agent
	return func(ctx context.Context, token string) (*connect.Account, error) {
		client, err := coda.New(coda.Config{BaseURL: baseURL, HTTPClient: &http.Client{Transport: to}, UserAgent: agent,
			TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token})})
		if err != nil {
			return nil, err
		}
		me, err := client.WhoAmI(ctx)
		switch {
		case errors.Is(err, coda.ErrUnauthorized), errors.Is(err, coda.ErrForbidden):
			return nil, connect.ErrRefused
		case err != nil:
			return nil, fmt.Errorf("ask Coda whose the token is: %w", err)
		}
		account := &connect.Account{Name: me.Name, Login: me.LoginID, TokenName: me.TokenName, Workspace: me.Workspace.Name,
			Scoped: me.Scoped}
		if !me.Scoped {
			// Coda does not say that a token may only write, but refuses it what it refuses no other.
			_, err := client.ListDocsPage(ctx, coda.ListDocsOptions{ListOptions: coda.ListOptions{PageSize: 1}})
			account.NoReading = errors.Is(err, coda.ErrForbidden) || errors.Is(err, coda.ErrUnauthorized)
		}
		return account, nil
	}
}
