package codatest

import (
	"net/http"
	"time"
)

// statusKept is how long the real service remembers the status of a write.
const statusKept = 24 * time.Hour

// mutation is a write that was answered 202.
type mutation struct {
	id        string
	doc       *docState
	account   string
	visibleAt time.Time // the status is 404 before
	applyAt   time.Time
	applied   bool
	warning   string
	apply     func(c *content, now time.Time)

	request   int // Seq of the request
	operation string
}

// enqueue takes a write and returns the id of its status. Writes to one doc
// are applied in the order they came, whatever delays were drawn.
func (c *call) enqueue(warning string, apply func(k *content, now time.Time)) string {
	s := c.s
	if warning == "" {
		warning = s.behavior.MutationWarning
	}
	m := &mutation{
		id: "mutate:" + s.ids.uuid(), doc: c.doc, account: c.account.LoginID, warning: warning, apply: apply,
		request: c.seq, operation: c.op.id,
		visibleAt: c.now.Add(s.behavior.MutationStatusLag.draw(s.rand)),
		applyAt:   c.now.Add(s.behavior.WriteDelay.draw(s.rand)),
	}
	if n := len(c.doc.pending); n > 0 && m.applyAt.Before(c.doc.pending[n-1].applyAt) {
		m.applyAt = c.doc.pending[n-1].applyAt
	}
	c.doc.pending = append(c.doc.pending, m)
	s.mutations[m.id] = m
	return m.id
}

// advance lets everything happen that is due by now. Called with s.mu held.
func (s *Server) advance(now time.Time) {
	for _, d := range s.ws.docs {
		s.advanceDoc(d, now)
	}
	s.finishExports(now)
}

func (s *Server) advanceDoc(d *docState, now time.Time) {
	every := s.behavior.SnapshotEvery
	switch {
	case every <= 0:
		s.applyUntil(d, now)
		d.snap, d.dirty = nil, false
		return
	case d.snap == nil:
		d.snap, d.snapAt, d.dirty = d.live.clone(), now, false
	default:
		if n := now.Sub(d.snapAt) / every; n > 0 {
			d.snapAt = d.snapAt.Add(n * every)
			s.applyUntil(d, d.snapAt)
			if d.dirty {
				d.snap, d.dirty = d.live.clone(), false
			}
		}
	}
	s.applyUntil(d, now)
}

func (s *Server) applyUntil(d *docState, t time.Time) {
	for len(d.pending) > 0 && !d.pending[0].applyAt.After(t) {
		m := d.pending[0]
		d.pending = d.pending[1:]
		c := Change{At: m.applyAt, Request: m.request, Operation: m.operation, RequestID: m.id, Account: m.account}
		s.tell(c, d, func() { m.apply(d.live, m.applyAt) })
		m.applied = true
		m.apply = nil
		d.dirty = true
		d.updatedAt = m.applyAt
	}
}

// Settle applies everything that is under way, without waiting for it:
// pending writes, snapshots and exports.
func (s *Server) Settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Clock()
	s.advance(now)
	for _, d := range s.ws.docs {
		for _, m := range d.pending {
			m.applyAt = now
			m.visibleAt = now
		}
		s.applyUntil(d, now)
		if d.snap != nil {
			d.snap, d.dirty = d.live.clone(), false
		}
	}
	for _, e := range s.pendingEx {
		e.readyAt, e.visibleAt = now, now
	}
	s.advance(now)
}

// Pending returns the number of writes that were taken and not yet applied.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(s.opts.Clock())
	n := 0
	for _, d := range s.ws.docs {
		n += len(d.pending)
	}
	return n
}

func getMutationStatus(c *call) (any, error) {
	m := c.s.mutations[c.path("requestId")]
	if m == nil || m.account != c.account.LoginID || c.now.Before(m.visibleAt) || c.now.After(m.applyAt.Add(statusKept)) {
		return nil, notFound("Could not find a mutation with the given request id.")
	}
	if c.token.Doc != "" && m.doc.id != c.token.Doc {
		return nil, notFound("Could not find a mutation with the given request id.")
	}
	out := obj{"completed": m.applied}
	if m.applied && m.warning != "" {
		out["warning"] = m.warning
	}
	return out, nil
}

// checkVersion answers for the X-Coda-Doc-Version header.
func (c *call) checkVersion() error {
	v := c.r.Header.Get("X-Coda-Doc-Version")
	if v == "" || c.s.behavior.IgnoreDocVersion || c.r.Method != http.MethodGet || c.doc == nil {
		return nil
	}
	if v != "latest" || len(c.doc.pending) > 0 || c.doc.dirty {
		return badRequest("Doc is not yet up to date.")
	}
	return nil
}
