package walk

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/bestviable/coda-gateway/gateway/address"
	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// network is the way to the hosts, with its rules.
type network struct {
	cfg *Config
	// named are the hosts that a person named: in the URL, or in the configuration. They may be anywhere.
	named     map[string]bool
	proxies   sync.Map // hosts of http proxies: named by the environment
	transport *http.Transport
	client    *http.Client
}

// forbiddenError is a private address to which only a document leads.
type forbiddenError struct{ host, address string }

func (e *forbiddenError) Error() string {
	if e.host == e.address {
		return e.host + " is not a public address"
	}
	return fmt.Sprintf("%s leads to %s, which is not a public address", e.host, e.address)
}

func newNetwork(cfg *Config, at *url.URL) *network {
	n := &network{cfg: cfg, named: map[string]bool{strings.ToLower(at.Hostname()): true}}
	if cfg.Known != nil {
		for _, i := range cfg.Known.Issuers {
			for _, s := range []string{i.URL, i.Advertised, i.DiscoveryURL} {
				if u, err := url.Parse(s); err == nil && u.Hostname() != "" {
					n.named[strings.ToLower(u.Hostname())] = true
				}
			}
		}
	}
	n.transport = &http.Transport{
		Proxy: n.proxy, DialContext: n.dial, MaxConnsPerHost: 1, ForceAttemptHTTP2: true, DisableCompression: true,
		TLSClientConfig:        &tls.Config{RootCAs: cfg.Roots, MinVersion: tls.VersionTLS12, Time: cfg.Now},
		TLSHandshakeTimeout:    cfg.RequestTimeout,
		MaxResponseHeaderBytes: maxHeaders,
	}
	n.client = &http.Client{
		Transport:     n.transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return n
}

func (n *network) close() { n.transport.CloseIdleConnections() }

// proxy is the http proxy for a request, whose host the environment names.
func (n *network) proxy(r *http.Request) (*url.URL, error) {
	if n.cfg.Proxy == nil {
		return nil, nil
	}
	u, err := n.cfg.Proxy(r)
	if u != nil {
		n.proxies.Store(strings.ToLower(u.Hostname()), true)
	}
	return u, err
}

// behindProxy tells whether requests for a URL go through an http proxy, which then looks names up.
func (n *network) behindProxy(u *url.URL) *url.URL {
	through, err := n.proxy(&http.Request{URL: u})
	if err != nil {
		return nil
	}
	return through
}

// resolve looks the addresses of a host up. An address is its own.
func (n *network) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a.Unmap()}, nil
	}
	look := n.cfg.Resolve
	if look == nil {
		look = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	list, err := look(ctx, host)
	for i := range list {
		list[i] = list[i].Unmap()
	}
	return list, err
}

// resolveLiteral is the address that a host is; an error where it is a name.
func (n *network) resolveLiteral(host string) ([]netip.Addr, error) {
	a, err := netip.ParseAddr(host)
	return []netip.Addr{a.Unmap()}, err
}

// mayBeAnywhere tells whether a host may be in a private network.
func (n *network) mayBeAnywhere(host string) bool {
	host = strings.ToLower(host)
	_, proxy := n.proxies.Load(host)
	return proxy || n.named[host] || n.cfg.AllowPrivate
}

// dial connects to a host by the addresses that were looked at, and no others: IPv4 first, as hosted clients have
// nothing else.
func (n *network) dial(ctx context.Context, network, target string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		return nil, err
	}
	list, err := n.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b netip.Addr) int {
		return boolInt(b.Is4()) - boolInt(a.Is4())
	})
	if !n.mayBeAnywhere(host) {
		for _, a := range list {
			if !address.Public(a) {
				return nil, &forbiddenError{host, a.String()}
			}
		}
	}
	dial := n.cfg.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	failed := fmt.Errorf("%s has no address", host)
	for i, a := range list {
		if i == maxAddresses {
			break
		}
		var c net.Conn
		c, failed = dial(ctx, network, net.JoinHostPort(a.String(), port))
		if failed == nil {
			return c, nil
		}
	}
	return nil, failed
}

// maxHeaders is what is read of an answer's headers.
const maxHeaders = 64 << 10

// maxAddresses of a host are tried.
const maxAddresses = 4

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// isForbidden tells whether a request was not sent since only a document leads there.
func isForbidden(err error) (*forbiddenError, bool) { return errors.AsType[*forbiddenError](err) }

// private tells whether all addresses, or some, are not public.
func private(list []netip.Addr) (all, some bool) {
	all = len(list) > 0
	for _, a := range list {
		if address.Public(a) {
			all = false
		} else {
			some = true
		}
	}
	return all, some
}

// hostPort is a URL's host with its port, default ports included.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// clip is what a stranger wrote, fit for a line.
func clip(s string) string { return handshake.Clean(s, 300) }
