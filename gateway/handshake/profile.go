package handshake

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// DoctorHeader is what the doctor sends with each request, so that a gateway does not take it for the client that it
// plays.
const DoctorHeader = "Coda-Gateway-Doctor"

// Way is how a client becomes known to an authorization server.
type Way string

// The ways.
const (
	// Document is a client ID metadata document: the client's id is a URL that the authorization server reads.
	Document Way = "metadata document"
	// Dynamic is dynamic registration (RFC 7591).
	Dynamic Way = "dynamic registration"
	// Typed is an id that somebody registered by hand and a person types in.
	Typed Way = "typed id"
)

// Profile is a client, as far as connecting goes.
type Profile struct {
	// ID is what --client takes, Name what people say.
	ID, Name string
	// Hosted: it connects from its maker's network, over IPv4, to public addresses only.
	Hosted bool
	// Egress says where it connects from, for firewalls; empty = from people's machines.
	Egress string
	// Agents are the user agents that it sends: of discovery and OAuth, and of MCP requests. A pointer to nothing, an
	// empty string, is a request without one.
	Agents Agents
	// Redirects are its redirect URIs, with {port} for a port that varies.
	Redirects []string
	// MetadataDocument is its client id where the server takes metadata documents; empty = it has none.
	MetadataDocument string
	// Ways are those that it tries to become a client, in order.
	Ways []Way
	// Registration is what it sends to register itself.
	Registration RegistrationBody
	Needs        Needs
	// Bugs are its own that show while connecting.
	Bugs []Bug
}

// Agents are a client's user agents.
type Agents struct {
	// Discovery is that of metadata, registration and token requests, MCP that of the others.
	Discovery, MCP string
	// Prefixes are what its user agents begin with, in lower case, whatever the version.
	Prefixes []string
}

// Needs are what a client does not do without.
type Needs struct {
	// HTTPS: the URL must be https, wherever it leads.
	HTTPS bool
	// S256: code_challenge_methods_supported must list it.
	S256 bool
	// ExactResource: the metadata's resource must be the URL that was typed, byte for byte.
	ExactResource bool
	// ExactBearer: the challenge's scheme must be spelled Bearer.
	ExactBearer bool
	// CORS: it asks from a web page.
	CORS bool
	// Offline: it asks for refresh tokens only where the provider lists offline_access.
	Offline bool
	// IssuerInAnswer: it has one redirect URI for all connectors only where the answer names the issuer (RFC 9207).
	IssuerInAnswer bool
	// FollowsRedirects: it goes where a redirect of its POST leads.
	FollowsRedirects bool
	// ScopeInRegistration: it registers for the scopes of the first challenge, and can have no others later.
	ScopeInRegistration bool
}

// Bug is a mistake of a client's, by its number at its maker's.
type Bug struct {
	Ref  string `json:"ref"`
	Step Step   `json:"step"`
	Text string `json:"text"`
}

// RegistrationBody is what a client sends to a registration endpoint (RFC 7591 §2).
type RegistrationBody struct {
	ClientName      string   `json:"client_name"`
	RedirectURIs    []string `json:"redirect_uris"`
	AuthMethod      string   `json:"token_endpoint_auth_method"`
	GrantTypes      []string `json:"grant_types"`
	ResponseTypes   []string `json:"response_types"`
	ApplicationType string   `json:"application_type,omitempty"`
	ClientURI       string   `json:"client_uri,omitempty"`
	Scope           string   `json:"scope,omitempty"`
}

// Register is the body that the client sends, with a port where one varies, and the scopes where it names them.
func (p Profile) Register(port int, scopes []string) RegistrationBody {
	r := p.Registration
	r.RedirectURIs = p.RedirectURIs(port)
	if p.ID == "claude" {
		r.RedirectURIs = r.RedirectURIs[:1] // the second is for the day when Claude moves
	}
	if p.Needs.ScopeInRegistration {
		r.Scope = strings.Join(scopes, " ")
	}
	return r
}

// RedirectURIs are the client's, with a port where one varies.
func (p Profile) RedirectURIs(port int) []string {
	out := make([]string, len(p.Redirects))
	for i, r := range p.Redirects {
		out[i] = strings.ReplaceAll(r, "{port}", strconv.Itoa(port))
	}
	return out
}

// ProfileOf is the profile with an id or a name; the case does not matter.
func ProfileOf(name string) (Profile, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, p := range Profiles() {
		if p.ID == name || strings.ToLower(p.Name) == name || slices.Contains(aliases[p.ID], name) {
			return p, true
		}
	}
	return Profile{}, false
}

// aliases are what people type as well.
var aliases = map[string][]string{
	"claude":         {"claude.ai", "claude-ai", "claude-desktop", "hosted-claude"},
	"claude-code":    {"claudecode", "cc"},
	"chatgpt":        {"openai", "chat-gpt"},
	"vscode":         {"code", "vs-code", "copilot"},
	"inspector":      {"mcp-inspector"},
	"typescript-sdk": {"typescript", "node"},
	"python-sdk":     {"python", "fastmcp"},
}

// Names are the clients' names for ids, in the order of the profiles.
func Names(ids []string) []string {
	var out []string
	for _, p := range Profiles() {
		if slices.Contains(ids, p.ID) {
			out = append(out, p.Name)
		}
	}
	return out
}

// Recognise tells which client sent a user agent. python-httpx is hosted Claude's where it comes from Anthropic's
// network and Python's SDK's elsewhere: nothing but the address tells them apart, and Claude is the usual guest. What
// it returns is shared, since strangers have it asked at every request: nobody changes it.
func Recognise(userAgent string) (Profile, bool) {
	agent := strings.ToLower(strings.TrimSpace(userAgent))
	if agent == "" {
		return Profile{}, false
	}
	profiles := recognised()
	for i := range profiles {
		for _, prefix := range profiles[i].Agents.Prefixes {
			if strings.HasPrefix(agent, prefix) {
				return profiles[i], true
			}
		}
	}
	return Profile{}, false
}

// recognised are the profiles, made once.
var recognised = sync.OnceValue(Profiles)
