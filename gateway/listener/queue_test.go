package listener

import (
	"errors"
	"io"
	"net"
	"runtime"
	"testing"
)

// Whoever had a connection when the socket ended is served; whoever comes later is refused.
func TestTheQueueIsServedAtTheEnd(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells which connections wait")
	}
	for _, network := range []string{"tcp", "unix"} {
		address := "127.0.0.1:0"
		if network == "unix" {
			address = t.TempDir() + "/sock"
		}
		sock, err := net.Listen(network, address)
		if err != nil {
			t.Fatal(err)
		}
		q := newQueue(sock)
		callers := make([]net.Conn, 5)
		for i := range callers {
			if callers[i], err = net.Dial(network, sock.Addr().String()); err != nil {
				t.Fatal(err)
			}
			defer callers[i].Close()
		}
		q.end()
		if late, err := net.Dial(network, sock.Addr().String()); err == nil {
			late.Close()
			t.Errorf("%s: a connection after the end", network)
		}
		if n := q.left(); n != len(callers) {
			t.Fatalf("%s: %d of %d connections are left", network, n, len(callers))
		}
		for range callers {
			conn, err := q.Accept()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(conn, "served"); err != nil {
				t.Error(err)
			}
			conn.Close()
		}
		for i, caller := range callers {
			if text, err := io.ReadAll(caller); string(text) != "served" || err != nil {
				t.Errorf("%s: caller %d got %q, %v", network, i, text, err)
			}
		}
		if _, err := q.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: after the last connection: %v", network, err)
		}
	}
}
