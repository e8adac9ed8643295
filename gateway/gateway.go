// Package gateway is the resource server as a process sees it: sockets, the admin listener, the drain at the end,
// and the site in force.
//
// Everything that a configuration decides about requests is a [site.Site], immutable and replaced as a whole by
// [Server.Replace]. What belongs to the process stays here: a request keeps the site that it began with, and no
// connection notices a change.
package gateway

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/bestviable/coda-gateway/gateway/listener"
	"github.com/bestviable/coda-gateway/gateway/site"
)

// Config is what a [Server] needs.
type Config struct {
	// Site is the first one.
	Site *site.Site
	// Listen is host:port or unix:/path.
	Listen string
	// Cert and Key are PEM files; both empty where a proxy stands in front.
	Cert, Key string
	// AdminListen is the listener for operators; empty = none.
	AdminListen string
	// Handed are sockets that are open already, by whoever started the process; one that listens on Listen or on
	// AdminListen is used in place of a new one.
	Handed []net.Listener
	// AdminHosts are the host names that the admin listener answers to, beside addresses and localhost: host or
	// host:port.
	AdminHosts []string
	// Page answers / on an admin listener that only this machine reaches; nil = there is none.
	Page http.Handler
	// Attempts answers /attempts and what is below it on such a listener, by what people tried to connect; nil = nothing
	// does.
	Attempts http.Handler
	// Metrics answers /metrics on the admin listener; nil = there is none.
	Metrics http.Handler
	// Details are troubles that readiness tells of without being any less ready, by what has them; each returns "" in
	// good times.
	Details map[string]func() string
	// ShutdownDelay is how long the server goes on as before when it is to end, but for saying so in /readyz and
	// /healthz: load balancers need that long to notice.
	ShutdownDelay time.Duration
	// ShutdownGrace bounds the drain after that.
	ShutdownGrace time.Duration
	// Notify hears of the stages of the process: ready, stopping. nil = nobody does.
	Notify func(Stage)
	// Log receives everything; the zero Logger discards.
	Log zerolog.Logger
}

// Stage is one of a process's life, as service managers know them.
type Stage string

// The stages.
const (
	Ready    Stage = "ready"
	Stopping Stage = "stopping"
)

// Server serves the current site to the public, and its state to operators. It is the handler of the public side,
// for serving it some other way than [Server.Run]; keys are then fetched when first needed.
type Server struct {
	cfg     Config
	log     zerolog.Logger
	current atomic.Pointer[site.Site]
	// background ends the work of all sites; nil before Run.
	background context.Context
	// replacing is held while a site is replaced or started.
	replacing sync.Mutex
	reloads   reloads
	// leaving: load balancers are told to go elsewhere. closing: every answer closes its connection.
	leaving, closing atomic.Bool

	public, admin *listener.Server
}

// New makes a server. It does no I/O.
func New(cfg Config) *Server {
	s := &Server{cfg: cfg, log: cfg.Log}
	s.Reloaded(nil)
	s.current.Store(cfg.Site)
	return s
}

// Site is the current one.
func (s *Server) Site() *site.Site { return s.current.Load() }

// Replace puts next in the place of the current site. Requests that are running keep theirs.
func (s *Server) Replace(next *site.Site) {
	s.replacing.Lock()
	defer s.replacing.Unlock()
	if s.background == nil {
		s.current.Store(next)
		return
	}
	next.Start(s.background)
	s.current.Swap(next).Retire()
}

// ReloadCertificate reads the TLS certificate files now, where there are any.
func (s *Server) ReloadCertificate() {
	if s.public != nil {
		s.public.ReloadCertificate()
	}
}

// ServeHTTP serves the public side.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if isHealth(r) {
		s.serveHealth(w)
		return
	}
	if s.closing.Load() {
		w.Header()["Connection"] = closeConnection
	}
	for {
		current := s.current.Load()
		if current.Enter() {
			defer current.Leave()
			current.ServeHTTP(w, r)
			return
		}
		if s.current.Load() == current {
			// It was never started: there is no server around it, and nothing to hold.
			current.ServeHTTP(w, r)
			return
		}
	}
}

// closeConnection is shared by all answers: nothing changes the values of a header that has been set.
var closeConnection = []string{"close"}

// isHealth says whether a load balancer asks how the process is. It does so under whatever name it has for it, and
// as often as it likes: there is no record of it.
func isHealth(r *http.Request) bool {
	return r.URL.EscapedPath() == "/healthz" && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}

// serveHealth says that requests are served; no longer, once the process is to end.
func (s *Server) serveHealth(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	if s.leaving.Load() {
		w.Header()["Connection"] = closeConnection
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// Listen opens the sockets, so that a taken port is an error before anything runs. [Server.Run] does it where it was
// not done.
func (s *Server) Listen(ctx context.Context) (err error) {
	if s.public != nil {
		return nil
	}
	s.public, err = listener.Listen(ctx, listener.Config{
		Address: s.cfg.Listen, Cert: s.cfg.Cert, Key: s.cfg.Key, Handed: s.cfg.Handed, Handler: s, Log: s.log,
	})
	if err != nil || s.cfg.AdminListen == "" {
		return err
	}
	s.admin, err = listener.Listen(ctx, listener.Config{
		Address: s.cfg.AdminListen, Handed: s.cfg.Handed, Handler: s.adminHandler(), Log: s.log,
	})
	if err != nil {
		s.public.Close()
		s.public = nil
	}
	return err
}

// Addr is where the public listener listens; nil before [Server.Listen].
func (s *Server) Addr() net.Addr { return addr(s.public) }

// AdminAddr is where the admin listener listens; nil where there is none.
func (s *Server) AdminAddr() net.Addr { return addr(s.admin) }

func addr(l *listener.Server) net.Addr {
	if l == nil {
		return nil
	}
	return l.Addr()
}

// Run serves until ctx ends, then drains: readiness turns, the calls that run may end within the grace period, the
// sockets close. It returns nil after a drain in which every call ended.
func (s *Server) Run(ctx context.Context) error {
	if err := s.Listen(ctx); err != nil {
		return err
	}
	started := s.log.Info().Str("public_url", s.Site().PublicURL()).Stringer("listen", s.Addr())
	if s.admin != nil {
		started = started.Stringer("admin", s.AdminAddr())
	}
	started.Msg("serving")
	s.notify(Ready)

	group, failed := errgroup.WithContext(ctx)
	// The keys are kept fresh until the last call has ended.
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	s.start(background)
	defer s.retire()
	group.Go(s.public.Serve)
	if s.admin != nil {
		group.Go(s.admin.Serve)
	}
	group.Go(func() error {
		<-failed.Done()
		if ctx.Err() != nil {
			s.leave()
		}
		return s.drain()
	})
	return group.Wait()
}

// start has the site that is current begin its background work.
func (s *Server) start(ctx context.Context) {
	s.replacing.Lock()
	defer s.replacing.Unlock()
	s.background = ctx
	s.Site().Start(ctx)
}

func (s *Server) retire() {
	s.replacing.Lock()
	defer s.replacing.Unlock()
	s.Site().Flush()
	s.Site().Retire()
}

func (s *Server) notify(stage Stage) {
	if s.cfg.Notify != nil {
		s.cfg.Notify(stage)
	}
}

// leave tells whoever sends requests that the server is to end, and gives them time to notice.
func (s *Server) leave() {
	s.notify(Stopping)
	s.leaving.Store(true)
	if s.cfg.ShutdownDelay > 0 {
		s.log.Info().Dur("delay_ms", s.cfg.ShutdownDelay).Msg("shutting down soon: /readyz and /healthz say so, everything " +
			"else goes on")
		time.Sleep(s.cfg.ShutdownDelay)
	}
}

// drain ends the server.
func (s *Server) drain() error {
	s.leaving.Store(true)
	s.closing.Store(true)
	s.log.Info().Dur("grace_ms", s.cfg.ShutdownGrace).Msg("draining: no new connections; calls in progress may finish")
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.ShutdownGrace)
	defer cancel()
	s.linger(ctx)
	if s.admin != nil {
		// A successor finds both ports free at once, however long the last calls take.
		go s.admin.Shutdown(ctx)
	}
	err := s.public.Shutdown(ctx)
	if s.admin != nil {
		s.admin.Abort()
	}
	if err != nil {
		s.log.Warn().Err(err).Msg("stopped")
		return nil
	}
	s.log.Info().Msg("stopped")
	return nil
}

// lingerFor is how long a draining gateway goes on accepting. Each answer closes its connection meanwhile, so that a
// proxy stops using the ones it keeps; closing them at once would break the calls that are just on their way.
const lingerFor = 500 * time.Millisecond

// linger waits until nobody is connected, for lingerFor and half of the grace period at most.
func (s *Server) linger(ctx context.Context) {
	end := time.NewTimer(min(lingerFor, s.cfg.ShutdownGrace/2))
	defer end.Stop()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for s.public.Connections() > 0 {
		select {
		case <-look.C:
		case <-end.C:
			return
		case <-ctx.Done():
			return
		}
	}
}
