package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/rs/zerolog"
	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway"
	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/mcptools"
)

// parse reads the demo's gateway.yaml as coda-gateway reads a user's.
func parse(yaml, codaToken string) (*config.Config, error) {
	var tools []access.Tool
	for _, t := range mcptools.Catalogue() {
		tools = append(tools, access.Tool{Name: t.Name, Group: access.Group(t.Group)})
	}
	cfg, _, err := config.Parse("gateway.yaml", []byte(yaml), config.Options{
		Tools:  tools,
		Lookup: func(name string) (string, bool) { return codaToken, name == codaTokenVariable },
	})
	return cfg, err
}

// newGateway puts a Coda client, the tools and the gateway together, as 'coda-gateway serve' does.
func newGateway(cfg *config.Config, log zerolog.Logger) (*gateway.Gateway, error) {
	client, err := coda.New(coda.Config{
		BaseURL:     cfg.Coda.BaseURL,
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: cfg.Coda.Token.Reveal()}),
		Budget: coda.NewMemoryBudget(coda.MemoryBudgetConfig{Rates: map[coda.Bucket]coda.Rate{
			coda.BucketRead:      coda.Rate(cfg.Coda.Budgets.Read),
			coda.BucketWrite:     coda.Rate(cfg.Coda.Budgets.Write),
			coda.BucketContent:   coda.Rate(cfg.Coda.Budgets.Content),
			coda.BucketListDocs:  coda.Rate(cfg.Coda.Budgets.ListDocs),
			coda.BucketAnalytics: coda.Rate(cfg.Coda.Budgets.Analytics),
		}}),
		UserAgent: "coda-demo/" + version(),
		Logger:    slog.New(zerolog.NewSlogHandler(log.With().Str("component", "coda").Logger())),
	})
	if err != nil {
		return nil, err
	}
	policy, err := access.Compile(cfg.Access)
	if err != nil {
		return nil, err
	}
	server, err := mcptools.New(mcptools.Config{
		Coda:    client,
		Options: gateway.ServerOptions(log),
		Version: version(),
		Scopes:  map[string][]string{"read": {scopeRead}, "write": {scopeWrite}, "destructive": {scopeWrite}},
		Allowed: func(ctx context.Context, tool string) error {
			switch d := policy.Decide(gateway.PrincipalOf(ctx), tool); d.Verdict {
			case access.Allow:
				return nil
			case access.StepUp:
				return fmt.Errorf("this needs the scopes %v; sign in again and allow them", d.Scopes)
			default:
				return errors.New(d.Reason)
			}
		},
		Person: func(ctx context.Context) string {
			if p := gateway.PrincipalOf(ctx); p != nil {
				return p.ID()
			}
			return ""
		},
	})
	if err != nil {
		return nil, err
	}
	return gateway.New(gateway.Config{Settings: cfg, Server: server, Log: log})
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "dev"
}
