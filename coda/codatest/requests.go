package codatest

import (
	"slices"
	"time"
)

// Request is one entry of the request log.
type Request struct {
	Seq        int         // from 1, in order of arrival
	Time       time.Time   // on the server's clock
	Operation  string      // operationId of the OpenAPI file; "downloadBlob"; "" if no operation matched
	Method     string      //
	Path       string      // without the base path
	Query      string      // raw
	DocID      string      // of doc-scoped operations
	Account    string      // loginId of the token's owner, "" without a valid token
	TokenName  string      //
	Bytes      int         // size of the request's body
	Status     int         // of the answer; 0 if the connection was dropped without one
	Fault      FaultKind   // the injected fault that met it, if any
	Class      BudgetClass // the budget it was counted in
	Authorized bool        // whether it carried an Authorization header
	Version    string      // X-Coda-Doc-Version
}

// RequestLog is what the server was asked, in order.
type RequestLog []Request

// Requests returns the log so far.
func (s *Server) Requests() RequestLog {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// ResetRequests empties the log.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = nil
}

// Count returns how many requests named one of the operations; with no
// operation given, how many there were at all.
func (l RequestLog) Count(operations ...string) int {
	n := 0
	for _, r := range l {
		if len(operations) == 0 || slices.Contains(operations, r.Operation) {
			n++
		}
	}
	return n
}

// Counts returns the number of requests by operation.
func (l RequestLog) Counts() map[string]int {
	m := map[string]int{}
	for _, r := range l {
		m[r.Operation]++
	}
	return m
}

// Statuses returns the number of requests by the status they were answered with.
func (l RequestLog) Statuses() map[int]int {
	m := map[int]int{}
	for _, r := range l {
		m[r.Status]++
	}
	return m
}

// Where returns the entries that keep reports true for.
func (l RequestLog) Where(keep func(Request) bool) RequestLog {
	var out RequestLog
	for _, r := range l {
		if keep(r) {
			out = append(out, r)
		}
	}
	return out
}
