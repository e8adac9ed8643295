package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/mcphttp"
)

// toolCount is about what the real tool set has.
const toolCount = 20

func toolName(i int) string { return fmt.Sprintf("tool_%02d", i) }

// newServer has tools that cost nothing, so that everything around them shows. The bare SDK and the gateway serve the
// same.
func newServer() *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "bench", Version: "1"}, mcphttp.ServerOptions(zerolog.Nop()))
	for i := range toolCount {
		server.AddTool(&mcp.Tool{
			Name: toolName(i), Title: "Tool", Description: strings.Repeat("It does what it says and a little more. ", 6),
			InputSchema: json.RawMessage(
				`{"type":"object","properties":{"query":{"type":"string","description":"What to look for"},"limit":{"type":"integer","description":"How many"}},"required":["query"]}`),
			OutputSchema: json.RawMessage(`{"type":"object","properties":{"text":{"type":"string"}}}`),
		}, func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "found"}},
				StructuredContent: json.RawMessage(`{"text":"found"}`)}, nil
		})
	}
	return server
}

func catalogue() (tools []access.Tool) {
	for i := range toolCount {
		tools = append(tools, access.Tool{Name: toolName(i), Group: access.Read})
	}
	return tools
}

// method is one kind of request.
type method struct {
	name, version, method, tool, params string
}

const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`

var methods = []method{
	{"call-modern", "2026-07-28", "tools/call", "tool_07", `"name":"tool_07","arguments":{"query":"x"},` + meta},
	{"call-legacy", "2025-11-25", "tools/call", "tool_07", `"name":"tool_07","arguments":{"query":"x"}`},
	{"list-modern", "2026-07-28", "tools/list", "", meta},
	{"list-legacy", "2025-11-25", "tools/list", "", ``},
	{"discover", "2026-07-28", "server/discover", "", meta},
	{"initialize", "", "initialize", "",
		`"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}`},
	{"ping", "2025-11-25", "ping", "", ``},
}

func methodNamed(name string) method {
	for _, m := range methods {
		if m.name == name {
			return m
		}
	}
	panic("there is no method " + name)
}

// request is an HTTP/1.1 request in two parts; the token goes between them.
type request struct{ before, after []byte }

func (m method) request() request {
	body := `{"jsonrpc":"2.0","id":1,"method":"` + m.method + `","params":{` + m.params + `}}`
	var h strings.Builder
	h.WriteString("POST /mcp HTTP/1.1\r\nHost: mcp.example.com\r\nUser-Agent: bench\r\nContent-Type: " +
		"application/json\r\nAccept: application/json, text/event-stream\r\n")
	if m.version != "" {
		h.WriteString("Mcp-Protocol-Version: " + m.version + "\r\n")
	}
	if m.version >= "2026" {
		h.WriteString("Mcp-Method: " + m.method + "\r\n")
		if m.tool != "" {
			h.WriteString("Mcp-Name: " + m.tool + "\r\n")
		}
	}
	fmt.Fprintf(&h, "Content-Length: %d\r\nAuthorization: Bearer ", len(body))
	return request{[]byte(h.String()), []byte("\r\n\r\n" + body)}
}
