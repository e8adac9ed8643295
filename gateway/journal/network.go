package journal

import (
	"net/netip"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// anthropic is where hosted Claude comes from: all people that use it, from a dozen addresses each.
var anthropic = netip.MustParsePrefix("160.79.104.0/21")

// networkOf is what an address is told apart by, and whether people share it who have nothing to do with each other. Of
// IPv6 that is the /64, which one subscriber has to himself.
func networkOf(addr netip.Addr) (from netip.Prefix, shared bool) {
	addr = addr.Unmap()
	switch {
	case !addr.IsValid():
		return netip.Prefix{}, true
	case anthropic.Contains(addr):
		return anthropic, true
	}
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	from, err := addr.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{}, true
	}
	return from, false
}

// family is the kind of client that a user agent tells of, or where it tells nothing a library, which any client may
// use for a part of its requests.
type family struct {
	// name is the id of a profile, or the first word of a user agent; empty of a library.
	name string
	// library: it may be anybody's.
	library bool
	// profile is the id of the client that it most likely is; empty = nothing is known.
	profile string
}

// libraries are user agents that say nothing of the client.
var libraries = []string{"python-httpx", "python/", "python-requests", "node", "undici", "bun/", "go-http-client",
	"axios", "okhttp", "java/", "reqwest", "deno/", "aiohttp"}

func familyOf(userAgent string, from netip.Prefix) family {
	if from == anthropic {
		return family{name: "claude", profile: "claude"}
	}
	userAgent = clip(userAgent, 80)
	known, _ := handshake.Recognise(userAgent)
	agent := strings.ToLower(strings.TrimSpace(userAgent))
	for _, l := range libraries {
		if strings.HasPrefix(agent, l) {
			agent = ""
		}
	}
	switch {
	case agent == "":
		return family{library: true, profile: known.ID}
	case known.ID != "":
		return family{name: known.ID, profile: known.ID}
	}
	word, _, _ := strings.Cut(agent, " ")
	word, _, _ = strings.Cut(word, "/")
	return family{name: clip(word, 40)}
}

// hosted: it connects from its maker's network, as far as can be told.
func (a *attempt) hosted() bool { return a.from == anthropic || a.family.name == "chatgpt" }

// mayBe says whether the requests of a library may be a part of what another client does. Those of Node may always.
func (f family) mayBe(other family) bool {
	if !f.library {
		return other.library && other.mayBe(f)
	}
	return f.profile == "" || f.profile == "typescript-sdk" || f.profile == other.name || f.profile == other.profile
}

// fits says whether two may be the same client's.
func (f family) fits(other family) bool { return f == other || f.mayBe(other) || other.mayBe(f) }

// client is what people call it.
func (f family) client() string {
	if p, ok := handshake.ProfileOf(f.profile); ok && f.profile != "" {
		if f.library {
			return p.Name + "?"
		}
		return p.Name
	}
	return f.name
}
