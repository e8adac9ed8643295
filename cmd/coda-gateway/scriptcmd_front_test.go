package main

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// front starts a proxy that passes everything to the gateway, whenever that is there. Its address is known before, so
// that public_url can be what is really there: $PUBLIC_URL, at $FRONT.
//
//	front fault NAME    from now on it does something wrong. strip: it takes /mcp off the path; only-mcp: it passes
//	                    /mcp and nothing else; host: it changes Host; none: it does not.
func front(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	if len(args) == 2 && args[0] == "fault" && w.front != nil {
		w.frontFault.Store(&args[1])
		return nil
	}
	if neg || len(args) != 0 || w.front != nil {
		return errors.New("usage: front, once, before the provider and the gateway are started; front fault NAME")
	}
	fault := func() string {
		if f := w.frontFault.Load(); f != nil {
			return *f
		}
		return "none"
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			to := "127.0.0.1:1" // where nobody listens
			if address := w.frontTo.Load(); address != nil {
				to = *address
			}
			r.SetURL(&url.URL{Scheme: "http", Host: to})
			r.Out.Host = r.In.Host
			switch fault() {
			case "strip":
				r.Out.URL.Path = "/" + strings.TrimPrefix(r.In.URL.Path, "/mcp")
			case "host":
				r.Out.Host = "backend.internal"
			}
		},
		// Of its own: a test server that closes takes idle connections of the default one along, busy ones at times.
		Transport: &http.Transport{DisableKeepAlives: true},
		ErrorLog:  log.New(io.Discard, "", 0),
	}
	w.front = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if fault() == "only-mcp" && r.URL.Path != "/mcp" {
			http.NotFound(rw, r)
			return
		}
		proxy.ServeHTTP(rw, r)
	}))
	ts.Setenv("FRONT", w.front.URL)
	ts.Setenv("PUBLIC_URL", w.front.URL+"/mcp")
	return nil
}
