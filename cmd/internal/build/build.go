// Package build is the one place that knows all: it makes Coda clients, tools and a site of a configuration, as all
// commands run them. Nothing below cmd knows the configuration's types; nothing but this package translates them.
package build

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway"
	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/admit"
	"github.com/bestviable/coda-gateway/gateway/call"
	changelog "github.com/bestviable/coda-gateway/gateway/changes"
	"github.com/bestviable/coda-gateway/gateway/connect"
	"github.com/bestviable/coda-gateway/gateway/journal"
	"github.com/bestviable/coda-gateway/gateway/limit"
	"github.com/bestviable/coda-gateway/gateway/mcphttp"
	"github.com/bestviable/coda-gateway/gateway/metrics"
	"github.com/bestviable/coda-gateway/gateway/site"
	"github.com/bestviable/coda-gateway/gateway/state"
	"github.com/bestviable/coda-gateway/gateway/trace"
	"github.com/bestviable/coda-gateway/mcptools"
)

// Builder makes sites, each from a configuration and the site before.
type Builder struct {
	Log zerolog.Logger
	// Agent is the program with its version, as name/version, for Coda's log; Version is what MCP clients are told.
	Agent, Version string
	// Stdout is where audit.to: stdout writes; nil = the process's.
	Stdout io.Writer
	// LogLost counts the lines of the log that could not be written; nil = nobody counts them.
	LogLost func() uint64

	// keys are those of the last configuration, made of secrets.
	keys    *state.Keyring
	secrets []string
	// random are the keys of a configuration that has none; nil until there is one.
	random *state.Keyring
	// memory is what calls leave behind for later ones, whatever the configuration becomes.
	memory *mcptools.Memory
	// state is nil until it is opened.
	state *state.Store
	// toCoda is what all Coda clients send with, so that another token leaves no connections behind; nil until there is
	// one.
	toCoda *http.Transport
	// own are the Coda tokens that people brought; nil until they are asked for.
	own *connect.Tokens
	// changes keeps what people change; nil until it is asked for.
	changes *changelog.Keeper
	// ended are told of every call that has ended.
	ended []func(*call.Call)
	// journal tells attempts to connect; nil where nobody asks.
	journal *journal.Journal
	// limits is the last limiter: all of them count in one place. counting is what replicas count together.
	limits   atomic.Pointer[limit.Limiter]
	counting counting
	// counted has the counters; nil where nobody counts.
	counted *metrics.Metrics
	// inForce is the last configuration that a site was made of.
	inForce atomic.Pointer[config.Config]
	// tracer tells a collector about calls; nil where nobody wants that.
	tracer *trace.Tracer
	// audit is the record of who did what, for the life of the process; nil until there is a site.
	audit atomic.Pointer[auditing]
	// health is how the Coda credentials do; nil until there are any.
	health *codaHealth
	// building is held while before is written or read from elsewhere.
	building sync.Mutex
	// before is what the last site was made of.
	before *built
}

// built is a site and what it was made of, for the next one to take over from.
type built struct {
	config  *config.Config
	policy  *access.Policy
	door    *admit.Door
	lending *lending
	shared  *codaShared
	site    *site.Site
}

// Site makes the site of a configuration. What did not change since the last one is taken over: the keys of identity
// providers, the Coda client and what Coda clients share, who was challenged. Where it fails, the next attempt takes
// over from the same site.
func (b *Builder) Site(cfg *config.Config) (*site.Site, error) {
	next := &built{config: cfg}
	before := b.before
	if before == nil {
		before = &built{}
	}
	var err error
	if next.policy, err = access.Compile(cfg.Access); err != nil {
		return nil, err
	}
	next.shared = b.codaShared(cfg.Coda, before)
	if next.lending, err = b.lending(cfg, next.shared); err != nil {
		return nil, err
	}
	store, err := b.limitStore(cfg)
	if err != nil {
		return nil, err
	}
	defer func() { b.counting.settle(store, next.site != nil) }()
	counting := limit.New(limits(cfg.Limits, store), b.limits.Load())
	next.door = admit.New(admit.Config{
		Policy: next.policy, ReadOnly: cfg.ReadOnly, Harmless: harmless(), ToolFor: toolFor, Limits: counting,
		Before: b.recordStart, Attempt: b.attemptOf(),
	}, before.door)
	consent, err := b.signingKeys(cfg.StateKeys, "consent")
	pages, wrong := b.signingKeys(cfg.StateKeys, "pages")
	if err = errors.Join(err, wrong); err != nil {
		return nil, err
	}
	if b.memory == nil {
		b.memory = mcptools.NewMemory()
	}
	kept, err := b.keeper(cfg)
	if err != nil {
		return nil, err
	}
	server, err := mcptools.New(mcptools.Config{
		Options: mcphttp.ServerOptions(b.Log),
		Version: b.Version,
		Sets:    cfg.Coda.ToolSets,
		Scopes:  groupScopes(next.policy, cfg),
		Caller: func(ctx context.Context) mcptools.Caller {
			return caller(ctx, next.door, next.lending, next.shared.places, pages)
		},
		StateKeys: consent,
		Memory:    b.memory,
		Changes:   keptChanges{kept},
		Ended:     noteEffect,
		Claim:     claimIn(store),
	})
	if err != nil {
		return nil, err
	}
	settings := siteConfig(cfg, next.policy)
	settings.Token.Keep = append(settings.Token.Keep, next.lending.Claims()...)
	settings.Door, settings.Server, settings.Log = next.door, server, b.Log
	settings.Elsewhere = &b.counting.elsewhere
	if settings.Connect, err = b.connectPage(cfg); err != nil {
		return nil, err
	}
	b.listenTo(&settings)
	record, drop, err := b.auditFor(cfg)
	if err != nil {
		return nil, err
	}
	if next.site, err = site.New(settings, before.site); err != nil {
		drop()
		return nil, err
	}
	record()
	next.shared.budget.SetRates(codaRates(cfg.Coda.Budgets))
	b.building.Lock()
	b.before = next
	b.inForce.Store(cfg)
	b.limits.Store(counting)
	b.building.Unlock()
	b.health.standing(next.lending.Standing(), next.lending.Directories(), cfg.Coda.BaseURL)
	return next.site, nil
}

// listenTo has those hear of calls who tell of them.
func (b *Builder) listenTo(settings *site.Config) {
	settings.Traced = b.tracer != nil
	if b.journal != nil {
		settings.Attempts = b.journal
	}
	settings.Ended = append([]func(*call.Call){b.recordEnd}, b.ended...)
}

// siteConfig translates a configuration; the caller adds the door, the MCP server and the log.
func siteConfig(cfg *config.Config, policy *access.Policy) site.Config {
	tokens := cfg.Token()
	tokens.Keep = policy.Claims()
	return site.Config{
		PublicURL:         site.PublicURL(cfg.PublicURL),
		AllowedHosts:      cfg.AllowedHosts,
		AllowedOrigins:    cfg.AllowedOrigins,
		TrustedProxies:    cfg.TrustedProxies,
		Name:              cfg.Resource.Name,
		Documentation:     cfg.Resource.Documentation,
		MetadataURL:       cfg.Resource.MetadataURL,
		MetadataPath:      cfg.Resource.MetadataPath,
		Scopes:            policy.Supported(),
		InitialScopes:     policy.Initial(),
		DiscoveryRedirect: cfg.DiscoveryRedirect,
		StrictVersions:    cfg.StrictVersions,
		Revoked:           revoked(cfg),
		Bodies:            int64(cfg.File.Runtime.Bodies),
		Token:             tokens,
	}
}

// Around makes a server around tools other than ours, for measuring and for conformance suites. adjust may change
// the site's configuration.
func Around(
	cfg *config.Config, tools *mcp.Server, log zerolog.Logger, adjust func(*site.Config),
) (*gateway.Server, error) {
	policy, err := access.Compile(cfg.Access)
	if err != nil {
		return nil, err
	}
	settings := siteConfig(cfg, policy)
	door := admit.New(admit.Config{Policy: policy, Limits: limit.New(limits(cfg.Limits, nil), nil)}, nil)
	settings.Door, settings.Server, settings.Log = door, tools, log
	adjust(&settings)
	only, err := site.New(settings, nil)
	if err != nil {
		return nil, err
	}
	return Server(cfg, only, log, nil), nil
}
