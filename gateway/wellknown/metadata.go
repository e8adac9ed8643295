// Package wellknown serves what may be read without a token: the protected-resource metadata (RFC 9728), plain answers
// for the other well-known documents that clients ask for, and a page for people.
//
// Every URL in it comes from the configuration. Nothing is taken from the request: a proxy that hides the scheme or the
// host must never show in what a client reads.
package wellknown

import (
	"encoding/json"
	"net/http"
	"strings"
)

// Prefix is where well-known documents live (RFC 8615).
const Prefix = "/.well-known/"

const (
	resourcePath = Prefix + "oauth-protected-resource"
	asPath       = Prefix + "oauth-authorization-server"
	oidcPath     = Prefix + "openid-configuration"
)

// Config is what the documents tell.
type Config struct {
	// Resource is the public URL, byte for byte: the resource identifier.
	Resource string
	// Origin and Path are the public URL's parts; Path may be empty.
	Origin, Path string
	// Issuers are the authorization servers, the preferred one first.
	Issuers []string
	// Scopes are the supported ones.
	Scopes []string
	// Name and Documentation are for people; both may be empty.
	Name, Documentation string
	// MetadataURL is where the metadata is served beside the place of RFC 9728, and MetadataPath its path; empty =
	// nowhere.
	MetadataURL, MetadataPath string
	// Redirect answers the authorization-server documents with a 307 to the first issuer's own, for clients of the MCP
	// revision 2025-03-26, which look for them here. Without it they are 404.
	Redirect bool
	// Connect is the URL where people bring their own Coda token; empty = nowhere.
	Connect string
	// IssuerDocument returns the URL of the first issuer's discovery document.
	IssuerDocument func() string
}

// metadata is the document of RFC 9728 §2.
//
// RFC 9728 §2: "REQUIRED. The protected resource's resource identifier, as defined in Section 1.2."
// RFC 9728 §2: "RECOMMENDED. JSON array containing a list of scope values"
// RFC 9728 §2: "It is RECOMMENDED that protected resource metadata include this field."
// RFC 9728 §3.2: "Parameters with zero values MUST be omitted from the response."
// MCP 2026-07-28, basic/authorization/authorization-server-discovery: "The Protected Resource Metadata document
// returned by the MCP server MUST include the authorization_servers field containing at least one authorization
// server."
type metadata struct {
	Resource               string   `json:"resource"`
	AuthorizationServers   []string `json:"authorization_servers,omitempty"`
	ScopesSupported        []string `json:"scopes_supported,omitempty"`
	BearerMethodsSupported []string `json:"bearer_methods_supported"`
	ResourceName           string   `json:"resource_name,omitempty"`
	ResourceDocumentation  string   `json:"resource_documentation,omitempty"`
}

// Handler serves the well-known documents.
type Handler struct {
	cfg      Config
	document []byte
}

// New encodes the documents once.
func New(cfg Config) (*Handler, error) {
	doc, err := json.Marshal(metadata{
		Resource:               cfg.Resource,
		AuthorizationServers:   cfg.Issuers,
		ScopesSupported:        cfg.Scopes,
		BearerMethodsSupported: []string{"header"},
		ResourceName:           cfg.Name,
		ResourceDocumentation:  cfg.Documentation,
	})
	return &Handler{cfg: cfg, document: append(doc, '\n')}, err
}

// MetadataURL is the absolute URL of the protected-resource metadata of a public URL, in the form that keeps the
// resource's path (RFC 9728 §3.1).
//
// RFC 9728 §3: "available at a URL formed by inserting a well-known URI string into the protected resource's
// resource identifier between the host component and the path and/or query components, if any."
// RFC 9728 §3.1: "any terminating slash (/) following the host component MUST be removed before inserting
// /.well-known/"
func MetadataURL(origin, path string) string {
	return origin + resourcePath + strings.TrimSuffix(path, "/")
}

// metadataURL is where readers are sent.
func (c *Config) metadataURL() string {
	if c.MetadataURL != "" {
		return c.MetadataURL
	}
	return MetadataURL(c.Origin, c.Path)
}

// ServeHTTP answers every path below /.well-known/.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case r.Method == http.MethodOptions:
		answerPreflight(w)
	case h.IsMetadata(path):
		h.serveMetadata(w, r)
	case h.cfg.Redirect && IsAuthorizationServer(path) && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		allowAnyOrigin(w.Header())
		w.Header().Set("Location", h.cfg.IssuerDocument())
		w.WriteHeader(http.StatusTemporaryRedirect)
	default:
		NotFound(w, "there is no such document here; the authorization server is named in "+h.cfg.metadataURL())
	}
}

// IsMetadata tells whether the metadata is at a path: at the root form, the one with the resource's path (with or
// without a trailing slash), and where the configuration puts it.
func (h *Handler) IsMetadata(path string) bool {
	if h.cfg.MetadataPath != "" && strings.TrimSuffix(path, "/") == strings.TrimSuffix(h.cfg.MetadataPath, "/") {
		return true
	}
	rest, ok := strings.CutPrefix(path, resourcePath)
	if !ok {
		return false
	}
	rest = strings.TrimSuffix(rest, "/")
	return rest == "" || rest == strings.TrimSuffix(h.cfg.Path, "/")
}

// IsAuthorizationServer says whether a path is that of an authorization server's document, alone or followed by a path.
// Clients of early revisions look for it here.
func IsAuthorizationServer(path string) bool {
	for _, known := range []string{asPath, oidcPath} {
		if path == known || strings.HasPrefix(path, known+"/") {
			return true
		}
	}
	return false
}

// RFC 9728 §3.1: "A protected resource metadata document MUST be queried using an HTTP GET request at the previously
// specified URL."
// RFC 9728 §3.2: "A successful response MUST use the 200 OK HTTP status code and return a JSON object using the
// application/json content type"
// RFC 9728 §3.3: "The resource value returned MUST be identical to the protected resource's resource identifier
// value into which the well-known URI path suffix was inserted"
// MCP 2026-07-28, basic/authorization/authorization-server-discovery: "MCP servers MUST implement the OAuth 2.0
// Protected Resource Metadata (RFC9728) specification to indicate the locations of authorization servers."
func (h *Handler) serveMetadata(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	allowAnyOrigin(header)
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		header.Set("Cache-Control", "max-age=300")
		writeJSON(w, r, http.StatusOK, h.document)
	default:
		header.Set("Allow", "GET, HEAD, OPTIONS")
		Error(w, http.StatusMethodNotAllowed, "method_not_allowed", "read this document with GET")
	}
}

// answerPreflight lets pages ask for every document, also for those that are not here: where a preflight fails, a page
// sees a broken connection instead of the 404 that tells it to look elsewhere. Clients put their protocol version on
// these requests, and browsers then ask first.
func answerPreflight(w http.ResponseWriter) {
	header := w.Header()
	allowAnyOrigin(header)
	header.Set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
	header.Set("Access-Control-Allow-Headers", "Mcp-Protocol-Version, Content-Type, Accept, Authorization")
	header.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

// allowAnyOrigin lets any page read a public document, without credentials (RFC 9728 §3.1 foresees browser clients).
func allowAnyOrigin(h http.Header) { h.Set("Access-Control-Allow-Origin", "*") }
