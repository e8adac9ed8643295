package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/bearer"
	"github.com/bestviable/coda-gateway/gateway/edge"
	"github.com/bestviable/coda-gateway/gateway/envelope"
	"github.com/bestviable/coda-gateway/gateway/listener"
	"github.com/bestviable/coda-gateway/gateway/token"
)

const (
	// maxBody is the largest request, in bytes: Coda takes no more than 2 MB either.
	maxBody = 2 << 20
	// maxAnnounced is how many bytes of an announced body are made room for.
	maxAnnounced = 8 << 10
	// listTTL is how long clients may keep lists: they change with a person's roles, which change rarely.
	listTTL = 5 * time.Minute
)

// ServerOptions are the MCP server's options that follow from standing behind this gateway: lists depend on the person and must
// not be shared, and nothing is pushed, since there are no sessions.
func ServerOptions(log zerolog.Logger) *mcp.ServerOptions {
	return &mcp.ServerOptions{
		Logger: serverLog(log),
		Capabilities: &mcp.ServerCapabilities{
			Tools:     &mcp.ToolCapabilities{},
			Prompts:   &mcp.PromptCapabilities{},
			Resources: &mcp.ResourceCapabilities{},
		},
		SetCacheable: func(_ context.Context, _ mcp.Request, c *mcp.Cacheable) {
			c.CacheScope = "private"
			c.TTLMs = int(listTTL.Milliseconds())
		},
	}
}

func handlers(server *mcp.Server, log zerolog.Logger) (json, stream http.Handler) {
	same := func(*http.Request) *mcp.Server { return server }
	options := func(json bool) *mcp.StreamableHTTPOptions {
		return &mcp.StreamableHTTPOptions{
			Stateless:                    true,
			JSONResponse:                 json,
			PropagateRequestCancellation: true,
			MaxRequestBodyBytes:          maxBody,
			// A proxy connects over loopback with the public Host; our own allow-list stands in front.
			DisableLocalhostProtection: true,
			Logger:                     serverLog(log),
		}
	}
	return mcp.NewStreamableHTTPHandler(same, options(true)), mcp.NewStreamableHTTPHandler(same, options(false))
}

// serveMCP serves the endpoint.
func (g *Gateway) serveMCP(rec *record, r *http.Request) {
	if origins := r.Header["Origin"]; len(origins) > 0 {
		if len(origins) > 1 || !g.origins.Allow(origins[0]) {
			rec.end(outcomeOrigin, "origin_not_allowed", "the Origin header is not allowed: "+quoted(strings.Join(origins, ", "))+"; if it is a client that people here use, add it to allowed_origins")
			writeRPCError(rec, http.StatusForbidden, nil, codeForbidden, "this Origin may not call the MCP endpoint")
			return
		}
		if edge.IsPreflight(r) {
			edge.AnswerPreflight(rec, r)
			return
		}
		edge.ExposeTo(rec.Header(), origins[0])
	}
	if r.Method == http.MethodOptions {
		rec.Header().Set("Allow", "POST, OPTIONS")
		rec.WriteHeader(http.StatusNoContent)
		return
	}
	if !g.authenticate(rec, r) {
		return
	}
	if r.Method != http.MethodPost {
		// There are no sessions, so there is no stream to open and nothing to delete.
		rec.Header().Set("Allow", "POST, OPTIONS")
		writeRPCError(rec, http.StatusMethodNotAllowed, nil, codeForbidden, "send JSON-RPC messages with POST; this server is stateless and has no stream to GET and no session to DELETE")
		return
	}
	body, env, ok := g.readMessage(rec, r)
	if !ok {
		return
	}
	if body, ok = g.settleVersion(rec, r, &env, body); !ok {
		return
	}
	if tool := g.toolOf(&env); tool != "" {
		// Only scopes can be asked for over HTTP; whatever else is wanting is said in the answer to the message.
		if d := g.policy.Decide(rec.principal, tool); d.Verdict == access.StepUp {
			rec.end(outcomeStepUp, d.Code, "asked for: "+strings.Join(d.Scopes, " "))
			status := g.challenge.Write(rec.Header(), bearer.InsufficientScope, d.Scopes)
			writeRPCError(rec, status, env.ID, codeUnauthorized, bearer.Description(bearer.InsufficientScope))
			return
		}
	}
	g.forward(rec, r, &env, body)
}

// toolOf names the tool under whose rule a message falls; empty for messages of another kind.
func (g *Gateway) toolOf(env *envelope.Envelope) string {
	switch {
	case env.Method == "tools/call":
		return env.Name
	case env.Method == "resources/read" && g.resourceTool != nil:
		return g.resourceTool(env.Name)
	}
	return ""
}

// authenticate finds out who calls, or answers and says false.
func (g *Gateway) authenticate(rec *record, r *http.Request) bool {
	presented, err := bearer.Token(r.Header)
	// From here on nobody has the credentials but the verifier: not the MCP server, not a tool, not Coda.
	delete(r.Header, "Authorization")
	switch {
	case errors.Is(err, bearer.ErrNone):
		rec.end(outcomeNoToken, "", "")
		g.refuse(rec, r, bearer.NoError)
		return false
	case errors.Is(err, bearer.ErrRepeated):
		rec.end(outcomeBad, "repeated_authorization", err.Error())
		g.refuse(rec, r, bearer.InvalidRequest)
		return false
	case err != nil:
		reason := token.ReasonMalformed
		if errors.Is(err, bearer.ErrTooLong) {
			reason = token.ReasonTooLong
		}
		rec.end(outcomeBadToken, string(reason), err.Error())
		g.refuse(rec, r, bearer.InvalidToken)
		return false
	}
	ctx := r.Context()
	if g.introspects {
		ctx = token.WithCaller(ctx, rec.client)
	}
	principal, err := g.verifier.Verify(ctx, presented)
	if err != nil {
		g.refuseToken(rec, r, err)
		return false
	}
	rec.mu.Lock()
	rec.principal = principal
	rec.mu.Unlock()
	return true
}

// readMessage reads the body and its envelope, or answers and says false.
func (g *Gateway) readMessage(rec *record, r *http.Request) (body []byte, env envelope.Envelope, ok bool) {
	if !isJSON(r.Header.Get("Content-Type")) {
		rec.end(outcomeBad, "content_type", "")
		writeRPCError(rec, http.StatusUnsupportedMediaType, nil, codeInvalidRequest, "send the message with Content-Type: application/json")
		return nil, env, false
	}
	body, err := readAll(http.MaxBytesReader(rec, r.Body, maxBody), r.ContentLength)
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			rec.end(outcomeBad, "too_large", "")
			writeRPCError(rec, http.StatusRequestEntityTooLarge, nil, codeInvalidRequest, "the message is larger than 2 MiB; send it in smaller parts")
			return nil, env, false
		}
		rec.end(outcomeAborted, "body", "the body did not arrive whole")
		writeRPCError(rec, http.StatusBadRequest, nil, codeParseError, "the body did not arrive whole")
		return nil, env, false
	}
	listener.BodyRead(rec)
	if env, err = envelope.Parse(body); err != nil {
		var bad *envelope.Error
		errors.As(err, &bad)
		rec.end(outcomeBad, "message", bad.Message)
		writeRPCError(rec, http.StatusBadRequest, bad.ID, bad.Code, bad.Message)
		return nil, env, false
	}
	rec.mu.Lock()
	rec.method, rec.name = clip(env.Method), clip(env.Name)
	rec.mu.Unlock()
	return body, env, true
}

// isJSON says whether a Content-Type is application/json, with any parameters.
func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == "application/json"
}

// readAll reads to the end, with one allocation for the usual short message. The announced length is a stranger's word, and not
// worth memory before the bytes come.
func readAll(r io.Reader, announced int64) ([]byte, error) {
	buf := bytes.NewBuffer(make([]byte, 0, bytes.MinRead+min(max(announced, 0), maxAnnounced)))
	_, err := buf.ReadFrom(r)
	return buf.Bytes(), err
}
