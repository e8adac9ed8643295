package coda

import "net/http"

// idleConnections is how many connections to Coda are kept open for the next request. net/http keeps two a host, so
// that over HTTP/1.1 all but two of many requests at once would dial anew.
const idleConnections = 64

// NewTransport returns the transport that a [Client] uses by default: net/http's, with as many idle connections a host
// as there may be requests at once. Clients that share one share its connections.
func NewTransport() *http.Transport {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		t = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
	}
	t = t.Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 4*idleConnections, idleConnections
	return t
}
