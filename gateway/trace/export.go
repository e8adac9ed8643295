package trace

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/slim/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/slim/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// exporter sends spans to a collector. OpenTelemetry's own exporter for HTTP brings gRPC along, which nothing here uses
// and which weighs more than all of tracing does without it.
type exporter struct {
	settings
	client *http.Client
	log    zerolog.Logger

	lost  atomic.Uint64
	fault atomic.Pointer[fault]
}

type fault struct {
	err    error
	since  time.Time
	before uint64
}

func newExporter(s settings, log zerolog.Logger) *exporter {
	return &exporter{settings: s, log: log, client: &http.Client{
		Timeout: s.timeout, Transport: http.DefaultTransport.(*http.Transport).Clone(),
		// A collector does not send anybody elsewhere, and the headers may hold a secret.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// attempts are made for each batch, while the collector says that it may be there later.
const attempts = 3

// ExportSpans sends a batch. It keeps to itself what goes wrong: the SDK would print it beside the log.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	body, err := proto.Marshal(encode(spans))
	for attempt := 1; err == nil; attempt++ {
		var again bool
		if again, err = e.send(ctx, body); err == nil || !again || attempt == attempts {
			break
		}
		err = wait(ctx, time.Duration(attempt)*time.Second)
	}
	if err != nil {
		before := e.lost.Add(uint64(len(spans))) - uint64(len(spans))
		if e.fault.CompareAndSwap(nil, &fault{err, time.Now(), before}) {
			e.log.Warn().Err(err).Msg("the trace collector accepts no spans; they are lost until it does")
		}
		return nil
	}
	if was := e.fault.Swap(nil); was != nil {
		e.log.Info().Uint64("lost", e.lost.Load()-was.before).Msg("the trace collector accepts spans again")
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// send makes one attempt; again tells that another may do better (OTLP 1.5, failures).
func (e *exporter) send(ctx context.Context, body []byte) (again bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	for name, values := range e.header {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	answer, err := e.client.Do(r)
	if err != nil {
		return true, err
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 64<<10)
	switch code := answer.StatusCode; {
	case code < 300:
		return false, nil
	case code == http.StatusTooManyRequests, code == http.StatusBadGateway, code == http.StatusServiceUnavailable,
		code == http.StatusGatewayTimeout:
		return true, fmt.Errorf("the collector answers %s", answer.Status)
	default:
		return false, fmt.Errorf("the collector answers %s", answer.Status)
	}
}

// Shutdown ends the connections.
func (e *exporter) Shutdown(context.Context) error {
	e.client.CloseIdleConnections()
	return nil
}

func (e *exporter) trouble() string {
	f := e.fault.Load()
	if f == nil {
		return ""
	}
	return fmt.Sprintf("the trace collector accepts nothing: %d spans have been lost since %s "+
		"(%v)", e.lost.Load()-f.before,
		f.since.UTC().Format(time.RFC3339), f.err)
}

// encode makes the message of a batch. All spans are of one resource and one scope.
func encode(spans []sdk.ReadOnlySpan) *tracepb.TracesData {
	if len(spans) == 0 {
		return &tracepb.TracesData{}
	}
	scope := spans[0].InstrumentationScope()
	list := make([]*tracepb.Span, len(spans))
	for i, s := range spans {
		list[i] = encodeSpan(s)
	}
	return &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{
		Resource: &resourcepb.Resource{Attributes: encodeAll(spans[0].Resource().Attributes())},
		ScopeSpans: []*tracepb.ScopeSpans{{
			Scope: &commonpb.InstrumentationScope{Name: scope.Name, Version: scope.Version}, Spans: list,
		}},
	}}}
}

func encodeSpan(s sdk.ReadOnlySpan) *tracepb.Span {
	id, trace, parent := s.SpanContext().SpanID(), s.SpanContext().TraceID(), s.Parent()
	out := &tracepb.Span{
		TraceId: trace[:], SpanId: id[:], TraceState: s.SpanContext().TraceState().String(),
		Flags: uint32(s.SpanContext().TraceFlags()), Name: s.Name(), Kind: kindOf(s.SpanKind()),
		StartTimeUnixNano: uint64(s.StartTime().UnixNano()), EndTimeUnixNano: uint64(s.EndTime().UnixNano()),
		Attributes: encodeAll(s.Attributes()), DroppedAttributesCount: uint32(s.DroppedAttributes()),
		Status: &tracepb.Status{},
	}
	if above := parent.SpanID(); above.IsValid() {
		out.ParentSpanId = above[:]
	}
	if s.Status().Code.String() == "Error" {
		out.Status.Code = tracepb.Status_STATUS_CODE_ERROR
	}
	for _, l := range s.Links() {
		trace, id := l.SpanContext.TraceID(), l.SpanContext.SpanID()
		out.Links = append(out.Links, &tracepb.Span_Link{TraceId: trace[:], SpanId: id[:],
			TraceState: l.SpanContext.TraceState().String(), Flags: uint32(l.SpanContext.TraceFlags())})
	}
	return out
}

func kindOf(kind api.SpanKind) tracepb.Span_SpanKind {
	if kind == api.SpanKindClient {
		return tracepb.Span_SPAN_KIND_CLIENT
	}
	return tracepb.Span_SPAN_KIND_SERVER
}

// encodeAll encodes attributes: those of a resource may be of any kind, ours are text and numbers.
func encodeAll(list []attribute.KeyValue) []*commonpb.KeyValue {
	out := make([]*commonpb.KeyValue, len(list))
	for i, a := range list {
		value := &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: a.Value.String()}}
		if a.Value.Type() == attribute.INT64 {
			value = &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: a.Value.AsInt64()}}
		}
		out[i] = &commonpb.KeyValue{Key: string(a.Key), Value: value}
	}
	return out
}
