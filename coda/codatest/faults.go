package codatest

import (
	"net/http"
	"slices"
	"time"
)

// FaultKind is what an injected [Fault] does.
type FaultKind string

const (
	// FaultDrop closes the connection before the request was looked at.
	FaultDrop FaultKind = "drop"
	// FaultDropAfter carries the request out and closes the connection instead
	// of answering: the client cannot know the fate of its write.
	FaultDropAfter FaultKind = "dropAfter"
	// FaultRespond answers with Status and Body without carrying the request out.
	FaultRespond FaultKind = "respond"
	// FaultRespondAfter carries the request out and then answers with Status and Body.
	FaultRespondAfter FaultKind = "respondAfter"
	// FaultSlow carries the request out and sends the answer in pieces of Chunk
	// bytes with Pause between them.
	FaultSlow FaultKind = "slow"
	// FaultTruncate carries the request out and breaks off after half the answer.
	FaultTruncate FaultKind = "truncate"
	// FaultStall holds the answer back for Pause, or until the client gives up.
	FaultStall FaultKind = "stall"
)

// Fault is something that goes wrong with requests that match it.
//
// Mind that Go's http.Transport repeats a GET by itself when a reused
// connection is closed before the first byte of an answer; the log then shows
// both.
type Fault struct {
	Kind FaultKind

	// Operation, Method and DocID choose the requests; empty matches all.
	Operation string
	Method    string
	DocID     string

	// Skip lets that many matching requests pass first, Every then meets only
	// each n-th (0 and 1: every one), Times of them (0: one; negative: until
	// the fault is taken back).
	Skip, Every, Times int

	Status int         // FaultRespond, FaultRespondAfter: default 503
	Body   string      // default: an error body like Coda's
	Header http.Header // additional headers of the answer

	Chunk int           // FaultSlow: default 64 bytes
	Pause time.Duration // FaultSlow, FaultStall
}

type armedFault struct {
	Fault
	seen, hits int
}

// Inject arms a fault. The first armed fault that matches a request meets it,
// and no other. The returned function takes the fault back and may be called
// more than once.
func (s *Server) Inject(f Fault) (remove func()) {
	a := &armedFault{Fault: f}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, a)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.faults = slices.DeleteFunc(s.faults, func(x *armedFault) bool { return x == a })
	}
}

// ClearFaults takes all faults back.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// matchFault is called with s.mu held.
func (s *Server) matchFault(op, method, doc string) *Fault {
	for _, a := range s.faults {
		if a.Operation != "" && a.Operation != op ||
			a.Method != "" && a.Method != method ||
			a.DocID != "" && a.DocID != doc {
			continue
		}
		times := a.Times
		if times == 0 {
			times = 1
		}
		if times > 0 && a.hits >= times {
			continue
		}
		a.seen++
		if n := a.seen - a.Skip; n <= 0 || a.Every > 1 && n%a.Every != 0 {
			continue
		}
		a.hits++
		f := a.Fault
		return &f
	}
	return nil
}
