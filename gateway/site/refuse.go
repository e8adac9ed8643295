package site

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/admit"
	"github.com/bestviable/coda-gateway/gateway/bearer"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/mcphttp"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// refuse answers with a challenge. Its headers are the same for everybody; the body is a page for people where a
// browser asks for one.
func (s *Site) refuse(w *answer, r *http.Request, c *call.Call, code bearer.Code) {
	status := s.challenge.Write(w.Header(), code, nil)
	switch {
	case r.Method == http.MethodHead:
		w.WriteHeader(status)
	case code == bearer.NoError && isBrowser(r):
		c.Place = call.AtPage
		s.help.Write(w, status, s.lastFrom(c))
	case code == bearer.InvalidToken && s.cfg.Attempts != nil:
		mcphttp.WriteRefusal(w, status, nil, bearer.Description(code), s.attempt(c))
	default:
		mcphttp.WriteDocument(w, status, s.refusals[code])
	}
}

// isBrowser says whether somebody looks at the address of the endpoint. No client asks for HTML.
func isBrowser(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return r.Method == http.MethodGet && strings.Contains(accept, "text/html") &&
		!strings.Contains(accept, "text/event-stream")
}

// attempt is the id that people read out to whoever runs the gateway, who finds with it what happened; empty = none.
func (s *Site) attempt(c *call.Call) string {
	if s.cfg.Attempts != nil {
		c.Attempt = s.cfg.Attempts.Of(c)
	}
	return c.Attempt
}

// lastFrom is the id of the last attempt to connect from the same place; empty = none.
func (s *Site) lastFrom(c *call.Call) string {
	if s.cfg.Attempts == nil {
		return ""
	}
	return s.cfg.Attempts.LastFrom(c.Client)
}

// refusals are the bodies that go with challenges to people who are not known.
func refusals() map[bearer.Code][]byte {
	bodies := map[bearer.Code][]byte{}
	for _, code := range []bearer.Code{bearer.NoError, bearer.InvalidRequest, bearer.InvalidToken} {
		bodies[code] = mcphttp.EncodeError(nil, mcphttp.CodeUnauthorized, bearer.Description(code))
	}
	return bodies
}

// refuseToken answers a token that was not accepted. The reason goes to the log; the caller learns that the token is
// no good, or that it cannot be judged now.
func (s *Site) refuseToken(w *answer, r *http.Request, c *call.Call, err error) {
	if r.Context().Err() != nil {
		c.End(call.Aborted, "", "")
		return
	}
	e, ok := errors.AsType[*token.Error](err)
	if !ok {
		e = &token.Error{Reason: token.Reason(call.Internal), Detail: err.Error()}
	}
	if !e.Unavailable() {
		c.End(call.InvalidToken, call.Reason(e.Reason), e.Detail)
		s.refuse(w, r, c, bearer.InvalidToken)
		return
	}
	c.End(call.Unavailable, call.Reason(e.Reason), e.Detail)
	retryAfter(w, e.RetryAfter)
	// What is missing may be an answer of the provider, or its turn among many tokens with unknown keys.
	words := "the token cannot be checked at the moment, since the identity provider's keys or its answer are not " +
		"available; try again shortly"
	if e.Answered() {
		words = "the identity provider's answer cannot be used, so the token cannot be checked; tell your administrator"
	}
	mcphttp.WriteError(w, http.StatusServiceUnavailable, nil, mcphttp.CodeInternal, words)
}

func retryAfter(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
}

// floods refuses by HTTP who goes on calling many times over what they may: everybody else over a limit is told in
// words, since clients show a person no more of a 429 than that something failed.
func (s *Site) floods(w *answer, c *call.Call, m *mcphttp.Message) bool {
	wait, words := s.door.Flood(c, m.Method)
	if words == "" {
		return false
	}
	retryAfter(w, wait)
	mcphttp.WriteError(w, http.StatusTooManyRequests, m.ID, admit.CodeLimited, words)
	return true
}
