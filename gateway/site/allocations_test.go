package site

import (
	"net/http"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/admit"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// What a request allocates where audit, tracing, limits and journal are off: whatever is built for those must not
// show here. The bounds are what was found when they were written, the request's own dozen among them; who makes one
// smaller writes the new number down.
func TestAllocations(t *testing.T) {
	issuer := tokentest.NewIssuer(t, tokentest.Options{URL: issuerURL, Algorithms: []string{"ES256"}})
	_, catalogue := benchTools(20)
	s := smallest(issuer, zerolog.Nop())
	s.Server = benchServer(20)
	policy, err := access.Compile(access.Config{
		Tools: catalogue, Supported: []string{"coda:read"},
		Grants: []access.Grant{{When: access.When{Scopes: []string{"coda:read"}}, Allow: []string{"read"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Door = admit.New(admit.Config{Policy: policy}, nil)
	site, err := New(s.config(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	good := issuer.Token(publicURL, nil)
	expired := issuer.Token(publicURL, map[string]any{"exp": 1})
	const call = `"name":"tool_07","arguments":{"query":"x"}`
	for _, c := range []struct {
		name, version, method, tool, params, token string
		status, most                               int
	}{
		{"tools/call, modern", "2026-07-28", "tools/call", "tool_07", call + "," + modernMeta, good, 200, 71},
		{"tools/call, legacy", "2025-11-25", "tools/call", "tool_07", call, good, 200, 42},
		{"tools/list", "2026-07-28", "tools/list", "", modernMeta, good, 200, 26},
		{"server/discover", "2026-07-28", "server/discover", "", modernMeta, good, 200, 26},
		{"refused: garbage", "2025-11-25", "ping", "", "", strings.Repeat("x", 600), 401, 15},
		{"refused: expired", "2025-11-25", "ping", "", "", expired, 401, 82},
	} {
		header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"test"},
			"Accept": {"application/json, text/event-stream"}, "Mcp-Protocol-Version": {c.version}}
		if c.version >= "2026" {
			header["Mcp-Method"] = []string{c.method}
		}
		if c.version >= "2026" && c.tool != "" {
			header["Mcp-Name"] = []string{c.tool}
		}
		body := []byte(`{"jsonrpc":"2.0","id":1,"method":"` + c.method + `","params":{` + c.params + `}}`)
		send := func() {
			r := benchRequest(header, body)
			r.Header["Authorization"] = []string{"Bearer " + c.token}
			w := &discard{header: http.Header{}}
			if site.ServeHTTP(w, r); max(w.status, 200) != c.status {
				t.Fatalf("%s: status %d", c.name, w.status)
			}
		}
		// The least of many: pools are emptied now and then, and others allocate meanwhile.
		least := 1 << 30
		for range 100 {
			least = min(least, int(testing.AllocsPerRun(1, send)))
		}
		if least > c.most {
			t.Errorf("%s: %d allocations, at most %d", c.name, least, c.most)
		}
	}
}
