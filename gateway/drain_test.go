package gateway

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"
)

// A draining gateway goes on answering for a moment, and has each answer close its connection: a proxy that keeps
// connections must not find them closed under a call.
func TestDrainRetiresConnections(t *testing.T) {
	t.Parallel()
	w := New(Config{Site: newSite(t), Listen: "127.0.0.1:0", ShutdownGrace: 5 * time.Second})
	ctx, cancel := context.WithCancel(t.Context())
	if err := w.Listen(ctx); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	url := "http://" + w.Addr().String() + "/"

	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	get := func() *http.Response {
		t.Helper()
		resp, err := (&http.Client{Transport: transport, Timeout: 5 * time.Second}).Get(url)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		return resp
	}
	if resp := get(); resp.StatusCode != 200 || resp.Close {
		t.Errorf("before: %d, close %v", resp.StatusCode, resp.Close)
	}
	cancel()
	for !w.closing.Load() {
		select {
		case err := <-ended:
			t.Fatalf("ended without draining: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	if resp := get(); resp.StatusCode != 200 || !resp.Close {
		t.Errorf("while draining: %d, close %v", resp.StatusCode, resp.Close)
	}
	// With the last connection gone there is nothing to wait for.
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
