// Package gateway is the resource server: it puts an MCP server behind an address that only people with a valid
// token of a configured identity provider can use, each for what the access rules allow them.
//
// A request passes, in this order: the panic guard and the access log; the Host allow-list (421); the public
// documents; for the MCP endpoint the Origin allow-list (403), preflights, authentication (401), HTTP method, media
// types and body; one reading of the JSON-RPC envelope; the access rules; the MCP server. Authentication comes
// before anything that could answer a probing client with something other than a challenge. Nothing that a client
// reads is derived from a request.
package gateway

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/bearer"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/edge"
	"github.com/bestviable/coda-gateway/gateway/listener"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/wellknown"
)

// builtinOrigins are the browser clients that are allowed everywhere.
var builtinOrigins = []string{"https://claude.ai", "https://claude.com"}

// Config is what a [Gateway] needs.
type Config struct {
	// Settings is the parsed configuration file, with the catalogue of Server's tools in Settings.Access.Tools.
	Settings *config.Config
	// Server has the tools. It is shared by all requests; make it with [ServerOptions]. New adds middleware to it.
	Server *mcp.Server
	// Log receives everything; the zero Logger discards.
	Log zerolog.Logger
	// Dynamic tells that the server's tools or prompts change while it runs; encoded lists are then not kept.
	Dynamic bool
	// ResourceTool names the tool under whose rule reading a resource falls, so that a missing scope can be asked for;
	// empty for none. Whether the person may read it at all is the Server's to decide, which has no rule for resources
	// otherwise.
	ResourceTool func(uri string) string
	// TokenCache bounds the verified-token cache, see [token.Config.CacheSize].
	TokenCache int
	// HTTP reaches the identity providers; nil = the default of the token package.
	HTTP http.RoundTripper
}

// Gateway serves one MCP server to authorized people. It is the handler of the public side, for tests and for
// serving it some other way than [Gateway.Run]; keys are then fetched when first needed.
type Gateway struct {
	cfg       *config.Config
	log       zerolog.Logger
	verifier  *token.Verifier
	policy    *access.Policy
	challenge *bearer.Challenge
	refusals  map[bearer.Code][]byte
	hosts     *edge.Hosts
	origins   *edge.Origins
	proxies   *edge.Proxies
	wellKnown *wellknown.Handler
	page      *wellknown.Page
	// resourceTool is Config.ResourceTool.
	resourceTool func(uri string) string
	// json answers a call in one document; stream answers with events, for calls that asked for progress.
	json, stream http.Handler
	direct       *direct
	// introspects says whether the provider may have to be asked about a token, which strangers must not do at will.
	introspects bool
	// mcpPath is the endpoint without a trailing slash; empty for the root.
	mcpPath string
	// toldVersions and toldProxies remember what has been warned about, so that each is said once.
	toldVersions, toldProxies *lru.Cache[string, struct{}]
	draining                  atomic.Bool

	public, admin *listener.Server
	// logCall writes the line of a call that has ended.
	logCall func(*call.Call)
}

// maxTold bounds what is remembered of warnings given.
const maxTold = 1024

// New makes a gateway. It does no I/O.
func New(cfg Config) (*Gateway, error) {
	s := cfg.Settings
	policy, err := access.Compile(s.Access)
	if err != nil {
		return nil, err
	}
	tokens := s.Token()
	tokens.Log = cfg.Log
	tokens.HTTP = cfg.HTTP
	tokens.CacheSize = cfg.TokenCache
	verifier, err := token.New(tokens)
	if err != nil {
		return nil, err
	}
	issuers := make([]string, len(s.Issuers))
	for i, issuer := range s.Issuers {
		issuers[i] = issuer.URL
	}
	documents := wellknown.Config{
		Resource: s.PublicURL.Raw, Origin: s.PublicURL.Origin, Path: s.PublicURL.Path,
		Issuers: issuers, Scopes: policy.Supported(),
		Name: s.Resource.Name, Documentation: s.Resource.Documentation,
		Redirect: s.DiscoveryRedirect, IssuerDocument: func() string { return issuerDocument(verifier, issuers[0]) },
	}
	wellKnown, err := wellknown.New(documents)
	if err != nil {
		return nil, err
	}
	page, err := wellknown.NewPage(documents)
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		cfg: s, log: cfg.Log, verifier: verifier, policy: policy,
		challenge: bearer.NewChallenge(wellknown.MetadataURL(s.PublicURL.Origin, s.PublicURL.Path), policy.Initial()),
		refusals:  refusals(),
		hosts:     edge.NewHosts(append([]string{s.PublicURL.Host}, s.AllowedHosts...)...),
		origins:   edge.NewOrigins(append(append([]string{s.PublicURL.Origin}, builtinOrigins...), s.AllowedOrigins...)...),
		proxies:   edge.NewProxies(s.TrustedProxies),
		wellKnown: wellKnown, page: page,
		resourceTool: cfg.ResourceTool,
		logCall:      accessLog(cfg.Log),
		introspects:  slices.ContainsFunc(s.Issuers, func(i token.Issuer) bool { return i.Introspection != nil }),
		mcpPath:      strings.TrimSuffix(s.PublicURL.Path, "/"),
	}
	if g.toldVersions, err = lru.New[string, struct{}](maxTold); err != nil {
		return nil, err
	}
	if g.toldProxies, err = lru.New[string, struct{}](maxTold); err != nil {
		return nil, err
	}
	if g.direct, err = newDirect(cfg.Server, cfg.Dynamic); err != nil {
		return nil, err
	}
	cfg.Server.AddReceivingMiddleware(g.guardMethods)
	cfg.Server.AddSendingMiddleware(dropUndeliverable)
	g.json, g.stream = handlers(cfg.Server, cfg.Log)
	return g, nil
}

// issuerDocument is where the issuer's discovery document was found, or, before that, where OpenID Connect puts it.
func issuerDocument(verifier *token.Verifier, issuer string) string {
	for _, status := range verifier.Status() {
		if status.URL == issuer && status.Document != "" {
			return status.Document
		}
	}
	return strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
}

// Listen opens the sockets, so that a taken port is an error before anything runs. [Gateway.Run] does it where it
// was not done.
func (g *Gateway) Listen(ctx context.Context) (err error) {
	if g.public != nil {
		return nil
	}
	public := listener.Config{Address: g.cfg.Listen, Handler: g, Log: g.log}
	if g.cfg.TLS != nil {
		public.Cert, public.Key = g.cfg.TLS.Cert, g.cfg.TLS.Key
	}
	if g.public, err = listener.Listen(ctx, public); err != nil {
		return err
	}
	if g.cfg.AdminListen == "" {
		return nil
	}
	g.admin, err = listener.Listen(ctx, listener.Config{Address: g.cfg.AdminListen, Handler: g.adminHandler(), Log: g.log})
	if err != nil {
		g.public.Close()
		g.public = nil
	}
	return err
}

// Addr is where the public listener listens; nil before [Gateway.Listen].
func (g *Gateway) Addr() net.Addr { return addr(g.public) }

// AdminAddr is where the admin listener listens; nil where there is none.
func (g *Gateway) AdminAddr() net.Addr { return addr(g.admin) }

func addr(s *listener.Server) net.Addr {
	if s == nil {
		return nil
	}
	return s.Addr()
}

// Run serves until ctx ends, then drains: readiness turns, the calls that run may end within the grace period, the
// sockets close. It returns nil after a drain in which every call ended.
func (g *Gateway) Run(ctx context.Context) error {
	if err := g.Listen(ctx); err != nil {
		return err
	}
	started := g.log.Info().Str("public_url", g.cfg.PublicURL.Raw).Stringer("listen", g.Addr())
	if g.admin != nil {
		started = started.Stringer("admin", g.AdminAddr())
	}
	started.Msg("serving")

	group, failed := errgroup.WithContext(ctx)
	// The keys are kept fresh until the last call has ended.
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	group.Go(func() error { return g.verifier.Run(background) })
	group.Go(g.public.Serve)
	if g.admin != nil {
		group.Go(g.admin.Serve)
	}
	group.Go(func() error {
		<-failed.Done()
		defer stop()
		return g.drain()
	})
	return group.Wait()
}

func (g *Gateway) drain() error {
	g.draining.Store(true)
	g.log.Info().Dur("grace_ms", g.cfg.ShutdownGrace).Msg("draining: no new connections, running calls may end")
	ctx, cancel := context.WithTimeout(context.Background(), g.cfg.ShutdownGrace)
	defer cancel()
	g.linger(ctx)
	err := g.public.Shutdown(ctx)
	if g.admin != nil {
		// The admin listener ends last, so that readiness can be read while calls end; nothing there is worth waiting for.
		g.admin.Shutdown(ctx)
	}
	if err != nil {
		g.log.Warn().Err(err).Msg("stopped")
		return nil
	}
	g.log.Info().Msg("stopped")
	return nil
}

// lingerFor is how long a draining gateway goes on accepting. Each answer closes its connection meanwhile, so that a
// proxy stops using the ones it keeps; closing them at once would break the calls that are just on their way.
const lingerFor = 500 * time.Millisecond

// linger waits until nobody is connected, for lingerFor and half of the grace period at most.
func (g *Gateway) linger(ctx context.Context) {
	end := time.NewTimer(min(lingerFor, g.cfg.ShutdownGrace/2))
	defer end.Stop()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for g.public.Connections() > 0 {
		select {
		case <-look.C:
		case <-end.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// errAborted ends a request whose peer went away.
var errAborted = errors.New("the client went away")
