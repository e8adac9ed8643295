// Package config reads gateway.yaml: one strict file, validated whole, with every problem reported at once and at its
// place. A parsed [Config] is a valid config.
package config

import (
	"net/netip"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// Config is the whole file with defaults applied, presets merged and secrets resolved.
type Config struct {
	// File holds every key by itself. The fields below are what had to be resolved, merged or put together; where they
	// have a name of the file, they stand for it.
	File
	// PublicURL is what a person types into a client, path included; published byte for byte.
	PublicURL PublicURL
	// Listen is host:port or unix:/path.
	Listen string
	// TLS holds certificate files; nil where a proxy stands in front.
	TLS *TLS
	// AdminListen is the loopback listener of /healthz and /readyz; empty = none.
	AdminListen string
	// TrustedProxies may name the client's address.
	TrustedProxies []netip.Prefix
	// AllowedHosts beside PublicURL's and loopback: host or host:port, lower case.
	AllowedHosts []string
	// AllowedOrigins beside the built-in ones: scheme://host[:port].
	AllowedOrigins []string
	// ShutdownGrace bounds the drain after SIGTERM.
	ShutdownGrace time.Duration
	Runtime       Runtime
	Log           Log
	Resource      Resource
	// DiscoveryRedirect answers the authorization-server well-known paths with a 307 to the issuer's own document.
	DiscoveryRedirect bool
	// StrictVersions refuses a protocol version that differs between header and body.
	StrictVersions bool
	Issuers        []token.Issuer
	// Access is the policy's source; its Tools are the catalogue given to [Load].
	Access access.Config
	Coda   Coda
	Limits Limits
	// StateKeys are the keys of File.State, the current one first.
	StateKeys []Secret

	// text is the file itself, and written the keys that it names, see [Lost].
	text    []byte
	written map[string]place
}

// PublicURL is the gateway's public address in its parts.
type PublicURL struct {
	// Raw is the URL as it was written.
	Raw string
	// Origin is scheme://host[:port], lower case, without a default port.
	Origin string
	// Host is host[:port], lower case, without a default port.
	Host string
	// Path is the MCP endpoint's path as written: empty, "/" or "/mcp".
	Path string
}

// TLS names a certificate and its key, PEM files that are read again when they change.
type TLS struct{ Cert, Key string }

// Runtime says how the process uses memory, see [runtime/debug.SetGCPercent] and [runtime/debug.SetMemoryLimit].
type Runtime struct {
	GCPercent int
	// MemoryLimit is in bytes.
	MemoryLimit int64
}

// Log says how much is logged and in what form.
type Log struct {
	Level zerolog.Level
	// Format is auto, json or console.
	Format string
}

// Resource is what the protected-resource metadata tells people.
type Resource struct {
	Name          string
	Documentation string
	// MetadataURL is where clients are sent for the metadata; empty = the place of RFC 9728. MetadataPath is its path.
	MetadataURL, MetadataPath string
}

// Coda is the upstream.
type Coda struct {
	BaseURL string
	// Token is for everybody whom no entry of Credentials is for; empty = nobody.
	Token Secret
	// Credentials are in their order: the first one that is for somebody decides.
	Credentials []Credential
	Enrollment  Enrollment
	// ToolSets are the names of the optional tool sets that are switched on, sorted.
	ToolSets []string
	Budgets  Budgets
}

// Budgets are the request rates toward Coda, per Coda account.
type Budgets struct {
	Read, Write, Content, ListDocs, Analytics Rate
}

// Rate is a number of requests per a length of time, written 100/6s.
type Rate struct {
	Requests int
	Per      time.Duration
}
