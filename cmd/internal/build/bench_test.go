package build

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// What it costs to refuse as much as a message may hold, in messages of all methods; BenchmarkRefusals has all tools.
// The bare reading of it is the measure.
func BenchmarkRefusedMessages(b *testing.B) {
	const size = 1_900_000
	long := strings.Repeat("x", size)
	arguments := map[string]string{
		"unknown argument": `{"nosuch":"` + long + `"}`,
		"quotes":           `{"nosuch":"` + strings.Repeat(`\"`, size/2) + `"}`,
		"sort":             `{"table":"T","sort":"` + long + `"}`,
		"number":           `{"table":"T","limit":"` + strings.Repeat("é", size/2) + `"}`,
		"many names":       `{"table":"T","filter":{` + numbered(95_000, `"unknown %":1`) + `}}`,
		"many values":      `{"table":"T","sort":[` + numbered(95_000, `"unknown %"`) + `]}`,
		"text":             `"` + long + `"`,
	}
	messages := map[string]string{
		"cursor":    `"method":"tools/list","params":{"cursor":"` + long + `"}`,
		"ref":       `"method":"completion/complete","params":{"ref":{"type":"` + long + `"}}`,
		"meta":      `"method":"tools/list","params":{"_meta":"` + long + `"}`,
		"no method": `"x":"` + long + `"`,
	}
	// What writes is refused later: its content may be large.
	writing := map[string]string{
		"coda_edit_page":   `{"doc":"dRoadmap01","page":"nosuch","content":"` + strings.Repeat(`\"`, size/2) + `"}`,
		"coda_create_page": `{"doc":"nosuch","name":"x","content":"` + strings.Repeat(`\"`, size/2) + `"}`,
		"coda_create_doc":  `{"title":"x","folder":"nosuch","content":"` + strings.Repeat(`\"`, size/2) + `"}`,
		"coda_delete_doc":  `{"doc":"dRoadmap01","confirm":"` + long + `"}`,
		"coda_share_doc":   `{"doc":"dRoadmap01","with":"` + long + `"}`,
		"coda_upsert_rows": `{"doc":"dRoadmap01","table":"Features","rows":[` + numbered(30_000, `{"unknown %":"x"}`) + `]}`,
		"coda_update_rows": `{"doc":"dRoadmap01","table":"Features","rows":[` + numbered(30_000, `{"row":"i-%"}`) + `]}`,
		"coda_delete_rows": `{"doc":"dRoadmap01","table":"Features","rows":[` + numbered(30_000, `"unknown %"`) + `]}`,
	}
	for tool, a := range writing {
		messages[tool] = `"method":"tools/call","params":{"name":"` + tool + `","arguments":` + a + `}`
	}
	for name, a := range arguments {
		messages[name] = `"method":"tools/call","params":{"name":"coda_query_rows","arguments":` + a + `}`
	}
	issuer, err := tokentest.Start(tokentest.Options{Algorithms: []string{"ES256"}})
	if err != nil {
		b.Fatal(err)
	}
	defer issuer.Close()
	workspace := httptest.NewServer(codatest.NewServer(codatest.Options{}))
	defer workspace.Close()
	opts := ConfigOptions(func(string) (string, bool) { return codatest.DemoToken, true })
	cfg, _, err := config.Parse("gateway.yaml", []byte("public_url: https://mcp.example.com/mcp\nissuers: [{url: "+
		issuer.URL+"}]\ncoda: {token: \"${env:T}\", base_url: "+workspace.URL+"/apis/v1, tool_sets: [sharing, doc_admin]}\n"+
		"limits: {per_person: {calls: 0}}\n"), opts)
	if err != nil {
		b.Fatal(err)
	}
	site, err := (&Builder{Log: zerolog.New(io.Discard), Agent: "test/1", Version: "1"}).Site(cfg)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	site.Start(ctx)
	token := issuer.Token("https://mcp.example.com/mcp",
		map[string]any{"scope": "coda:read coda:write coda:admin", "exp": time.Now().Add(time.Hour).Unix()})
	for name, m := range messages {
		body := []byte(`{"jsonrpc":"2.0","id":1,` + m + `}`)
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "https://mcp.example.com/mcp", bytes.NewReader(body))
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Authorization", "Bearer "+token)
				w := httptest.NewRecorder()
				site.ServeHTTP(w, r)
				if !strings.Contains(w.Body.String(), `"error":`) && !strings.Contains(w.Body.String(), `"isError":true`) {
					b.Fatalf("%d %.300s", w.Code, w.Body)
				}
			}
		})
	}
}

func numbered(n int, form string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strings.Replace(form, "%", strconv.Itoa(i), 1))
	}
	return b.String()
}
