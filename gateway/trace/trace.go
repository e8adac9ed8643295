// Package trace tells a collector of traces (OpenTelemetry, OTLP over HTTP) about calls: a span for each, and one below
// it for each request to Coda.
//
// It is a function over a [call.Call] that has ended, like the log and the metrics: the spans are made of what the call
// remembers, with the times at which it happened. So there is nothing to carry along on the way of a request, and
// nothing to pay where nobody traces. A span names the method, the tool, how it ended and the request id, by which the
// log and the audit have the rest; who called, and anything out of a document, is not in it. So some of what the
// conventions ask for is not: url.full and mcp.resource.uri name documents, and jsonrpc.request.id is a client's text.
//
// The parent is what the message says in _meta (SEP-414 of MCP), or else what the proxy in front says in the HTTP
// header traceparent (W3C Trace Context); where both do, the latter is a link. Strangers make no spans.
package trace

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/bestviable/coda-gateway/gateway/call"
)

// Config says where spans go.
type Config struct {
	// Endpoint is the collector's base URL, such as http://collector:4318; "" = as the OTEL_* variables say, or nowhere.
	Endpoint string
	// Version is the program's own.
	Version string
	// PublicURL and CodaURL say where the requests of clients and those to Coda go.
	PublicURL, CodaURL string
	// Tools are the names of all tools that there can be.
	Tools []string
	// Env finds environment variables.
	Env func(name string) (string, bool)
	// Log hears when the collector takes nothing, and when it does again; the zero Logger discards.
	Log zerolog.Logger
}

// Tracer makes spans of calls. It is safe for concurrent use.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
	exporter *exporter
	tools    []string
	// scheme is that of the public URL; coda is where Coda is.
	scheme attribute.KeyValue
	coda   []attribute.KeyValue
}

// New makes a tracer; nil where nobody wants spans. The SDK reads the variables about sampling, batches and the
// resource (OTEL_TRACES_SAMPLER, OTEL_BSP_*, OTEL_SERVICE_NAME …) itself.
func New(ctx context.Context, cfg Config) (*Tracer, error) {
	settings, err := settingsOf(cfg)
	if err != nil || settings == nil {
		return nil, err
	}
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "coda-gateway"),
		attribute.String("service.version", cfg.Version)), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, err
	}
	out := newExporter(*settings, cfg.Log)
	provider := sdk.NewTracerProvider(sdk.WithResource(about), sdk.WithBatcher(out))
	public, err := url.Parse(cfg.PublicURL)
	if err != nil {
		return nil, err
	}
	coda, err := url.Parse(cfg.CodaURL)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(cmp.Or(coda.Port(), map[string]string{"http": "80"}[coda.Scheme], "443"))
	if err != nil {
		return nil, err
	}
	return &Tracer{
		provider: provider, tracer: provider.Tracer("github.com/bestviable/coda-gateway"), exporter: out,
		tools:  slices.Sorted(slices.Values(cfg.Tools)),
		scheme: attribute.String("url.scheme", public.Scheme),
		coda:   []attribute.KeyValue{attribute.String("server.address", coda.Hostname()), attribute.Int("server.port", port)},
	}, nil
}

// Close sends what is left, as long as ctx allows.
func (t *Tracer) Close(ctx context.Context) error { return t.provider.Shutdown(ctx) }

// Trouble says for readiness why spans are lost; empty in good times.
func (t *Tracer) Trouble() string { return t.exporter.trouble() }

// Ended makes the spans of a call that has ended.
func (t *Tracer) Ended(c *call.Call) {
	if c.Principal == nil || c.Method == "" {
		return
	}
	parent, link := parents(c)
	options := []trace.SpanStartOption{
		trace.WithTimestamp(c.Time), trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(t.attributes(c)...),
	}
	if link.IsValid() {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: link}))
	}
	ctx, span := t.tracer.Start(parent, strings.TrimSpace(methodOf(c)+" "+t.target(c)), options...)
	if errorType := errorOf(c); errorType != "" {
		span.SetAttributes(attribute.String("error.type", errorType))
		span.SetStatus(codes.Error, "")
	}
	if span.IsRecording() {
		for _, r := range c.Requests {
			t.request(ctx, r)
		}
	}
	span.End(trace.WithTimestamp(c.Time.Add(c.Duration)))
}

// parents reads what the message and the proxy say of the trace that a call belongs to.
func parents(c *call.Call) (parent context.Context, link trace.SpanContext) {
	over := spanContext(c.HTTPTrace)
	if within := spanContext(c.MetaTrace); within.IsValid() {
		return trace.ContextWithRemoteSpanContext(context.Background(), within), over
	}
	if over.IsValid() {
		return trace.ContextWithRemoteSpanContext(context.Background(), over), trace.SpanContext{}
	}
	return context.Background(), trace.SpanContext{}
}

func spanContext(t call.Trace) trace.SpanContext {
	if t.Parent == "" {
		return trace.SpanContext{}
	}
	carrier := propagation.MapCarrier{"traceparent": t.Parent, "tracestate": t.State}
	return trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), carrier))
}

// madeUp stands for a method or a tool that there is not, as in HTTP's conventions: names of spans are counted by
// whoever collects them, and what a client makes up may be anything.
const madeUp = "_OTHER"

func methodOf(c *call.Call) string {
	if own, known := call.KnownMethod(c.Method); known {
		return own
	}
	return madeUp
}

// target is the tool or the prompt that a call is about; empty for none.
func (t *Tracer) target(c *call.Call) string {
	if c.Tool == "" {
		return promptOf(c)
	}
	if _, known := slices.BinarySearch(t.tools, c.Tool); !known {
		return madeUp
	}
	return c.Tool
}

// promptOf is the prompt that was got; there is one of that name then.
func promptOf(c *call.Call) string {
	if c.Method != "prompts/get" || c.Outcome != call.OK {
		return ""
	}
	return c.Target
}

// attributes follow OpenTelemetry's conventions for MCP and HTTP; what begins with coda_gateway is ours.
func (t *Tracer) attributes(c *call.Call) []attribute.KeyValue {
	list := []attribute.KeyValue{
		attribute.String("mcp.method.name", methodOf(c)),
		attribute.String("network.transport", "tcp"),
		attribute.String("network.protocol.name", "http"),
		attribute.String("http.request.method", c.HTTPMethod),
		attribute.Int("http.response.status_code", c.Status),
		attribute.String("url.path", c.Path),
		t.scheme,
		attribute.String("coda_gateway.request_id", c.ID),
		attribute.String("coda_gateway.outcome", string(c.Outcome)),
	}
	add := func(key, value string) {
		if value != "" {
			list = append(list, attribute.String(key, value))
		}
	}
	if prompt := promptOf(c); prompt != "" {
		add("gen_ai.prompt.name", prompt)
	} else {
		add("gen_ai.tool.name", t.target(c))
	}
	if c.Method == "tools/call" {
		add("gen_ai.operation.name", "execute_tool")
	}
	add("rpc.response.status_code", rpcCode(c))
	add("coda_gateway.reason", string(c.Reason))
	add("coda_gateway.decision", string(c.Decision))
	add("coda_gateway.effect", c.Effect.Status)
	return list
}

// rpcCode is the code of the JSON-RPC error that was answered; empty where there was none.
func rpcCode(c *call.Call) string {
	if code := call.RPCCode(c.Reason); c.Outcome == call.RPCError && code != 0 {
		return strconv.FormatInt(code, 10)
	}
	return ""
}

// errorOf is the conventions' error.type; empty where the call went well. It is tool_error where a tool's answer says
// that it failed.
func errorOf(c *call.Call) string {
	switch c.Outcome {
	case call.OK:
		return ""
	case call.ToolError, call.Denied, call.Limited:
		if c.Method == "tools/call" && c.Status < 400 {
			return "tool_error"
		}
	}
	return cmp.Or(rpcCode(c), string(c.Reason), string(c.Outcome))
}

// request makes the span of a request to Coda.
func (t *Tracer) request(ctx context.Context, r call.Request) {
	list := append([]attribute.KeyValue{
		attribute.String("http.request.method", r.Method), attribute.String("coda.operation", r.Operation),
	}, t.coda...)
	if r.Attempt > 1 {
		list = append(list, attribute.Int("http.request.resend_count", r.Attempt-1))
	}
	errorType := ""
	switch {
	case r.Status == 0:
		errorType = "no_answer"
	case r.Status >= 400:
		errorType = strconv.Itoa(r.Status)
	}
	if r.Status != 0 {
		list = append(list, attribute.Int("http.response.status_code", r.Status))
	}
	_, span := t.tracer.Start(ctx, r.Method+" "+r.Operation, trace.WithTimestamp(r.Ended.Add(-r.Took)),
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(list...))
	if errorType != "" {
		span.SetAttributes(attribute.String("error.type", errorType))
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(r.Ended))
}
