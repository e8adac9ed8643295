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

// codaShared is what the clients of one Coda share, one after the other: what they know of names, columns and what was
// written a moment ago, and what is used of the budgets. All of it is kept per Coda account in there,
// so that a token that is exchanged for another of its account finds what the first one left.
type codaShared struct {
	baseURL string
	memory  *coda.Memory
	exports *coda.ExportLocks
	budget  *coda.MemoryBudget
	// places are where documents lie.
	places *places
}

func newCodaShared(baseURL string) *codaShared {
	return &codaShared{baseURL: baseURL, memory: coda.NewMemory(), exports: coda.NewExportLocks(),
		budget: coda.NewMemoryBudget(coda.MemoryBudgetConfig{}), places: newPlaces()}
}

// codaClient makes the client of a configuration, or takes over the one before; what clients share is taken over
// unless the configuration names another Coda.
func (b *Builder) codaClient(cfg config.Coda, before *built) (*coda.Client, *codaShared, error) {
	if before.coda != nil && sameAccount(before.config.Coda, cfg) {
		return before.coda, before.shared, nil
	}
	shared := before.shared
	if shared == nil || shared.baseURL != cfg.BaseURL {
		shared = newCodaShared(cfg.BaseURL)
	}
	if b.toCoda == nil {
		b.toCoda = coda.NewTransport()
	}
	client, err := coda.New(coda.Config{
		BaseURL:     cfg.BaseURL,
		HTTPClient:  &http.Client{Transport: b.toCoda},
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: cfg.Token.Reveal()}),
		Budget:      fairly{shared.budget},
		Memory:      shared.memory,
		Exports:     shared.exports,
		UserAgent:   b.Agent,
		Observer:    b.observeCoda,
		Logger:      slog.New(zerolog.NewSlogHandler(b.Log.With().Str("component", "coda").Logger())),
	})
	return client, shared, err
}

// codaRates are the budgets of a configuration.
func codaRates(cfg config.Budgets) map[coda.Bucket]coda.Rate {
	return map[coda.Bucket]coda.Rate{
		coda.BucketRead:      coda.Rate(cfg.Read),
		coda.BucketWrite:     coda.Rate(cfg.Write),
		coda.BucketContent:   coda.Rate(cfg.Content),
		coda.BucketListDocs:  coda.Rate(cfg.ListDocs),
		coda.BucketAnalytics: coda.Rate(cfg.Analytics),
	}
}

// sameAccount says whether a client for one configuration serves the other too. Which tools there are is not its
// concern, and budgets are changed where they are counted.
func sameAccount(a, b config.Coda) bool {
	a.ToolSets, b.ToolSets = nil, nil
	a.Budgets, b.Budgets = config.Budgets{}, config.Budgets{}
	return a.Token.Reveal() == b.Token.Reveal() && reflect.DeepEqual(a, b)
}

// caller is who the request's token names, with what is lent to them.
func caller(ctx context.Context, door *admit.Door, client *coda.Client, places *places) mcptools.Caller {
	c := mcptools.Caller{
		Coda: through(ctx, door, client, places),
		May:  func(tool, doc string) error { return door.May(ctx, tool, doc) },
	}
	if pr := call.PrincipalOf(ctx); pr != nil {
		c.ID = pr.ID()
	}
	return c
}
