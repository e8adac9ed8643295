package site

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/bestviable/coda-gateway/gateway/admit"
	"github.com/bestviable/coda-gateway/gateway/bearer"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/mcphttp"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// refuse answers with a challenge.
func (s *Site) refuse(w *answer, r *http.Request, code bearer.Code) {
	status := s.challenge.Write(w.Header(), code, nil)
	if r.Method == http.MethodHead {
		w.WriteHeader(status)
		return
	}
	mcphttp.WriteDocument(w, status, s.refusals[code])
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
		s.refuse(w, r, bearer.InvalidToken)
		return
	}
	c.End(call.Unavailable, call.Reason(e.Reason), e.Detail)
	retryAfter(w, e.RetryAfter)
	mcphttp.WriteError(w, http.StatusServiceUnavailable, nil, mcphttp.CodeInternal,
		"the identity provider cannot be reached, so the token cannot be checked; try again shortly")
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
