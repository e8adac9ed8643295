package listener

import (
	"net"
	"runtime"
	"time"
)

const (
	// crowded is how many goroutines there may be, beside two for each connection, before more is let in bit by bit. It
	// is more than may wait for keys (gateway/token/keys).
	crowded = 6 << 10
	// gateWait is how long one waits at most. What comes then is less than can be answered, so that nobody can close the
	// gate for good by not reading answers.
	gateWait = 20 * time.Millisecond
)

// gate lets no more in than can be worked on. A connection of HTTP/2 can bring a hundred requests in one packet, be
// closed, and leave them behind: neither connections nor streams bound them, and each takes some ten kilobytes.
// Whoever is let in late was not refused.
type gate struct {
	// goroutines counts those that work on requests.
	goroutines func() int
	// turn has room for the one whose turn it is to wait.
	turn chan struct{}
}

func newGate(goroutines func() int) *gate { return &gate{goroutines, make(chan struct{}, 1)} }

func (s *Server) newGate() *gate {
	return newGate(func() int { return runtime.NumGoroutine() - 2*s.Connections() })
}

// pass waits while too much is going on.
func (g *gate) pass() {
	if g.goroutines() < crowded {
		return
	}
	g.turn <- struct{}{}
	defer func() { <-g.turn }()
	for end := time.Now().Add(gateWait); g.goroutines() >= crowded && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// gated has connections, and what comes by them, pass the gate.
type gated struct {
	net.Listener
	gate *gate
}

// Accept implements [net.Listener].
func (l gated) Accept() (net.Conn, error) {
	l.gate.pass()
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return gatedConn{conn, l.gate}, nil
}

type gatedConn struct {
	net.Conn
	gate *gate
}

// Read implements [net.Conn].
func (c gatedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.gate.pass()
	}
	return n, err
}

// CloseWrite ends what is sent, by which net/http lets a peer read a refusal while it is still sending.
func (c gatedConn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return nil
	}
	return half.CloseWrite()
}
