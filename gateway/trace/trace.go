// Package trace tells a collector of traces (OpenTelemetry, OTLP over HTTP) about calls: a span for each, and one below
// it for each request to Coda.
//
// It is a function over a [call.Call] that has ended, like the log and the metrics: the spans are made of what the call
// remembers, with the times at which it happened. So there is nothing to carry along on the way of a request, and
// nothing to pay where nobody traces. A span names the method, the tool, how it ended and the request id, by which the
// log and the audit have the rest; who called, and anything out of a document, is not in it.
//
// The parent is what the message says in _meta (SEP-414 of MCP), or else what the proxy in front says in the HTTP
// header traceparent (W3C Trace Context); where both do, the latter is a link. Strangers make no spans.
package trace

import (
	"cmp"
	"context"
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
	// CodaHost is where the requests to Coda go.
	CodaHost string
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
	codaHost string
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
	return &Tracer{provider, provider.Tracer("github.com/bestviable/coda-gateway"), out, cfg.CodaHost}, nil
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
		trace.WithTimestamp(c.Time), trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attributesOf(c)...),
	}
	if link.IsValid() {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: link}))
	}
	ctx, span := t.tracer.Start(parent, strings.TrimSpace(c.Method+" "+c.Tool), options...)
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

// attributesOf follows OpenTelemetry's conventions for MCP and HTTP; what begins with coda_gateway is ours.
func attributesOf(c *call.Call) []attribute.KeyValue {
	list := []attribute.KeyValue{
		attribute.String("mcp.method.name", c.Method),
		attribute.String("network.transport", "tcp"),
		attribute.String("network.protocol.name", "http"),
		attribute.String("http.request.method", c.HTTPMethod),
		attribute.Int("http.response.status_code", c.Status),
		attribute.String("coda_gateway.request_id", c.ID),
		attribute.String("coda_gateway.outcome", string(c.Outcome)),
	}
	add := func(key, value string) {
		if value != "" {
			list = append(list, attribute.String(key, value))
		}
	}
	add("gen_ai.tool.name", c.Tool)
	if c.Method == "tools/call" {
		add("gen_ai.operation.name", "execute_tool")
	}
	add("coda_gateway.reason", string(c.Reason))
	add("coda_gateway.decision", string(c.Decision))
	add("coda_gateway.effect", c.Effect.Status)
	return list
}

// errorOf is the conventions' error.type; empty where the call went well.
func errorOf(c *call.Call) string {
	switch c.Outcome {
	case call.OK:
		return ""
	case call.ToolError, call.Denied, call.Limited:
		return "tool_error"
	}
	return cmp.Or(string(c.Reason), string(c.Outcome))
}

// request makes the span of a request to Coda.
func (t *Tracer) request(ctx context.Context, r call.Request) {
	list := []attribute.KeyValue{
		attribute.String("http.request.method", r.Method), attribute.String("server.address", t.codaHost),
		attribute.String("coda.operation", r.Operation),
	}
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
