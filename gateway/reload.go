package gateway

import (
	"sync"
	"time"
)

// Reload is how the last attempt to replace the site ended.
type Reload struct {
	// Loaded is when the current site was put in place.
	Loaded time.Time `json:"loaded"`
	// Failed is when a later attempt failed, and Error why; both are empty where the current site is what was last
	// asked for.
	Failed *time.Time `json:"failed,omitempty"`
	Error  string     `json:"error,omitempty"`
	// Restart names what has changed in the configuration and takes a restart to be in force.
	Restart []string `json:"restart_needed,omitempty"`
}

// reloads remembers the last one.
type reloads struct {
	mu   sync.Mutex
	last Reload
}

// ReloadFailed notes that the current site stays, though another was asked for.
func (s *Server) ReloadFailed(why string) {
	s.reloads.mu.Lock()
	defer s.reloads.mu.Unlock()
	now := time.Now()
	s.reloads.last.Failed, s.reloads.last.Error = &now, why
}

// Reloaded notes that the current site is what was asked for, but for what only a restart puts in force.
func (s *Server) Reloaded(restart []string) {
	s.reloads.mu.Lock()
	defer s.reloads.mu.Unlock()
	s.reloads.last = Reload{Loaded: time.Now(), Restart: restart}
}

// LastReload tells how the last attempt to replace the site ended, for readiness and metrics.
func (s *Server) LastReload() Reload {
	s.reloads.mu.Lock()
	defer s.reloads.mu.Unlock()
	return s.reloads.last
}
