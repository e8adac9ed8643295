//go:build unix

package build

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/site"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// refusing is a site with all tools and the people who are refused there: one who may do everything, one who may only
// read, and one for whom columns of the table do not exist. Nothing ever changes: what would change something is
// refused by Coda, which is another kind of refusal.
type refusing struct {
	site   http.Handler
	log    *lockedBuffer
	coda   *frozenCoda
	tokens map[string]string
	tools  []refusedTool
}

// refusedTool is a tool as the list of tools tells it, and a call of it that succeeds.
type refusedTool struct {
	name      string
	arguments []refusedArgument
	good      map[string]json.RawMessage
}

type refusedArgument struct {
	Name, Type string
	Enum       []string
}

// frozenCoda is a Coda that nobody changes. Its answers are kept, so that what is measured is the gateway's cost.
type frozenCoda struct {
	http.Handler
	requests, writes atomic.Int64
	kept             sync.Map // of *httptest.ResponseRecorder
	// asked, if set, is called with how many requests there were.
	asked func(n int64)
}

func (c *frozenCoda) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if n := c.requests.Add(1); c.asked != nil {
		c.asked(n)
	}
	export := strings.HasSuffix(r.URL.Path, "/export") || strings.Contains(r.URL.Path, "/export/")
	switch {
	case export || strings.HasPrefix(r.URL.Path, "/blobs/"):
		c.Handler.ServeHTTP(w, r)
		return
	case r.Method != http.MethodGet:
		c.writes.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"statusCode":403,"statusMessage":"Forbidden","message":"not today"}`))
		return
	}
	key := r.URL.String() + " " + r.Header.Get("Authorization")
	known, ok := c.kept.Load(key)
	if !ok {
		answer := httptest.NewRecorder()
		c.Handler.ServeHTTP(answer, r)
		known, _ = c.kept.LoadOrStore(key, answer)
	}
	answer := known.(*httptest.ResponseRecorder)
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func openRefusing(tb testing.TB, sets ...string) *refusing {
	tb.Helper()
	issuer, err := tokentest.Start(tokentest.Options{Algorithms: []string{"ES256"}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(issuer.Close)
	w := &refusing{log: &lockedBuffer{}, coda: &frozenCoda{Handler: codatest.NewServer(codatest.Options{})},
		tokens: map[string]string{}}
	workspace := httptest.NewServer(w.coda)
	tb.Cleanup(workspace.Close)
	const budget = "1000000/1s"
	cfg, _, err := config.Parse("gateway.yaml", []byte("public_url: "+costlyURL+"\nissuers: [{url: "+issuer.URL+"}]\n"+
		"coda: {token: \"${env:T}\", base_url: "+workspace.URL+"/apis/v1, tool_sets: ["+
		strings.Join(sets, ", ")+"], budgets: {read: "+budget+", write: "+budget+", content: "+budget+
		", list_docs: "+budget+", analytics: "+budget+"}}\n"+
		"scopes: {supported: [\"coda:read\", \"coda:write\", \"coda:admin\", \"coda:part\"]}\n"+`access:
  - {when: {scopes: ["coda:read"]}, allow: [read]}
  - {when: {scopes: ["coda:write"]}, allow: [write, destructive, effects]}
  - {when: {scopes: ["coda:admin"]}, allow: [admin]}
  - {when: {scopes: ["coda:part"]}, allow: [read, write, destructive, effects, admin], docs: [dRoadmap01],
     hide: [{table: grid-Features01, columns: [Status, Owner, Effort]}]}
limits: {per_person: {calls: 0}}
audit: {to: stdout}
`), ConfigOptions(func(string) (string, bool) { return codatest.DemoToken, true }))
	if err != nil {
		tb.Fatal(err)
	}
	b := &Builder{Log: zerolog.New(w.log), Stdout: w.log, Agent: "test/1", Version: "1"}
	tb.Cleanup(b.Close)
	var built *site.Site
	if built, err = b.Site(cfg); err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	tb.Cleanup(cancel)
	built.Start(ctx)
	w.site = built
	for person, scope := range map[string]string{"all": "coda:read coda:write coda:admin", "reader": "coda:read",
		"part": "coda:part"} {
		w.tokens[person] = issuer.Token(costlyURL,
			map[string]any{"sub": person, "scope": scope, "exp": time.Now().Add(time.Hour).Unix()})
	}
	w.listTools(tb)
	return w
}

// listTools asks for the tools, and looks into their golden files for calls that succeed.
func (w *refusing) listTools(tb testing.TB) {
	tb.Helper()
	answer := w.serve(w.post(tb.Context(), "all", `"method":"tools/list"`))
	var list struct {
		Result struct {
			Tools []struct {
				Name        string
				InputSchema struct{ Properties map[string]refusedArgument }
			}
		}
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		tb.Fatalf("%v: %.300s", err, answer)
	}
	for _, t := range list.Result.Tools {
		tool := refusedTool{name: t.Name, good: goodCall(tb, t.Name)}
		for name, a := range t.InputSchema.Properties {
			a.Name = name
			tool.arguments = append(tool.arguments, a)
		}
		w.tools = append(w.tools, tool)
	}
	if len(w.tools) < 20 {
		tb.Fatalf("%d tools", len(w.tools))
	}
}

// goodCall is the first call of a tool's golden files that succeeds by itself.
func goodCall(tb testing.TB, tool string) (arguments map[string]json.RawMessage) {
	tb.Helper()
	files, err := filepath.Glob("../../../mcptools/testdata/golden/" + strings.TrimPrefix(tool, "coda_") + "/*.txtar")
	if err != nil || len(files) == 0 {
		tb.Fatalf("%s has no golden files: %v", tool, err)
	}
	best := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		fit := 1
		var given []byte
		for _, f := range archive.Files {
			switch f.Name {
			case "arguments":
				given = f.Data
			case "text":
				fit += 2
			}
		}
		if !bytes.Contains(archive.Comment, []byte("\nfirst:")) && !bytes.Contains(archive.Comment, []byte("\ntoken:")) {
			fit++
		}
		var parsed map[string]json.RawMessage
		if fit > best && json.Unmarshal(given, &parsed) == nil {
			best, arguments = fit, parsed
		}
	}
	return arguments
}

// request is a call as it is sent. What is streamed or has something odd about it goes ways on which the SDK reads the
// message too, and of what is mixed the body is of another revision than the header.
func (w *refusing) request(ctx context.Context, c personal) *http.Request {
	more := map[string]string{"odd": `,"x":1`, "mixed": `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",` +
		`"io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`}[c.way]
	r := w.post(ctx, c.person, `"method":"tools/call","params":{"name":"`+c.tool+`","arguments":`+c.arguments+more+`}`)
	switch c.way {
	case "streamed":
		r.Header.Set("Accept", "text/event-stream")
	case "mixed":
		r.Header.Set("Mcp-Protocol-Version", "2025-11-25")
	}
	return r
}

func (w *refusing) post(ctx context.Context, person, message string) *http.Request {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, costlyURL,
		strings.NewReader(`{"jsonrpc":"2.0","id":1,`+message+"}"))
	r.Header = headers(w.tokens[person])
	return r
}

// serve gives the answer.
func (w *refusing) serve(r *http.Request) []byte {
	recorder := httptest.NewRecorder()
	w.site.ServeHTTP(recorder, r)
	return recorder.Body.Bytes()
}

// refusedHow says how an answer refuses; empty where it does not.
func refusedHow(answer []byte) string {
	switch {
	case bytes.Contains(answer, []byte(`"isError":true`)), bytes.Contains(answer, []byte(`"error":`)):
		return "refused"
	case bytes.Contains(answer, []byte(`"confirm":"`)):
		return "asked"
	}
	return ""
}
