package main

import (
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"

	"github.com/rogpeppe/go-internal/testscript"
)

// front starts a proxy that passes everything to the gateway, whenever that is there. Its address is known before, so
// that public_url can be what is really there: $PUBLIC_URL.
func front(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) != 0 || w.front != nil {
		return errors.New("usage: front, once, before the provider and the gateway are started")
	}
	w.front = httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: ts.Getenv("ADDR")})
			r.Out.Host = r.In.Host
		},
		ErrorLog: log.New(io.Discard, "", 0),
	})
	ts.Setenv("PUBLIC_URL", w.front.URL+"/mcp")
	return nil
}
