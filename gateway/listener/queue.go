package listener

import (
	"net"
	"sync"
	"sync/atomic"
)

// queue is a socket that hands out, when it ends, the connections that the system has accepted for it by then.
type queue struct {
	net.Listener
	ending atomic.Bool
	ended  chan struct{} // closed when waiting is complete

	mu      sync.Mutex
	waiting []net.Conn
}

func newQueue(sock net.Listener) *queue { return &queue{Listener: sock, ended: make(chan struct{})} }

// Accept gives the next connection; after the end those that waited, and then [net.ErrClosed].
func (q *queue) Accept() (net.Conn, error) {
	conn, err := q.Listener.Accept()
	if err == nil || !q.ending.Load() {
		return conn, err
	}
	<-q.ended
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return nil, net.ErrClosed
	}
	conn, q.waiting = q.waiting[0], q.waiting[1:]
	return conn, nil
}

// Close closes a socket that did not end yet.
func (q *queue) Close() error {
	if q.ending.Load() {
		return nil // net/http closes it too
	}
	return q.Listener.Close()
}

// end closes the socket. It is called once.
func (q *queue) end() {
	q.ending.Store(true)
	waiting := takeWaiting(q.Listener)
	q.mu.Lock()
	q.waiting = waiting
	q.mu.Unlock()
	close(q.ended)
	_ = q.Listener.Close()
}

// left is how many connections nobody has asked for yet.
func (q *queue) left() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}
