// Package address tells where a host name or an IP address leads: to this machine, to a private network, or to the
// internet.
package address

import (
	"net/netip"
	"slices"
	"strings"
)

// Loopback reports whether host, without a port, means this machine: localhost and names below it (RFC 6761 §6.3),
// 127.0.0.0/8, ::1 with or without brackets.
func Loopback(host string) bool {
	if addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")); err == nil {
		return addr.Zone() == "" && addr.Unmap().IsLoopback()
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// Public reports whether addr can be an internet host: not loopback, private, link-local, multicast, unspecified, nor
// in one of the reserved blocks.
func Public(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return addr.IsGlobalUnicast() && !addr.IsPrivate() &&
		!slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// reserved are blocks of the IANA special-purpose registries that [netip.Addr] takes for global unicast: those that
// are not routed on the internet, and those that carry an IPv4 address which a router on the way may send into a
// private network.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),     // this network (RFC 791 §3.2)
	netip.MustParsePrefix("100.64.0.0/10"), // shared by a provider's customers (RFC 6598)
	netip.MustParsePrefix("192.0.0.0/24"),  // protocol assignments (RFC 6890)
	netip.MustParsePrefix("192.0.2.0/24"),  // documentation (RFC 5737)
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),  // benchmarks (RFC 2544)
	netip.MustParsePrefix("240.0.0.0/4"),    // reserved (RFC 1112 §4)
	netip.MustParsePrefix("::/96"),          // IPv4-compatible (RFC 4291 §2.5.5.1)
	netip.MustParsePrefix("64:ff9b::/96"),   // NAT64 (RFC 6052)
	netip.MustParsePrefix("64:ff9b:1::/48"), // NAT64 of private networks (RFC 8215)
	netip.MustParsePrefix("100::/64"),       // discarded (RFC 6666)
	netip.MustParsePrefix("2001::/23"),      // protocol assignments (RFC 2928)
	netip.MustParsePrefix("2001:db8::/32"),  // documentation (RFC 3849)
	netip.MustParsePrefix("2002::/16"),      // 6to4 (RFC 3056)
	netip.MustParsePrefix("fec0::/10"),      // site-local (RFC 3879)
}
