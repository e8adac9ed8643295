package fetch

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	"crypto/tls"
	"crypto/x509"

	"github.com/bestviable/coda-gateway/gateway/address"
	"github.com/bestviable/coda-gateway/gateway/token/claims"
)

// guard refuses literal private addresses in URLs that a discovery document named, and plain http where it is not
// allowed.
type guard struct {
	next      http.RoundTripper
	named     map[string]bool
	allowHTTP bool
}

func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	host := strings.ToLower(req.URL.Hostname())
	addr, err := netip.ParseAddr(host)
	literal := err == nil
	if !g.named[host] && (literal && !address.Public(addr) || !literal && address.Loopback(host)) {
		return nil, fmt.Errorf("%s is not a public address, and the configuration does not name it", claims.Quote(host))
	}
	if req.URL.Scheme == "http" && !address.Loopback(host) {
		switch {
		case !g.allowHTTP:
			return nil, fmt.Errorf("%s is plain http, which works only for loopback hosts; in a private network, set allow_http",
				claims.Quote(req.URL.Redacted()))
		case !g.named[host]:
			return nil, fmt.Errorf("%s is plain http to a host that the configuration does not name",
				claims.Quote(req.URL.Redacted()))
		case literal && address.Public(addr):
			return nil, fmt.Errorf("%s is plain http to a public address; allow_http is for private ones",
				claims.Quote(req.URL.Redacted()))
		}
		req = req.WithContext(context.WithValue(req.Context(), privateOnly{}, true))
	}
	return g.next.RoundTrip(req)
}

// privateOnly marks the context of a request that must not leave the private network.
type privateOnly struct{}

// RFC 8414 §6.1: "When using TLS, the client MUST perform a TLS/SSL server certificate check, per RFC 6125
// [RFC6125]."
// RFC 7662 §4: "When using TLS, the client or protected resource MUST perform a TLS/SSL server certificate check, as
// specified in [RFC6125]."
func newTransport(named map[string]bool, roots *x509.CertPool) *http.Transport {
	var proxies sync.Map // hosts of HTTP proxies from the environment: named by the operator too
	dialer := func(control func(netip.Addr) error) *net.Dialer {
		d := &net.Dialer{Timeout: Timeout, KeepAlive: 30 * time.Second}
		if control != nil {
			d.Control = func(_, resolved string, _ syscall.RawConn) error {
				ap, err := netip.ParseAddrPort(resolved)
				if err != nil {
					return err
				}
				return control(ap.Addr())
			}
		}
		return d
	}
	open := dialer(nil)
	publicOnly := dialer(func(a netip.Addr) error {
		if address.Public(a) {
			return nil
		}
		return fmt.Errorf("%s is not a public address; an endpoint in a private network must be named in the "+
			"configuration "+
			"(discovery_url, jwks_uri, introspection.endpoint)", a)
	})
	private := dialer(func(a netip.Addr) error {
		if !address.Public(a) {
			return nil
		}
		return fmt.Errorf("%s is a public address, and plain http is for private ones (allow_http); write https", a)
	})
	return &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) {
			u, err := http.ProxyFromEnvironment(r)
			if u != nil {
				proxies.Store(strings.ToLower(u.Hostname()), true)
			}
			return u, err
		},
		DialContext: func(ctx context.Context, network, target string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(target)
			if err != nil {
				return nil, err
			}
			host = strings.ToLower(host)
			_, proxy := proxies.Load(host)
			switch {
			case proxy:
				return open.DialContext(ctx, network, target)
			case ctx.Value(privateOnly{}) != nil:
				return private.DialContext(ctx, network, target)
			case named[host]:
				return open.DialContext(ctx, network, target)
			}
			return publicOnly.DialContext(ctx, network, target)
		},
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           8,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        60 * time.Second,
		TLSHandshakeTimeout:    Timeout,
		ResponseHeaderTimeout:  Timeout,
		MaxResponseHeaderBytes: 64 << 10,
	}
}
