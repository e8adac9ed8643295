package journal

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/provider"
)

// Knowledge is what the gateway knows itself of what clients meet: its configuration, and what the identity providers
// say of themselves.
type Knowledge struct {
	// PublicURL is what people type, Path its path.
	PublicURL, Path string
	// Scopes are those of the first challenge.
	Scopes []string
	// Strict: a revision that differs between header and body is refused.
	Strict bool
	// Providers are those where people sign in, the one that clients are sent to first.
	Providers []Provider
}

// Provider is an identity provider, as far as its document was read.
type Provider struct {
	// URL is where clients are sent.
	URL string
	// Preset is its name in the configuration.
	Preset string
	// Read: the document was read. Trouble says why it or the keys were not, the last time.
	Read    bool
	Trouble string
	// Authorization, Token and Registration are its endpoints; empty = it has none.
	Authorization, Token, Registration string
	// Grants are those that it lists; nil = it does not say.
	Grants []string
	// Documents: it takes metadata documents as client ids; None: clients without a secret, too.
	Documents, None bool
	S256, Offline   bool
	// Demands are what it wants of every client, and no MCP client does.
	Demands []string
	// Lists: it lists scopes; Unlisted are those of the challenge that it does not list.
	Unlisted []string
}

// main is the provider that clients are sent to; nil = none.
func (k *Knowledge) main() *Provider {
	if len(k.Providers) == 0 {
		return nil
	}
	return &k.Providers[0]
}

// title is what people call the provider.
func (p *Provider) title() string {
	if known, err := provider.Find(p.Preset); err == nil && p.Preset != "" && p.Preset != "generic" {
		return known.Title
	}
	return "the identity provider"
}

// facts are what is known of the provider, in sentences without an end.
func (p *Provider) facts() []string {
	if !p.Read {
		out := "its metadata has not been read by this gateway"
		if p.Trouble != "" {
			out += ": " + p.Trouble
		}
		return []string{out}
	}
	out := []string{p.registers()}
	if p.S256 {
		out = append(out, "it lists PKCE with S256")
	} else {
		out = append(out, "it does not list PKCE with S256, without which Claude, ChatGPT and Cursor stop before the sign-in")
	}
	if !p.Offline {
		out = append(out, "it does not list offline_access, so Claude gets no refresh token")
	}
	if len(p.Unlisted) > 0 {
		out = append(out, "it does not list "+strings.Join(p.Unlisted, " ")+", which clients are told to ask for")
	}
	if p.Trouble != "" {
		out = append(out, "the last time this gateway fetched its keys that failed: "+p.Trouble)
	}
	return out
}

// registers says how clients become known there.
func (p *Provider) registers() string {
	var ways []string
	if p.Registration != "" {
		ways = append(ways, "registration at "+p.Registration)
	}
	if p.Documents && p.None {
		ways = append(ways, "client metadata documents")
	}
	switch {
	case len(ways) > 0:
		return "it offers " + strings.Join(ways, " and ")
	case p.Documents:
		return "it accepts client metadata documents, but no clients without a secret, so Claude does not use them"
	}
	return "it offers no registration and no client metadata documents, so people must type in a client id"
}

// blame is the first thing of a provider that stops a client by itself, and what to do; empty = nothing is known.
func (p *Provider) blame(a *attempt) (why, cure string) {
	switch {
	case !p.Read && p.Trouble != "":
		return "this gateway cannot read the provider's metadata either (" + p.Trouble + ")",
			"make " + p.URL + " answer: 'coda-gateway check --online' says what is wrong with it"
	case a.hosted() && isPrivate(p.URL):
		return p.URL + " cannot be reached by the client, which connects from its maker's network",
			"give the provider a public https address, or use a client that runs on people's machines"
	case !p.Read:
		return "", ""
	}
	if why, cure = p.blameEndpoints(); why != "" {
		return why, cure
	}
	switch {
	case p.Grants != nil && !slices.Contains(p.Grants, "authorization_code"):
		return "the authorization code flow is off at the provider (it lists " + strings.Join(p.Grants, " ") + ")",
			"switch it on at " + p.title()
	case len(p.Demands) > 0:
		return "the provider wants " + strings.Join(p.Demands, "; ") + ", which no MCP client does",
			"let " + p.title() + " take the plain code flow with PKCE from these clients"
	case !p.S256 && a.family.profile != "vscode":
		return "the provider does not list S256, and the client stops before it opens the sign-in page",
			"have " + p.title() + " list code_challenge_methods_supported: [S256]"
	case p.Registration == "" && p.Documents && !p.None:
		return "the provider accepts client metadata documents, but no clients without a secret (none is not in " +
				"token_endpoint_auth_methods_supported), so Claude does not use its document",
			"allow public clients at " + p.title() + ", or register the client there by hand and give people its id"
	case p.Registration == "" && !p.Documents:
		return "the provider has no way for clients to register themselves, and nobody typed in a client id",
			"register the client at " + p.title() + " by hand and give people its id, or switch registration on there"
	case len(p.Unlisted) > 0:
		return "the provider refuses the scopes that clients are told to ask for and that it does not list: " +
				strings.Join(p.Unlisted, " "),
			"make them at " + p.title() + ", or remove them from scopes.supported"
	}
	return "", ""
}

// blameEndpoints says what is wrong with the addresses to which a provider's metadata sends clients.
func (p *Provider) blameEndpoints() (why, cure string) {
	if p.Authorization == "" || p.Token == "" {
		return "the provider's metadata names no authorization_endpoint or no token_endpoint: nobody can sign in there",
			"send clients to a provider where people can (issuers[].sign_in)"
	}
	for _, at := range []string{p.Authorization, p.Token, p.Registration} {
		u, err := url.Parse(at)
		switch {
		case at == "":
		case err != nil || u.Host == "":
			return "the provider names " + at + " as an endpoint, which is no URL", "set its public hostname"
		case u.Scheme == "http" && strings.HasPrefix(p.URL, "https:"):
			return "the provider names " + at + ", but clients accept only https",
				"set the provider's public hostname (Keycloak: hostname), and have it trust its proxy's headers (Keycloak: " +
					"proxy-headers=xforwarded)"
		case isInside(u.Hostname()) && !strings.HasPrefix(p.URL, u.Scheme+"://"+u.Host):
			return "the provider names " + at + ", a host of its own network",
				"set the provider's public hostname (Keycloak: hostname)"
		}
	}
	return "", ""
}

// isInside tells of a host that only a network knows from within.
func isInside(host string) bool {
	addr, err := netip.ParseAddr(host)
	if err == nil {
		return addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast()
	}
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".local") || strings.HasSuffix(host, ".internal") ||
		strings.HasSuffix(host, ".svc")
}

// isPrivate says whether an address is plainly none of the internet's.
func isPrivate(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return u.Scheme != "https" || u.Hostname() == "localhost" ||
		err == nil && (addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast())
}

// advise is what to do about a refused token at the provider that it most likely is of. What it had, the detail quotes.
func (k *Knowledge) advise(reason, detail string) string {
	p := k.main()
	if p == nil {
		return ""
	}
	claims := map[string]any{}
	if strings.HasPrefix(detail, "the ") && !strings.HasPrefix(detail, "the claims") {
		claims = nil // it is about the token as a whole: nothing was read in it
	}
	for _, name := range []string{"aud", "iss"} {
		said, ok := strings.CutPrefix(detail, name+" is ")
		if !ok {
			continue
		}
		said, _, _ = strings.Cut(said, "; ")
		var values []any
		for _, m := range quoted.FindAllStringSubmatch(said, 8) {
			values = append(values, m[1])
		}
		switch {
		case len(values) > 0 && name == "iss":
			claims[name] = values[0]
		case len(values) > 0:
			claims[name] = values
		}
	}
	return provider.Advise(p.Preset, provider.Case{Reason: reason, Claims: claims, PublicURL: k.PublicURL, Issuer: p.URL})
}

var quoted = regexp.MustCompile(`"([^"\\]+)"`)

// doctor is the command that looks from outside.
func (k *Knowledge) doctor(f family) string {
	client := ""
	if f.profile != "" {
		client = " --client " + f.profile
	}
	return fmt.Sprintf("coda-gateway doctor%s %s", client, k.PublicURL)
}
