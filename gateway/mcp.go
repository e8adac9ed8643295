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
	"github.com/bestviable/coda-gateway/gateway/call"
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

// ServerOptions are the MCP server's options that follow from standing behind this gateway: lists depend on the
// person and must not be shared, and nothing is pushed, since there are no sessions.
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
func (g *Gateway) serveMCP(w http.ResponseWriter, c *call.Call, r *http.Request) {
	if origins := r.Header["Origin"]; len(origins) > 0 {
		if len(origins) > 1 || !g.origins.Allow(origins[0]) {
			c.End(call.WrongOrigin, call.OriginNotAllowed, "the Origin header is not allowed: "+quoted(strings.Join(origins, ", "))+"; if it is a client that people here use, add it to allowed_origins")
			writeRPCError(w, http.StatusForbidden, nil, codeForbidden, "this Origin may not call the MCP endpoint")
			return
		}
		if edge.IsPreflight(r) {
			edge.AnswerPreflight(w, r)
			return
		}
		edge.ExposeTo(w.Header(), origins[0])
	}
	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", "POST, OPTIONS")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if !g.authenticate(w, c, r) {
		return
	}
	if r.Method != http.MethodPost {
		// There are no sessions, so there is no stream to open and nothing to delete.
		w.Header().Set("Allow", "POST, OPTIONS")
		writeRPCError(w, http.StatusMethodNotAllowed, nil, codeForbidden, "send JSON-RPC messages with POST; this server is stateless and has no stream to GET and no session to DELETE")
		return
	}
	body, env, ok := g.readMessage(w, c, r)
	if !ok {
		return
	}
	if body, ok = g.settleVersion(w, c, r, &env, body); !ok {
		return
	}
	if tool := g.toolOf(&env); tool != "" {
		// Only scopes can be asked for over HTTP; whatever else is wanting is said in the answer to the message.
		if d := g.policy.Decide(c.Principal, tool); d.Verdict == access.StepUp {
			c.Decided(call.Reason(d.Code))
			c.End(call.InsufficientScope, call.Reason(d.Code), "asked for: "+strings.Join(d.Scopes, " "))
			status := g.challenge.Write(w.Header(), bearer.InsufficientScope, d.Scopes)
			writeRPCError(w, status, env.ID, codeUnauthorized, bearer.Description(bearer.InsufficientScope))
			return
		}
	}
	g.forward(w, c, r, &env, body)
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
func (g *Gateway) authenticate(w http.ResponseWriter, c *call.Call, r *http.Request) bool {
	presented, err := bearer.Token(r.Header)
	// From here on nobody has the credentials but the verifier: not the MCP server, not a tool, not Coda.
	delete(r.Header, "Authorization")
	switch {
	case errors.Is(err, bearer.ErrNone):
		c.End(call.NoToken, "", "")
		g.refuse(w, c, r, bearer.NoError)
		return false
	case errors.Is(err, bearer.ErrRepeated):
		c.End(call.BadRequest, call.RepeatedAuthorization, err.Error())
		g.refuse(w, c, r, bearer.InvalidRequest)
		return false
	case err != nil:
		reason := token.ReasonMalformed
		if errors.Is(err, bearer.ErrTooLong) {
			reason = token.ReasonTooLong
		}
		c.End(call.InvalidToken, call.Reason(reason), err.Error())
		g.refuse(w, c, r, bearer.InvalidToken)
		return false
	}
	ctx := r.Context()
	if g.introspects {
		ctx = token.WithCaller(ctx, c.Client)
	}
	principal, err := g.verifier.Verify(ctx, presented)
	if err != nil {
		g.refuseToken(w, c, r, err)
		return false
	}
	c.Principal = principal
	return true
}

// readMessage reads the body and its envelope, or answers and says false.
func (g *Gateway) readMessage(w http.ResponseWriter, c *call.Call, r *http.Request) (body []byte, env envelope.Envelope, ok bool) {
	if !isJSON(r.Header.Get("Content-Type")) {
		c.End(call.BadRequest, call.ContentType, "")
		writeRPCError(w, http.StatusUnsupportedMediaType, nil, codeInvalidRequest, "send the message with Content-Type: application/json")
		return nil, env, false
	}
	body, err := readAll(http.MaxBytesReader(w, r.Body, maxBody), r.ContentLength)
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			c.End(call.BadRequest, call.TooLarge, "")
			writeRPCError(w, http.StatusRequestEntityTooLarge, nil, codeInvalidRequest, "the message is larger than 2 MiB; send it in smaller parts")
			return nil, env, false
		}
		c.End(call.Aborted, call.Body, "the body did not arrive whole")
		writeRPCError(w, http.StatusBadRequest, nil, codeParseError, "the body did not arrive whole")
		return nil, env, false
	}
	listener.BodyRead(w)
	if env, err = envelope.Parse(body); err != nil {
		var bad *envelope.Error
		errors.As(err, &bad)
		c.End(call.BadRequest, call.Message, bad.Message)
		writeRPCError(w, http.StatusBadRequest, bad.ID, bad.Code, bad.Message)
		return nil, env, false
	}
	c.Method = clip(env.Method)
	if env.Method == "tools/call" {
		c.Tool = clip(env.Name)
	} else {
		c.Target = clip(env.Name)
	}
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

// readAll reads to the end, with one allocation for the usual short message. The announced length is a stranger's
// word, and not worth memory before the bytes come.
func readAll(r io.Reader, announced int64) ([]byte, error) {
	buf := bytes.NewBuffer(make([]byte, 0, bytes.MinRead+min(max(announced, 0), maxAnnounced)))
	_, err := buf.ReadFrom(r)
	return buf.Bytes(), err
}
