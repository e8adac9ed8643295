package site

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/admit"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/mcphttp"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	publicURL = "https://mcp.example.com/mcp"
	issuerURL = "https://id.example.com/realms/company"
)

// world is a site with an issuer, both in process.
type world struct {
	*Site
	issuer *tokentest.Issuer
	log    *syncBuffer
}

// setup is what a test changes of the smallest configuration.
type setup struct {
	Config
	grants   []access.Grant
	toolFor  func(method, name string, params mcp.Params) string
	readOnly bool
}

// newWorld makes a site of the smallest configuration and what change makes of it.
func newWorld(t testing.TB, change ...func(*setup)) *world {
	t.Helper()
	issuer := tokentest.NewIssuer(t, tokentest.Options{URL: issuerURL})
	log := &syncBuffer{}
	s := smallest(issuer, zerolog.New(log))
	for _, f := range change {
		f(s)
	}
	site, err := New(s.config(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	return &world{site, issuer, log}
}

func smallest(issuer *tokentest.Issuer, log zerolog.Logger) *setup {
	trusted, err := token.Preset("generic")
	if err != nil {
		panic(err) // there is always a generic one
	}
	trusted.URL = issuerURL
	return &setup{
		Config: Config{
			PublicURL:      PublicURL{publicURL, "https://mcp.example.com", "mcp.example.com", "/mcp"},
			TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
			Token: token.Config{Resource: publicURL, Issuers: []token.Issuer{trusted}, HTTP: issuer.Transport(),
				Log: log},
			Server: testServer(),
			Log:    log,
		},
		grants: []access.Grant{
			{When: access.When{Scopes: []string{"coda:read"}}, Allow: []string{"read"}},
			{When: access.When{Scopes: []string{"coda:write"}}, Allow: []string{"write", "destructive"}},
			{When: access.When{Scopes: []string{"coda:admin"}}, Allow: []string{"admin"}},
		},
	}
}

// config compiles the rules.
func (s *setup) config(t testing.TB) Config {
	t.Helper()
	policy, err := access.Compile(access.Config{
		Tools: []access.Tool{
			{Name: "read_it", Group: access.Read}, {Name: "write_it", Group: access.Write}, {Name: "fail", Group: access.Read},
			{Name: "panic", Group: access.Read}, {Name: "slow", Group: access.Read}, {Name: "rule", Group: access.Admin},
		},
		Supported: []string{"coda:read", "coda:write"},
		Implies:   map[string][]string{"coda:admin": {"coda:write"}, "coda:write": {"coda:read"}},
		Grants:    s.grants,
	})
	if err != nil {
		t.Fatal(err)
	}
	c := s.Config
	c.Scopes, c.InitialScopes = policy.Supported(), policy.Initial()
	if c.Door == nil {
		c.Door = admit.New(admit.Config{Policy: policy, ToolFor: s.toolFor, ReadOnly: s.readOnly}, nil)
	}
	return c
}

// at has the site answer at another public URL.
func at(public string) func(*setup) {
	return func(s *setup) {
		path, _ := strings.CutPrefix(public, "https://mcp.example.com")
		s.PublicURL = PublicURL{public, "https://mcp.example.com", "mcp.example.com", path}
		s.Token.Resource = public
	}
}

func testServer() *mcp.Server {
	options := mcphttp.ServerOptions(zerolog.Nop())
	options.Instructions = "Read with read_it."
	server := mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, options)
	add := func(name string, call mcp.ToolHandler) {
		server.AddTool(&mcp.Tool{Name: name, InputSchema: json.RawMessage(`{"type":"object"}`)}, call)
	}
	say := func(text string) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil
	}
	add("read_it", func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if req.Extra != nil && req.Extra.Header.Get("Authorization") != "" {
			return say("the tool sees the caller's token")
		}
		return say("hello " + call.From(ctx).Principal.Subject)
	})
	add("write_it", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) { return say("written") })
	add("rule", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) { return say("ruled") })
	add("fail", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: "no"}}}, nil
	})
	add("panic", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		panic("with a secret inside")
	})
	add("slow", func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for i := range 2 {
			if err := req.Session.NotifyProgress(ctx,
				&mcp.ProgressNotificationParams{ProgressToken: req.Params.GetProgressToken(),
					Progress: float64(i + 1)}); err != nil {
				return nil, err
			}
		}
		return say("done")
	})
	return server
}

// request describes one HTTP request; the zero value of a field means a well-behaved client's.
type request struct {
	method, path, host, token, body string
	header                          http.Header
}

func (w *world) do(t testing.TB, req request) *httptest.ResponseRecorder {
	t.Helper()
	if req.method == "" {
		req.method = "POST"
	}
	if req.path == "" {
		req.path = "/mcp"
	}
	r := httptest.NewRequest(req.method, req.path, strings.NewReader(req.body))
	r.Host = "mcp.example.com"
	r.RemoteAddr = "127.0.0.1:4711"
	if req.host != "" {
		r.Host = req.host
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	for name, values := range req.header {
		r.Header[name] = values
		if values == nil {
			delete(r.Header, name)
		}
	}
	if req.token != "" {
		r.Header.Set("Authorization", "Bearer "+req.token)
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return rec
}

// rpc is a JSON-RPC answer.
type rpc struct {
	ID     any            `json:"id"`
	Result map[string]any `json:"result"`
	Error  *struct {
		Code    int64  `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func decode(t testing.TB, rec *httptest.ResponseRecorder) (answer rpc) {
	t.Helper()
	if ct := rec.Header().Get("Content-Type"); ct != "application/json" {
		t.Fatalf("status %d, Content-Type %q, body %s", rec.Code, ct, rec.Body)
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%v in %s", err, rec.Body)
	}
	return answer
}

func text(answer rpc) string {
	content, _ := answer.Result["content"].([]any)
	if len(content) == 0 {
		return ""
	}
	s, _ := content[0].(map[string]any)["text"].(string)
	return s
}

func toolCall(tool string) string {
	return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"` + tool + `","arguments":{}}}`
}

const modernMeta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"}}`

func modernHeader(method, name string) http.Header {
	h := http.Header{"Mcp-Protocol-Version": {"2026-07-28"}, "Mcp-Method": {method}}
	if name != "" {
		h["Mcp-Name"] = []string{name}
	}
	return h
}

func TestBothErasAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.issuer.Token(publicURL)
	legacy := decode(t, w.do(t, request{token: token, body: `{"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`}))
	if legacy.ID != "i" || legacy.Result["protocolVersion"] != "2025-11-25" ||
		legacy.Result["instructions"] != "Read with read_it." {
		t.Errorf("initialize: %+v", legacy)
	}
	discover := decode(t, w.do(t, request{token: token, header: modernHeader("server/discover", ""), body: `{"jsonrpc":"2.0","id":2,"method":"server/discover","params":{` + modernMeta + `}}`}))
	if discover.Result["cacheScope"] != "private" || discover.Result["ttlMs"] != 300000.0 {
		t.Errorf("discover: %+v", discover)
	}
	if got := text(decode(t, w.do(t, request{token: token, body: toolCall("read_it")}))); got != "hello ada" {
		t.Errorf("legacy call: %q", got)
	}
	modernCall := strings.Replace(toolCall("read_it"), `"arguments":{}`, `"arguments":{},`+modernMeta, 1)
	answer := decode(t, w.do(t, request{token: token, header: modernHeader("tools/call", "read_it"), body: modernCall}))
	if text(answer) != "hello ada" || answer.Result["resultType"] != "complete" {
		t.Errorf("modern call: %+v", answer)
	}
	for _, tool := range []string{"rule"} {
		refusal := decode(t, w.do(t, request{token: token, header: modernHeader("tools/call", tool),
			body: strings.Replace(modernCall, "read_it", tool, 1)}))
		if refusal.Result["isError"] != true || refusal.Result["resultType"] != "complete" {
			t.Errorf("the refusal of %s: %+v", tool, refusal)
		}
	}
	encoded := modernHeader("tools/call", "=?base64?cmVhZF9pdA==?=")
	if answer := decode(t, w.do(t, request{token: token, header: encoded,
		body: modernCall})); text(answer) != "hello ada" {
		t.Errorf("Mcp-Name in base64: %+v", answer)
	}
	accepted := w.do(t, request{token: token, body: `{"jsonrpc":"2.0","method":"notifications/initialized"}`})
	if accepted.Code != 202 || accepted.Body.Len() != 0 {
		t.Errorf("notification: %d %s", accepted.Code, accepted.Body)
	}
}

func TestProgressIsStreamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := strings.Replace(toolCall("slow"), `"arguments":{}`, `"arguments":{},"_meta":{"progressToken":"p"}`, 1)
	rec := w.do(t, request{token: w.issuer.Token(publicURL), body: body})
	if rec.Header().Get("Content-Type") != "text/event-stream" || rec.Header().Get("X-Accel-Buffering") != "no" {
		t.Errorf("header %v", rec.Header())
	}
	if n := strings.Count(rec.Body.String(), "notifications/progress"); n != 2 ||
		!strings.Contains(rec.Body.String(), "done") {
		t.Errorf("%d notifications in %s", n, rec.Body)
	}
	// A client that takes documents only gets one.
	rec = w.do(t, request{token: w.issuer.Token(publicURL), body: body,
		header: http.Header{"Accept": {"application/json"}}})
	if got := text(decode(t, rec)); got != "done" {
		t.Errorf("JSON: %s", rec.Body)
	}
}

func TestVersionMismatch(t *testing.T) {
	t.Parallel()
	mixed := request{
		header: http.Header{"Mcp-Protocol-Version": {"2025-11-25"}},
		body:   strings.Replace(toolCall("read_it"), `"arguments":{}`, `"arguments":{},`+modernMeta, 1),
	}
	headless := request{body: mixed.body}
	older := request{header: modernHeader("tools/call", "read_it"),
		body: strings.ReplaceAll(mixed.body, "2026-07-28", "2025-11-25")}
	discover := request{header: http.Header{"Mcp-Protocol-Version": {"2025-11-25"}}, body: `{"jsonrpc":"2.0","id":2,"method":"server/discover","params":{` + modernMeta + `}}`}
	initialize := request{header: http.Header{"Mcp-Protocol-Version": {"2026-07-28"}}, body: `{"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`}

	lenient := newWorld(t)
	for name, req := range map[string]request{"mixed": mixed, "no header": headless, "older body": older,
		"discover": discover, "initialize": initialize} {
		req.token = lenient.issuer.Token(publicURL)
		for range 2 {
			rec := lenient.do(t, req)
			if answer := decode(t, rec); rec.Code != 200 || answer.Error != nil {
				t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
			}
		}
	}
	if n := strings.Count(lenient.log.String(), `"client_id":"tokentest-client","header_version":"2025-11-25","body_version":"2026-07-28"`); n != 1 {
		t.Errorf("the mixed client was logged %d times:\n%s", n, lenient.log)
	}

	// A version that nobody knows is no matter of leniency.
	unknown := request{token: lenient.issuer.Token(publicURL), header: modernHeader("tools/call", "read_it"),
		body: strings.ReplaceAll(mixed.body, "2026-07-28", "v999.0.0")}
	if rec := lenient.do(t, unknown); rec.Code != 400 || decode(t, rec).Error.Code != mcp.CodeHeaderMismatch {
		t.Errorf("unknown version: %d %s", rec.Code, rec.Body)
	}

	strict := newWorld(t, func(s *setup) { s.StrictVersions = true })
	for name, req := range map[string]request{"mixed": mixed, "no header": headless, "older body": older} {
		req.token = strict.issuer.Token(publicURL)
		rec := strict.do(t, req)
		if answer := decode(t, rec); rec.Code != 400 || answer.Error == nil || answer.Error.Code != mcp.CodeHeaderMismatch {
			t.Errorf("strict, %s: %d %s", name, rec.Code, rec.Body)
		}
	}
}

func TestMessagesThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.issuer.Token(publicURL)
	tests := []struct {
		name   string
		req    request
		status int
		code   int64
		text   string
	}{
		{"batch", request{body: "[" + toolCall("read_it") + "," + toolCall("read_it") + "]"}, 400, mcphttp.CodeInvalidRequest,
			"batches"},
		{"empty", request{body: ""}, 400, mcphttp.CodeInvalidRequest, "empty"},
		{"not JSON", request{body: "{"}, 400, mcphttp.CodeParseError, "not valid JSON"},
		{"duplicate tool", request{body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_it","name":"write_it"}}`}, 400, mcphttp.CodeParseError, "twice"},
		{"content type", request{body: toolCall("read_it"), header: http.Header{"Content-Type": {"text/plain"}}}, 415,
			mcphttp.CodeInvalidRequest, "application/json"},
		{"no content type", request{body: toolCall("read_it"), header: http.Header{"Content-Type": nil}}, 415,
			mcphttp.CodeInvalidRequest, "application/json"},
		{"accept", request{body: toolCall("read_it"), header: http.Header{"Accept": {"image/png"}}}, 406,
			mcphttp.CodeInvalidRequest, "accept both"},
		{"too large", request{body: strings.Repeat(" ", mcphttp.MaxBody) + toolCall("read_it")}, 413,
			mcphttp.CodeInvalidRequest, "2 MiB"},
		{"a name without end", request{body: toolCall(strings.Repeat("x", 1<<20))}, 400, mcphttp.CodeInvalidRequest,
			"4096 bytes"},
		{"unknown legacy version", request{body: toolCall("read_it"),
			header: http.Header{"Mcp-Protocol-Version": {"2025-01-01"}}}, 400, mcphttp.CodeInvalidRequest, "supported versions"},
		{"unknown method", request{body: `{"jsonrpc":"2.0","id":1,"method":"no/such"}`}, 200, mcphttp.CodeMethodNotFound, "method not found"},
		{"unknown method, modern", request{body: `{"jsonrpc":"2.0","id":1,"method":"no/such","params":{` + modernMeta + `}}`, header: modernHeader("no/such", "")}, 404, mcphttp.CodeMethodNotFound, "method not found"},
		{"unknown tool", request{body: toolCall("no_such")}, 200, -32602, "no_such"},
		{"GET", request{method: "GET"}, 405, mcphttp.CodeForbidden, "POST"},
		{"DELETE", request{method: "DELETE"}, 405, mcphttp.CodeForbidden, "POST"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.req.token = token
			rec := w.do(t, test.req)
			answer := decode(t, rec)
			if rec.Code != test.status || answer.Error == nil || answer.Error.Code != test.code ||
				!strings.Contains(answer.Error.Message, test.text) {
				t.Errorf("got %d %s", rec.Code, rec.Body)
			}
			if test.status == 405 && rec.Header().Get("Allow") != "POST, OPTIONS" {
				t.Errorf("Allow %q", rec.Header().Get("Allow"))
			}
		})
	}
}

// What odd but harmless headers must not change.
func TestForgivingHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.issuer.Token(publicURL)
	for name, h := range map[string]http.Header{
		"session id":    {"Mcp-Session-Id": {"gone"}},
		"last event id": {"Last-Event-Id": {"7"}},
		"accept all":    {"Accept": {"*/*"}},
		"accept json":   {"Accept": {"application/json"}},
		"no accept":     {"Accept": nil},
		"charset":       {"Content-Type": {"application/json; charset=utf-8"}},
	} {
		if got := text(decode(t, w.do(t, request{token: token, header: h, body: toolCall("read_it")}))); got != "hello ada" {
			t.Errorf("%s: %q", name, got)
		}
	}
	if rec := w.do(t, request{token: token, path: "/mcp/", body: toolCall("read_it")}); text(decode(t,
		rec)) != "hello ada" {
		t.Errorf("trailing slash: %d", rec.Code)
	}
	rec := w.do(t, request{token: token, header: http.Header{"Accept": {"text/event-stream"}}, body: toolCall("read_it")})
	if !strings.Contains(rec.Body.String(), "event: message") {
		t.Errorf("events only: %s", rec.Body)
	}
}

func TestAccessRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) {
		s.grants = []access.Grant{
			{When: access.When{Scopes: []string{"coda:read"}}, Allow: []string{"read"}},
			{When: access.When{Scopes: []string{"coda:write"}, Roles: []string{"editor"}}, Allow: []string{"write"}},
		}
	})
	reader := w.issuer.Token(publicURL, map[string]any{"scope": "coda:read"})
	editor := w.issuer.Token(publicURL, map[string]any{"scope": "coda:read profile", "roles": []string{"editor"}})
	nobody := w.issuer.Token(publicURL, map[string]any{"scope": "profile"})

	rec := w.do(t, request{token: editor, body: toolCall("write_it")})
	challenge := rec.Header().Get("WWW-Authenticate")
	if rec.Code != 403 || !strings.Contains(challenge, `error="insufficient_scope"`) || !strings.Contains(challenge, `scope="coda:read coda:write"`) {
		t.Errorf("step-up: %d %s", rec.Code, challenge)
	}
	if answer := decode(t, rec); answer.ID != 1.0 || answer.Error == nil {
		t.Errorf("step-up: %s", rec.Body)
	}
	answer := decode(t, w.do(t, request{token: reader, body: toolCall("write_it")}))
	if answer.Result["isError"] != true || !strings.Contains(text(answer), "editor") {
		t.Errorf("missing role: %+v", answer)
	}
	names := func(token string) (names []string) {
		tools, _ := decode(t, w.do(t, request{token: token, body: `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`})).Result["tools"].([]any)
		for _, tool := range tools {
			names = append(names, tool.(map[string]any)["name"].(string))
		}
		return names
	}
	if got := fmt.Sprint(names(reader)); got != "[fail panic read_it slow]" {
		t.Errorf("the reader sees %s", got)
	}
	if got := fmt.Sprint(names(editor)); got != "[fail panic read_it slow write_it]" {
		t.Errorf("the editor sees %s", got)
	}
	if got := fmt.Sprint(names(nobody)); got != "[fail panic read_it slow]" {
		t.Errorf("somebody without scopes sees what they could get: %s", got)
	}
}

// Reading a resource falls under the rule of the tool that gives the same, also in asking for scopes.
func TestResourceStepUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) {
		s.toolFor = func(_, uri string, _ mcp.Params) string { return map[string]string{"coda://docs/1": "read_it"}[uri] }
	})
	token := w.issuer.Token(publicURL, map[string]any{"scope": "profile"})
	read := func(uri string) *httptest.ResponseRecorder {
		return w.do(t, request{token: token, body: `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"` + uri + `"}}`})
	}
	if rec := read("coda://docs/1"); rec.Code != 403 || !strings.Contains(rec.Header().Get("WWW-Authenticate"), `scope="coda:read"`) {
		t.Errorf("got %d %v", rec.Code, rec.Header())
	}
	if rec := read("other://1"); rec.Code != 200 {
		t.Errorf("a resource without a rule: %d", rec.Code)
	}
}

func TestSomebodyWithoutAnyRule(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) {
		s.grants = []access.Grant{{When: access.When{Roles: []string{"reader"}}, Allow: []string{"read"}}}
	})
	token := w.issuer.Token(publicURL)
	answer := decode(t, w.do(t, request{token: token, body: `{"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`}))
	if got, _ := answer.Result["instructions"].(string); !strings.Contains(got, "reader") {
		t.Errorf("instructions %q", got)
	}
	list := decode(t, w.do(t, request{token: token, body: `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`}))
	if tools, ok := list.Result["tools"].([]any); !ok || len(tools) != 0 {
		t.Errorf("tools %v", list.Result)
	}
	if answer := decode(t, w.do(t, request{token: token, body: toolCall("read_it")})); answer.Result["isError"] != true {
		t.Errorf("call %+v", answer)
	}
	// They have nothing to say that takes more than a small message.
	large := strings.Replace(toolCall("read_it"), `{}`, `{"x":"`+strings.Repeat("x", smallBody)+`"}`, 1)
	if rec := w.do(t, request{token: token, body: large}); rec.Code != 413 ||
		!strings.Contains(rec.Body.String(), "64 KiB") {
		t.Errorf("a large message: %d %.200s", rec.Code, rec.Body)
	}
}

func TestAPanicEndsOneCallAndLeaksNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := w.do(t, request{token: w.issuer.Token(publicURL), body: toolCall("panic")})
	if answer := decode(t, rec); answer.Error == nil || answer.Error.Code != mcphttp.CodeInternal {
		t.Errorf("got %s", rec.Body)
	}
	if log := w.log.String(); !strings.Contains(log, `"message":"panic"`) || strings.Contains(log+rec.Body.String(), "secret inside") {
		t.Errorf("log %s", log)
	}
}

// A panic of the gateway itself ends one request: with an answer where none has begun, with a broken connection
// elsewhere.
func TestAPanicOutsideOfTools(t *testing.T) {
	t.Parallel()
	for _, begun := range []bool{false, true} {
		w := newWorld(t)
		rw := httptest.NewRecorder()
		aborted := func() (v any) {
			defer func() { v = recover() }()
			r := httptest.NewRequest("POST", "/mcp", nil)
			c, rec := &call.Call{}, &answer{ResponseWriter: rw}
			w.begin(c, r)
			defer w.end(rec, c)
			if begun {
				rec.WriteHeader(200)
			}
			panic("with a secret inside")
		}()
		if begun && aborted != http.ErrAbortHandler || !begun && (aborted != nil || rw.Code != 500) {
			t.Errorf("begun %v: %v, status %d", begun, aborted, rw.Code)
		}
		if log := w.log.String(); !strings.Contains(log, `"outcome":"panic"`) || strings.Contains(log, "secret inside") {
			t.Errorf("log %s", log)
		}
	}
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.issuer.Token(publicURL)
	w.do(t, request{token: token, body: toolCall("fail"), path: "/mcp?access_token=in-the-query",
		header: http.Header{"X-Forwarded-For": {"198.51.100.9"}, "User-Agent": {"Claude-User"}}})
	w.do(t, request{token: token + "x", body: toolCall("read_it")})
	w.do(t, request{body: toolCall("read_it")})
	w.do(t, request{token: token, host: "evil.example", body: toolCall("read_it")})
	log := w.log.String()
	for _, want := range []string{
		`"outcome":"tool_error","issuer":"` + issuerURL + `","subject":"ada","client_id":"tokentest-client","method":"tools/call","name":"fail","user_agent":"Claude-User"`,
		`"level":"warn"`, `"outcome":"invalid_token","reason":"`, `"outcome":"no_token"`, `"outcome":"wrong_host"`, `evil.example`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("%s is missing in\n%s", want, log)
		}
	}
	for _, never := range []string{token, "in-the-query", "coda-secret", "arguments"} {
		if strings.Contains(log, never) {
			t.Errorf("%.20s… is in the log:\n%s", never, log)
		}
	}
}

func TestRootEndpoint(t *testing.T) {
	t.Parallel()
	for _, public := range []string{"https://mcp.example.com", "https://mcp.example.com/"} {
		w := newWorld(t, at(public))
		if rec := w.do(t, request{path: "/", body: toolCall("read_it")}); rec.Code != 401 {
			t.Errorf("%s: POST %d", public, rec.Code)
		}
		if rec := w.do(t, request{method: "GET", path: "/", header: http.Header{"Accept": {"text/html"}}}); rec.Code != 200 ||
			!strings.Contains(rec.Header().Get("Content-Type"), "html") {
			t.Errorf("%s: GET %d", public, rec.Code)
		}
		if rec := w.do(t, request{method: "GET", path: "/",
			header: http.Header{"Accept": {"text/event-stream"}}}); rec.Code != 401 {
			t.Errorf("%s: GET for events %d", public, rec.Code)
		}
		rec := w.do(t, request{method: "GET", path: "/.well-known/oauth-protected-resource"})
		var doc map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil || doc["resource"] != public {
			t.Errorf("%s: %v %v", public, doc, err)
		}
		if answer := decode(t, w.do(t, request{path: "/", token: w.issuer.Token(public),
			body: toolCall("read_it")})); text(answer) != "hello ada" {
			t.Errorf("%s: %+v", public, answer)
		}
	}
}

func TestProxyMismatchIsSaidOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = "mcp.example.com"
		r.RemoteAddr = "127.0.0.1:4711"
		r.Header.Set("X-Forwarded-Proto", "http")
		w.ServeHTTP(httptest.NewRecorder(), r)
	}
	if n := strings.Count(w.log.String(), "an address other than public_url"); n != 1 {
		t.Errorf("said %d times:\n%s", n, w.log)
	}
}

// The redirect for clients of the 2025-03-26 revision leads to where the issuer's document really is.
func TestRedirectToTheIssuersDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.DiscoveryRedirect = true })
	location := func() string {
		return w.do(t, request{method: "GET", path: "/.well-known/oauth-authorization-server"}).Header().Get("Location")
	}
	if got, want := location(), issuerURL+"/.well-known/openid-configuration"; got != want {
		t.Errorf("before discovery: %s, want %s", got, want)
	}
	w.issuer.HideDiscovery("appended")
	w.do(t, request{token: w.issuer.Token(publicURL), body: toolCall("read_it")})
	want := "https://id.example.com/.well-known/oauth-authorization-server/realms/company"
	if got := location(); got != want {
		t.Errorf("after discovery: %s, want %s", got, want)
	}
}

// One stranger's opaque tokens cost the provider's patience with that stranger only.
func TestOpaqueTokensAreChargedToTheirCaller(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) {
		s.Token.Issuers[0].Introspection = &token.Introspection{ClientID: tokentest.GatewayID, ClientSecret: "s"}
	})
	w.issuer.SetIntrospectionAuth(func(*http.Request) error { return nil })
	from := func(address, token string) int {
		return w.do(t, request{token: token, body: toolCall("read_it"),
			header: http.Header{"X-Forwarded-For": {address}}}).Code
	}
	var refused int
	for i := range 200 {
		if from("198.51.100.9", fmt.Sprintf("opaque-%d", i)) == 503 {
			refused++
		}
	}
	if refused == 0 {
		t.Error("a stranger may ask as much as they like")
	}
	if status := from("203.0.113.7", w.issuer.Opaque(w.issuer.Claims(publicURL))); status != 200 {
		t.Errorf("somebody else: %d\n%s", status, w.log)
	}
}

func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/mcp/x", "/mcpx", "//mcp", "/mcp//", "/favicon.ico",
		"/mcp/.well-known/openid-configuration", "/register", "/.well-known/x"} {
		rec := w.do(t, request{method: "GET", path: "http://mcp.example.com" + path})
		if rec.Code != 404 || rec.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %v", path, rec.Code, rec.Header())
		}
	}
}

// syncBuffer is a log that may be written and read at once.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
