package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"

	enrol "github.com/bestviable/coda-gateway/gateway/connect"
)

// checkPublic refuses what cannot be the origin of a tunnel, and a public demo of somebody's real documents.
func (o *options) checkPublic() error {
	if o.public == "" {
		return nil
	}
	u, err := url.Parse(o.public)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" ||
		u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("--public %q: want the tunnel's https://HOST, without a path", o.public)
	}
	o.public = "https://" + strings.ToLower(u.Host)
	return nil
}

var errPublicCoda = errors.New("--public is for the simulated Coda: anybody who knows the address could sign in " +
	"and work with your real account; unset " + codaTokenVariable)

// startFront serves the identity provider and the gateway at one address, which a tunnel leads to.
func (d *started) startFront(ctx context.Context, o *options, gateway, issuer string) error {
	server, origin, err := d.open(ctx, o.listen)
	if err != nil {
		return err
	}
	d.urls.Tunnel = origin
	toGateway, toIssuer := passTo(gateway), passTo(issuer)
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if gatewaysPath(r.URL.Path) {
			toGateway.ServeHTTP(w, r)
			return
		}
		toIssuer.ServeHTTP(w, r)
	})
	server.WriteTimeout = 0 // a call of a tool may take longer than a page
	return nil
}

// gatewaysPath tells the gateway's paths from the identity provider's, which has all others.
func gatewaysPath(path string) bool {
	for _, own := range []string{"/mcp", enrol.Path("/mcp"), "/.well-known/oauth-protected-resource"} {
		if rest, ok := strings.CutPrefix(path, own); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return path == "/"
}

func passTo(address string) http.Handler {
	target := &url.URL{Scheme: "http", Host: address}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
			r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
			r.SetXForwarded()
			r.Out.Header.Set("X-Forwarded-Proto", "https")
		},
		FlushInterval: -1, // streams pass as they come
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
}
