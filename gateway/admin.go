package gateway

import (
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/edge"
)

// readiness is what /readyz answers.
type readiness struct {
	// Status is ready, starting (no issuer that people sign in at has had keys) or draining.
	Status  string        `json:"status"`
	Issuers []issuerState `json:"issuers"`
	Reload  Reload        `json:"reload"`
	// Details are troubles that do not keep the process from serving, by what has them.
	Details map[string]string `json:"details,omitempty"`
}

type issuerState struct {
	URL         string     `json:"url"`
	Ready       bool       `json:"ready"`
	Keys        int        `json:"keys"`
	LastSuccess *time.Time `json:"last_success,omitempty"`
	LastFailure *time.Time `json:"last_failure,omitempty"`
	LastError   string     `json:"last_error,omitempty"`
	Cure        string     `json:"cure,omitempty"`
}

// adminHandler serves what operators and orchestrators ask. It names issuers and errors, and asks nobody who they
// are: on loopback and Unix sockets it serves all, elsewhere whether the process lives, one word of readiness, and
// metrics.
func (s *Server) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeAdmin(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", s.serveReadiness)
	if s.cfg.Page != nil {
		mux.HandleFunc("GET /{$}", s.local(s.cfg.Page))
	}
	if s.cfg.Attempts != nil {
		mux.HandleFunc("GET /attempts", s.local(s.cfg.Attempts))
		mux.HandleFunc("GET /attempts/{id}", s.local(s.cfg.Attempts))
	}
	if s.cfg.Metrics != nil {
		mux.Handle("GET /metrics", s.cfg.Metrics)
	}
	hosts := make(map[string]bool, len(s.cfg.AdminHosts))
	for _, h := range s.cfg.AdminHosts {
		hosts[strings.ToLower(h)] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A page that a browser shows can have its own name resolve to this address; it cannot have the browser say
		// another name.
		if !isAddress(r.Host) && !hosts[strings.ToLower(r.Host)] && !hosts[strings.ToLower(hostname(r.Host))] {
			writeAdmin(w, http.StatusMisdirectedRequest, map[string]string{
				"error": "the admin listener does not know this host name; use an IP address, or add the name to " +
					"admin.allowed_hosts",
			})
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// isAddress says whether a Host header is an IP address or localhost, with or without a port. An empty one comes
// from HTTP/1.0.
func isAddress(host string) bool {
	if host == "" || edge.IsLoopback(host) {
		return true
	}
	_, err := netip.ParseAddr(strings.Trim(hostname(host), "[]"))
	return err == nil
}

func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// local serves what names people, and so is for whoever is on this machine.
func (s *Server) local(what http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.adminIsLocal() {
			http.NotFound(w, r)
			return
		}
		what.ServeHTTP(w, r)
	}
}

func (s *Server) serveReadiness(w http.ResponseWriter, _ *http.Request) {
	state := s.readiness()
	status := http.StatusOK
	if state.Status != "ready" {
		status = http.StatusServiceUnavailable
	}
	if !s.adminIsLocal() {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(state.Status + "\n"))
		return
	}
	writeAdmin(w, status, state)
}

// adminIsLocal says whether only this machine reaches the admin listener.
func (s *Server) adminIsLocal() bool {
	tcp, ok := s.AdminAddr().(*net.TCPAddr)
	return !ok || tcp.IP.IsLoopback()
}

// readiness says ready once somebody can be let in: at least one issuer that people sign in at has had usable keys.
// Everything else is detail, since one typo or one provider's outage must not take every replica out.
func (s *Server) readiness() readiness {
	state := readiness{Status: "starting", Reload: s.LastReload(), Details: map[string]string{}}
	if s.Site().Ready() {
		state.Status = "ready"
	}
	for _, i := range s.Site().Issuers() {
		state.Issuers = append(state.Issuers, issuerState{
			i.URL, i.Ready, i.Keys, moment(i.LastSuccess), moment(i.LastFailure), i.LastError, i.Cure,
		})
	}
	for name, detail := range s.cfg.Details {
		if text := detail(); text != "" {
			state.Details[name] = text
		}
	}
	if s.leaving.Load() {
		state.Status = "draining"
	}
	return state
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}

func writeAdmin(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v)
}
