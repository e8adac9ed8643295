package journal

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
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
	// Registration is its registration endpoint; empty = it has none.
	Registration string
	// Documents: it takes metadata documents as client ids; None: clients without a secret, too.
	Documents, None bool
	S256, Offline   bool
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
		out = append(out, "it does not list offline_access, so that Claude gets no refresh token")
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
		return "it takes client metadata documents, but no clients without a secret, so that Claude does not use that"
	}
	return "it offers no registration and no client metadata documents, so that people must type a client id"
}

// blame is the first thing of a provider that stops a client by itself, and what to do; empty = nothing is known.
func (p *Provider) blame(a *attempt) (why, cure string) {
	switch {
	case !p.Read && p.Trouble != "":
		return "this gateway cannot read the provider's metadata either (" + p.Trouble + ")",
			"make " + p.URL + " answer: 'coda-gateway check --online' says what is wrong with it"
	case a.hosted() && isPrivate(p.URL):
		return p.URL + " is not reachable from the maker of the client, which connects from its own network",
			"give the provider a public https address, or use a client that runs on people's machines"
	case !p.Read:
		return "", ""
	case !p.S256 && a.family.profile != "vscode":
		return "the provider does not list S256, and the client stops before it opens the sign-in page",
			"have " + p.title() + " list code_challenge_methods_supported: [S256]"
	case p.Registration == "" && !(p.Documents && p.None):
		return "the provider has no way for clients to register themselves, and nobody typed in a client id",
			"register the client at " + p.title() + " by hand and give people its id, or switch registration on there"
	}
	return "", ""
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
