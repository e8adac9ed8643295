package edge

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// maxHops bounds how many addresses of a forwarding header are looked at, from the right.
const maxHops = 32

// Proxies knows which peers may say on whose behalf they speak.
type Proxies struct {
	trusted []netip.Prefix
}

// NewProxies trusts the given networks. A peer on a Unix socket has no address; it is trusted, since only the proxy can
// reach the socket.
func NewProxies(trusted []netip.Prefix) *Proxies { return &Proxies{trusted: trusted} }

// Trusts says whether the peer of a request is a proxy whose forwarding headers count.
func (p *Proxies) Trusts(r *http.Request) bool {
	peer, ok := peerAddr(r)
	return !ok || p.contains(peer)
}

// ClientAddr returns the address that a request comes from, for logs only: the peer's, or, where the peer is a trusted
// proxy, the rightmost one of X-Forwarded-For (or else of Forwarded, RFC 7239) that is not a trusted proxy itself. It
// is the zero Addr where a Unix socket's peer names none.
func (p *Proxies) ClientAddr(r *http.Request) netip.Addr {
	peer, ok := peerAddr(r)
	if ok && !p.contains(peer) {
		return peer
	}
	client := peer
	for _, hop := range hops(r.Header) {
		addr, ok := parseNode(hop)
		if !ok {
			// What stands further left was written by somebody whom nobody vouches for.
			return client
		}
		client = addr
		if !p.contains(addr) {
			return client
		}
	}
	return client
}

func (p *Proxies) contains(addr netip.Addr) bool {
	return slices.ContainsFunc(p.trusted, func(prefix netip.Prefix) bool { return prefix.Contains(addr) })
}

func peerAddr(r *http.Request) (netip.Addr, bool) {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, false
	}
	return ap.Addr().Unmap().WithZone(""), true
}

// hops returns the addresses of the forwarding headers, nearest first.
func hops(h http.Header) (nearestFirst []string) {
	if values := h["X-Forwarded-For"]; len(values) > 0 {
		return lastElements(values, func(element string) string { return element })
	}
	return lastElements(h["Forwarded"], forNode)
}

func lastElements(values []string, node func(string) string) (nodes []string) {
	for _, value := range slices.Backward(values) {
		for value != "" && len(nodes) < maxHops {
			element := value
			if i := strings.LastIndexByte(value, ','); i >= 0 {
				value, element = value[:i], value[i+1:]
			} else {
				value = ""
			}
			nodes = append(nodes, node(strings.TrimSpace(element)))
		}
	}
	return nodes
}

// forNode returns the `for` parameter of a forwarded-element (RFC 7239 §4).
func forNode(element string) string {
	for pair := range strings.SplitSeq(element, ";") {
		if name, value, ok := strings.Cut(strings.TrimSpace(pair), "="); ok && strings.EqualFold(name, "for") {
			return strings.Trim(value, `"`)
		}
	}
	return ""
}

// parseNode reads an address with or without a port, brackets around IPv6 allowed (RFC 7239 §6).
func parseNode(node string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(node); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(node, "["), "]"))
	return addr.Unmap().WithZone(""), err == nil
}
