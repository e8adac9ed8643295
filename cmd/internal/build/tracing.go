package build

import (
	"context"
	"time"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/trace"
)

// OpenTracing begins to tell a collector about calls, where the configuration or the environment names one. The caller
// calls what it returns in the end.
func (b *Builder) OpenTracing(ctx context.Context, cfg *config.Config,
	env func(string) (string, bool)) (closing func(), err error) {
	b.tracer, err = trace.New(ctx, trace.Config{
		Endpoint: string(cfg.Tracing.Endpoint), Version: b.Version, Env: env, Log: b.Log,
		PublicURL: cfg.PublicURL.Raw, CodaURL: cfg.Coda.BaseURL, Tools: allTools(),
	})
	if err != nil || b.tracer == nil {
		return func() {}, err
	}
	b.ended = append(b.ended, b.tracer.Ended)
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSpans)
		defer cancel()
		_ = b.tracer.Close(ctx) // what is lost has been told
	}, nil
}

// lastSpans is how long the end waits for a collector.
const lastSpans = 3 * time.Second

// TracingTrouble says for readiness why spans are lost; empty in good times.
func (b *Builder) TracingTrouble() string {
	if b.tracer == nil {
		return ""
	}
	return b.tracer.Trouble()
}
