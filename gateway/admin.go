package gateway

import (
	"encoding/json"
	"net/http"
	"time"
)

// readiness is what /readyz answers.
type readiness struct {
	// Status is ready, starting (some issuer's keys were never fetched) or draining.
	Status  string        `json:"status"`
	Issuers []issuerState `json:"issuers"`
}

type issuerState struct {
	URL         string     `json:"url"`
	Ready       bool       `json:"ready"`
	Keys        int        `json:"keys"`
	LastSuccess *time.Time `json:"last_success,omitempty"`
	LastFailure *time.Time `json:"last_failure,omitempty"`
	LastError   string     `json:"last_error,omitempty"`
}

// adminHandler serves what operators and orchestrators ask. It belongs on loopback: it names issuers and errors.
func (s *Server) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		writeAdmin(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		state := s.readiness()
		status := http.StatusOK
		if state.Status != "ready" {
			status = http.StatusServiceUnavailable
		}
		writeAdmin(w, status, state)
	})
	return mux
}

func (s *Server) readiness() readiness {
	state := readiness{Status: "ready"}
	for _, i := range s.Site().Issuers() {
		if !i.Ready {
			state.Status = "starting"
		}
		state.Issuers = append(state.Issuers, issuerState{
			i.URL, i.Ready, i.Keys, moment(i.LastSuccess), moment(i.LastFailure), i.LastError,
		})
	}
	if s.draining.Load() {
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
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.Encode(v)
}
