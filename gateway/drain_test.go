package gateway

import (
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"testing"
	"time"
)

// A draining gateway goes on answering for a moment, and has each answer close its connection: a proxy that keeps
// connections must not find them closed under a call.
func TestDrainRetiresConnections(t *testing.T) {
	t.Parallel()
	w := New(Config{Site: newSite(t), Listen: "127.0.0.1:0", ShutdownGrace: time.Minute})
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
		resp, err := (&http.Client{Transport: transport, Timeout: time.Minute}).Get(url)
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

// A connection on which nothing was ever sent does not hold the drain, and both ports are free while a call still runs.
func TestDrainFreesThePorts(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	metrics := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(entered)
		<-leave
	})
	s := New(Config{
		Site: newSite(t), Listen: "127.0.0.1:0", AdminListen: "127.0.0.1:0", ShutdownGrace: time.Minute, Metrics: metrics,
	})
	ctx, cancel := context.WithCancel(t.Context())
	if err := s.Listen(ctx); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	silent, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	scraped := make(chan struct{})
	go func() {
		defer close(scraped)
		transport := &http.Transport{DisableKeepAlives: true}
		if resp, err := (&http.Client{Transport: transport}).Get("http://" + s.AdminAddr().String() +
			"/metrics"); err == nil {
			resp.Body.Close()
		}
	}()
	<-entered
	begun := time.Now()
	cancel()
	for _, address := range []string{s.Addr().String(), s.AdminAddr().String()} {
		for {
			socket, err := net.Listen("tcp", address)
			if err == nil {
				socket.Close()
				break
			}
			if time.Since(begun) > 30*time.Second {
				t.Fatalf("%s is not free: %v", address, err)
			}
			runtime.Gosched()
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("a silent connection held the drain for %v", took)
	}
	close(leave)
	<-scraped
}
