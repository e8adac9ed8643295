package site

import (
	"errors"
	"net/http"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/bearer"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/edge"
	"github.com/bestviable/coda-gateway/gateway/mcphttp"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// serveMCP serves the endpoint: the way of one request, from the outside in. Each step answers where it says false.
func (s *Site) serveMCP(w *answer, r *http.Request, c *call.Call) {
	if !s.allowOrigin(w, r, c) {
		return
	}
	if !s.authenticate(w, r, c) {
		return
	}
	if !isPost(w, r, c) {
		return
	}
	visible := s.door.Visible(c.Principal)
	c.Visible = visible.Len()
	message, ok := s.mcp.Read(w, r, c, bodyLimit(visible))
	if !ok {
		return
	}
	defer message.Done()
	if s.floods(w, c, message) || !s.admit(w, c, message) {
		return
	}
	s.mcp.Serve(w, r, c, message, visible)
}

// smallBody is enough for whatever somebody without any tool can ask, which is what there is and why there is
// nothing for them.
const smallBody = 64 << 10

// bodyLimit is how large a message somebody may send: reading and parsing it costs memory and time.
func bodyLimit(visible access.Set) int64 {
	if visible.Len() == 0 {
		return smallBody
	}
	return mcphttp.MaxBody
}

// allowOrigin keeps pages of other origins out, and answers what a browser asks before it sends anything.
//
// MCP 2026-07-28, basic/transports/streamable-http: "Servers MUST validate the Origin header on all incoming
// connections to prevent DNS rebinding attacks."
// MCP 2026-07-28, basic/transports/streamable-http: "If the Origin header is present and invalid, servers MUST
// respond with HTTP 403 Forbidden."
func (s *Site) allowOrigin(w *answer, r *http.Request, c *call.Call) bool {
	if origins := r.Header["Origin"]; len(origins) > 0 {
		if len(origins) > 1 || !s.origins.Allow(origins[0]) {
			c.End(call.WrongOrigin, call.OriginNotAllowed, "the Origin header is not allowed: "+
				call.Quote(strings.Join(origins, ", "))+"; if people here use that client, add it to allowed_origins")
			mcphttp.WriteError(w, http.StatusForbidden, nil, mcphttp.CodeForbidden,
				"this Origin may not call the MCP endpoint")
			return false
		}
		if edge.IsPreflight(r) {
			edge.AnswerPreflight(w, r)
			return false
		}
		edge.ExposeTo(w.Header(), origins[0])
	}
	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", "POST, OPTIONS")
		w.WriteHeader(http.StatusNoContent)
		return false
	}
	return true
}

// authenticate finds out who calls.
//
// MCP 2026-07-28, basic/authorization/security-considerations: "MCP servers MUST validate access tokens before
// processing the request, ensuring the access token is issued specifically for the MCP server, and take all
// necessary steps to ensure no data is returned to unauthorized parties."
// RFC 6750 §3.1: "uses more than one method for including an access token"
// MCP 2026-07-28, basic/transports/streamable-http: "Servers SHOULD implement proper authentication for all
// connections."
func (s *Site) authenticate(w *answer, r *http.Request, c *call.Call) bool {
	presented, err := bearer.Token(r.Header)
	// From here on nobody has the credentials but the verifier: not the MCP server, not a tool, not Coda.
	delete(r.Header, "Authorization")
	switch {
	case errors.Is(err, bearer.ErrNone):
		c.End(call.NoToken, tokenInURL(r.URL.RawQuery), "")
		s.refuse(w, r, c, bearer.NoError)
		return false
	case errors.Is(err, bearer.ErrRepeated):
		c.End(call.BadRequest, call.RepeatedAuthorization, err.Error())
		s.refuse(w, r, c, bearer.InvalidRequest)
		return false
	case err != nil:
		reason := token.ReasonMalformed
		if errors.Is(err, bearer.ErrTooLong) {
			reason = token.ReasonTooLong
		}
		c.End(call.InvalidToken, call.Reason(reason), err.Error())
		s.refuse(w, r, c, bearer.InvalidToken)
		return false
	}
	principal, err := s.keyring.VerifyFrom(r.Context(), c.Client, presented)
	if err != nil {
		s.refuseToken(w, r, c, err)
		return false
	}
	if s.revoked.revoked(principal) {
		c.End(call.InvalidToken, call.Reason(token.ReasonRevoked), "revoked names it: subject "+call.Quote(principal.Subject))
		s.refuse(w, r, c, bearer.InvalidToken)
		return false
	}
	c.Principal = principal
	return true
}

// tokenInURL is the reason where a request has its token in the URL, as RFC 6750 §2.3 once had it. Nobody looks at it
// there, and the client, which believes that it has signed in, never does.
func tokenInURL(query string) call.Reason {
	for part := range strings.SplitSeq(query, "&") {
		if name, _, ok := strings.Cut(part, "="); ok && name == "access_token" {
			return call.TokenInURL
		}
	}
	return ""
}

// isPost lets only messages pass: there are no sessions, so there is no stream to open and nothing to delete.
//
// MCP 2025-11-25, basic/transports: "or else return HTTP 405 Method Not Allowed, indicating that the server does not
// offer an SSE stream at this endpoint."
func isPost(w *answer, r *http.Request, c *call.Call) bool {
	if r.Method == http.MethodPost {
		return true
	}
	c.End(call.NotOffered, call.NoStream, "")
	w.Header().Set("Allow", "POST, OPTIONS")
	mcphttp.WriteError(w, http.StatusMethodNotAllowed, nil, mcphttp.CodeForbidden,
		"send JSON-RPC messages with POST; this server is stateless and has no stream to GET and no session to DELETE")
	return false
}

// admit asks for scopes where only they are wanting. Whatever else the rules say is said in the answer to the
// message.
func (s *Site) admit(w *answer, c *call.Call, m *mcphttp.Message) bool {
	scopes := s.door.Challenge(c, m.Method, m.Name)
	if scopes == nil {
		return true
	}
	status := s.challenge.Write(w.Header(), bearer.InsufficientScope, s.keyring.Ask(c.Principal, scopes))
	mcphttp.WriteRefusal(w, status, m.ID, bearer.Description(bearer.InsufficientScope), s.attempt(c))
	return false
}
