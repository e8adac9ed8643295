package build

import (
	"context"
	"time"

	"github.com/bestviable/coda-gateway/gateway"
	"github.com/bestviable/coda-gateway/gateway/metrics"
	"github.com/bestviable/coda-gateway/mcptools"
)

// NewMetrics makes the counters of a process, and has the sites that are built from now on count with them. server
// finds the server, which is made later.
func (b *Builder) NewMetrics(server func() *gateway.Server) *metrics.Metrics {
	m := metrics.New(metrics.Config{
		Version: b.Version, Tools: allTools(), Log: b.Log,
		Standing: func() metrics.Standing { return b.standing(server()) },
	})
	b.ended, b.counted = append(b.ended, m.Ended), m
	return m
}

// allTools are the names of all tools that there can be.
func allTools() (names []string) {
	for _, t := range mcptools.Catalogue(mcptools.Sets()...) {
		names = append(names, t.Name)
	}
	return names
}

// usageWithin is how long a scrape waits for the state store.
const usageWithin = time.Second

// standing tells how things stand with a server.
func (b *Builder) standing(s *gateway.Server) metrics.Standing {
	last := s.LastReload()
	now := metrics.Standing{Reload: metrics.Reload{OK: last.Error == "", At: last.Loaded}}
	if last.Failed != nil {
		now.Reload.At = *last.Failed
	}
	for _, i := range s.Site().Issuers() {
		now.Issuers = append(now.Issuers, metrics.Issuer{
			URL: i.URL, Ready: i.Ready, Keys: i.Keys, LastSuccess: i.LastSuccess, LastFailure: i.LastFailure,
			Fetched: i.Fetched, Failed: i.Failed,
		})
	}
	if b.LogLost != nil {
		now.LogLost = b.LogLost()
	}
	if a := b.audit.Load(); a != nil {
		now.Audit = metrics.Audit(a.log.Usage())
	}
	now.Cache = metrics.Cache(s.Site().CacheUsage())
	if l := b.limits.Load(); l != nil {
		u := l.Usage()
		now.Limits = metrics.Limits{Waiting: u.Waiting, Waits: u.Waits, Waited: u.Waited}
	}
	if s := b.counting.store.Load(); s != nil {
		status := metrics.Store(s.Status())
		now.Limits.Store = &status
	}
	now.Credentials = b.countCredentials()
	if b.state != nil {
		ctx, cancel := context.WithTimeout(context.Background(), usageWithin)
		defer cancel()
		if usage, err := b.state.Usage(ctx); err == nil {
			now.State = &metrics.State{Bytes: usage.Bytes, MaxBytes: usage.MaxBytes}
		}
	}
	return now
}
