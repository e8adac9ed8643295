package gateway

import (
	"crypto/rand"
	"net/http"
	"path"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/edge"
	"github.com/bestviable/coda-gateway/gateway/wellknown"
)

// ServeHTTP serves the public side.
func (g *Gateway) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	c := g.begin(r)
	w := &answer{ResponseWriter: rw}
	defer g.finish(w, c)

	h := w.Header()
	h.Set("X-Request-Id", c.ID)
	h["X-Content-Type-Options"] = noSniff
	if g.draining.Load() {
		h["Connection"] = closeConnection
	}
	if !g.hosts.Allow(r.Host) {
		c.End(call.WrongHost, call.HostNotAllowed, "the Host header is none of this gateway's: "+quoted(r.Host)+"; if it is right, add it to allowed_hosts")
		wellknown.Error(w, http.StatusMisdirectedRequest, "misdirected_request", "this server does not answer for that host name")
		return
	}
	g.checkProxy(c, r)

	switch p := r.URL.Path; {
	case strings.HasPrefix(p, wellknown.Prefix):
		g.wellKnown.ServeHTTP(w, r)
	case g.isMCP(r):
		g.serveMCP(w, c, r)
	case p == "/":
		if r.Method == http.MethodPost {
			g.noteElsewhere(c)
		}
		g.page.ServeHTTP(w, r)
	default:
		g.noteElsewhere(c)
		wellknown.NotFound(w, "there is nothing at this path; the MCP endpoint is "+g.cfg.PublicURL.Raw)
	}
}

// noteElsewhere tells the operator what a proxy that takes off or adds a part of the path looks like from here.
func (g *Gateway) noteElsewhere(c *call.Call) {
	c.End(call.BadRequest, call.WrongPath, "MCP is served at the path of "+g.cfg.PublicURL.Raw+"; if a client was sent there, a proxy in front changes the path")
}

// noSniff and its like are shared by all answers: nothing changes the values of a header that has been set.
var (
	noSniff         = []string{"nosniff"}
	closeConnection = []string{"close"}
)

// isMCP accepts the endpoint with and without a trailing slash: a redirect would cost clients their Authorization
// header. Where the endpoint is the root, a browser's GET is for the page.
func (g *Gateway) isMCP(r *http.Request) bool {
	p := r.URL.Path
	if g.mcpPath != "" {
		return p == g.mcpPath || len(p) == len(g.mcpPath)+1 && p[len(p)-1] == '/' && strings.HasPrefix(p, g.mcpPath)
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
func (g *Gateway) checkProxy(c *call.Call, r *http.Request) {
	proto, host := r.Header.Get("X-Forwarded-Proto"), r.Header.Get("X-Forwarded-Host")
	if proto == "" && host == "" || !g.proxies.Trusts(r) {
		return
	}
	scheme, _, _ := strings.Cut(g.cfg.PublicURL.Origin, "://")
	if (proto == "" || strings.EqualFold(proto, scheme)) && (host == "" || strings.EqualFold(host, g.cfg.PublicURL.Host) || g.hosts.Allow(host) && !edge.IsLoopback(host)) {
		return
	}
	if told, _ := g.toldProxies.ContainsOrAdd(clip(proto)+" "+clip(host), struct{}{}); told {
		return
	}
	g.log.Warn().Str("request_id", c.ID).Str("forwarded_proto", clip(proto)).Str("forwarded_host", clip(host)).Str("public_url", g.cfg.PublicURL.Raw).
		Msg("the proxy says that people reach this gateway at another address than public_url; clients are told public_url, so check which of the two is right")
}

// requestID takes a trusted proxy's id where it is harmless, so that both logs can be joined, or else makes one.
func (g *Gateway) requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); id != "" && len(id) <= 64 && isPlain(id) && g.proxies.Trusts(r) {
		return id
	}
	return rand.Text()[:16]
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
	return clip(path.Clean(p))
}
