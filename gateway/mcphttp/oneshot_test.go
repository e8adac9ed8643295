package mcphttp

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const elicitingMeta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}`

func newServer(tools map[string]mcp.ToolHandler) *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	for name, call := range tools {
		server.AddTool(&mcp.Tool{Name: name, InputSchema: json.RawMessage(`{"type":"object"}`)}, call)
	}
	return server
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	server := newServer(map[string]mcp.ToolHandler{
		"echo": func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			req.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: "p", Progress: 1})
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: string(req.Params.Arguments)}}}, nil
		},
		"ask": func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			_, err := req.Session.Elicit(ctx, &mcp.ElicitParams{Message: "?",
				RequestedSchema: json.RawMessage(`{"type":"object"}`)})
			return nil, err
		},
	})
	tests := []struct {
		name string
		req  question
		want string
		code int64
	}{
		{"legacy call", question{Method: "tools/call", Params: json.RawMessage(`{"name":"echo","arguments":{"a":1}}`),
			Legacy: "2025-11-25"}, `{\"a\":1}`, 0},
		{"modern call", question{Method: "tools/call", Params: json.RawMessage(`{"name":"echo","arguments":{"a":1},` + elicitingMeta + `}`)}, `"resultType":"complete"`, 0},
		{"initialize", question{Method: "initialize", Params: json.RawMessage(`{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}`), Legacy: "2025-03-26"}, `"protocolVersion":"2025-06-18"`, 0},
		{"ping", question{Method: "ping", Legacy: "2025-11-25"}, `{}`, 0},
		{"unknown method", question{Method: "no/such", Legacy: "2025-11-25"}, "", jsonrpc.CodeMethodNotFound},
		{"unknown tool", question{Method: "tools/call", Params: json.RawMessage(`{"name":"none"}`), Legacy: "2025-11-25"},
			"", jsonrpc.CodeInvalidParams},
		{"modern without its version", question{Method: "tools/call", Params: json.RawMessage(`{"name":"echo","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}`)}, "", jsonrpc.CodeInvalidParams},
		{"a server that asks", question{Method: "tools/call", Params: json.RawMessage(`{"name":"ask","arguments":{}}`),
			Legacy: "2025-11-25"}, "", -1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			answer, err := ask(t.Context(), server, test.req)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case test.code == 0 && (answer.Error != nil || !strings.Contains(string(answer.Result), test.want)):
				t.Errorf("got %s %v", answer.Result, answer.Error)
			case test.code == -1 && answer.Error == nil && !strings.Contains(string(answer.Result), `"isError":true`):
				t.Errorf("got %s", answer.Result)
			case test.code != 0 && test.code != -1 && (answer.Error == nil || answer.Error.Code != test.code):
				t.Errorf("got %s %v, want code %d", answer.Result, answer.Error, test.code)
			}
		})
	}
}

// A client that goes away cancels its request, in whatever revision it speaks.
func TestCancel(t *testing.T) {
	t.Parallel()
	for name, q := range map[string]question{
		"2026-07-28": {Method: "tools/call", Params: json.RawMessage(`{"name":"wait","arguments":{},` + elicitingMeta + `}`)},
		"2025-11-25": {Method: "tools/call", Params: json.RawMessage(`{"name":"wait","arguments":{}}`), Legacy: "2025-11-25"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entered, ended := make(chan struct{}), make(chan error, 1)
			server := newServer(map[string]mcp.ToolHandler{"wait": func(ctx context.Context,
				_ *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
				close(entered)
				<-ctx.Done()
				ended <- ctx.Err()
				return nil, ctx.Err()
			}})
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-entered
				cancel()
			}()
			_, err := ask(ctx, server, q)
			if !errors.Is(err, context.Canceled) || !errors.Is(<-ended, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
}
