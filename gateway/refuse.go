package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/bestviable/coda-gateway/gateway/bearer"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// JSON-RPC error codes: those of the specification, and two of the range that it leaves to servers (§5.1).
const (
	codeParseError     = jsonrpc.CodeParseError
	codeInvalidRequest = jsonrpc.CodeInvalidRequest
	codeMethodNotFound = jsonrpc.CodeMethodNotFound
	codeInternal       = jsonrpc.CodeInternalError
	codeUnauthorized   = -32001
	codeForbidden      = -32003
)

// refuse answers with a challenge.
func (g *Gateway) refuse(w http.ResponseWriter, c *call.Call, r *http.Request, code bearer.Code) {
	status := g.challenge.Write(w.Header(), code, nil)
	if r.Method == http.MethodHead {
		w.WriteHeader(status)
		return
	}
	writeDocument(w, status, g.refusals[code])
}

// refusals are the bodies that go with challenges to people who are not known.
func refusals() map[bearer.Code][]byte {
	bodies := map[bearer.Code][]byte{}
	for _, code := range []bearer.Code{bearer.NoError, bearer.InvalidRequest, bearer.InvalidToken} {
		bodies[code] = encodeError(nil, &jsonrpc.Error{Code: codeUnauthorized, Message: bearer.Description(code)})
	}
	return bodies
}

// refuseToken answers a token that was not accepted. The reason goes to the log; the caller learns that the token is
// no good, or that it cannot be judged now.
func (g *Gateway) refuseToken(w http.ResponseWriter, c *call.Call, r *http.Request, err error) {
	if r.Context().Err() != nil {
		c.End(call.Aborted, "", "")
		return
	}
	e, ok := errors.AsType[*token.Error](err)
	if !ok {
		e = &token.Error{Reason: "internal", Detail: err.Error()}
	}
	if !e.Unavailable() {
		c.End(call.InvalidToken, call.Reason(e.Reason), e.Detail)
		g.refuse(w, c, r, bearer.InvalidToken)
		return
	}
	c.End(call.Unavailable, call.Reason(e.Reason), e.Detail)
	seconds := max(1, int(math.Ceil(e.RetryAfter.Seconds())))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	writeRPCError(w, http.StatusServiceUnavailable, nil, codeInternal, "the identity provider cannot be reached, so the token cannot be checked; try again shortly")
}

// writeRPCError answers with a JSON-RPC error; id is raw JSON, or nil where it is not known.
func writeRPCError(w http.ResponseWriter, status int, id []byte, code int64, message string) {
	writeError(w, status, id, &jsonrpc.Error{Code: code, Message: message})
}

func writeError(w http.ResponseWriter, status int, id []byte, e *jsonrpc.Error) {
	writeDocument(w, status, encodeError(id, e))
}

func encodeError(id []byte, e *jsonrpc.Error) []byte {
	if len(id) == 0 {
		id = []byte("null")
	}
	body, _ := json.Marshal(struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Error   *jsonrpc.Error  `json:"error"`
	}{"2.0", id, e})
	return append(body, '\n')
}

func writeDocument(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h["Content-Type"] = contentTypeJSON
	h["Cache-Control"] = noStore
	w.WriteHeader(status)
	w.Write(body)
}

// gone says whether an error means that the client went away.
func gone(err error) bool { return errors.Is(err, context.Canceled) }
