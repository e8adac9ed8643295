package idp

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// guardedTransport connects to public addresses only, so that a client id cannot make the provider look around in the
// network that it stands in (server-side request forgery). The address is checked after name resolution, right before
// connecting; a name that changes its mind is of no use. A URL that itself names a loopback host may go to one: that
// is a developer's client on the same machine. There is no proxy, because behind one the check would see only the
// proxy.
func guardedTransport() *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			loopback := isLoopbackHost(host)
			dialer := net.Dialer{
				Timeout: 3 * time.Second,
				Control: func(_, resolved string, _ syscall.RawConn) error { return checkAddress(resolved, loopback) },
			}
			return dialer.DialContext(ctx, network, address)
		},
		TLSHandshakeTimeout:    3 * time.Second,
		ResponseHeaderTimeout:  3 * time.Second,
		MaxResponseHeaderBytes: 16 << 10,
		DisableKeepAlives:      true,
		ForceAttemptHTTP2:      true,
	}
}

// special are address ranges that are not the public internet and that [netip.Addr]'s own predicates do not know
// (IANA special-purpose registries; 64:ff9b::/96 and 2002::/16 embed IPv4 addresses).
func special() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),
		netip.MustParsePrefix("100.64.0.0/10"),
		netip.MustParsePrefix("192.0.0.0/24"),
		netip.MustParsePrefix("192.0.2.0/24"),
		netip.MustParsePrefix("198.18.0.0/15"),
		netip.MustParsePrefix("198.51.100.0/24"),
		netip.MustParsePrefix("203.0.113.0/24"),
		netip.MustParsePrefix("240.0.0.0/4"),
		netip.MustParsePrefix("64:ff9b::/96"),
		netip.MustParsePrefix("64:ff9b:1::/48"),
		netip.MustParsePrefix("100::/64"),
		netip.MustParsePrefix("2001::/23"),
		netip.MustParsePrefix("2001:db8::/32"),
		netip.MustParsePrefix("2002::/16"),
	}
}

func checkAddress(resolved string, loopback bool) error {
	at, err := netip.ParseAddrPort(resolved)
	if err != nil {
		return fmt.Errorf("address %q: %w", resolved, err)
	}
	ip := at.Addr().Unmap().WithZone("")
	if ip.IsLoopback() {
		if loopback {
			return nil
		}
		return fmt.Errorf("%s is a loopback address, which a public client id must not lead to", ip)
	}
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return fmt.Errorf("%s is not a public address", ip)
	}
	for _, prefix := range special() {
		if prefix.Contains(ip) {
			return fmt.Errorf("%s is not a public address", ip)
		}
	}
	return nil
}
