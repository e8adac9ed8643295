package token

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// fetchTimeout bounds every request to an issuer, body included.
	fetchTimeout = 10 * time.Second
	// maxDocument bounds discovery documents and key sets.
	maxDocument = 1 << 20
	// maxRedirects that stay on the same host are followed.
	maxRedirects = 3
)

const userAgent = "coda-gateway"

// client talks to one issuer under the package's rules: a time limit, a size limit, no redirect to another host, and no
// private address but those of hosts that the configuration itself names.
type client struct {
	http *http.Client
	// own transport; nil where the caller gave one.
	own *http.Transport
}

// close lets go of idle connections.
func (c *client) close() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

// newClient makes the client for an issuer. rt = nil means a transport of its own, which can look at the addresses that names
// resolve to; with another transport only addresses and names in the URL are looked at.
func newClient(i *Issuer, rt http.RoundTripper) *client {
	named := map[string]bool{}
	urls := []string{i.URL, i.JWKSURI}
	if i.Introspection != nil {
		urls = append(urls, i.Introspection.Endpoint)
	}
	for _, s := range urls {
		if u, err := url.Parse(s); err == nil && u.Hostname() != "" {
			named[strings.ToLower(u.Hostname())] = true
		}
	}
	var own *http.Transport
	if rt == nil {
		own = newTransport(named)
		rt = own
	}
	return &client{own: own, http: &http.Client{
		Transport: guard{next: rt, named: named},
		Timeout:   fetchTimeout,
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			switch {
			case len(via) > maxRedirects:
				return fmt.Errorf("more than %d redirects", maxRedirects)
			case req.Method != http.MethodGet || via[0].Method != http.MethodGet:
				return fmt.Errorf("%w: a redirect of a POST is not followed", errUnusable)
			case req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme:
				return fmt.Errorf("redirect to another host (%s) is not followed; configure the final URL", quote(req.URL.Scheme+"://"+req.URL.Host))
			}
			return nil
		},
	}}
}

// guard refuses literal private addresses in URLs that a discovery document named.
type guard struct {
	next  http.RoundTripper
	named map[string]bool
}

func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	host := strings.ToLower(req.URL.Hostname())
	if !g.named[host] {
		if addr, err := netip.ParseAddr(host); err == nil && !public(addr) || err != nil && loopback(host) {
			return nil, fmt.Errorf("%s is not a public address, and the configuration does not name it", quote(host))
		}
	}
	return g.next.RoundTrip(req)
}

func newTransport(named map[string]bool) *http.Transport {
	var proxies sync.Map // hosts of HTTP proxies from the environment: named by the operator too
	open := &net.Dialer{Timeout: fetchTimeout, KeepAlive: 30 * time.Second}
	publicOnly := &net.Dialer{Timeout: fetchTimeout, KeepAlive: 30 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil || !public(ap.Addr()) {
			return fmt.Errorf("%s is not a public address; an endpoint in a private network must be named in the configuration (jwks_uri, introspection.endpoint)", address)
		}
		return nil
	}}
	return &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) {
			u, err := http.ProxyFromEnvironment(r)
			if u != nil {
				proxies.Store(strings.ToLower(u.Hostname()), true)
			}
			return u, err
		},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			host = strings.ToLower(host)
			if _, proxy := proxies.Load(host); proxy || named[host] {
				return open.DialContext(ctx, network, address)
			}
			return publicOnly.DialContext(ctx, network, address)
		},
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           8,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        60 * time.Second,
		TLSHandshakeTimeout:    fetchTimeout,
		ResponseHeaderTimeout:  fetchTimeout,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// statusError is an answer other than 200.
type statusError struct {
	url    string
	status int
}

func (e *statusError) Error() string {
	return fmt.Sprintf("%s answered %d %s", e.url, e.status, http.StatusText(e.status))
}

// get fetches a JSON document.
func (c *client) get(ctx context.Context, target string) ([]byte, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Cache-Control", "no-cache") // a cache on the way would hide a rotation
	return c.do(req, maxDocument)
}

func (c *client) do(req *http.Request, limit int64) ([]byte, http.Header, error) {
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	res, err := c.http.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, nil, &statusError{url: req.URL.Redacted(), status: res.StatusCode}
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: reading the answer: %w", req.URL.Redacted(), err)
	}
	if int64(len(body)) > limit {
		return nil, nil, fmt.Errorf("%w: %s: it is larger than %d bytes", errUnusable, req.URL.Redacted(), limit)
	}
	return body, res.Header, nil
}
