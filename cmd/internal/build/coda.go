package build

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"

	"github.com/rs/zerolog"
	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/admit"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/mcptools"
)

// codaClient makes the client of a configuration, or takes over the one before with its budgets and connections.
func (b *Builder) codaClient(cfg config.Coda, before *built) (*coda.Client, error) {
	if before.coda != nil && sameAccount(before.config.Coda, cfg) {
		return before.coda, nil
	}
	rates := map[coda.Bucket]coda.Rate{
		coda.BucketRead:      coda.Rate(cfg.Budgets.Read),
		coda.BucketWrite:     coda.Rate(cfg.Budgets.Write),
		coda.BucketContent:   coda.Rate(cfg.Budgets.Content),
		coda.BucketListDocs:  coda.Rate(cfg.Budgets.ListDocs),
		coda.BucketAnalytics: coda.Rate(cfg.Budgets.Analytics),
	}
	if b.toCoda == nil {
		b.toCoda = coda.NewTransport()
	}
	return coda.New(coda.Config{
		BaseURL:     cfg.BaseURL,
		HTTPClient:  &http.Client{Transport: b.toCoda},
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: cfg.Token.Reveal()}),
		Budget:      coda.NewMemoryBudget(coda.MemoryBudgetConfig{Rates: rates}),
		UserAgent:   b.Agent,
		Observer:    b.observeCoda,
		Logger:      slog.New(zerolog.NewSlogHandler(b.Log.With().Str("component", "coda").Logger())),
	})
}

// sameAccount says whether a client for one configuration serves the other too. Which tools there are is not its
// concern.
func sameAccount(a, b config.Coda) bool {
	a.ToolSets, b.ToolSets = nil, nil
	return a.Token.Reveal() == b.Token.Reveal() && reflect.DeepEqual(a, b)
}

// caller is who the request's token names, with what is lent to them.
func caller(ctx context.Context, door *admit.Door, client *coda.Client) mcptools.Caller {
	c := mcptools.Caller{Coda: client, May: func(tool, doc string) error { return door.May(ctx, tool, doc) }}
	if pr := call.PrincipalOf(ctx); pr != nil {
		c.ID = pr.ID()
	}
	return c
}
