// Package site is everything that a reload replaces: one configuration in force, immutable from the day it is made.
//
// A request passes, in this order: the panic guard and the record of the call; the Host allow-list (421); the public
// documents; for the MCP endpoint the Origin allow-list (403), preflights, authentication (401), HTTP method, media
// types and body; one reading of the JSON-RPC message; the door; the MCP server. Authentication comes before
// anything that could answer a probing client with something other than a challenge. Nothing that a client reads is
// derived from a request.
//
// [New] takes over from the site before what did not change: the keys of the identity providers and the tokens that
// were verified with them, what was warned about and who was asked for which scopes.
package site

import (
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/admit"
	"github.com/bestviable/coda-gateway/gateway/bearer"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/connect"
	"github.com/bestviable/coda-gateway/gateway/edge"
	"github.com/bestviable/coda-gateway/gateway/mcphttp"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/wellknown"
)

// builtinOrigins are the browser clients that are allowed everywhere.
var builtinOrigins = []string{"https://claude.ai", "https://claude.com"}

// PublicURL is the gateway's public address in its parts.
//
// RFC 8707 §2: "Its value MUST be an absolute URI"
// RFC 8707 §2: "The URI MUST NOT include a fragment component."
// MCP 2026-07-28, basic/transports/streamable-http: "The server MUST provide a single HTTP endpoint path"
type PublicURL struct {
	// Raw is the URL as it was written; published byte for byte.
	Raw string
	// Origin is scheme://host[:port], lower case, without a default port.
	Origin string
	// Host is host[:port], lower case, without a default port.
	Host string
	// Path is the MCP endpoint's path as written: empty, "/" or "/mcp".
	Path string
}

// Config is what a [Site] needs.
type Config struct {
	PublicURL PublicURL
	// AllowedHosts beside PublicURL's and loopback: host or host:port, lower case.
	AllowedHosts []string
	// AllowedOrigins beside the built-in ones: scheme://host[:port].
	AllowedOrigins []string
	// TrustedProxies may name the client's address.
	TrustedProxies []netip.Prefix
	// Name and Documentation tell people what this is; both may be empty.
	Name, Documentation string
	// Scopes are the supported ones; InitialScopes those of the first challenge.
	Scopes, InitialScopes []string
	// MetadataURL is where clients are sent for the metadata, and MetadataPath its path; empty = the place of RFC 9728.
	MetadataURL, MetadataPath string
	// DiscoveryRedirect answers the authorization-server well-known paths with a 307 to the issuer's own document.
	DiscoveryRedirect bool
	// StrictVersions refuses a protocol version that differs between header and body.
	StrictVersions bool
	// Token configures the verification of tokens.
	Token token.Config
	// Revoked refuses tokens that are good otherwise.
	Revoked []Revocation
	// Elsewhere is what other replicas refuse; nil = nothing.
	Elsewhere *Elsewhere
	// Door admits calls.
	Door *admit.Door
	// Server has the tools. It is this site's own: New adds middleware to it. Make it with [mcphttp.ServerOptions].
	Server *mcp.Server
	// Dynamic tells that the server's tools or prompts change while it runs; encoded lists are then not kept.
	Dynamic bool
	// Connect is the page where people bring their own Coda token; nil = there is none. The site fills in what it knows
	// itself: the resource and its provider, the verifier, and who may not.
	Connect *connect.Config
	// Bodies is how many bytes the bodies of requests in flight may hold together; 0 = any number.
	Bodies int64
	// Traced has calls remember what traces are made of.
	Traced bool
	// Attempts names the attempts to connect that calls belong to; nil = nobody keeps them.
	Attempts Attempts
	// Ended are called with every call that has ended, in their order, after the access log.
	Ended []func(*call.Call)
	// Log receives everything; the zero Logger discards.
	Log zerolog.Logger
}

// Attempts knows which attempt to connect a call belongs to, by the short id that people read out.
type Attempts interface {
	// Of is the attempt that a call belongs to, which has not ended yet.
	Of(c *call.Call) string
	// LastFrom is the last attempt from an address; empty where nobody tried.
	LastFrom(client netip.Addr) string
}

// Site serves requests. It is safe for concurrent use.
type Site struct {
	cfg       Config
	log       zerolog.Logger
	keyring   *keyring
	door      *admit.Door
	mcp       *mcphttp.Handler
	challenge *bearer.Challenge
	refusals  map[bearer.Code][]byte
	hosts     *edge.Hosts
	origins   *edge.Origins
	proxies   *edge.Proxies
	wellKnown *wellknown.Handler
	page      *wellknown.Page
	help      *wellknown.Help
	// enrol is the page at /connect; nil = there is none.
	enrol   *connect.Handler
	revoked revocations
	// mcpPath is the endpoint without a trailing slash; empty for the root.
	mcpPath string
	// toldProxies remembers what has been warned about, so that each is said once.
	toldProxies *lru.Cache[string, struct{}]
	// bodies and strangers are shared by all sites.
	bodies    *mcphttp.Bodies
	strangers *strangers
	ended     []func(*call.Call)

	// users counts who needs the site: the server while it is the current one, and each request that began with it.
	users atomic.Int64
}

// maxTold bounds what is remembered of warnings given.
const maxTold = 1024

// New makes a site, which takes over from previous (nil for the first) what did not change. It does no I/O.
func New(cfg Config, previous *Site) (*Site, error) {
	s := &Site{cfg: cfg, log: cfg.Log, door: cfg.Door, refusals: refusals()}
	s.revoked = newRevocations(cfg.Revoked, cfg.Elsewhere)
	s.mcpPath = strings.TrimSuffix(cfg.PublicURL.Path, "/")
	var err error
	cfg.Token.Log = cfg.Log // what becomes of the issuers' keys is the operator's to know
	if s.keyring, err = newKeyring(cfg.Token, previous); err != nil {
		return nil, err
	}
	if err := s.publish(); err != nil {
		return nil, err
	}
	url := cfg.PublicURL
	metadata := cfg.MetadataURL
	if metadata == "" {
		metadata = wellknown.MetadataURL(url.Origin, url.Path)
	}
	s.challenge = bearer.NewChallenge(metadata, s.keyring.Ask(nil, cfg.InitialScopes))
	s.hosts = edge.NewHosts(slices.Concat([]string{url.Host}, cfg.AllowedHosts)...)
	s.origins = edge.NewOrigins(slices.Concat([]string{url.Origin}, builtinOrigins, cfg.AllowedOrigins)...)
	s.proxies = edge.NewProxies(cfg.TrustedProxies)
	if previous != nil {
		s.toldProxies, s.strangers = previous.toldProxies, previous.strangers
	} else if s.toldProxies, err = lru.New[string, struct{}](maxTold); err != nil {
		return nil, err
	}
	if s.strangers == nil {
		s.strangers = newStrangers(cfg.Log)
	}
	s.ended = slices.Concat([]func(*call.Call){accessLog(cfg.Log, s.strangers)}, cfg.Ended)
	switch {
	case cfg.Bodies == 0:
	case previous != nil && previous.bodies != nil:
		s.bodies = previous.bodies
		s.bodies.SetLimit(cfg.Bodies)
	default:
		s.bodies = mcphttp.NewBodies(cfg.Bodies)
	}
	if err := s.newEnrol(previous); err != nil {
		return nil, err
	}
	return s, s.connect()
}

// publish makes what may be read without a token.
func (s *Site) publish() (err error) {
	issuers := s.keyring.AuthorizationServers()
	documents := wellknown.Config{
		Resource: s.cfg.PublicURL.Raw, Origin: s.cfg.PublicURL.Origin, Path: s.cfg.PublicURL.Path,
		Issuers: issuers, Scopes: s.keyring.Ask(nil, s.cfg.Scopes),
		MetadataURL: s.cfg.MetadataURL, MetadataPath: s.cfg.MetadataPath,
		Name: s.cfg.Name, Documentation: s.cfg.Documentation,
		Redirect: s.cfg.DiscoveryRedirect && len(issuers) > 0, IssuerDocument: s.keyring.Document,
	}
	if s.wellKnown, err = wellknown.New(documents); err != nil {
		return err
	}
	if s.cfg.Connect != nil {
		documents.Connect = s.cfg.PublicURL.Origin + connect.Path(s.cfg.PublicURL.Path)
	}
	s.help = wellknown.NewHelp(documents)
	s.page, err = wellknown.NewPage(documents)
	return err
}

// connect puts the door and the record of calls in front of the MCP server.
func (s *Site) connect() (err error) {
	s.mcp, err = mcphttp.New(mcphttp.Config{
		Server: s.cfg.Server, Strict: s.cfg.StrictVersions, Dynamic: s.cfg.Dynamic, Bodies: s.bodies, Log: s.log,
	})
	if err != nil {
		return err
	}
	s.cfg.Server.AddReceivingMiddleware(s.mcp.Middleware, s.door.Middleware)
	return nil
}

// PublicURL is the address that people type into their clients.
func (s *Site) PublicURL() string { return s.cfg.PublicURL.Raw }

// Issuers tells how things stand with each identity provider.
func (s *Site) Issuers() []token.IssuerStatus { return s.keyring.Status() }

// CacheUsage tells how the cache of verified tokens does.
func (s *Site) CacheUsage() token.CacheUsage { return s.keyring.CacheUsage() }

// Flush tells what has been summed up of the log. The server calls it at its end.
func (s *Site) Flush() { s.strangers.flush() }

// Ready tells whether people can sign in, see [token.Verifier.Ready].
func (s *Site) Ready() bool { return s.keyring.Ready() }
