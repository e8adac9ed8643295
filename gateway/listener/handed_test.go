package listener

import (
	"context"
	"net"
	"net/http"
	"testing"
)

// A socket that was handed over outlives who serves it: who connects in between is served by the next one.
func TestHanded(t *testing.T) {
	t.Parallel()
	kept, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	// As in another process: a descriptor of its own for the same socket.
	again := func() net.Listener {
		file, err := kept.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		sock, err := net.FileListener(file)
		if err != nil {
			t.Fatal(err)
		}
		return sock
	}
	address := kept.Addr().String()
	first, err := Listen(t.Context(), Config{Address: address, Handler: hello, Handed: []net.Listener{again()}})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- first.Serve() }()
	get(t, &http.Transport{}, "http://"+address)
	if err := first.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := <-served; err != nil {
		t.Fatal(err)
	}

	between := make(chan error, 1)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatalf("nobody waits in the socket: %v", err)
	}
	go func() {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
			DialContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil }}}
		resp, err := client.Get("http://" + address)
		if err == nil {
			resp.Body.Close()
		}
		between <- err
	}()
	start(t, Config{Address: address, Handler: hello, Handed: []net.Listener{again()}})
	if err := <-between; err != nil {
		t.Errorf("who came in between: %v", err)
	}
}

func TestServes(t *testing.T) {
	t.Parallel()
	loopback := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
	everywhere := &net.TCPAddr{IP: net.IPv6unspecified, Port: 443}
	file := &net.UnixAddr{Name: "/run/x.sock", Net: "unix"}
	for _, test := range []struct {
		sock    net.Addr
		address string
		want    bool
	}{
		{loopback, "127.0.0.1:8080", true},
		{loopback, "127.0.0.1:8081", false},
		{loopback, "127.0.0.2:8080", false},
		{loopback, ":8080", false},
		{loopback, "unix:127.0.0.1:8080", false},
		{loopback, "nonsense", false},
		{everywhere, ":443", true},
		{everywhere, "0.0.0.0:443", true},
		{everywhere, "[::]:443", true},
		{everywhere, "127.0.0.1:443", false},
		{file, "unix:/run/x.sock", true},
		{file, "unix:/run/y.sock", false},
		{file, "/run/x.sock", false},
	} {
		if got := Serves(test.sock, test.address); got != test.want {
			t.Errorf("%s serves %s: %v", test.sock, test.address, got)
		}
	}
}
