// Package fetch talks to an identity provider under rules that hold for whatever it answers: a time limit, a size
// limit, no redirect to another host, and no private address but those of hosts that the configuration itself names.
// Plain http is for loopback hosts and, where the configuration allows it, for private addresses.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token/claims"
)

const (
	// Timeout bounds every request to an issuer, body included.
	Timeout = 10 * time.Second
	// MaxDocument bounds discovery documents and key sets.
	MaxDocument = 1 << 20
	// maxRedirects that stay on the same host are followed.
	maxRedirects = 3
)

const userAgent = "coda-gateway"

// Client talks to one issuer.
type Client struct {
	http *http.Client
	// own transport; nil where the caller gave one.
	own *http.Transport
}

// Config is what a [Client] needs.
type Config struct {
	// URLs are those that the configuration names. Their hosts may be anywhere; hosts that only a document names may
	// not be in a private network.
	URLs []string
	// CA is a PEM file's content with certificate authorities beside the system's; nil = the system's alone.
	CA []byte
	// AllowHTTP lets http through to private addresses of hosts that URLs name.
	AllowHTTP bool
	// Transport replaces the package's own, which alone can look at the addresses that names resolve to; nil = the
	// own one.
	Transport http.RoundTripper
}

// New makes a client. It fails only for a CA that holds no certificate.
func New(cfg Config) (*Client, error) {
	named := map[string]bool{}
	for _, s := range cfg.URLs {
		if u, err := url.Parse(s); err == nil && u.Hostname() != "" {
			named[strings.ToLower(u.Hostname())] = true
		}
	}
	c := &Client{}
	rt := cfg.Transport
	if rt == nil {
		roots, err := Roots(cfg.CA)
		if err != nil {
			return nil, err
		}
		c.own = newTransport(named, roots)
		rt = c.own
	}
	c.http = &http.Client{
		Transport:     guard{next: rt, named: named, allowHTTP: cfg.AllowHTTP},
		Timeout:       Timeout,
		CheckRedirect: checkRedirect,
	}
	return c, nil
}

// HTTP is the client as libraries want it that make their own requests. The package's rules hold for them too, but for
// the size of answers.
func (c *Client) HTTP() *http.Client { return c.http }

// Close lets go of idle connections.
func (c *Client) Close() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

// ErrUnusable is what an endpoint sent in place of an answer: too much, or a redirect.
var ErrUnusable = errors.New("the answer is not usable")

func checkRedirect(req *http.Request, via []*http.Request) error {
	switch {
	case len(via) > maxRedirects:
		return fmt.Errorf("more than %d redirects", maxRedirects)
	case req.Method != http.MethodGet || via[0].Method != http.MethodGet:
		return fmt.Errorf("%w: a redirect of a POST is not followed", ErrUnusable)
	case req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme:
		to := claims.Quote(req.URL.Scheme + "://" + req.URL.Host)
		return fmt.Errorf("redirect to another host (%s) is not followed; configure the final URL", to)
	}
	return nil
}

// StatusError is an answer other than 200.
type StatusError struct {
	URL    string
	Status int
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s answered %d %s", e.URL, e.Status, http.StatusText(e.Status))
}

// Get fetches a JSON document.
func (c *Client) Get(ctx context.Context, target string) ([]byte, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Cache-Control", "no-cache") // a cache on the way would hide a rotation
	return c.Do(req, MaxDocument)
}

// Do sends a request, and returns a body of at most limit bytes of a 200.
func (c *Client) Do(req *http.Request, limit int64) ([]byte, http.Header, error) {
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	res, err := c.http.Do(req)
	if err != nil {
		return nil, nil, explainTLS(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, nil, &StatusError{URL: req.URL.Redacted(), Status: res.StatusCode}
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: reading the answer: %w", req.URL.Redacted(), err)
	}
	if int64(len(body)) > limit {
		return nil, nil, fmt.Errorf("%w: %s: it is larger than %d bytes", ErrUnusable, req.URL.Redacted(), limit)
	}
	return body, res.Header, nil
}
