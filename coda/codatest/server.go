package codatest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Server is the simulated Coda, an [http.Handler] that is safe for concurrent
// use. Make one with [NewServer] or, in a test, with [New].
type Server struct {
	opts Options
	mux  *http.ServeMux

	mu        sync.Mutex // guards all below
	behavior  Behavior
	log       RequestLog
	seq       int
	faults    []*armedFault
	spent     map[budgetKey][]time.Time
	rand      *rand.Rand
	ids       *idSource
	ws        *workspaceState
	mutations map[string]*mutation
	exports   map[string]*export
	pendingEx []*export
	blobs     map[string]blob

	listener listening
}

// NewServer makes a server; it listens nowhere yet. It panics when the
// workspace contradicts itself, as a typo in a test's fixture does; use
// [Workspace.Validate] to get the error.
func NewServer(opts Options) *Server {
	opts = opts.withDefaults()
	s := &Server{
		opts:      opts,
		mux:       http.NewServeMux(),
		behavior:  opts.Behavior.withDefaults(),
		spent:     map[budgetKey][]time.Time{},
		rand:      rand.New(rand.NewPCG(opts.Seed, 0xc0da)),
		ids:       newIDSource(opts.Seed),
		mutations: map[string]*mutation{},
		exports:   map[string]*export{},
		blobs:     map[string]blob{},
	}
	ws, err := build(opts.Workspace, s.ids, opts.Clock())
	if err != nil {
		panic("codatest: " + err.Error())
	}
	s.ws = ws
	for _, op := range operations() {
		s.mux.HandleFunc(op.method+" "+opts.BasePath+op.path, func(w http.ResponseWriter, r *http.Request) {
			s.serve(w, r, op)
		})
	}
	return s
}

// Behavior returns how the server behaves now.
func (s *Server) Behavior() Behavior {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.behavior
}

// Behave changes how the server behaves from now on. What is already under way
// keeps the delays that were drawn for it. change must not call the server.
func (s *Server) Behave(change func(*Behavior)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(s.opts.Clock())
	b := s.behavior
	change(&b)
	s.behavior = b.withDefaults()
}

// ServeHTTP serves the API below the base path, and export downloads below
// /blobs/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, blobPath) {
		s.serve(w, r, downloadBlob)
		return
	}
	if _, pattern := s.mux.Handler(r); pattern != "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	s.serve(w, r, unknownOperation)
}

// answer is what will be sent, decided before the first byte is.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a *answer) setJSON(status int, v any) {
	a.status = status
	a.header.Set("Content-Type", "application/json; charset=utf-8")
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // links stay readable, as Coda writes them
	if err := enc.Encode(v); err != nil {
		panic("codatest: answer cannot be encoded: " + err.Error())
	}
	a.body = bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func (a *answer) setError(err error) {
	var e *apiError
	if !errors.As(err, &e) {
		e = &apiError{status: http.StatusInternalServerError, message: err.Error()}
	}
	a.setJSON(e.status, e.body())
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, op operation) {
	now := s.opts.Clock()
	c := &call{s: s, r: r, op: op, now: now, params: r.URL.Query(), docID: r.PathValue("docId"), origin: s.origin(r)}
	entry := Request{
		Time: now, Operation: op.id, Method: r.Method, Path: strings.TrimPrefix(r.URL.Path, s.opts.BasePath),
		Query: r.URL.RawQuery,
		DocID: c.docID, Class: op.class,
		Authorized: r.Header.Get("Authorization") != "", Version: r.Header.Get("X-Coda-Doc-Version"),
	}
	s.mu.Lock()
	s.seq++
	entry.Seq, c.seq = s.seq, s.seq
	fault := s.matchFault(op.id, r.Method, c.docID)
	maxBody := s.behavior.MaxRequestBytes
	s.mu.Unlock()
	if fault != nil {
		entry.Fault = fault.Kind
	}
	a := &answer{header: http.Header{}}

	if fault != nil && fault.Kind == FaultDrop {
		s.record(entry, r, nil, &answer{}, c)
		panic(http.ErrAbortHandler)
	}
	body, bodyErr := readBody(r, maxBody)
	entry.Bytes = len(body)
	c.body = body
	switch {
	case fault != nil && fault.Kind == FaultRespond:
		fault.apply(a)
	default:
		s.answer(c, a, bodyErr)
		if fault != nil && fault.Kind == FaultRespondAfter {
			*a = answer{header: http.Header{}}
			fault.apply(a)
		}
	}
	if fault != nil && fault.Kind == FaultDropAfter {
		s.record(entry, r, body, &answer{}, c)
		panic(http.ErrAbortHandler)
	}
	s.record(entry, r, body, a, c)
	send(w, r, a, fault)
}

// answer decides the answer to c, under the lock.
func (s *Server) answer(c *call, a *answer, bodyErr error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(c.now)
	if c.op.raw != nil {
		c.op.raw(c, a)
		return
	}
	if err := c.admit(); err != nil {
		a.setError(err)
		return
	}
	if bodyErr != nil {
		a.setError(bodyErr)
		return
	}
	result, err := c.op.run(c)
	if err != nil {
		a.setError(err)
		return
	}
	// A write without delay is applied before it is answered.
	s.advance(c.now)
	a.setJSON(c.op.status, result)
}

func (s *Server) record(e Request, r *http.Request, body []byte, a *answer, c *call) {
	e.Status = a.status
	if c.account != nil {
		e.Account, e.TokenName = c.account.LoginID, c.token.Name
	}
	s.mu.Lock()
	s.log = append(s.log, e)
	s.mu.Unlock()
	s.opts.Logger.Debug("request", "operation", e.Operation, "method", e.Method, "path", e.Path,
		"account", e.Account, "status", e.Status, "fault", string(e.Fault))
	if s.opts.OnExchange != nil {
		s.opts.OnExchange(Exchange{Request: e, HTTP: r, RequestBody: body,
			Status: a.status, Header: a.header, ResponseBody: a.body})
	}
}

// maxDrained is how much of a body that is too large is read and thrown away.
const maxDrained = 64 << 20

func readBody(r *http.Request, limit int) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	var src io.Reader = r.Body
	if limit >= 0 {
		src = io.LimitReader(r.Body, int64(limit)+1)
	}
	var buf bytes.Buffer
	if _, err := buf.ReadFrom(src); err != nil {
		return buf.Bytes(), badRequest("request aborted")
	}
	if limit >= 0 && buf.Len() > limit {
		// Read on, so that the client has sent all and looks at the answer.
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxDrained))
		return buf.Bytes(), badRequest("request entity too large")
	}
	return buf.Bytes(), nil
}

func (f *Fault) apply(a *answer) {
	status := f.Status
	if status == 0 {
		status = http.StatusServiceUnavailable
	}
	if f.Body != "" {
		a.status, a.body = status, []byte(f.Body)
	} else {
		a.setError(fail(status, "%s", http.StatusText(status)))
	}
	for k, v := range f.Header {
		a.header[k] = v
	}
}

// send writes the answer, as an injected fault will have it.
func send(w http.ResponseWriter, r *http.Request, a *answer, f *Fault) {
	for k, v := range a.header {
		w.Header()[k] = v
	}
	kind := FaultKind("")
	if f != nil {
		kind = f.Kind
	}
	switch kind {
	case FaultStall:
		if !pause(r, f.Pause) {
			panic(http.ErrAbortHandler)
		}
	case FaultTruncate:
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body[:len(a.body)/2])
		flush(w)
		panic(http.ErrAbortHandler)
	case FaultSlow:
		w.WriteHeader(a.status)
		chunk := f.Chunk
		if chunk <= 0 {
			chunk = 64
		}
		for b := a.body; len(b) > 0; {
			n := min(chunk, len(b))
			if _, err := w.Write(b[:n]); err != nil {
				return
			}
			flush(w)
			b = b[n:]
			if len(b) > 0 && !pause(r, f.Pause) {
				panic(http.ErrAbortHandler)
			}
		}
		return
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// pause waits and reports whether the client is still there.
func pause(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}
