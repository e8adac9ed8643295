package site

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/admit"
	"github.com/bestviable/coda-gateway/gateway/mcphttp"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// The ladder: what each layer adds to a call. Compare a rung with the bare SDK's of the same method; absolute times
// are the machine's. Run it on one core: GOMAXPROCS=1 go test -bench Ladder ./gateway
func BenchmarkLadder(b *testing.B) {
	const tools = 20
	methods := []struct{ name, version, method, tool, params string }{
		{"call-modern", "2026-07-28", "tools/call", "tool_07", `"name":"tool_07","arguments":{"query":"x"},` + modernMeta},
		{"call-legacy", "2025-11-25", "tools/call", "tool_07", `"name":"tool_07","arguments":{"query":"x"}`},
		{"list-modern", "2026-07-28", "tools/list", "", modernMeta},
		{"list-legacy", "2025-11-25", "tools/list", "", ``},
		{"discover", "2026-07-28", "server/discover", "", modernMeta},
		{"initialize", "", "initialize", "",
			`"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}`},
		{"ping", "2025-11-25", "ping", "", ``},
	}
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, `{"jsonrpc":"2.0","id":1,"result":{}}`)
	})
	type rung struct {
		name    string
		handler http.Handler
		tokens  func(i int) string
	}
	rungs := []rung{
		{"0-net/http", echo, nil},
		{"1-bare-sdk", bareSDK(tools), nil},
	}
	cached := newBenchGateway(b, tools, "RS256", 0)
	rungs = append(rungs, rung{"2-everything-1-token", cached, fixed(cached, 1)})
	for _, n := range []int{100, 10_000} {
		rungs = append(rungs, rung{fmt.Sprintf("3-everything-%d-tokens", n), cached, fixed(cached, n)})
	}
	for _, alg := range []string{"RS256", "ES256"} {
		g := newBenchGateway(b, tools, alg, -1)
		rungs = append(rungs, rung{"4-everything-uncached-" + alg, g, fixed(g, 1)})
	}
	for _, m := range methods {
		for _, rung := range rungs {
			b.Run(m.name+"/"+rung.name, func(b *testing.B) {
				header := http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"},
					"User-Agent": {"bench"}}
				if m.version != "" {
					header["Mcp-Protocol-Version"] = []string{m.version}
				}
				if m.version >= "2026-07-28" {
					header["Mcp-Method"] = []string{m.method}
					if m.tool != "" {
						header["Mcp-Name"] = []string{m.tool}
					}
				}
				body := []byte(`{"jsonrpc":"2.0","id":1,"method":"` + m.method + `","params":{` + m.params + `}}`)
				if rung.tokens != nil {
					rung.tokens(0)
				}
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					r := benchRequest(header, body)
					if rung.tokens != nil {
						r.Header["Authorization"] = []string{"Bearer " + rung.tokens(i)}
					}
					w := &discard{header: http.Header{}}
					rung.handler.ServeHTTP(w, r)
					if w.status != 0 && w.status != 200 {
						b.Fatalf("status %d", w.status)
					}
				}
			})
		}
	}
}

// What a stranger's tokens cost. A made-up key id is not among them: it waits for the provider's next keys unless many
// wait already, which cmd/coda-bench measures.
func BenchmarkHostile(b *testing.B) {
	g := newBenchGateway(b, 20, "RS256", 0)
	good := fixed(g, 1)(0)
	tokens := map[string]string{
		"garbage":       strings.Repeat("x", 900),
		"bad-signature": good[:len(good)-4] + "AAAA",
		"expired":       g.issuer.Token(publicURL, map[string]any{"exp": 1}),
		"no-token":      "",
	}
	for name, token := range tokens {
		b.Run(name, func(b *testing.B) {
			header := http.Header{"Content-Type": {"application/json"}}
			b.ReportAllocs()
			for b.Loop() {
				r := benchRequest(header, nil)
				if token != "" {
					r.Header["Authorization"] = []string{"Bearer " + token}
				}
				w := &discard{header: http.Header{}}
				g.ServeHTTP(w, r)
				if w.status != 401 && w.status != 503 {
					b.Fatalf("status %d", w.status)
				}
			}
		})
	}
}

func benchRequest(header http.Header, body []byte) *http.Request {
	r := (&http.Request{Method: "POST", Host: "mcp.example.com", RemoteAddr: "127.0.0.1:4711", Header: header.Clone(),
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body))}).WithContext(context.Background())
	r.URL = &url.URL{Path: "/mcp"}
	return r
}

// fixed gives n tokens in turn. They are made when the first is asked for: ten thousand signatures take a while.
func fixed(g *world, n int) func(int) string {
	tokens := sync.OnceValue(func() []string {
		all := make([]string, n)
		for i := range all {
			all[i] = g.issuer.Token(publicURL, map[string]any{"jti": i})
		}
		return all
	})
	return func(i int) string { return tokens()[i%n] }
}

func benchTools(n int) (tools []*mcp.Tool, catalogue []access.Tool) {
	for i := range n {
		name := fmt.Sprintf("tool_%02d", i)
		tools = append(tools, &mcp.Tool{
			Name: name, Title: "Tool", Description: strings.Repeat("It does what it says and a little more. ", 6),
			InputSchema:  json.RawMessage(`{"type":"object","properties":{"query":{"type":"string","description":"What to look for"},"limit":{"type":"integer","description":"How many"}},"required":["query"]}`),
			OutputSchema: json.RawMessage(`{"type":"object","properties":{"text":{"type":"string"}}}`),
		})
		catalogue = append(catalogue, access.Tool{Name: name, Group: access.Read})
	}
	return tools, catalogue
}

func benchServer(n int) *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "bench", Version: "1"}, mcphttp.ServerOptions(zerolog.Nop()))
	tools, _ := benchTools(n)
	for _, tool := range tools {
		server.AddTool(tool, func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "found"}},
				StructuredContent: json.RawMessage(`{"text":"found"}`)}, nil
		})
	}
	return server
}

func bareSDK(n int) http.Handler {
	server := benchServer(n)
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server },
		&mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true, DisableLocalhostProtection: true})
}

func newBenchGateway(b *testing.B, n int, alg string, cache int) *world {
	b.Helper()
	issuer := tokentest.NewIssuer(b, tokentest.Options{URL: issuerURL, Algorithms: []string{alg}})
	_, catalogue := benchTools(n)
	s := smallest(issuer, zerolog.New(io.Discard))
	s.Server, s.Token.CacheSize = benchServer(n), cache
	policy, err := access.Compile(access.Config{
		Tools: catalogue, Supported: []string{"coda:read"},
		Grants: []access.Grant{{When: access.When{Scopes: []string{"coda:read"}}, Allow: []string{"read"}}},
	})
	if err != nil {
		b.Fatal(err)
	}
	s.Door = admit.New(admit.Config{Policy: policy}, nil)
	g, err := New(s.config(b), nil)
	if err != nil {
		b.Fatal(err)
	}
	return &world{g, issuer, nil}
}

// discard is a ResponseWriter that keeps the status only.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
