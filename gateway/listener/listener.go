// Package listener opens the sockets of the gateway and serves HTTP on them: TCP or Unix, HTTP/1.1 and HTTP/2
// (cleartext for a proxy, or TLS with certificate files that may be renewed at any time), with every wait and size
// bounded, and a graceful end.
package listener

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rs/zerolog"
)

// The bounds of a connection. A stranger can hold one for as long as they allow, and no longer.
const (
	headerTimeout = 10 * time.Second
	// bodyTimeout bounds reading a body, also one that nobody wants. http.Server.ReadTimeout is no use for it: it would
	// cancel calls that run longer. A handler that has read the body lifts the deadline with [BodyRead].
	bodyTimeout = 30 * time.Second
	// writeTimeout covers the call and its answer; clients wait four minutes at most for a tool.
	writeTimeout = 5 * time.Minute
	idleTimeout  = 2 * time.Minute
	// maxHeaderBytes leaves room to answer a token that is much too long with 401 instead of a closed connection.
	maxHeaderBytes = 64 << 10
	// HTTP/2 takes in what no handler has asked for yet, and keeps it for as long as a token waits for keys, or until the
	// peer has read its answer. So there is little room for that: for a stream what clients send before they have read
	// how much they may, since net/http takes no less from them.
	maxStreams            = 100
	maxUnreadOfStream     = 64 << 10
	maxUnreadOfConnection = 128 << 10
	// maxFrame is HTTP/2's least: a connection keeps room for the largest frame that it was ever sent.
	maxFrame = 16 << 10
)

// Config says where and what to serve.
type Config struct {
	// Address is host:port, or unix:/path. Port 0 picks a free one.
	Address string
	// Cert and Key are PEM files; both empty = no TLS.
	Cert, Key string
	// Handed are sockets that are open already; one that listens on Address is used in place of a new one.
	Handed  []net.Listener
	Handler http.Handler
	Log     zerolog.Logger
}

// Server is one listening socket.
type Server struct {
	http  *http.Server
	sock  net.Listener
	queue *queue
	// open counts the connections.
	open atomic.Int64
	// ending says that the socket was closed on purpose.
	ending atomic.Bool
	log    zerolog.Logger
	// certificate is nil without TLS.
	certificate *certificate

	// fresh are the connections that have not sent anything yet.
	mu    sync.Mutex
	fresh map[net.Conn]struct{}
	quiet quiet
}

// Listen opens the socket. Nothing is served before [Server.Serve].
func Listen(ctx context.Context, cfg Config) (*Server, error) {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	s := &Server{log: cfg.Log, fresh: map[net.Conn]struct{}{}, quiet: quiet{}, http: &http.Server{
		Handler:           boundBody(cfg.Handler),
		Protocols:         protocols,
		ReadHeaderTimeout: headerTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		// OPTIONS * is a request like others: the handler looks at its Host and logs it.
		DisableGeneralOptionsHandler: true,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams:          maxStreams,
			MaxReceiveBufferPerStream:     maxUnreadOfStream,
			MaxReceiveBufferPerConnection: maxUnreadOfConnection,
			MaxReadFrameSize:              maxFrame,
			SendPingTimeout:               30 * time.Second,
			PingTimeout:                   15 * time.Second,
			WriteByteTimeout:              30 * time.Second,
		},
		// The server's own complaints are about broken peers: worth a look when debugging, not a line each by default.
		ErrorLog: newErrorLog(cfg.Log),
	}}
	s.http.ConnState = s.track
	if cfg.Cert != "" {
		var err error
		if s.certificate, err = loadCertificate(cfg.Cert, cfg.Key, cfg.Log); err != nil {
			return nil, err
		}
	}
	sock := handedFor(cfg.Handed, cfg.Address)
	if sock == nil {
		var err error
		if sock, err = open(ctx, cfg.Address); err != nil {
			return nil, err
		}
	}
	s.queue = newQueue(sock)
	sock = gated{s.queue, s.newGate()}
	if s.certificate != nil {
		sock = tls.NewListener(sock, &tls.Config{
			MinVersion:     tls.VersionTLS12,
			NextProtos:     []string{"h2", "http/1.1"},
			GetCertificate: s.certificate.get,
		})
	}
	s.sock = sock
	return s, nil
}

// track counts connections, and knows those without a request.
func (s *Server) track(conn net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state {
	case http.StateNew:
		s.open.Add(1)
		s.fresh[conn] = struct{}{}
		s.quiet.add(conn)
		return
	case http.StateIdle:
		s.quiet.add(conn)
	case http.StateClosed, http.StateHijacked:
		s.open.Add(-1)
		fallthrough
	default:
		delete(s.quiet, conn)
	}
	delete(s.fresh, conn)
}

// freshFor is how long a connection may take to send its first request once the server is to end. A proxy sends it at
// once; closed before, it answers its own client 502, since it cannot know whether the request was read.
const freshFor = 250 * time.Millisecond

// awaitFresh waits until every connection has sent something, for freshFor at most.
func (s *Server) awaitFresh(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, freshFor)
	defer cancel()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for s.waiting() > 0 {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}

func (s *Server) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.fresh) + s.queue.left()
}

// closeFresh closes the connections that have not sent anything: nobody waits for an answer on them, and net/http
// would wait for their first request.
func (s *Server) closeFresh() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.fresh {
		_ = conn.Close()
	}
}

// ReloadCertificate reads the certificate files now instead of within seconds. Without TLS it does nothing. A broken
// pair leaves the old one in use.
func (s *Server) ReloadCertificate() {
	if s.certificate != nil {
		s.certificate.recheck()
	}
}

// boundBody gives every request's body its deadline.
func boundBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// An error means a writer without deadlines, as in tests; there is nothing to bound then.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout))
		next.ServeHTTP(w, r)
	})
}

// BodyRead tells that a request's body has been read whole: from now on only the peer's going away ends the call.
func BodyRead(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
}

func open(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	path, isUnix := strings.CutPrefix(address, "unix:")
	if !isUnix {
		sock, err := lc.Listen(ctx, "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("cannot listen on %s: %w", address, errors.Unwrap(err))
		}
		return sock, nil
	}
	if err := removeStaleSocket(path); err != nil {
		return nil, err
	}
	sock, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on the Unix socket %s: %w", path, errors.Unwrap(err))
	}
	// The proxy usually runs as another user of the same group.
	if err := os.Chmod(path, 0o660); err != nil {
		sock.Close()
		return nil, err
	}
	return sock, nil
}

// removeStaleSocket removes what a killed predecessor left. A socket that somebody still answers on stays, and so
// does anything that is not a socket.
func removeStaleSocket(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("cannot listen on the Unix socket %s: that path is something else: %w", path, fs.ErrExist)
	}
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		conn.Close()
		return fmt.Errorf("cannot listen on the Unix socket %s: another process is listening on it: %w", path,
			syscall.EADDRINUSE)
	}
	return os.Remove(path)
}

// Addr is where the server listens, with the real port.
func (s *Server) Addr() net.Addr { return s.sock.Addr() }

// Connections is how many connections are open, idle ones included.
func (s *Server) Connections() int { return int(s.open.Load()) }

// Serve serves until [Server.Shutdown]. The error is nil after a graceful end.
func (s *Server) Serve() error {
	err := s.http.Serve(s.sock)
	if errors.Is(err, http.ErrServerClosed) || s.ending.Load() && errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Shutdown stops accepting, lets the calls that run end, and cuts off those that still run when ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	// What is accepted until the socket is closed is new, too: it closes first.
	s.ending.Store(true)
	s.queue.end()
	s.awaitFresh(ctx)
	s.closeFresh()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		s.http.Close()
		return errors.New("some calls were still running at the end of the grace period and were cut off")
	}
	return err
}

// Abort cuts off whatever is left.
func (s *Server) Abort() { _ = s.http.Close() }

// Close closes the socket of a server that never served.
func (s *Server) Close() error { return s.sock.Close() }
