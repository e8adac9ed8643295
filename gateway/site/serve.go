package site

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/edge"
	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/mcphttp"
	"github.com/bestviable/coda-gateway/gateway/wellknown"
)

// ServeHTTP serves the public side.
func (s *Site) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	both := &struct {
		call   call.Call
		answer answer
		id     [1]string
	}{answer: answer{ResponseWriter: rw}}
	c, w := &both.call, &both.answer
	s.begin(c, r)
	defer s.end(w, c)

	h := w.Header()
	both.id[0] = c.ID
	h["X-Request-Id"] = both.id[:]
	h["X-Content-Type-Options"] = noSniff
	if !s.hosts.Allow(r.Host) {
		c.End(call.WrongHost, call.HostNotAllowed,
			"this gateway does not serve the host in the Host header: "+call.Quote(r.Host)+"; if it is right, add it to "+
				"allowed_hosts; if a proxy in front set it, make the proxy pass the client's Host header on")
		wellknown.Error(w, http.StatusMisdirectedRequest, "misdirected_request",
			"this server does not answer for that host name")
		return
	}
	s.checkProxy(c, r)

	// An escaped slash or letter is another path: what a proxy in front compares is what counts here.
	switch p := r.URL.EscapedPath(); {
	case strings.HasPrefix(p, wellknown.Prefix) || s.wellKnown.IsMetadata(p):
		s.serveWellKnown(w, r, c, p)
	case s.isMCP(r):
		c.Place = call.AtMCP
		s.serveMCP(w, r, c)
	case s.enrol != nil && s.enrol.Serves(p):
		c.Place = call.AtConnect
		s.enrol.ServeHTTP(w, r, c)
	case p == "/":
		c.Place = call.AtPage
		if r.Method == http.MethodPost {
			c.Place = call.Elsewhere
			s.noteElsewhere(c)
		}
		if s.mcpPath == "" && isBrowser(r) { // it is the MCP URL, too
			s.help.Write(w, http.StatusOK, s.lastFrom(c))
			return
		}
		s.page.ServeHTTP(w, r)
	default:
		s.serveNothing(w, c, p)
	}
}

// serveWellKnown serves the public documents.
func (s *Site) serveWellKnown(w *answer, r *http.Request, c *call.Call, path string) {
	switch {
	case s.wellKnown.IsMetadata(path):
		c.Place = call.AtResource
	case wellknown.IsAuthorizationServer(path):
		c.Place = call.AtServer
	default:
		c.Place = call.Elsewhere
	}
	s.wellKnown.ServeHTTP(w, r)
	if w.status == http.StatusNotFound && c.Place == call.AtServer {
		c.End(call.NotOffered, call.ServerMetadata, "")
	}
}

// serveNothing answers where there is nothing. Clients look at some of these paths on their way: that is no mistake of
// anybody's.
func (s *Site) serveNothing(w *answer, c *call.Call, path string) {
	rest, below := strings.CutPrefix(path, s.mcpPath+"/")
	switch {
	case below && wellknown.IsAuthorizationServer("/"+rest):
		c.Place = call.AtServer
		c.End(call.NotOffered, call.ServerMetadata, "")
	case path == "/authorize" || path == "/token" || path == "/register":
		c.Place = call.AtEndpoints
		c.End(call.NotOffered, call.ServerEndpoint, "")
	default:
		c.Place = call.Elsewhere
		s.noteElsewhere(c)
	}
	wellknown.NotFound(w, "there is nothing at this path; the MCP endpoint is "+s.cfg.PublicURL.Raw)
}

// begin begins the record of a request.
func (s *Site) begin(c *call.Call, r *http.Request) {
	c.ID, c.Time, c.Client = s.requestID(r), time.Now(), s.proxies.ClientAddr(r)
	if c.Keep = s.cfg.Traced; c.Keep {
		c.HTTPTrace = call.Trace{Parent: only(r.Header["Traceparent"]), State: only(r.Header["Tracestate"])}
	}
	c.Doctor = r.Header[handshake.DoctorHeader] != nil
	c.HTTPMethod, c.Path, c.UserAgent = call.Clip(r.Method), logPath(r), call.Clip(r.UserAgent())
}

// only is the value of a header that is there once.
func only(values []string) string {
	if len(values) != 1 {
		return ""
	}
	return values[0]
}

// end guards against panics and tells of the call.
func (s *Site) end(w *answer, c *call.Call) {
	if v := recover(); v != nil {
		if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			c.End(call.Aborted, "", "")
			defer panic(http.ErrAbortHandler)
		} else {
			call.LogPanic(s.log, c, v)
			c.End(call.Panic, "", "")
			if w.status == 0 {
				mcphttp.WriteError(w, http.StatusInternalServerError, nil, mcphttp.CodeInternal,
					"the gateway failed; its log has more under request id "+c.ID)
			} else {
				// The answer has begun; only a broken connection can tell the client that it is not whole.
				defer panic(http.ErrAbortHandler)
			}
		}
	}
	c.Finish(w.status, w.bytes)
	for _, tell := range s.ended {
		tell(c)
	}
}

// noteElsewhere tells the operator what a proxy that takes off or adds a part of the path looks like from here, and
// what another URL than public_url does.
func (s *Site) noteElsewhere(c *call.Call) {
	url := s.cfg.PublicURL
	c.End(call.BadRequest, call.WrongPath, "MCP is served at the path of "+url.Raw+"; if a client was sent here, a "+
		"proxy in front changes the path: make it pass the path unchanged; if people type the URL with this path, write "+
		"public_url: "+call.Clip(url.Origin+c.Path))
}

// noSniff is shared by all answers: nothing changes the values of a header that has been set.
var noSniff = []string{"nosniff"}

// isMCP accepts the endpoint with and without a trailing slash: a redirect would cost clients their Authorization
// header. Where the endpoint is the root, a browser's GET is for the page.
func (s *Site) isMCP(r *http.Request) bool {
	p := r.URL.EscapedPath()
	if s.mcpPath != "" {
		return p == s.mcpPath || len(p) == len(s.mcpPath)+1 && p[len(p)-1] == '/' && strings.HasPrefix(p, s.mcpPath)
	}
	if p != "/" && p != "" {
		return false
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return strings.Contains(r.Header.Get("Accept"), "text/event-stream")
	}
	return true
}

// checkProxy warns once when the proxy in front believes in another public address than the configuration does.
// Nothing else follows from it.
func (s *Site) checkProxy(c *call.Call, r *http.Request) {
	proto, host := r.Header.Get("X-Forwarded-Proto"), r.Header.Get("X-Forwarded-Host")
	if proto == "" && host == "" || !s.proxies.Trusts(r) {
		return
	}
	scheme, _, _ := strings.Cut(s.cfg.PublicURL.Origin, "://")
	if (proto == "" || strings.EqualFold(proto, scheme)) && (host == "" || s.isPublicHost(host)) {
		return
	}
	if told, _ := s.toldProxies.ContainsOrAdd(call.Clip(proto)+" "+call.Clip(host), struct{}{}); told {
		return
	}
	s.log.Warn().Str("request_id", c.ID).Str("forwarded_proto", call.Clip(proto)).
		Str("forwarded_host", call.Clip(host)).Str("public_url", s.cfg.PublicURL.Raw).
		Msg("the proxy says that people reach this gateway at an address other than public_url; clients get public_url, " +
			"so check which of the two is right")
}

func (s *Site) isPublicHost(host string) bool {
	return strings.EqualFold(host, s.cfg.PublicURL.Host) || s.hosts.Allow(host) && !edge.IsLoopback(host)
}

// requestID takes a trusted proxy's id where it is harmless, so that both logs can be joined, or else makes one.
func (s *Site) requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); id != "" && len(id) <= 64 && isPlain(id) && s.proxies.Trusts(r) {
		return id
	}
	return newID()
}

// newID makes a request id. It has to be another one each time, on whatever replica, and is no secret: it is in every
// answer and opens nothing. So the generator of the runtime does (ChaCha8, seeded by the system).
func newID() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	var id [16]byte
	high, low := rand.Uint64(), rand.Uint64()
	for i := range 8 {
		id[i], id[8+i] = letters[high%32], letters[low%32]
		high, low = high/32, low/32
	}
	return string(id[:])
}

func isPlain(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// logPath is the path without its query, which may hold what does not belong into a log.
func logPath(r *http.Request) string {
	p := r.URL.Path
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	return call.Clip(path.Clean(p))
}
