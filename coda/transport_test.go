package coda_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
)

// TestConnectionsAreKept: requests at once do not dial anew each time.
func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	const atOnce = 16
	var dialled atomic.Int32
	var arrived sync.WaitGroup
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		// Each round answers only once all its requests are there, so that each needs a connection of its own.
		arrived.Done()
		arrived.Wait()
		_, _ = w.Write([]byte(`{}`))
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			dialled.Add(1)
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	transport := coda.NewTransport()
	t.Cleanup(transport.CloseIdleConnections)
	c, err := coda.New(coda.Config{
		BaseURL: srv.URL, Account: "a", HTTPClient: &http.Client{Transport: transport},
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "t"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		arrived.Add(atOnce)
		var wg sync.WaitGroup
		for range atOnce {
			wg.Go(func() {
				if _, err := c.GetDoc(t.Context(), "dRoadmap01"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	if n := dialled.Load(); n > 2*atOnce {
		t.Errorf("%d connections for %d requests at once", n, atOnce)
	}
}
