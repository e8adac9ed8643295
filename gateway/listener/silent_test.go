package listener

import (
	"context"
	"io"
	"net"
	"runtime"
	"testing"
	"time"
)

// beforeNetHTTP is less than the five seconds for which net/http waits at the end for a connection's first request.
const beforeNetHTTP = 4 * time.Second

// A connection without a whole request does not hold the end.
func TestSilentConnectionsHoldNothing(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]string{"nothing": "", "half a header": "POST /mcp HTTP/1.1\r\nHost: mcp"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := Listen(t.Context(), Config{Address: "127.0.0.1:0", Handler: hello})
			if err != nil {
				t.Fatal(err)
			}
			served := make(chan error, 1)
			go func() { served <- s.Serve() }()
			conn, err := net.Dial("tcp", s.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, sent); err != nil {
				t.Fatal(err)
			}
			for s.Connections() == 0 {
				runtime.Gosched()
			}
			ctx, cancel := context.WithTimeout(t.Context(), beforeNetHTTP)
			defer cancel()
			if err := s.Shutdown(ctx); err != nil {
				t.Error(err)
			}
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
	}
}
