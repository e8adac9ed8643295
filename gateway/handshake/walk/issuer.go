package walk

import (
	"context"
	"fmt"
	"time"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// Issuer walks from the configuration's side: it begins at the authorization server to which the resource at cfg.URL
// would send clients, whether that answers or not, and ends with the clients that can be registered there.
func Issuer(ctx context.Context, cfg Config, issuer string) (*handshake.Report, error) {
	at, err := parseTyped(cfg.URL)
	if err != nil {
		return nil, err
	}
	if _, err := parseTyped(issuer); err != nil {
		return nil, fmt.Errorf("the issuer: %w", err)
	}
	cfg = withDefaults(cfg)
	return run(ctx, cfg, at, func(w *walker) []stage {
		w.within = true
		w.resource = &resource{Resource: cfg.URL, Servers: []string{issuer}}
		w.first = &answer{query: query{agent: w.cfg.Clients[0].Agents.Discovery}}
		if cfg.Known != nil {
			w.scopes = cfg.Known.Scopes
		}
		return []stage{
			{handshake.ServerMetadata, (*walker).serverMetadata},
			{handshake.ServerMetadata, (*walker).registration},
		}
	}), nil
}

// withDefaults fills in what is left out.
func withDefaults(cfg Config) Config {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.RequestTimeout <= 0 {
		cfg.RequestTimeout = DefaultRequestTimeout
	}
	return cfg
}
