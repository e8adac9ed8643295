package codatest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// memoryHost is the host name under which an in-memory server is known.
const memoryHost = "coda.test"

type listening struct {
	mu     sync.Mutex
	server *http.Server
	ln     net.Listener
	memory *memoryListener
	client *http.Client
	url    string
	done   chan struct{}
}

// New starts a server for a test and closes it when the test ends. At most
// one Options may be given; none means the demo workspace, promptly served.
// The server listens on a loopback port, or in memory if the options say so.
func New(t testing.TB, opts ...Options) *Server {
	t.Helper()
	var o Options
	switch len(opts) {
	case 0:
	case 1:
		o = opts[0]
	default:
		t.Fatalf("codatest.New: %d Options given, at most one is meant", len(opts))
	}
	if o.Workspace != nil {
		if err := o.Workspace.Validate(); err != nil {
			t.Fatalf("codatest.New: %v", err)
		}
	}
	s := NewServer(o)
	if err := s.Start(""); err != nil {
		t.Fatalf("codatest.New: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// Start listens on addr ("host:port"; "" is 127.0.0.1 and a free port) and
// serves until Close. With Options.InMemory addr is ignored.
func (s *Server) Start(addr string) error {
	l := &s.listener
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server != nil {
		return errors.New("codatest: the server has been started already, on " + l.url)
	}
	transport := &http.Transport{DisableCompression: false}
	if s.opts.InMemory {
		l.memory = newMemoryListener()
		l.ln = l.memory
		l.url = "http://" + memoryHost + s.opts.BasePath
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return l.memory.dial(ctx)
		}
	} else {
		if addr == "" {
			addr = "127.0.0.1:0"
		}
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		l.ln = ln
		l.url = "http://" + ln.Addr().String() + s.opts.BasePath
	}
	l.client = &http.Client{Transport: transport}
	l.server = &http.Server{Handler: s, ReadHeaderTimeout: 30 * time.Second, ErrorLog: nil}
	l.done = make(chan struct{})
	go func() {
		defer close(l.done)
		_ = l.server.Serve(l.ln)
	}()
	return nil
}

// URL is the base URL of the API, for a client's configuration:
// "http://127.0.0.1:PORT/apis/v1". Empty before Start.
func (s *Server) URL() string {
	s.listener.mu.Lock()
	defer s.listener.mu.Unlock()
	return s.listener.url
}

// Client returns an HTTP client that reaches the server, also when it listens
// in memory. Close closes its idle connections. Nil before Start.
func (s *Server) Client() *http.Client {
	s.listener.mu.Lock()
	defer s.listener.mu.Unlock()
	return s.listener.client
}

// Close stops listening, drops open connections and waits for the listener's
// goroutine. The state stays readable. It may be called more than once.
func (s *Server) Close() {
	l := &s.listener
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server == nil {
		return
	}
	l.client.CloseIdleConnections()
	_ = l.server.Close()
	<-l.done
}

func (s *Server) origin(r *http.Request) string {
	if s.opts.PublicURL != "" {
		return s.opts.PublicURL
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// memoryListener hands out the far ends of pipes. Pipes block on channels
// only, which is what lets time pass in a testing/synctest bubble.
type memoryListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newMemoryListener() *memoryListener {
	return &memoryListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *memoryListener) dial(ctx context.Context) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *memoryListener) Addr() net.Addr { return memoryAddr{} }

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return memoryHost }
