package walk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// open speaks to the server with a token for the first time, as clients do: server/discover, and then initialize, which
// those also send that have been answered (anthropics/claude-code#96183).
func (w *walker) open(ctx context.Context, g Grant) (*session, bool) {
	p := w.cfg.Clients[0]
	s := &session{grant: g, agent: p.Agents.MCP, as: p.Name}
	discovered := w.rpc(ctx, s, call{method: "server/discover", version: modern, meta: modern})
	if f, stops := w.turnedAway(ctx, discovered, g); stops {
		w.found(discovered.event, f)
		return nil, false
	}
	isModern := discovered.result != nil
	discovered.event.Concludes = "the server speaks " + modern
	if !isModern {
		discovered.event.Concludes = "the server does not know the revision " + modern + "; clients fall back to initialize"
	}
	begun := w.rpc(ctx, s, call{method: "initialize", params: map[string]any{"protocolVersion": legacy,
		"capabilities": map[string]any{}, "clientInfo": map[string]any{"name": "coda-gateway-doctor", "version": "1"}}})
	if f, stops := w.turnedAway(ctx, begun, g); stops && begun.failed == nil {
		w.found(begun.event, f)
		return nil, false
	}
	if begun.result == nil {
		if isModern {
			s.version = modern
			w.found(begun.event, handshake.New(handshake.NoInitialize, "The server accepts server/discover, but refuses "+
				"initialize ("+begun.failed.said()+"): it speaks "+modern+" alone.", "Have it accept older revisions as well; "+
				"most clients begin with initialize."))
			return s, true
		}
		w.found(begun.event, w.notMCP(begun))
		return nil, false
	}
	return s, w.agree(ctx, s, begun)
}

// agree takes what initialize was answered with, and says that the client is ready.
func (w *walker) agree(ctx context.Context, s *session, begun *reply) bool {
	var said struct {
		Version string `json:"protocolVersion"`
		Server  struct {
			Name    string `json:"name"`
			Version string `json:"version"`
		} `json:"serverInfo"`
	}
	if json.Unmarshal(begun.result, &said) != nil || said.Version == "" {
		w.found(begun.event, w.notMCP(begun))
		return false
	}
	s.version, s.id = said.Version, begun.answer.header.Get("Mcp-Session-Id")
	begun.event.Concludes = fmt.Sprintf("%s %s speaks %s", clip(said.Server.Name), clip(said.Server.Version),
		clip(said.Version))
	if !slices.Contains([]string{modern, legacy, "2025-06-18", "2025-03-26", "2024-11-05"}, said.Version) {
		w.found(begun.event, handshake.New(handshake.CallVersion, "Asked for "+legacy+", the server answers with the "+
			"revision "+
			quote(said.Version)+", which no client knows.", "Have the server answer with the newest revision that both know."))
		return false
	}
	ready := w.rpc(ctx, s, call{method: "notifications/initialized", notification: true})
	if f, stops := w.turnedAway(ctx, ready, s.grant); stops && ready.status != http.StatusAccepted {
		w.found(ready.event, f)
		return false
	}
	ready.event.Concludes = "the client is ready"
	return true
}

// turnedAway says what keeps a client from an answer, below MCP; stops tells whether something does.
func (w *walker) turnedAway(ctx context.Context, r *reply, g Grant) (_ handshake.Finding, stops bool) {
	f, stops := w.whatTurnsAway(ctx, r, g)
	return f.At(w.step), stops
}

// whatTurnsAway is long because it is one list, a case a status.
func (w *walker) whatTurnsAway(ctx context.Context, r *reply, g Grant) (_ handshake.Finding, stops bool) {
	at := methodOf(r)
	switch {
	case r.err != nil:
		return w.trouble(w.mcp.Host, r.err), true
	case r.status == http.StatusUnauthorized:
		return w.unauthorized(ctx, r.answer, g), true
	case r.status == http.StatusForbidden:
		return w.forbidden(r, g), true
	case r.isRedirect():
		return handshake.New(handshake.CallRedirected, fmt.Sprintf("The request with a token is redirected to %s; clients "+
			"drop the token on the way.", quote(r.answer.header.Get("Location"))), "Have people type the URL that it is "+
			"redirected to, or remove the redirect from the proxy.", r.evidence()...), true
	case r.status == http.StatusTooManyRequests:
		return handshake.New(handshake.RateLimited, "The server answers 429 to the first calls with a token.",
			"Raise the limit of the proxy: all Claude users come from one network.", r.evidence()...), true
	case r.status == http.StatusNotAcceptable, r.status == http.StatusUnsupportedMediaType:
		return handshake.New(handshake.CallAccept, fmt.Sprintf("The server answers %d to what every client sends (Accept: "+
			"%s; Content-Type: %s).", r.status, r.query.header.Get("Accept"), r.query.header.Get("Content-Type")),
			"Make the server accept these headers, and the proxy pass them on unchanged.", r.evidence()...), true
	case r.isAnswer(), r.status == http.StatusAccepted, r.status == http.StatusNoContent:
		return handshake.Finding{}, false
	case r.isHTML() && r.status/100 != 5:
		return handshake.New(handshake.CallPage, fmt.Sprintf("With a token, %s is answered %d with a web page: %s.", at,
			r.status, quote(textOf(r.body))), "Let POST requests to the MCP URL through to the server, whatever user agent and "+
			"Authorization header they have: something in front answers in its place.", r.evidence()...), true
	case r.stream:
		return handshake.New(handshake.StreamCut, "The stream that answers "+at+" ends before the answer is there.",
			"Make the proxy keep event streams open (nginx: proxy_read_timeout; no gzip on this path).", r.evidence()...), true
	case r.status/100 == 2 && len(bytes.TrimSpace(r.body)) == 0 && strings.Contains(r.query.body, `"id"`):
		return handshake.New(handshake.CallEmpty, fmt.Sprintf("%s is answered %d, with nothing in it.", at, r.status),
			"Look for a proxy that drops the body of the answer, or cuts off streams.", r.evidence()...), true
	case r.status == http.StatusBadGateway, r.status == http.StatusServiceUnavailable,
		r.status == http.StatusGatewayTimeout:
		return handshake.New(handshake.BadGateway, fmt.Sprintf("%s is answered %d.", at, r.status), "Check that the "+
			"server runs; if the server itself answers 503, its log says why.", r.evidence()...), true
	case r.status/100 == 5:
		return handshake.New(handshake.CallFailed, fmt.Sprintf("%s is answered %d.", at, r.status), "Check the log of "+
			"the server, and of the proxy in front, at this time.", r.evidence()...), true
	case r.status/100 == 4 && strings.Contains(r.query.body, `"server/discover"`):
		return handshake.Finding{}, false // an older server; initialize says more
	case r.status/100 == 4:
		return w.notMCP(r), true
	}
	return handshake.Finding{}, false
}

// notMCP is an answer that is none of MCP's.
func (w *walker) notMCP(r *reply) handshake.Finding {
	if r.failed != nil {
		return handshake.New(handshake.CallFailed, "The server refuses "+methodOf(r)+": "+r.failed.said()+".",
			"Check the server's log: it must accept "+legacy+" or an older revision.", r.evidence()...)
	}
	return handshake.New(handshake.CallFailed, fmt.Sprintf("%s is answered %d, but not with an MCP message.",
		methodOf(r), r.status), "Check that the URL leads to the MCP endpoint, and that nothing on the way changes the "+
		"answer.", r.evidence()...)
}

func methodOf(r *reply) string { method, _, _ := strings.Cut(r.what, " "); return method }

// forbidden is a 403 to a token. With a challenge clients ask for more; without one they give up.
func (w *walker) forbidden(r *reply, g Grant) handshake.Finding {
	list, _ := parseChallenges(r.answer.header.Values("WWW-Authenticate"))
	for _, c := range list {
		if c.Params["error"] != "insufficient_scope" {
			continue
		}
		w.stopsAfterAll(handshake.ScopesWithheld)
		return handshake.New(handshake.StepUp, fmt.Sprintf("The token lacks a scope: the server requires %s already for %s.",
			clip(or(strings.Join(c.Scopes, " "), "more")), methodOf(r)), "Have the provider grant these scopes to the "+
			"person and the client; if it silently grants less, clients ask again and again.",
			r.evidence()...)
	}
	if r.isHTML() {
		return handshake.New(handshake.CallPage, fmt.Sprintf("With a token, the request is answered 403 with a web page: "+
			"%s.", quote(textOf(r.body))), "Make the proxy or firewall in front pass requests with an Authorization header and "+
			"the user agent "+clip(r.agent)+".", r.evidence()...)
	}
	return handshake.New(handshake.CallForbidden, "The server answers 403 to the token, without saying what is missing; "+
		"clients give up for good.", "Have the server answer 401 with a challenge to a token that it does not accept, "+
		"and a tool error with an explanation to a person who may not do something.", r.evidence()...)
}

// manners tries what some clients do that others do not, where servers have been found to refuse it.
func (w *walker) manners(ctx context.Context, s *session) {
	if !w.has("claude") {
		return
	}
	r := w.rpc(ctx, s, call{method: "tools/list", version: legacy, meta: modern, why: "with " + legacy + " in the " +
		"header and " + modern + " in the body, as Claude has done", quiet: true})
	if r.err == nil && (r.status == http.StatusBadRequest || r.failed != nil) {
		w.found(r.event, handshake.New(handshake.CallVersionMixed, "The server refuses requests whose header and body name "+
			"two revisions ("+or(errorOf(r), r.summary())+").", "If Claude connects, do nothing. Otherwise have the server "+
			"accept them (coda-gateway: compatibility.version_mismatch: accept).", r.evidence()...).For("claude"))
	}
	r.taken()
	r = w.rpc(ctx, s, call{method: "tools/list", accept: "*/*", why: "with Accept: */*", quiet: true})
	if r.err == nil && (r.status == http.StatusNotAcceptable || r.status == http.StatusBadRequest) {
		w.found(r.event, handshake.New(handshake.CallAcceptAny, "The server refuses Accept: */* ("+r.summary()+").",
			"Have it accept */* for both JSON and event streams.", r.evidence()...).For("claude"))
	}
	r.taken()
	if s.id == "" {
		return
	}
	without := *s
	without.id = ""
	r = w.rpc(ctx, &without, call{method: "tools/list", why: "without Mcp-Session-Id", quiet: true})
	if r.err == nil && r.result == nil {
		w.found(r.event, handshake.New(handshake.SessionNeeded, "The server gives a session id, and refuses requests "+
			"without "+
			"it ("+r.summary()+"). Hosted Claude does not send it reliably, and comes from many addresses.",
			"Make the server work without sessions.", r.evidence()...).For("claude"))
	}
}

// taken says of a request that was tried for one client's sake that it is taken.
func (r *reply) taken() {
	if r.result != nil {
		r.event.Concludes = "the server takes it"
	}
}

func errorOf(r *reply) string {
	if r.failed == nil {
		return ""
	}
	return r.failed.said()
}

func join(words []string) string { return strings.Join(words, " ") }
