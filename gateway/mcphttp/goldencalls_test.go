package mcphttp

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rs/zerolog"
	"golang.org/x/tools/txtar"
)

// Every call of the tools' golden files is answered alike by both paths, in every revision. The tools of this test
// answer what the files say that the real ones answer, where they got the arguments that the files say.
func TestBothPathsAnswerTheGoldenCallsAlike(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../mcptools/testdata/golden/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden calls: %v", err)
	}
	var calls []goldenCall
	for _, file := range files {
		calls = append(calls, readGoldenCall(t, file))
	}
	h := newGoldenHandler(t, calls)
	known := h.fast.calls.served.Load()
	for _, c := range calls {
		for _, message := range c.messages() {
			sdk, _ := message.send(t, h, false)
			message.send(t, h, true) // the first call of a client goes the long way
			fast, took := message.send(t, h, true)
			what := c.file + " in " + message.header.Get(versionHeader)
			if !took {
				t.Errorf("%s: the fast path does not take it", what)
			}
			alike(t, what, fast, sdk)
			if got := resultOf(t, fast); got != c.text {
				t.Errorf("%s: the answer says %.300q, want %.300q", what, got, c.text)
			}
		}
	}
	// In each revision the first call describes its client, and the handler is called for those that follow.
	if served := h.fast.calls.served.Load() - known; served < int64((2*len(calls)-1)*len(revisions)) {
		t.Errorf("the handler answers %d calls only, of %d golden ones", served, len(calls))
	}
}

// goldenCall is a golden file of mcptools: the arguments of a tool, and what came of them.
type goldenCall struct {
	file, tool string
	arguments  json.RawMessage
	text       string
	structured json.RawMessage
	failed     bool
}

func readGoldenCall(t *testing.T, file string) goldenCall {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := goldenCall{file: file, tool: "coda_" + filepath.Base(filepath.Dir(file))}
	for _, f := range archive.Files {
		switch f.Name {
		case "arguments":
			c.arguments = bytes.TrimSpace(f.Data)
		case "text", "error":
			c.text, c.failed = string(f.Data), f.Name == "error"
		case "structured":
			c.structured = f.Data
		}
	}
	if !json.Valid(c.arguments) || c.text == "" {
		t.Fatalf("%s: want arguments and an answer", file)
	}
	return c
}

// messages are the call in each revision.
func (c goldenCall) messages() []golden {
	var all []golden
	for _, r := range revisions {
		meta := ""
		header := http.Header{"Content-Type": {"application/json"}, versionHeader: {r.date}}
		if r.selfDescribing {
			meta = `,"_meta":{"` + versionKey + `":"` + r.date + `","` + capabilitiesKey + `":{"elicitation":{}},"` +
				clientKey + `":{"name":"c","version":"1"}}`
			header[methodHeader], header[nameHeader] = []string{"tools/call"}, []string{c.tool}
		}
		all = append(all, golden{header: header,
			body: `{"jsonrpc":"2.0","id":"a","method":"tools/call","params":` + c.params(meta) + `}`})
	}
	return all
}

// params are those of the call; the file is told as an argument of its own, for the tool to answer from.
func (c goldenCall) params(meta string) string {
	return `{"name":"` + c.tool + `","arguments":{"file":"` + c.file + `","golden":` + string(c.arguments) + `}` + meta + `}`
}

func (c goldenCall) result() *mcp.CallToolResult {
	r := &mcp.CallToolResult{IsError: c.failed, Content: []mcp.Content{&mcp.TextContent{Text: c.text}}}
	if c.structured != nil {
		r.StructuredContent = c.structured
	}
	return r
}

// newGoldenHandler has a tool for each of those that are called, which answers as the file says.
func newGoldenHandler(t *testing.T, calls []goldenCall) *Handler {
	t.Helper()
	answers, tools := make(map[string]goldenCall), make(map[string]bool)
	for _, c := range calls {
		answers[c.file], tools[c.tool] = c, true
	}
	server := mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, ServerOptions(zerolog.Nop()))
	for tool := range tools {
		server.AddTool(&mcp.Tool{Name: tool, InputSchema: json.RawMessage(`{"type":"object"}`)},
			func(_ context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
				var in struct {
					File   string
					Golden json.RawMessage
				}
				if err := json.Unmarshal(req.Params.Arguments, &in); err != nil {
					return nil, err
				}
				want := answers[in.File]
				if req.Params.Name != want.tool || !sameJSON(in.Golden, want.arguments) {
					return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{
						Text: "other arguments than those that were sent: " + string(in.Golden)}}}, nil
				}
				return want.result(), nil
			})
	}
	h, err := New(Config{Server: server})
	if err != nil {
		t.Fatal(err)
	}
	server.AddReceivingMiddleware(h.Middleware)
	return h
}

func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// resultOf is the text of an answer.
func resultOf(t *testing.T, s sent) string {
	t.Helper()
	raw, err := json.Marshal(s.body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Result struct {
			Content []struct{ Text string } `json:"content"`
		} `json:"result"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil || len(answer.Result.Content) != 1 {
		t.Fatalf("no result in %s", raw)
	}
	return answer.Result.Content[0].Text
}
