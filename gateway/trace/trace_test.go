package trace

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	tracepb "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// collector takes spans.
type collector struct {
	*httptest.Server
	mu      sync.Mutex
	status  int
	got     []*tracepb.ResourceSpans
	headers []http.Header
	paths   []string
}

func newCollector(t *testing.T) *collector {
	c := &collector{status: http.StatusOK}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c.mu.Lock()
		defer c.mu.Unlock()
		var data tracepb.TracesData
		if err := proto.Unmarshal(body, &data); err != nil {
			t.Error(err)
		}
		c.headers, c.paths = append(c.headers, r.Header), append(c.paths, r.URL.Path)
		if w.WriteHeader(c.status); c.status == http.StatusOK {
			c.got = append(c.got, data.ResourceSpans...)
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) spans() (all []*tracepb.Span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.got {
		for _, s := range r.ScopeSpans {
			all = append(all, s.Spans...)
		}
	}
	return all
}

func newTracer(t *testing.T, endpoint string, env map[string]string, log zerolog.Logger) *Tracer {
	t.Helper()
	tracer, err := New(t.Context(), Config{Endpoint: endpoint, Version: "v1", PublicURL: "https://mcp.example.com/mcp",
		CodaURL: "https://coda.io/apis/v1", Tools: []string{"coda_whoami", "coda_get_doc"}, Log: log,
		Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok }})
	if err != nil {
		t.Fatal(err)
	}
	return tracer
}

func someCall() *call.Call {
	begin := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	c := &call.Call{ID: "R1", Time: begin, Method: "tools/call", Tool: "coda_get_doc", HTTPMethod: "POST", Path: "/mcp",
		Keep:      true,
		Principal: &token.Principal{Issuer: "https://id.example.com", Subject: "secret-subject", Name: "Ada"}}
	c.CodaRequest(call.Request{Doc: "secret-doc", Operation: "getDoc", Method: "GET", Status: 503, Attempt: 1,
		Ended: begin.Add(2 * time.Second), Took: time.Second})
	c.CodaRequest(call.Request{Doc: "secret-doc", Operation: "getDoc", Method: "GET", Status: 200, Attempt: 2,
		Ended: begin.Add(3 * time.Second), Took: time.Second / 2})
	c.Decided("allowed", "access[0]")
	c.End(call.OK, "", "")
	c.Finish(200, 1)
	c.Duration = 4 * time.Second
	return c
}

func TestSpans(t *testing.T) {
	c := newCollector(t)
	tracer := newTracer(t, c.URL, map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b"}, zerolog.Nop())
	tracer.Ended(someCall())
	if err := tracer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	spans := c.spans()
	if len(spans) != 3 {
		t.Fatalf("%d spans", len(spans))
	}
	server := spans[slices.IndexFunc(spans, func(s *tracepb.Span) bool { return len(s.ParentSpanId) == 0 })]
	if server.Name != "tools/call coda_get_doc" || server.Kind != tracepb.Span_SPAN_KIND_SERVER ||
		server.EndTimeUnixNano-server.StartTimeUnixNano != uint64(4*time.Second) {
		t.Errorf("%v", server)
	}
	text := fmt.Sprint(server.Attributes)
	for _, want := range []string{"mcp.method.name", "gen_ai.tool.name", "execute_tool", "coda_gateway.request_id", "R1"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
	failed := 0
	for _, s := range spans {
		if s == server {
			continue
		}
		if s.Name != "GET getDoc" || s.Kind != tracepb.Span_SPAN_KIND_CLIENT ||
			!bytes.Equal(s.ParentSpanId, server.SpanId) ||
			!bytes.Equal(s.TraceId, server.TraceId) || !strings.Contains(fmt.Sprint(s.Attributes), "coda.io") ||
			!strings.Contains(fmt.Sprint(s.Attributes), "int_value:443") {
			t.Errorf("%v", s)
		}
		if s.Status.Code == tracepb.Status_STATUS_CODE_ERROR {
			failed++
		}
	}
	if failed != 1 || c.paths[0] != "/v1/traces" || c.headers[0].Get("Api-Key") != "a b" ||
		c.headers[0].Get("Content-Type") != "application/x-protobuf" {
		t.Errorf("%d failed; %v %v", failed, c.paths, c.headers)
	}
	about := fmt.Sprint(c.got)
	for _, want := range []string{"service.name", "coda-gateway", "telemetry.sdk.name"} {
		if !strings.Contains(about, want) {
			t.Errorf("%s is nowhere in %s", want, about)
		}
	}
	if strings.Contains(about, "secret-") || strings.Contains(about, "Ada") {
		t.Errorf("somebody or something is named: %s", about)
	}
}

// What a client makes up is no name of a span and in none of its attributes, and what fails has the type of error that
// the conventions have for it.
func TestNames(t *testing.T) {
	c := newCollector(t)
	tracer := newTracer(t, c.URL, nil, zerolog.Nop())
	for _, test := range []struct {
		method, tool, target string
		outcome              call.Outcome
		reason               call.Reason
		status               int
		name                 string
		attributes           []string
	}{
		{"tools/call", "coda_get_doc", "", call.ToolError, "", 200, "tools/call coda_get_doc",
			[]string{"gen_ai.tool.name=coda_get_doc", "error.type=tool_error", "url.path=/mcp", "url.scheme=https"}},
		{"tools/call", "secret-words", "", call.RPCError, call.InvalidParams, 200, "tools/call _OTHER",
			[]string{"gen_ai.tool.name=_OTHER", "error.type=-32602", "rpc.response.status_code=-32602"}},
		{"secret/method", "", "", call.RPCError, call.MethodNotFound, 404, "_OTHER",
			[]string{"mcp.method.name=_OTHER", "error.type=-32601", "http.response.status_code=404"}},
		{"prompts/get", "", "explain_doc", call.OK, "", 200, "prompts/get explain_doc",
			[]string{"gen_ai.prompt.name=explain_doc"}},
		{"prompts/get", "", "secret-prompt", call.RPCError, call.InvalidParams, 200, "prompts/get",
			[]string{"error.type=-32602"}},
		{"resources/read", "coda_get_doc", "coda://docs/secret-doc", call.Limited, call.LimitPerson, 200,
			"resources/read coda_get_doc", []string{"error.type=limit_person"}},
	} {
		ended := &call.Call{Time: time.Now(), Method: test.method, Tool: test.tool, Target: test.target, HTTPMethod: "POST",
			Path: "/mcp", Principal: &token.Principal{Subject: "secret-subject"}}
		ended.End(test.outcome, test.reason, "")
		ended.Finish(test.status, 1)
		tracer.Ended(ended)
		if err := tracer.provider.ForceFlush(t.Context()); err != nil {
			t.Fatal(err)
		}
		all := c.spans()
		got := all[len(all)-1]
		if got.Name != test.name {
			t.Errorf("the span is called %s, not %s", got.Name, test.name)
		}
		text := ""
		for _, a := range got.Attributes {
			text += fmt.Sprintf("%s=%v%v\n", a.Key, a.Value.GetStringValue(),
				map[bool]any{true: "", false: a.Value.GetIntValue()}[a.Value.GetIntValue() == 0])
		}
		for _, want := range test.attributes {
			if !strings.Contains(text, want+"\n") {
				t.Errorf("%s: there is no %s in\n%s", test.name, want, text)
			}
		}
		if strings.Contains(fmt.Sprint(got), "secret") {
			t.Errorf("a client's own words: %v", got)
		}
	}
	if err := tracer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// The message's own trace comes before the proxy's, which is then a link; what is no trace is no parent.
func TestParents(t *testing.T) {
	const a, b = "0af7651916cd43dd8448eb211c80319c", "4bf92f3577b34da6a3ce929d0e0e4736"
	of := func(id string) call.Trace {
		return call.Trace{Parent: "00-" + id + "-b7ad6b7169203331-01", State: "x=y"}
	}
	for name, test := range map[string]struct {
		http, meta call.Trace
		trace      string
		links      int
	}{
		"neither":     {},
		"proxy":       {http: of(a), trace: a},
		"message":     {meta: of(b), trace: b},
		"both":        {http: of(a), meta: of(b), trace: b, links: 1},
		"nonsense":    {http: call.Trace{Parent: "00-zz-b7ad6b7169203331-01"}, meta: call.Trace{Parent: "x"}},
		"not sampled": {http: call.Trace{Parent: "00-" + a + "-b7ad6b7169203331-00"}, trace: "none"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCollector(t)
			tracer := newTracer(t, c.URL+"/v1/traces", nil, zerolog.Nop())
			ended := someCall()
			ended.HTTPTrace, ended.MetaTrace = test.http, test.meta
			tracer.Ended(ended)
			if err := tracer.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			spans := c.spans()
			if test.trace == "none" {
				if len(spans) > 0 {
					t.Errorf("the caller wants no trace, and there are %d spans", len(spans))
				}
				return
			}
			for _, s := range spans {
				if got := hex.EncodeToString(s.TraceId); test.trace != "" && got != test.trace {
					t.Errorf("%s is of the trace %s", s.Name, got)
				}
				if s.Kind == tracepb.Span_SPAN_KIND_SERVER && (len(s.Links) != test.links ||
					(test.trace != "") != (hex.EncodeToString(s.ParentSpanId) == "b7ad6b7169203331")) {
					t.Errorf("%v", s)
				}
			}
			if len(spans) != 3 {
				t.Errorf("%d spans", len(spans))
			}
		})
	}
}

// A collector that takes nothing costs its spans and is told of once; strangers make no spans at all.
func TestACollectorThatTakesNothing(t *testing.T) {
	c := newCollector(t)
	c.status = http.StatusBadRequest
	var log bytes.Buffer
	tracer := newTracer(t, c.URL, nil, zerolog.New(&log))
	stranger := someCall()
	stranger.Principal = nil
	tracer.Ended(stranger)
	tracer.Ended(someCall())
	for range 2 {
		if err := tracer.provider.ForceFlush(t.Context()); err != nil {
			t.Fatal(err)
		}
		tracer.Ended(someCall())
	}
	if got := tracer.Trouble(); !strings.Contains(got, "6 spans have been lost") || !strings.Contains(got, "400 "+
		"Bad Request") {
		t.Errorf("trouble %q", got)
	}
	c.mu.Lock()
	c.status = http.StatusOK
	c.mu.Unlock()
	if err := tracer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := log.String(); strings.Count(got, "accepts no spans") != 1 || !strings.Contains(got, `"lost":6`) ||
		tracer.Trouble() != "" || len(c.spans()) != 3 {
		t.Errorf("%s, %q, %d spans", got, tracer.Trouble(), len(c.spans()))
	}
}

func TestSettings(t *testing.T) {
	for name, test := range map[string]struct {
		endpoint string
		env      map[string]string
		want     string
	}{
		"nothing": {want: "off"},
		"base":    {endpoint: "http://c:4318/", want: "http://c:4318/v1/traces"},
		"whole":   {endpoint: "https://c/x/v1/traces", want: "https://c/x/v1/traces"},
		"variable": {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"},
			want: "http://c:4318/v1/traces"},
		"own variable": {env: map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c/y"}, want: "http://c/y"},
		"configuration": {endpoint: "http://a", env: map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://b"},
			want: "http://a/v1/traces"},
		"disabled": {endpoint: "http://a", env: map[string]string{"OTEL_SDK_DISABLED": "true"}, want: "off"},
		"none":     {endpoint: "http://a", env: map[string]string{"OTEL_TRACES_EXPORTER": "none"}, want: "off"},
		"no URL":   {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "c:4318"}, want: "not an http or https URL"},
		"grpc": {endpoint: "http://a", env: map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
			want: "only as http/protobuf"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := settingsOf(Config{Endpoint: test.endpoint,
				Env: func(name string) (string, bool) { v, ok := test.env[name]; return v, ok }})
			got := "off"
			switch {
			case err != nil:
				got = err.Error()
			case s != nil:
				got = s.url
			}
			if !strings.Contains(got, test.want) {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

// Every kind of value that a resource can have is sent.
func TestValues(t *testing.T) {
	t.Parallel()
	list := encodeAll([]attribute.KeyValue{attribute.Int("n", 7), attribute.Bool("b", true),
		attribute.StringSlice("l", []string{"x"})})
	if list[0].Value.GetIntValue() != 7 || list[1].Value.GetStringValue() != "true" ||
		list[2].Value.GetStringValue() != `["x"]` || len(encode(nil).ResourceSpans) > 0 {
		t.Errorf("%v", list)
	}
	var _ sdk.SpanExporter = &exporter{}
	if err := wait(canceled(), time.Hour); err == nil {
		t.Error("a wait outlasts its context")
	}
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
