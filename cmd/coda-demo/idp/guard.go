package idp

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"github.com/bestviable/coda-gateway/gateway/address"
)

// guardedTransport connects to public addresses only, so that a client id cannot make the provider look around in the
// network that it stands in (server-side request forgery). The address is checked after name resolution, right before
// connecting; a name that changes its mind is of no use. A URL that itself names a loopback host may go to one: that
// is a developer's client on the same machine. There is no proxy, because behind one the check would see only the
// proxy.
func guardedTransport() *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(to)
			if err != nil {
				return nil, err
			}
			loopback := address.Loopback(host)
			dialer := net.Dialer{
				Timeout: 3 * time.Second,
				Control: func(_, resolved string, _ syscall.RawConn) error { return checkAddress(resolved, loopback) },
			}
			return dialer.DialContext(ctx, network, to)
		},
		TLSHandshakeTimeout:    3 * time.Second,
		ResponseHeaderTimeout:  3 * time.Second,
		MaxResponseHeaderBytes: 16 << 10,
		DisableKeepAlives:      true,
		ForceAttemptHTTP2:      true,
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
	if !address.Public(ip) {
		return fmt.Errorf("%s is not a public address", ip)
	}
	return nil
}
