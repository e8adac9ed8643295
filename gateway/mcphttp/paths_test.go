package mcphttp

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rs/zerolog"
	"golang.org/x/tools/txtar"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// Both paths give the same answer to every message of testdata/messages, in every revision of its kind: the same
// status, the same JSON but for the order of members and the wording of errors, the same outcome in the log.
func TestBothPathsAnswerAlike(t *testing.T) {
	t.Parallel()
	h := newTestHandler(t)
	files, err := filepath.Glob("testdata/messages/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no messages: %v", err)
	}
	taken, called := 0, 0
	for _, message := range goldens(t, files) {
		file := message.name
		sdk, _ := message.send(t, h, false)
		// The first call of a client goes the long way; those that follow call the handler.
		message.send(t, h, true)
		known := h.fast.calls.served.Load()
		fast, took := message.send(t, h, true)
		called += int(h.fast.calls.served.Load() - known)
		if took {
			taken++
		} else if !message.unusual {
			t.Errorf("%s: the fast path does not take it", file)
		}
		alike(t, file, fast, sdk)
	}
	if taken < 10 || called < 6 {
		t.Errorf("the fast path takes %d messages only, %d of them by the handler", taken, called)
	}
}

// alike compares what came back from both paths.
func alike(t *testing.T, what string, fast, sdk sent) {
	t.Helper()
	if fast.status != sdk.status || !reflect.DeepEqual(fast.body, sdk.body) {
		t.Errorf("%s: the fast path answers %d %v\nthe SDK %d %v", what, fast.status, fast.body, sdk.status, sdk.body)
	}
	if fast.call.Outcome != sdk.call.Outcome || fast.call.Reason != sdk.call.Reason {
		t.Errorf("%s: the fast path ends with %s %s, the SDK with %s %s", what,
			fast.call.Outcome, fast.call.Reason, sdk.call.Outcome, sdk.call.Reason)
	}
}

// golden is a message with its headers. Its file begins with header lines; the section "body" is the message. A
// message that the fast path leaves to the SDK says so with the line "unusual".
type golden struct {
	name    string
	header  http.Header
	body    string
	unusual bool
}

// goldens reads files. A message that names its revision stands for one in each revision that describes itself as much.
func goldens(t *testing.T, files []string) []golden {
	t.Helper()
	var all []golden
	for _, file := range files {
		g := readGolden(t, file)
		date := g.header.Get(versionHeader)
		if revisionOf(date) == nil {
			all = append(all, g)
			continue
		}
		for _, r := range revisions {
			if r.selfDescribing == isSelfDescribing(date) {
				one := golden{name: file + " in " + r.date, header: g.header.Clone(), unusual: g.unusual,
					body: strings.ReplaceAll(g.body, date, r.date)}
				one.header.Set(versionHeader, r.date)
				all = append(all, one)
			}
		}
	}
	return all
}

func readGolden(t *testing.T, file string) golden {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	archive := txtar.Parse(raw)
	if len(archive.Files) != 1 {
		t.Fatalf("%s: want one section, the body", file)
	}
	g := golden{name: file, header: http.Header{"Content-Type": {"application/json"}},
		body: strings.TrimSpace(string(archive.Files[0].Data))}
	for line := range strings.Lines(string(archive.Comment)) {
		line = strings.TrimSpace(line)
		name, value, ok := strings.Cut(line, ": ")
		switch {
		case line == "unusual":
			g.unusual = true
		case ok:
			g.header.Set(name, value)
		case line != "" && !strings.HasPrefix(line, "#"):
			t.Fatalf("%s: %q is no header", file, line)
		}
	}
	return g
}

// sent is what came back.
type sent struct {
	status int
	body   any
	call   *call.Call
}

// send has one of both paths answer; took says whether the fast one did.
func (g golden) send(t *testing.T, h *Handler, fast bool) (s sent, took bool) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/mcp", strings.NewReader(g.body))
	r.Header = g.header.Clone()
	w := httptest.NewRecorder()
	c := &call.Call{Principal: &token.Principal{Issuer: "i", Subject: "ada", ClientID: "c"}}
	m, ok := h.Read(w, r, c, MaxBody)
	if !ok {
		t.Fatalf("the message is refused: %s", w.Body)
	}
	if took = fast && h.fast.takes(r.Header, m); took {
		h.fast.serve(w, r, c, m, access.Set{})
	} else {
		h.serveSDK(w, r, c, m, false)
	}
	c.Finish(w.Code, 0)
	var body any
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Fatalf("%v in %s", err, w.Body)
		}
	}
	if answer, ok := body.(map[string]any); ok {
		if e, ok := answer["error"].(map[string]any); ok {
			delete(e, "message")
		}
	}
	return sent{w.Code, body, c}, took
}

func newTestHandler(t *testing.T) *Handler {
	t.Helper()
	options := ServerOptions(zerolog.Nop())
	options.Instructions = "Read with echo."
	options.CompletionHandler = func(context.Context, *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
		return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{"one", "two"}}}, nil
	}
	server := mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, options)
	server.AddTool(&mcp.Tool{Name: "echo", InputSchema: json.RawMessage(`{"type":"object"}`)},
		func(_ context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: string(req.Params.Arguments)}}}, nil
		})
	server.AddTool(&mcp.Tool{Name: "fail", InputSchema: json.RawMessage(`{"type":"object"}`)},
		func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: "no"}}}, nil
		})
	server.AddTool(&mcp.Tool{Name: "ask", InputSchema: json.RawMessage(`{"type":"object"}`)},
		func(_ context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			if reply, ok := req.Params.InputResponses["q"].(*mcp.ElicitResult); ok {
				return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{
					Text: reply.Action + " " + req.Params.RequestState}}}, nil
			}
			return &mcp.CallToolResult{Content: []mcp.Content{}, RequestState: "s",
				InputRequests: mcp.InputRequestMap{"q": &mcp.ElicitParams{Mode: "form", Message: "really?",
					RequestedSchema: json.RawMessage(`{"type":"object","properties":{"yes":{"type":"boolean"}}}`)}}}, nil
		})
	server.AddPrompt(&mcp.Prompt{Name: "greet"}, func(context.Context, *mcp.GetPromptRequest) (*mcp.GetPromptResult,
		error) {
		return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user",
			Content: &mcp.TextContent{Text: "hello"}}}}, nil
	})
	server.AddResourceTemplate(&mcp.ResourceTemplate{URITemplate: "coda://docs/{doc}", Name: "doc"},
		func(_ context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			if strings.HasSuffix(req.Params.URI, "/none") {
				return nil, mcp.ResourceNotFoundError(req.Params.URI)
			}
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: req.Params.URI, Text: "a doc"}}}, nil
		})
	h, err := New(Config{Server: server})
	if err != nil {
		t.Fatal(err)
	}
	server.AddReceivingMiddleware(h.Middleware)
	return h
}

// Errors are short whatever they quote, on either path, as a document and as an event.
func TestErrorsAreShort(t *testing.T) {
	t.Parallel()
	h := newTestHandler(t)
	for _, long := range []string{strings.Repeat("<", 100_000), strings.Repeat(`\"`, 50_000)} {
		for _, message := range []string{
			`"id":1,"method":"subscriptions/listen","params":{"notifications":"` + long + `"}`,
			`"id":1,"method":"completion/complete","params":{"ref":{"type":"` + long + `"}}`,
			`"id":1,"method":"initialize","params":{"capabilities":"` + long + `"}`,
			`"id":1,"method":"tools/call","params":{"name":"echo","inputResponses":"` + long + `"}`,
			`"id":1,"method":"tools/call","params":{"name":"echo","odd":1,"inputResponses":"` + long + `"}`,
			`"id":1,"method":"tools/list","params":{"cursor":["` + long + `"]}`,
			`"id":1,"error":"` + long + `"`,
			`"method":"notifications/cancelled","params":{"reason":["` + long + `"]}`,
		} {
			for _, accept := range []string{"application/json", "text/event-stream"} {
				r := httptest.NewRequest(http.MethodPost, "/mcp", strings.NewReader(`{"jsonrpc":"2.0",`+message+`}`))
				r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {accept}}
				w, c := httptest.NewRecorder(), &call.Call{Principal: &token.Principal{Issuer: "i", Subject: "ada"}}
				m, ok := h.Read(w, r, c, MaxBody)
				if ok {
					h.Serve(w, r, c, m, access.Set{})
				} else {
					m = &Message{Kind: Request} // refused before it was served, with an error as well
				}
				if w.Body.Len() > 1_500 || m.Kind == Request && !strings.Contains(w.Body.String(), `"error":{"code":`) {
					t.Errorf("%.60s, %s: %d %d bytes: %.300s", message, accept, w.Code, w.Body.Len(), w.Body)
				}
			}
		}
	}
}
