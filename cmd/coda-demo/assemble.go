package main

import (
	"context"
	"runtime/debug"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway"
)

// parse reads the demo's gateway.yaml as coda-gateway reads a user's.
func parse(yaml, codaToken string) (*config.Config, error) {
	lookup := func(name string) (string, bool) { return codaToken, name == codaTokenVariable }
	cfg, _, err := config.Parse("gateway.yaml", []byte(yaml), build.ConfigOptions(lookup))
	return cfg, err
}

// newGateway makes the gateway as 'coda-gateway serve' does.
func newGateway(cfg *config.Config, log zerolog.Logger) (*gateway.Server, error) {
	builder := &build.Builder{Log: log, Agent: "coda-demo/" + version(), Version: version()}
	var server *gateway.Server
	counts := builder.NewMetrics(func() *gateway.Server { return server })
	attempts, _ := builder.NewJournal(context.Background(), func() *gateway.Server { return server })
	site, err := builder.Site(cfg)
	if err != nil {
		return nil, err
	}
	server = build.Server(cfg, site, log, func(c *gateway.Config) { c.Metrics, c.Attempts = counts, attempts })
	return server, nil
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "dev"
}
